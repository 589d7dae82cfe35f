# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""The steppers against a haproxy in a few lines, which behaves as interfaces.md says that the real one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy import Reading, Rules, ServerView
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_admit import admit, is_in
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_leave import is_out, leave
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_state import ServerAdmin
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_stats import ProcessInfo, ServerStats
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_steps import (
    DONE,
    FAIL,
    SEND,
    Memory,
    Move,
    Seen,
    Wish,
    check_ramp,
    floor_refusal,
    found_in_run,
    seen_by,
    undo_admission,
    undo_leaving,
    usable_ramp,
    weight_at,
)

POLL, CHECK = 0.25, 1.0
BITS = {"ready": 0, "maint": 1, "drain": 8}
WISH = Wish("web", "web1", "maint", drain_timeout=10, check_timeout=8, check_interval=CHECK, ramp_hold=2)
OUT, DRAINED = WISH, replace(WISH, state="drain")
IN, CHECKED = replace(WISH, state="ready"), replace(WISH, state="ready", goal="drain")


@dataclass
class World:
    """One server in one haproxy process: rise 2, fall 3, a check each second, `works` decides how it ends."""

    state: str = "ready"
    health: int = 4
    weight: int = 100
    configured: int = 100
    sessions: int = 0
    works: bool = True
    pid: int = 1
    now: float = 100.0
    last_check: float = 100.0
    requests: int = 0
    backend_requests: int = 0
    rate: int = 0
    commands: list[str] = field(default_factory=list)

    def status(self) -> str:
        if self.state == "maint":
            return "MAINT"
        if not self.health or self.health < 2:
            return "DOWN" if not self.health else "DOWN 1/2"
        word = "DRAIN" if self.state == "drain" else "UP"
        return word if self.health == 4 else f"{word} {self.health - 1}/3"

    def seen(self) -> Seen:
        maint = self.state == "maint"
        stats = ServerStats(
            "web", "web1", 2, status=self.status(), weight=self.weight, act=1, bck=0, scur=self.sessions, qcur=0,
            stot=self.requests, check_status="" if maint else "L7OK" if self.works else "L4CON", check_rise=2,
            check_fall=3, check_health=None if maint else self.health,
        )  # fmt: skip
        other = ServerStats("web", "web2", 2, "UP", "L7OK", weight=100, act=1, bck=0, check_health=4)
        backend = ServerStats("web", "BACKEND", 1, "UP", stot=self.backend_requests)
        admin = ServerAdmin("web", "web1", BITS[self.state], self.weight, self.configured)
        reading = Reading("/sock", (stats, other, backend), (admin,), ProcessInfo(self.pid, 1, "2.6"))
        return seen_by((reading,), WISH)

    def obey(self, command: str) -> None:
        self.commands.append(command.replace("set server web/web1 ", ""))
        what, value = command.split()[3:]
        if what == "weight":
            self.weight = self.configured * int(value.rstrip("%")) // 100
            return
        if self.state == "maint" and value != "maint":
            self.health = 2  # the trap: it counts as up before any check
            self.last_check = self.now
        self.state = value

    def restart(self) -> None:
        self.pid += 1
        self.state, self.weight, self.health, self.requests = "ready", self.configured, 2, 0

    def pass_time(self) -> None:
        self.now += POLL
        self.backend_requests += self.rate
        if self.state == "ready" and self.health >= 2:
            self.requests += self.rate * self.weight // 200
        if self.state != "maint" and self.now - self.last_check >= CHECK:
            self.last_check = self.now
            self.health = min(4, self.health + 1) if self.works else 0


Event = Callable[[World, int], None]


def go(world: World, wish: Wish, event: Event | None = None) -> Move:
    """Drives the world to the end as the real driver does; `event` happens to it before each reading."""
    stepper = leave if wish.state in ("maint", "drain") else admit
    memory = Memory(since=world.now)
    for reading in range(400):
        if event:
            event(world, reading)
        move = stepper(wish, world.seen(), memory, world.now)
        for command in move.commands:
            world.obey(command)
        if move.kind in (DONE, FAIL):
            return move
        assert bool(move.commands) == (move.kind == SEND)
        memory = move.memory
        world.pass_time()
    raise AssertionError(f"no end in sight: {memory}")


def at(when: int, **changes: Any) -> Event:
    def event(world: World, reading: int) -> None:
        if reading == when:
            vars(world).update(changes)

    return event


