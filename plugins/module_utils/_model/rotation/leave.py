# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Out of rotation with no request lost: drain, wait for the last session, then maint.

| found                         | wish drain                         | wish maint                                      |
| ----------------------------- | ---------------------------------- | ----------------------------------------------- |
| maint, no sessions            | drain (it has none to wait for)    | done, nothing changed                           |
| maint, sessions               | drain, wait                        | wait; on time-out fail and leave it in maint    |
| drain                         | wait; on time-out fail, left as is | wait, maint; on time-out fail, left in drain    |
| takes no traffic, no sessions | drain                              | maint at once                                   |
| DOWN, sessions                | drain, wait                        | drain, wait; on time-out maint: nobody answers  |
| anything else                 | drain, wait; on time-out ready     | drain, wait, maint; on time-out ready           |

With a cut-off, wish maint never times out: what is left of sessions by then is ended, after maint, which lets no new
ones in.

When the last other server stops taking traffic meanwhile, this one is needed: it goes back to ready at once. One that
may not return, because its release is left for good, goes on to maint at once, and is not put back whatever fails.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import NOBODY
from ..haproxy.rules import in_maintenance, steady_since
from ..haproxy.state import DRAIN, MAINT, READY
from .steps import DONE, FAIL, READBACK_SECONDS, WAIT, Memory, Move, Seen, Wish, floor_refusal, send


def leave(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    """The next move on the way to `wish.state` maint or drain. Pure; `now` in seconds of a monotonic clock."""
    if memory.phase == "start":
        return _start(wish, seen, replace(memory, found=seen.admin, company=seen.relief > 0), now)
    if memory.phase == "drain":
        return _drain(wish, seen, memory, now)
    return _maint(wish, seen, memory, now)


def is_out(wish: Wish, seen: Seen) -> bool:
    """True when this reading shows the server where `wish.state` wants it, with no session left."""
    if wish.state == MAINT:
        return all(in_maintenance(view) for view in seen.views) and seen.sessions == 0
    return all(view.admin_state == DRAIN for view in seen.views) and seen.sessions == 0


def _start(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    if is_out(wish, seen):
        return Move(DONE, memory, f"{wish.name} is out of rotation already ({wish.state}), with no session left")
    refusal = floor_refusal(wish, seen)
    if refusal:
        # What is wrong is with the other nodes, be it that the release died there: this host is as it should be.
        return Move(FAIL, memory, refusal, blame=NOBODY)
    if wish.state == MAINT and not seen.takes_traffic and seen.sessions == 0:
        return _to_maint(wish, seen, memory, now)
    there = all(view.admin_state == wish.state for view in seen.views)
    if there or (wish.state == MAINT and seen.admin == DRAIN):
        return Move(WAIT, memory.enter("drain", now), f"waiting for {seen.sessions} sessions")
    return send(memory.enter("drain", now), f"drain {wish.name}", wish.set_state(DRAIN))


def _drain(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    lost = seen.admin == READY
    idle = not lost and seen.sessions == 0
    # Two readings without a session: a request that haproxy had just assigned may not have been counted in the first.
    if idle and memory.good_since is not None and now > memory.good_since:
        if wish.state == DRAIN or all(in_maintenance(view) for view in seen.views):
            return Move(DONE, memory, f"{wish.name} is out of rotation ({wish.state}), with no session left")
        return _to_maint(wish, seen, memory, now)
    needed = memory.company and seen.abandoned and memory.found == READY and not seen.is_down
    cuts = wish.state == MAINT and wish.drain_cutoff > 0
    if needed:
        return _needed(wish, memory) if wish.may_return else _cut(wish, seen, memory, now)
    if cuts and now - memory.since > min(wish.drain_cutoff, wish.drain_timeout):
        return _cut(wish, seen, memory, now)
    if not cuts and now - memory.since > wish.drain_timeout:
        return _time_out(wish, seen, memory, now)
    memory = replace(memory, good_since=steady_since(memory.good_since, idle, now))
    if lost:
        return send(memory, f"drain {wish.name} again: haproxy has forgotten it", wish.set_state(DRAIN))
    return Move(WAIT, memory, f"waiting for {seen.sessions} sessions")


def _to_maint(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    return send(memory.enter("maint", now), f"maint with {seen.sessions} sessions left", wish.set_state(MAINT))


def _cut(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    memory = replace(memory.enter("maint", now), cut=seen.running)
    sentence = f"maint, and {seen.running} sessions that were left are cut"
    return send(memory, sentence, wish.set_state(MAINT), wish.cut_sessions())


def _needed(wish: Wish, memory: Memory) -> Move:
    sentence = f"No other server takes traffic any more while {wish.name} leaves; it goes back to ready at once."
    return Move(FAIL, memory, sentence, (wish.set_state(READY),), blame=NOBODY)


def _time_out(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    if seen.is_down and wish.state == MAINT:
        return _to_maint(wish, seen, memory, now)
    left = f"{wish.name} still had {seen.sessions} sessions after {wish.drain_timeout:g} s of draining"
    if memory.found == READY:
        return Move(FAIL, memory, f"{left}; it goes back to ready.", (wish.set_state(READY),))
    if seen.admin != memory.found:
        return Move(FAIL, memory, f"{left}; it goes back to {memory.found}.", (wish.set_state(memory.found),))
    return Move(FAIL, memory, f"{left}; it stays in {memory.found}, as it was found.")


def _maint(wish: Wish, seen: Seen, memory: Memory, now: float) -> Move:
    late = now - memory.since > READBACK_SECONDS
    if all(in_maintenance(view) for view in seen.views):
        # What was cut is gone a moment later.
        if memory.cut and seen.sessions and not late:
            return Move(WAIT, memory, f"waiting for {seen.sessions} sessions to be cut")
        cut = f", {memory.cut} sessions were cut" if memory.cut else ""
        return Move(DONE, memory, f"{wish.name} is out of rotation (maint), with {seen.sessions} sessions left{cut}")
    if late:
        sentence = f"haproxy accepted maint for {wish.name}, but shows it as {seen.admin} ({seen.describe()})."
        return Move(FAIL, memory, sentence)
    return send(memory, f"maint for {wish.name} again: haproxy has forgotten it", wish.set_state(MAINT))
