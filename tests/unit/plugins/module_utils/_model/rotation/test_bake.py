# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Coming back with a bake at each step of the ramp, and what follows from its verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.judge import Judge, limits_for
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, NOBODY, RELEASE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, taken_out
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.bake import (
    closed,
    in_a_few_words,
    measures_traffic,
    verdict_note,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import DONE, FAIL, Memory, Wish
from tests.haproxy_world import CHECKED, IN, World, go

LIMITS = Limits(reference=("web2",), warmup=1, seconds=5, timeout=12, requests=50, probe_pairs=3)
RAMP = ["state drain", "weight 10%", "state ready", "weight 100%"]
BACK_TO_MAINT = ["state maint", "weight 100%"]


def wish(**limits: Any) -> Wish:
    asked = replace(LIMITS, **limits)
    return replace(IN, baker=Judge(limits_for(asked, IN.ramp_hold)))


def said(memory: Memory) -> list[tuple[str, int]]:
    return [(verdict.said, verdict.percent) for verdict in memory.verdicts]


def world(**more: Any) -> World:
    return World(state="maint", rate=400, **more)


def test_a_good_server_passes_at_every_step() -> None:
    back = world()
    move = go(back, wish())
    assert (move.kind, back.commands, back.status()) == (DONE, RAMP, "UP")
    assert said(move.memory) == [("pass", 10), ("pass", 100)]
    assert in_a_few_words(move.memory.verdicts) == " (bake: pass at 10 %, pass at 100 %)"
    # Each request is in one of the steps; the few after the last verdict are everyday's.
    users = sum(verdict.users.requests for verdict in move.memory.verdicts)
    assert users == back.requests


def held(asked: Wish, hold: float) -> float:
    """Seconds at the first step of the ramp."""
    times: list[float] = []

    def watch(world: World, reading: int) -> None:
        if world.state == "ready" and world.weight == 10:
            times.append(world.now)

    go(world(), replace(asked, ramp_hold=hold), watch)
    return times[-1] - times[0]


def test_only_a_bake_that_judges_takes_the_place_of_the_hold() -> None:
    assert 5 <= held(wish(), 0) == held(wish(), 30) < 8
    for mode in ("inform", "skip"):
        assert held(wish(mode=mode), 0) < 5
        assert held(wish(mode=mode), 30) >= 30


@pytest.mark.parametrize("percent", [10, 100])
def test_a_server_that_fails_its_users_goes_to_maint_with_its_configured_weight(percent: int) -> None:
    def break_down(world: World, reading: int) -> None:
        world.failing = 0.5 if world.weight == percent and world.state == "ready" else 0

    back = world()
    move = go(back, wish(), break_down)
    assert (move.kind, back.state, back.weight) == (FAIL, "maint", 100)
    assert back.commands == [*(RAMP[:3] if percent == 10 else RAMP), *BACK_TO_MAINT]
    assert (move.blame, move.gate) == (RELEASE, "fail")
    assert said(move.memory) == ([("pass", 10)] if percent == 100 else []) + [("fail", percent)]
    assert move.sentence.startswith(f"web/web1 failed its bake at {percent} % of its weight: ")
    assert "requests failed, of web2 0 of " in move.sentence
    assert move.sentence.endswith("; it goes to maint.")


def test_a_slow_server_fails_too() -> None:
    back = world(slow=0.9)
    move = go(back, wish())
    assert (move.blame, move.gate, back.state) == (RELEASE, "fail", "maint")
    assert "its pages are slower: 900 ms, of web2 100 ms" in move.sentence


@pytest.mark.parametrize(
    ("limits", "kind", "steps"),
    [
        ({}, FAIL, [("inconclusive", 10)]),
        ({"inconclusive": "continue"}, DONE, [("inconclusive", 10), ("inconclusive", 100)]),
        ({"mode": "inform"}, DONE, [("inconclusive", 10), ("inconclusive", 100)]),
        ({"mode": "skip"}, DONE, [("skip", 10), ("skip", 100)]),
        ({"requests": 0}, DONE, [("pass", 10), ("pass", 100)]),
    ],
)
def test_without_traffic(limits: dict[str, Any], kind: str, steps: list[tuple[str, int]]) -> None:
    back = World(state="maint")
    move = go(back, wish(**limits))
    assert (move.kind, said(move.memory)) == (kind, steps)
    assert (move.blame, move.gate) == ((NOBODY, "inconclusive") if kind == FAIL else (HOST, ""))
    assert back.state == ("maint" if kind == FAIL else "ready")
    assert kind == DONE or "could not be judged by its bake at 10 % of its weight: too little traffic" in move.sentence


def test_informing_goes_on_whatever_it_finds() -> None:
    back = world(failing=0.5)
    move = go(back, wish(mode="inform"))
    assert (move.kind, back.commands, said(move.memory)) == (DONE, RAMP, [("fail", 10), ("fail", 100)])


def test_users_are_counted_after_the_last_requests_have_ended() -> None:
    back = world(failing=0.5)
    asked = wish()
    move = go(back, asked)
    judged = move.memory.verdicts[-1].users
    back.backend_requests += 6
    back.serve(6)
    last = closed(asked, back.seen().sample, move).memory.verdicts
    assert len(last) == 1
    assert (last[0].users.requests, last[0].users.errors) == (judged.requests + 6, judged.errors + 3)
    assert (last[0].users.requests, last[0].users.errors) == (back.requests, back.errors)
    assert closed(asked, None, move).memory.verdicts == move.memory.verdicts


@pytest.mark.parametrize("lost", [False, True])
def test_what_something_else_breaks_off_still_tells_what_users_met(lost: bool) -> None:
    def go_down(world: World, reading: int) -> None:
        if world.state == "ready" and world.requests > 160:
            world.works = False
        world.failing = 0.01

    back, asked = world(), wish()
    move = go(back, asked, go_down)
    assert (move.kind, move.gate, back.state) == (FAIL, "", "maint")
    assert "did not stay up at 10 % of its weight" in move.sentence
    assert said(move.memory) == []
    # Even where nobody can say what became of the last requests.
    last = closed(asked, None if lost else back.seen().sample, move)
    assert said(last.memory) == [("inconclusive", 10)]
    (verdict,) = last.memory.verdicts
    assert verdict.why.startswith("broken off: web/web1 did not stay up at 10 % of its weight: its ")
    assert (verdict.users.requests, verdict.users.errors) == (back.requests, int(back.errors))
    assert (last.kind, last.sentence, last.commands) == (move.kind, move.sentence, move.commands)


def reloading(*when: Callable[[World], bool]) -> Callable[[World, int], None]:
    left = list(when)

    def event(world: World, reading: int) -> None:
        if left and left[0](world):
            left.pop(0)
            world.restart()

    return event


def baked(weight: int, requests: int = 100) -> Callable[[World], bool]:
    return lambda world: world.state == "ready" and world.weight == weight and world.requests > requests


def test_a_reload_starts_it_over_and_forgets_no_user() -> None:
    back = world(failing=0.002)
    before: list[int] = []

    def reload(world: World, reading: int) -> None:
        if not before and baked(10)(world):
            before.append(world.requests)
            world.restart()

    move = go(back, wish(), reload)
    assert (move.kind, move.memory.reloads) == (DONE, 1)
    assert said(move.memory) == [("pass", 10), ("pass", 100)]
    assert back.commands == [*RAMP[:3], *RAMP]
    # What came between the last reading and the reload nobody knows.
    users = sum(verdict.users.requests for verdict in move.memory.verdicts)
    assert users == before[0] - 20 + back.requests


def test_a_reload_at_full_weight_bakes_every_step_again() -> None:
    move = go(world(), wish(), reloading(baked(100, 2000)))
    assert (move.kind, said(move.memory)) == (DONE, [("pass", 10), ("pass", 100)])
    # The first passes of 10 % are still what users met.
    assert move.memory.verdicts[0].users.requests > 2000
    assert move.memory.verdicts[0].figures.own.requests < 2000


@pytest.mark.parametrize("limits", [{}, {"inconclusive": "continue"}, {"mode": "inform"}])
def test_the_second_reload_under_it_cannot_tell(limits: dict[str, Any]) -> None:
    back, asked = world(), wish(**limits)
    move = go(back, asked, reloading(baked(10), baked(10)))
    assert said(move.memory) == [("inconclusive", 10)]
    assert "haproxy was reloaded 2 times" in move.memory.verdicts[0].why
    assert (move.blame, move.memory.reloads) == (HOST if limits else NOBODY, 2)
    if limits:
        assert (move.kind, back.commands) == (DONE, [*RAMP[:3], *RAMP[:3], *RAMP]), "from then on without a bake"
    else:
        assert (move.kind, move.gate, back.state, back.weight) == (FAIL, "inconclusive", "maint", 100)
        assert closed(asked, back.seen().sample, move).memory.verdicts == move.memory.verdicts


def test_a_second_reload_in_a_later_step_counts_that_steps_users() -> None:
    back, asked = world(), wish()
    move = go(back, asked, reloading(baked(10), baked(100, 2000)))
    assert said(move.memory) == [("pass", 10), ("inconclusive", 100)]
    last = closed(asked, back.seen().sample, move).memory.verdicts
    assert last == move.memory.verdicts
    assert last[1].users.requests > last[1].figures.own.requests > 0


def test_after_two_reloads_no_bake_begins_again() -> None:
    move = go(world(), wish(inconclusive="continue"), reloading(baked(10), baked(10), baked(10)))
    assert (move.kind, said(move.memory), move.memory.restarts) == (DONE, [("inconclusive", 10)], 3)


def test_a_reload_before_any_traffic_is_none_of_the_bakes() -> None:
    move = go(world(), wish(), reloading(lambda world: world.state == "drain", baked(10)))
    assert (move.kind, move.memory.restarts, move.memory.reloads) == (DONE, 2, 1)
    assert said(move.memory) == [("pass", 10), ("pass", 100)]


@pytest.mark.parametrize("found", [{}, {"weight": 40}, {"weight": 5}])
def test_a_server_found_in_rotation_is_not_baked(found: dict[str, Any]) -> None:
    back = World(rate=400, failing=0.5, **found)
    move = go(back, wish())
    assert (move.kind, said(move.memory), back.weight) == (DONE, [], 100)


def test_one_that_goes_down_or_is_forgotten_is_baked_as_any_other() -> None:
    down = World(rate=400, health=0)
    assert said(go(down, wish()).memory) == [("pass", 10), ("pass", 100)]
    forgotten = World(rate=400, weight=40)
    move = go(forgotten, wish(), reloading(lambda world: world.commands == ["weight 100%"]))
    assert said(move.memory) == [("pass", 10), ("pass", 100)]


@pytest.mark.parametrize(
    "limits", [{"requests": 0}, {"mode": "inform"}, {"inconclusive": "continue"}, {"mode": "skip"}]
)
def test_where_no_bake_demands_traffic_a_server_without_any_does_not_come_back(limits: dict[str, Any]) -> None:
    def starve(world: World, reading: int) -> None:
        world.requests = 0

    asked = wish(**limits)
    move = go(world(), asked, starve)
    assert (move.kind, measures_traffic(asked, Memory())) == (FAIL, False)
    assert "got none of the" in move.sentence


def test_nothing_is_baked_without_a_baker_or_on_the_way_to_drain() -> None:
    for asked in (IN, CHECKED):
        move = go(world(failing=0.5), asked)
        assert (move.kind, said(move.memory)) == (DONE, [])
        assert closed(asked, World().seen().sample, move) == move


@pytest.mark.parametrize(
    ("rate", "failing", "limits", "line"),
    [
        (400, 0.0, {}, "web/web1 10 %: pass: 0 of 4"),
        (400, 0.5, {}, "web/web1 10 %: fail: 10 of 20 (50.0 %) requests failed, of web2 0 of 380 (0.0 %) in the same"),
        (400, 0.5, {"mode": "inform"}, "web/web1 10 %: fail, continued: 10 of 20"),
        (0, 0.0, {}, "web/web1 10 %: inconclusive: too little"),
        (0, 0.0, {"inconclusive": "continue"}, "web/web1 10 %: inconclusive, continued: too little"),
        (0, 0.0, {"mode": "skip"}, "web/web1 10 %: skipped"),
    ],
)
def test_what_the_journal_keeps(rate: int, failing: float, limits: dict[str, Any], line: str) -> None:
    asked = wish(**limits)
    move = go(World(state="maint", rate=rate, failing=failing), asked)
    assert verdict_note(asked, move.memory.verdicts[0]).startswith(line)


def test_a_note_is_one_line_and_takes_no_server_out() -> None:
    asked = wish()
    verdict = go(world(), asked).memory.verdicts[0]
    kept = verdict_note(asked, replace(verdict, why="broken off: it\n answered before=ready"))
    assert kept == "web/web1 10 %: pass: broken off: it answered ready"
    begun = Entry("t", "r", 1, "mek", "openlibrary", "", "", "out", "begin", "web/web1 before=ready")
    assert taken_out([begun, replace(begun, step="bake", outcome="note", detail=kept)]) == {"web/web1": "ready"}


def test_a_slow_reading_changes_nothing_about_a_step() -> None:
    """A probe that times out holds up the readings: what was due meanwhile is done at the next."""
    back = world()

    def hold_up(world: World, reading: int) -> None:
        if world.state == "ready" and reading % 4 == 0:
            world.now += 3

    move = go(back, wish(), hold_up)
    assert (move.kind, said(move.memory)) == (DONE, [("pass", 10), ("pass", 100)])


@pytest.mark.parametrize("mode", ["judge", "inform"])
def test_where_the_first_step_alone_is_watched_the_others_are_taken_without_a_look(mode: str) -> None:
    back = world()
    move = go(back, wish(first_only=True, mode=mode))
    assert (move.kind, back.commands, back.status()) == (DONE, RAMP, "UP")
    assert said(move.memory) == [("pass", 10)]


def test_a_fault_in_the_first_step_stops_all_the_same() -> None:
    back = world(failing=0.5)
    move = go(back, wish(first_only=True, reference=()))
    assert (move.kind, move.blame, said(move.memory)) == (FAIL, RELEASE, [("fail", 10)])
