# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Coming back, never on one good reading."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, RELEASE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.admit import is_in
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import DONE, FAIL, Seen, Wish
from tests.haproxy_world import CHECK, CHECKED, IN, World, at, go


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
    assert move.blame == RELEASE


def test_admit_waits_for_a_server_that_comes_up_late() -> None:
    world = World(state="maint", works=False)
    assert go(world, IN, at(8, works=True)).kind == DONE


def test_one_good_reading_is_no_proof() -> None:
    world = World(state="maint")

    def flapping(world: World, reading: int) -> None:
        world.health = 4 if reading % 3 == 0 else 3

    move = go(world, IN, flapping)
    assert move.kind == FAIL
    assert move.blame == RELEASE
    assert "state ready" not in world.commands


@pytest.mark.parametrize("when", [20, 25, 30])
def test_admit_takes_back_what_fails_under_traffic(when: int) -> None:
    world = World(state="maint")
    move = go(world, replace(IN, ramp=(10, 30, 60, 100)), at(when, works=False))
    assert (move.kind, world.state, world.weight) == (FAIL, "maint", 100)
    assert "did not stay up" in move.sentence
    assert move.sentence.endswith("it goes to maint.")
    assert move.blame == RELEASE


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

    move = go(world, IN, meddle)
    assert sentence in move.sentence
    assert move.blame == HOST, "what haproxy or a person did says nothing about the release"
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
    assert move.blame == HOST
    assert world.state == "maint"


@pytest.mark.parametrize(("rate", "kind"), [(0, DONE), (1, DONE), (400, FAIL)])
def test_a_server_that_gets_no_share_of_the_traffic(rate: int, kind: str) -> None:
    world = World(state="maint", rate=rate)

    def starve(world: World, reading: int) -> None:
        world.requests = 0

    move = go(world, IN, starve)
    assert move.kind == kind
    assert ("got none of the" in move.sentence) == (kind == FAIL)
    assert move.blame == HOST
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


@pytest.mark.parametrize(
    ("floor", "commands"), [(1, ["state drain", "weight 10%", "state ready", "weight 100%"]), (2, [])]
)
def test_a_server_that_lost_its_maintenance_is_admitted_anew(floor: int, commands: list[str]) -> None:
    """Unless that would leave too few: then it is proven where it is."""
    world, wish = World(), replace(IN, lost=True, min_in_rotation=floor)
    assert not is_in(wish, world.seen())
    move = go(world, wish)
    assert (move.kind, world.commands, world.status()) == (DONE, commands, "UP")


@pytest.mark.parametrize("wish", [IN, CHECKED])
def test_a_server_without_a_check_is_no_proof_against_a_release(wish: Wish) -> None:
    world = World(state="maint")
    seen = world.seen

    def unchecked() -> Seen:
        (view,) = seen().views
        return replace(seen(), views=(replace(view, stats=replace(view.stats, check_status="")),))

    world.seen = unchecked  # type: ignore[method-assign]
    move = go(world, wish)
    assert move.kind == FAIL
    assert "no health check" in move.sentence
    assert move.blame == HOST


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


HURRY = replace(IN, hurry=True)


def test_where_nobody_serves_one_check_is_enough() -> None:
    world, awaited = World(state="maint"), World(state="maint", other="DOWN")
    assert (go(world, HURRY).kind, go(awaited, HURRY).kind) == (DONE, DONE)
    assert awaited.commands == ["state drain", "weight 100%", "state ready"]
    assert awaited.now < world.now - CHECK


def test_a_check_that_fails_lets_nobody_in() -> None:
    world = World(state="maint", other="DOWN", works=False)
    assert (go(world, HURRY).kind, world.state) == (FAIL, "maint")
    assert "state ready" not in world.commands


@pytest.mark.parametrize("when", range(1, 40, 3))
def test_it_gets_everything_at_once_when_the_last_other_server_goes_down(when: int) -> None:
    world = World(state="maint")
    move = go(world, HURRY, at(when, other="DOWN"))
    assert (move.kind, world.state, world.weight, move.memory.hurried) == (DONE, "ready", 100, True)


def test_a_reload_does_not_take_away_the_only_one_that_serves() -> None:
    world = World(state="maint", other="DOWN")

    def event(world: World, reading: int) -> None:
        if world.state == "ready" and world.pid == 1:
            world.restart()

    assert go(world, HURRY, event).kind == DONE
    assert world.commands == ["state drain", "weight 100%", "state ready"]


def test_a_flap_does_not_take_away_the_only_one_that_serves() -> None:
    world = World(state="maint", other="DOWN")

    def event(world: World, reading: int) -> None:
        if world.state == "ready" and world.health == 4 and reading % 7 == 0 and reading < 60:
            world.health = 3

    assert go(world, HURRY, event).kind == DONE
    assert world.commands == ["state drain", "weight 100%", "state ready"]


@pytest.mark.parametrize("wish", [IN, replace(HURRY, goal="drain")])
def test_who_does_not_hurry_waits_for_full_health(wish: Wish) -> None:
    world = World(state="maint", other="DOWN")
    move = go(world, wish)
    assert (move.kind, move.memory.hurried) == (DONE, False)
