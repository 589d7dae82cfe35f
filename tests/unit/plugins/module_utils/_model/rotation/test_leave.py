# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Leaving rotation from every start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.leave import is_out
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import (
    DONE,
    FAIL,
    Memory,
    Wish,
    undo_leaving,
)
from tests.haproxy_world import DRAINED, OUT, POLL, World, at, go


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


CUT = replace(OUT, drain_cutoff=3, may_return=False)


@pytest.mark.parametrize(
    ("found", "commands"),
    [
        ({}, ["state drain", "state maint"]),
        ({"sessions": 3}, ["state drain", "state maint", "shutdown sessions server web/web1"]),
        ({"sessions": 3, "state": "drain"}, ["state maint", "shutdown sessions server web/web1"]),
        ({"sessions": 3, "state": "maint"}, ["state maint", "shutdown sessions server web/web1"]),
    ],
)
def test_with_a_cut_off_it_leaves_in_any_case(found: dict[str, Any], commands: list[str]) -> None:
    world = World(**found)
    move = go(world, CUT)
    assert (move.kind, world.commands, world.state) == (DONE, commands, "maint")
    assert move.memory.cut == found.get("sessions", 0)
    assert move.memory.cut == 0 or world.now - 100 > CUT.drain_cutoff


def test_what_may_not_return_is_never_put_back_to_ready() -> None:
    memory = Memory(found="ready", touched=True)
    assert undo_leaving(OUT, memory) == ("set server web/web1 state ready",)
    assert undo_leaving(CUT, memory) == ()
    assert undo_leaving(CUT, replace(memory, found="maint")) == ("set server web/web1 state maint",)


@pytest.mark.parametrize("cutoff", [0, 8])
def test_it_stays_when_the_last_other_server_goes_down(cutoff: float) -> None:
    world = World(sessions=2)
    move = go(world, replace(OUT, drain_cutoff=cutoff), at(4, other="DOWN"))
    assert (move.kind, move.blame, world.commands) == (FAIL, NOBODY, ["state drain", "state ready"])
    assert "it goes back to ready at once" in move.sentence
    assert world.now - 100 < 2


def test_what_may_not_return_hurries_out_when_the_last_other_server_goes_down() -> None:
    world = World(sessions=2)
    move = go(world, replace(OUT, drain_cutoff=8, may_return=False), at(4, other="DOWN"))
    assert (move.kind, world.state, move.memory.cut) == (DONE, "maint", 2)
    assert world.now - 100 < 2


@pytest.mark.parametrize(
    "found",
    [
        {"other": "DOWN"},  # nobody else served when it began
        {"health": 0, "works": False},  # it could not take over
    ],
)
def test_it_leaves_as_ever_where_its_return_would_help_nobody(found: dict[str, Any]) -> None:
    world = World(sessions=1, **found)

    def event(world: World, reading: int) -> None:
        if reading == 4:
            world.other = "DOWN"
        if reading == 9:
            world.sessions = 0

    assert go(world, OUT, event).kind == DONE
    assert world.state == "maint"
