# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Back into rotation, proven at each step (docs/architecture.md, the safety argument, 5).

maint -> drain; exact `DRAIN` at full health -> first weight of the ramp -> ready; exact `UP` -> each weight held -> in.
"Exact" always means two readings more than a check interval apart. A server that fails on the way goes to maint with
its configured weight; one that was serving when it was found is watched first and not touched unless it goes down.

Where no other server takes traffic, users wait for this one: one check that it passes in drain is enough then, it gets
its whole weight at once, and a bake that is under way is given up.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import HOST, RELEASE
from ..haproxy.rules import PASSED, proven, steady_since, why_not_drained_healthy
from ..haproxy.state import DRAIN, READY
from . import bake as haproxy_bake
from .steps import (
    DONE,
    FAIL,
    READBACK_SECONDS,
    WAIT,
    Memory,
    Move,
    Seen,
    Wish,
    floor_refusal,
    send,
    undo_admission,
    usable_ramp,
)

MAX_RESTARTS = 3
"""How often haproxy may be reloaded under a re-admission before it is given up."""

ENOUGH_REQUESTS = 20
"""So many requests a server must be due by its weight before none at all is held against it."""


def admit(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    """The next move on the way to ready (or, by `wish.goal`, to a checked drain). Pure; `now` in monotonic seconds."""
    if memory.phase == "start":
        return _start(wish, seen, replace(memory, found=seen.admin, pids=seen.pids), now)
    if memory.touched and seen.pids != memory.pids:
        return _reloaded(wish, seen, memory, now)
    if _is_awaited(wish, seen, memory):
        memory = haproxy_bake.given_up(wish, replace(memory, hurried=True))
    baked = haproxy_bake.go_on(wish, seen, memory)
    stopped = haproxy_bake.why_stop(wish, memory, baked)
    if stopped:
        return stopped
    memory = baked
    handler = {"watch": _watch, "check": _check, "weight": _weight, "enter": _enter, "hold": _hold}[memory.phase]
    return handler(wish, seen, memory, now)


def _is_awaited(wish: Wish, seen: Seen, memory: Memory) -> bool:
    """Whether users begin to wait for the server: on its way in nobody else serves any more."""
    coming = wish.hurry and wish.goal == READY and memory.phase in ("check", "weight", "enter", "hold")
    return coming and seen.abandoned and not memory.hurried


def is_in(wish: Wish, seen: Seen) -> bool:
    """True when one reading shows the server where `wish.goal` wants it."""
    if wish.goal == DRAIN:
        return not _why_not_drained(wish, seen)
    return not wish.lost and not seen.why_not_serving(wish.rules) and seen.admin == READY and seen.has_weight(100)


def _start(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    if seen.configured_weight == 0:
        return Move(FAIL, memory, f"{wish.name} has a configured weight of 0, so it can never serve.")
    refusal = floor_refusal(wish, seen) if wish.goal == DRAIN or wish.lost else ""
    # One that lost its maintenance serves already: where the others are too few, it is proven without taking it away.
    if seen.admin == READY and wish.goal == READY and seen.takes_traffic and (refusal or not wish.lost):
        return _watch(wish, seen, memory.enter("watch", now), now)
    if refusal:
        return Move(FAIL, memory, refusal)
    if all(view.admin_state == DRAIN for view in seen.views):
        return _check(wish, seen, replace(memory.enter("check", now), health=seen.health), now)
    return _to_check(wish, memory, now, f"drain {wish.name}: its checks run, it gets no traffic")


def _to_check(wish: Wish, memory: Memory, now: float, sentence: str) -> Move:
    return send(replace(memory.enter("check", now), health=0), sentence, wish.set_state(DRAIN))


def _reloaded(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    if memory.restarts >= MAX_RESTARTS:
        return _give_up(wish, memory, f"haproxy was reloaded {MAX_RESTARTS + 1} times under {wish.name}")
    anew = haproxy_bake.reloaded(wish, seen, memory)
    stopped = haproxy_bake.why_stop(wish, memory, anew)
    if stopped:
        return stopped
    memory = replace(anew, pids=seen.pids, restarts=memory.restarts + 1, step=0)
    if wish.hurry and wish.goal == READY and seen.abandoned and seen.takes_traffic:
        # It has its whole weight and all users by now: nothing is left to be kept from them.
        memory = replace(haproxy_bake.given_up(wish, memory), hurried=True)
        memory = replace(memory, step=len(usable_ramp(wish.ramp, seen.configured_weight)) - 1)
        return _enter(wish, seen, memory.enter("enter", now), now)
    return _to_check(wish, memory, now, f"drain {wish.name} again: haproxy was reloaded and has forgotten its state")


def _watch(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    """A server that was found ready and taking traffic: nothing is done to it until it is proven, or goes down."""
    why = seen.why_not_serving(wish.rules)
    memory = replace(memory, good_since=steady_since(memory.good_since, not why, now))
    if proven(memory.good_since, now, wish.check_interval):
        if seen.has_weight(100):
            return Move(DONE, memory, f"{wish.name} is in rotation already")
        # Users reach it anyway, so there is nothing that a bake could keep from them.
        memory = replace(memory, no_bake=True)
        return _next_weight(wish, seen, memory, now, _first_step_above(wish, seen))
    if not seen.takes_traffic or seen.admin != READY:
        return _to_check(wish, memory, now, f"drain {wish.name}: it went down ({seen.describe()})")
    if now - memory.since > wish.check_timeout:
        sentence = f"{wish.name} is ready, but was not up and serving within {wish.check_timeout:g} s"
        return Move(FAIL, memory, f"{sentence}: {why or 'unsteady'}.", blame=_blame(seen, why))
    return Move(WAIT, memory, f"watching {wish.name}: {why or 'up, waiting for a second reading'}")


def _check(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    why = _why_not_drained(wish, seen)
    good_since = steady_since(memory.good_since, not why, now)
    # What leaves maint counts as healthy before any check: the first reading in drain is what the next is held against.
    memory = replace(memory, good_since=good_since, health=memory.health or seen.health)
    if memory.hurried and _passed_a_check(seen, memory):
        return _next_weight(wish, seen, memory, now, 0)
    if proven(memory.good_since, now, wish.check_interval):
        if wish.goal == DRAIN:
            return Move(DONE, memory, f"{wish.name} is healthy and stays in drain, where an operator had put it")
        return _next_weight(wish, seen, memory, now, 0)
    if now - memory.since > wish.check_timeout:
        sentence = f"{wish.name} was not healthy within {wish.check_timeout:g} s"
        return _give_up(wish, memory, f"{sentence}: {why or 'unsteady'}", _blame(seen, why))
    if any(view.admin_state != DRAIN for view in seen.views):
        return send(memory, f"drain {wish.name} again: haproxy has forgotten it", wish.set_state(DRAIN))
    return Move(WAIT, memory, f"checking {wish.name}: {why or 'healthy, waiting for a second reading'}")


def _passed_a_check(seen: Seen, memory: Memory) -> bool:
    """Whether haproxy thinks better of the server since it checks it; it cannot where leaving maint made it healthy."""
    up = all(one.stats.status.startswith(DRAIN.upper()) and one.stats.check_status in PASSED for one in seen.views)
    return up and seen.health > memory.health


def _next_weight(wish: Wish, seen: Seen, memory: Memory, now: float, step: int) -> Move:
    ramp = usable_ramp(wish.ramp, seen.configured_weight)
    step = len(ramp) - 1 if memory.hurried else step
    percent = ramp[step]
    memory = replace(memory.enter("weight", now), step=step)
    if seen.admin == READY:
        memory = haproxy_bake.begin_bake(wish, seen, memory, now)
    return send(memory, f"weight {percent} % of {seen.configured_weight}", wish.set_weight(percent))


def _weight(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    percent = usable_ramp(wish.ramp, seen.configured_weight)[memory.step]
    if not seen.has_weight(percent):
        if now - memory.since > READBACK_SECONDS:
            return _give_up(wish, memory, f"haproxy accepted weight {percent}% for {wish.name}, but does not show it")
        return Move(WAIT, memory, f"reading back weight {percent} %")
    if seen.admin == READY:
        return _to_hold(seen, memory, now)
    memory = haproxy_bake.begin_bake(wish, seen, memory, now)
    return send(memory.enter("enter", now), f"ready at {percent} % of its weight", wish.set_state(READY))


def _enter(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    why = seen.why_not_serving(wish.rules)
    memory = replace(memory, good_since=steady_since(memory.good_since, not why, now))
    if proven(memory.good_since, now, wish.check_interval):
        return _to_hold(seen, memory, now)
    if not seen.takes_traffic:
        return _give_up(wish, memory, f"{wish.name} did not stay up when traffic came: {why}", _blame(seen, why))
    if now - memory.since > wish.check_timeout:
        sentence = f"{wish.name} was not up within {wish.check_timeout:g} s: {why or 'unsteady'}"
        return _give_up(wish, memory, sentence, _blame(seen, why))
    return Move(WAIT, memory, f"waiting for {wish.name} to be up: {why or 'up, waiting for a second reading'}")


def _to_hold(seen: Seen, memory: Memory, now: float) -> Move:
    memory = replace(memory.enter("hold", now), requests=seen.requests, backend_requests=seen.backend_requests)
    return Move(WAIT, memory, "holding")


def _hold(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    ramp = usable_ramp(wish.ramp, seen.configured_weight)
    percent = ramp[memory.step]
    why = seen.why_not_serving(wish.rules)
    if why and memory.hurried and seen.takes_traffic and now - memory.since <= wish.check_timeout:
        return Move(WAIT, memory, f"waiting for {wish.name}, which serves alone: {why}")
    if why:
        sentence = f"{wish.name} did not stay up at {percent} % of its weight: {why}"
        return _give_up(wish, memory, sentence, _blame(seen, why))
    if not seen.has_weight(percent):
        return _give_up(wish, memory, f"somebody changed the weight of {wish.name} while it was held at {percent} %")
    if memory.bake is not None:
        return Move(WAIT, memory, f"baking {wish.name} at {percent} %")
    if now - memory.since < wish.hold_of(memory):
        return Move(WAIT, memory, f"holding {wish.name} at {percent} %")
    if wish.require_traffic and not haproxy_bake.measures_traffic(wish, memory) and _starved(seen, memory):
        due = seen.backend_requests - memory.backend_requests
        return _give_up(wish, memory, f"{wish.name} is up but got none of the {due} requests of its backend")
    if memory.step + 1 < len(ramp):
        return _next_weight(wish, seen, memory, now, memory.step + 1)
    return Move(DONE, memory, f"{wish.name} is in rotation at its configured weight of {seen.configured_weight}")


def _starved(seen: Seen, memory: Memory) -> bool:
    weight = sum(view.stats.weight or 0 for view in seen.views)
    due = (seen.backend_requests - memory.backend_requests) * weight / max(1, seen.backend_weight)
    return due >= ENOUGH_REQUESTS and seen.requests == memory.requests


def _first_step_above(wish: Wish, seen: Seen) -> int:
    ramp = usable_ramp(wish.ramp, seen.configured_weight)
    share = min(100 * view.admin.weight // view.admin.configured_weight for view in seen.views if view.admin)
    return next((step for step, percent in enumerate(ramp) if percent > share), len(ramp) - 1)


def _why_not_drained(wish: Wish, seen: Seen) -> str:
    return next(filter(None, (why_not_drained_healthy(view.stats, wish.rules) for view in seen.views)), "")


def _blame(seen: Seen, why: str) -> str:
    """Whom a server that is not in by now blames: what it runs, where its checks fail, or go up and down."""
    return RELEASE if not why or seen.fails_checks else HOST


def _give_up(wish: Wish, memory: Memory, sentence: str, blame: str = HOST) -> Move:
    commands = undo_admission(wish, memory)
    sentence = f"{sentence}; it goes to maint." if commands else f"{sentence}."
    return Move(FAIL, memory, sentence, commands, blame)