@pytest.mark.parametrize(
    ("found", "wish", "commands", "kind", "state"),
    [
        ({}, OUT, ["state drain", "state maint"], DONE, "maint"),
        ({}, DRAINED, ["state drain"], DONE, "drain"),
        ({"state": "drain"}, OUT, ["state maint"], DONE, "maint"),
        ({"state": "drain"}, DRAINED, [], DONE, "drain"),
        ({"state": "maint"}, OUT, [], DONE, "maint"),
        ({"state": "maint"}, DRAINED, ["state drain"], DONE, "drain"),
        ({"health": 0, "works": False}, OUT, ["state maint"], DONE, "maint"),
        ({"weight": 0}, OUT, ["state maint"], DONE, "maint"),
        # Sessions that never end.
        ({"sessions": 3}, OUT, ["state drain", "state ready"], FAIL, "ready"),
        ({"sessions": 3}, DRAINED, ["state drain", "state ready"], FAIL, "ready"),
        ({"sessions": 3, "state": "drain"}, OUT, [], FAIL, "drain"),
        ({"sessions": 3, "state": "drain"}, DRAINED, [], FAIL, "drain"),
        ({"sessions": 3, "state": "maint"}, OUT, [], FAIL, "maint"),
        ({"sessions": 3, "state": "maint"}, DRAINED, ["state drain", "state maint"], FAIL, "maint"),
        ({"sessions": 3, "health": 0, "works": False}, OUT, ["state drain", "state maint"], DONE, "maint"),
        ({"sessions": 3, "health": 0, "works": False}, DRAINED, ["state drain", "state ready"], FAIL, "ready"),
    ],
)
def test_leave_from_every_start(found: dict[str, Any], wish: Wish, commands: list[str], kind: str, state: str) -> None:
    world = World(**found)
    move = go(world, wish)
    assert (move.kind, world.commands, world.state) == (kind, commands, state)
    assert world.weight == found.get("weight", 100)
    assert move.memory.found == found.get("state", "ready")
    assert move.memory.touched == bool(commands)
    if kind == DONE:
        assert is_out(wish, world.seen()) == (world.sessions == 0)


def test_leave_waits_for_the_last_session() -> None:
    world = World(sessions=2)
    move = go(world, OUT, at(12, sessions=0))
    assert move.kind == DONE
    assert world.now - 100 >= 12 * POLL


def test_a_session_that_was_just_assigned_is_waited_for() -> None:
    world = World()

    def assigned_late(world: World, reading: int) -> None:
        world.sessions = {2: 1}.get(reading, 0)
        assert not (world.sessions and world.state == "maint")

    assert go(world, OUT, assigned_late).kind == DONE


def test_leave_drains_again_when_haproxy_forgot() -> None:
    world = World(sessions=1)

    def event(world: World, reading: int) -> None:
        if reading == 5:
            world.restart()
        if reading == 9:
            world.sessions = 0

    assert go(world, OUT, event).kind == DONE
    assert world.commands == ["state drain", "state drain", "state maint"]


def test_leave_gives_up_on_a_haproxy_that_keeps_forgetting_maint() -> None:
    world = World(health=0, works=False)

    def forget(world: World, reading: int) -> None:
        world.state = "ready"

    move = go(world, OUT, forget)
    assert move.kind == FAIL
    assert "accepted maint for web/web1, but shows it as ready" in move.sentence


@pytest.mark.parametrize("found", ["maint", "drain"])
def test_admit_takes_every_safe_step(found: str) -> None:
    world = World(state=found)
    move = go(world, IN)
    assert (move.kind, world.status(), world.weight) == (DONE, "UP", 100)
    steps = ["state drain", "weight 10%", "state ready", "weight 100%"]
    assert world.commands == (steps if found == "maint" else steps[1:])
    assert is_in(IN, world.seen())


def test_admit_holds_each_step_of_the_ramp() -> None:
    times: dict[int, float] = {}
    world = World(state="maint", rate=40)

    def note(world: World, reading: int) -> None:
        if world.status() == "UP":
            times.setdefault(world.weight, world.now)

    go(world, replace(IN, ramp=(10, 50, 100)), note)
    assert list(times) == [10, 50, 100]
    assert times[50] - times[10] >= 2
    assert times[100] - times[50] >= 2
    assert world.now - times[100] >= 2


def test_admit_never_makes_a_sick_server_ready() -> None:
    world = World(state="maint", works=False)
    move = go(world, IN)
    assert (move.kind, world.state, world.weight) == (FAIL, "maint", 100)
    assert "state ready" not in world.commands
    assert "was not healthy within 8 s: its status is DOWN (L4CON)" in move.sentence


def test_admit_waits_for_a_server_that_comes_up_late() -> None:
    world = World(state="maint", works=False)
    assert go(world, IN, at(8, works=True)).kind == DONE


def test_one_good_reading_is_no_proof() -> None:
    world = World(state="maint")

    def flapping(world: World, reading: int) -> None:
        world.health = 4 if reading % 3 == 0 else 3

    move = go(world, IN, flapping)
    assert move.kind == FAIL
    assert "state ready" not in world.commands


@pytest.mark.parametrize("when", [20, 25, 30])
def test_admit_takes_back_what_fails_under_traffic(when: int) -> None:
    world = World(state="maint")
    move = go(world, replace(IN, ramp=(10, 30, 60, 100)), at(when, works=False))
    assert (move.kind, world.state, world.weight) == (FAIL, "maint", 100)
    assert "did not stay up" in move.sentence
    assert move.sentence.endswith("it goes to maint.")


@pytest.mark.parametrize(
    ("after", "sentence"), [(1, "accepted weight 100% for web/web1, but does not show it"), (3, "somebody changed")]
)
def test_admit_notices_a_weight_that_it_did_not_set(after: int, sentence: str) -> None:
    world = World(state="maint")
    full: list[int] = []

    def meddle(world: World, reading: int) -> None:
        if world.status() == "UP" and world.weight == 100:
            full.append(reading)
            world.weight = 40 if len(full) >= after else 100

    assert sentence in go(world, IN, meddle).sentence
    assert (world.state, world.weight) == ("maint", 100)


def test_admit_starts_over_when_haproxy_was_reloaded() -> None:
    world = World(state="maint")
    once: list[int] = []

    def reload(world: World, reading: int) -> None:
        if world.status() == "UP" and world.weight == 10 and not once:
            once.append(reading)
            world.restart()

    move = go(world, IN, reload)
    assert (move.kind, world.weight, world.state) == (DONE, 100, "ready")
    first = ["state drain", "weight 10%", "state ready"]
    assert world.commands == [*first, *first, "weight 100%"]


def test_admit_gives_up_on_endless_reloads() -> None:
    world = World(state="maint")

    def reload(world: World, reading: int) -> None:
        if reading % 6 == 5:
            world.restart()

    move = go(world, IN, reload)
    assert move.kind == FAIL
    assert "reloaded 4 times" in move.sentence
    assert world.state == "maint"


@pytest.mark.parametrize(("rate", "kind"), [(0, DONE), (1, DONE), (400, FAIL)])
def test_a_server_that_gets_no_share_of_the_traffic(rate: int, kind: str) -> None:
    world = World(state="maint", rate=rate)

    def starve(world: World, reading: int) -> None:
        world.requests = 0

    move = go(world, IN, starve)
    assert move.kind == kind
    assert ("got none of the" in move.sentence) == (kind == FAIL)
    again = World(state="maint", rate=rate)
    assert go(again, replace(IN, require_traffic=False), starve).kind == DONE


@pytest.mark.parametrize(
    ("found", "commands", "kind"),
    [
        ({}, [], DONE),
        ({"weight": 40}, ["weight 100%"], DONE),
        ({"weight": 5}, ["weight 10%", "weight 100%"], DONE),
        ({"health": 3}, [], DONE),
        ({"health": 0}, ["state drain", "weight 10%", "state ready", "weight 100%"], DONE),
        ({"health": 3, "works": False}, ["state drain", "state maint", "weight 100%"], FAIL),
        ({"configured": 0, "weight": 0}, [], FAIL),
        ({"state": "maint", "configured": 1, "weight": 1}, ["state drain", "weight 100%", "state ready"], DONE),
    ],
)
def test_admit_from_other_starts(found: dict[str, Any], commands: list[str], kind: str) -> None:
    world = World(**found)
    move = go(world, IN)
    assert (move.kind, world.commands) == (kind, commands)
    assert move.memory.touched == bool(commands)


def test_a_ready_server_that_flaps_is_not_touched() -> None:
    world = World()

    def flapping(world: World, reading: int) -> None:
        world.health = 4 if reading % 3 == 0 else 3

    move = go(world, IN, flapping)
    assert (move.kind, world.commands) == (FAIL, [])
    assert "is ready, but was not up and serving within 8 s" in move.sentence


@pytest.mark.parametrize("found", ["ready", "drain", "maint"])
def test_an_operators_drain_ends_in_drain(found: str) -> None:
    world = World(state=found)
    move = go(world, CHECKED)
    assert (move.kind, world.status()) == (DONE, "DRAIN")
    assert world.commands == ([] if found == "drain" else ["state drain"])
    assert is_in(CHECKED, world.seen())


def other(*whys: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"web{number}", why) for number, why in enumerate(whys, 2))


@pytest.mark.parametrize(
    ("world", "others", "least", "refused"),
    [
        (World(), other(""), 1, False),
        (World(), other("its status is DOWN"), 1, True),
        (World(), other("", "its status is DOWN"), 2, True),
        (World(), other(), 1, True),
        (World(), other(), 0, False),
        (World(state="drain"), other(), 1, False),
        (World(health=0), other(), 1, False),
        (World(weight=0), other(), 1, False),
        (World(health=2), other(), 1, True),  # UP 1/3 still takes traffic
    ],
)
def test_floor(world: World, others: tuple[tuple[str, str], ...], least: int, refused: bool) -> None:
    wish, seen = replace(OUT, min_in_rotation=least), replace(world.seen(), others=others)
    assert bool(floor_refusal(wish, seen)) == refused
    if refused:
        assert leave(wish, seen, Memory(), 0.0).kind == FAIL
        assert admit(replace(wish, state="ready", goal="drain"), seen, Memory(), 0.0).kind == FAIL


def test_processes_must_agree() -> None:
    ready, maint = World().seen(), World(state="maint").seen()
    both = replace(ready, views=(*maint.views, *ready.views))
    assert both.admin == "ready"
    assert not is_out(OUT, both)
    assert leave(OUT, both, Memory(), 0.0).commands == ("set server web/web1 state drain",)
    assert not is_in(IN, both)
    assert both.why_not_serving(Rules()).startswith("its status is MAINT")
    half: tuple[ServerView, ...] = (*World(state="drain").seen().views, *World(state="drain", health=3).seen().views)
    move = admit(IN, replace(ready, views=half), Memory(), 0.0)
    assert "DRAIN 2/3" in move.sentence


@pytest.mark.parametrize(("ramp", "ok"), [
    ([100], True), ([10, 100], True), ([1, 2, 100], True),
    ([], False), ([10], False), ([0, 100], False), ([50, 10, 100], False), ([10, 10, 100], False), ([10, 200], False),
])  # fmt: skip
def test_ramps(ramp: list[int], ok: bool) -> None:
    if ok:
        assert check_ramp(ramp) == tuple(ramp)
        return
    with pytest.raises(InputError, match="must rise"):
        check_ramp(ramp)


def test_weights_round_down_as_haproxys_do() -> None:
    assert [weight_at(15, percent) for percent in (1, 10, 50, 100)] == [0, 1, 7, 15]
    assert usable_ramp((10, 50, 100), 1) == (100,)
    assert usable_ramp((10, 50, 100), 10) == (10, 50, 100)


def test_undoing_what_broke_off() -> None:
    untouched, touched = Memory(found="ready"), Memory(found="drain", touched=True)
    assert undo_leaving(OUT, untouched) == undo_admission(IN, untouched) == ()
    assert undo_leaving(OUT, touched) == ("set server web/web1 state drain",)
    assert undo_admission(IN, touched) == ("set server web/web1 state maint", "set server web/web1 weight 100%")


OUT_DRAIN, OUT_MAINT = ("out", "begin", "web/web1 before=drain"), ("out", "begin", "web/web1 before=maint")


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([], ""),
        ([("out", "begin", "web/web2 before=maint"), ("restart", "begin", "")], ""),
        ([OUT_DRAIN, ("out", "done", "web/web1 before=drain"), OUT_MAINT], "drain"),
        ([OUT_DRAIN, ("in", "begin", "web/web1 before=drain"), ("in", "failed", "went down"), OUT_MAINT], "drain"),
        # Brought back: whoever takes it out after that is an operator again.
        ([("out", "begin", "web/web1 before=ready"), ("in", "done", "web/web1 before=ready")], ""),
        ([("out", "begin", "web/web1 before=; drop")], ""),
    ],
)
def test_what_a_run_found_first_counts(steps: list[tuple[str, str, str]], found: str) -> None:
    assert found_in_run("web/web1", steps) == found
