# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of connections and of old processes, by a made-up /proc; real ones end in tests/integration/supervisor."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import (
    Kin,
    ProcessFacts,
    ServiceFacts,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service, Timeouts
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import proc
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.service_stop import Before, Ending, connections
from tests.support import FakeClock

WEB, API, UPDATER = Service("web", "site", 7071), Service("api", "site", 7072), Service("updater", "site")
MASTER = ProcessFacts(12, 1, 12, "/", ("gunicorn",), "", 1.0)
WORKER = ProcessFacts(13, 12, 12, "/", ("gunicorn",), "", 2.0)
BEFORE = {"web": Before(12, (MASTER, WORKER), 0.0)}


class World:
    """Connections by port and processes, each until a time of the clock, and what was done to them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock(0.0)
        self.connections: dict[int, float] = {}
        self.processes: dict[Kin, float] = {}
        self.deathless: set[int] = set()
        self.listens_until = self.live_until = 0.0
        self.killed_at: dict[int, float] = {}
        monkeypatch.setattr(proc, "established", lambda port: int(self.clock.time < self.connections.get(port, 0)))
        monkeypatch.setattr(proc, "listening", lambda _port: self.clock.time < self.listens_until)
        monkeypatch.setattr(proc, "kins", self.kins)
        monkeypatch.setattr(proc, "read_kin", lambda pid: next((kin for kin in self.kins() if kin.pid == pid), None))
        monkeypatch.setattr(os, "kill", self.kill)

    def kins(self) -> list[Kin]:
        return [kin for kin, until in self.processes.items() if self.clock.time < until]

    def kill(self, pid: int, number: int) -> None:
        assert number == signal.SIGKILL
        self.killed_at.setdefault(pid, self.clock.time)
        if pid not in self.deathless:
            self.processes = {kin: until for kin, until in self.processes.items() if kin.pid != pid}

    def service(self, name: str) -> ServiceFacts:
        """As a supervisor."""
        return ServiceFacts(name, "STOPPING" if self.clock.time < self.live_until else "STOPPED", 0, 0, 0, 0)

    def ending(self, cutoff: float = 0, drain: float = 30, stop: float = 60) -> Ending:
        supervisor: Any = self
        state: Callable[[Sequence[Service]], str] = lambda _services: "web is RUNNING"  # noqa: E731
        return Ending(supervisor, Timeouts(drain, stop, 1, 1, 1, cutoff), self.clock, state)

    def runs(self, *processes: ProcessFacts, until: float = 1e9) -> None:
        self.processes |= {Kin(each.pid, each.ppid, each.group, each.start): until for each in processes}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    ("cutoff", "ends", "cut", "waited"),
    [
        (0, {}, {}, 0),
        (0, {7071: 5, 7072: 8}, {}, 8),
        (20, {7071: 5}, {}, 5),
        (20, {7071: 99, 7072: 5}, {WEB: 1}, 20),
        (20, {7071: 99, 7072: 99}, {WEB: 1, API: 1}, 20),
        (90, {7071: 99}, {WEB: 1}, 30),
    ],
)
def test_connections_are_waited_for_until_the_cutoff(
    world: World, cutoff: float, ends: dict[int, float], cut: dict[Service, int], waited: float
) -> None:
    world.connections = ends
    ending = world.ending(cutoff)
    ending.drain([WEB, API, UPDATER])
    assert ending.cut == cut
    assert ending.losses == {"killed": [], "cut": len(cut)}
    assert waited <= world.clock.time <= waited + 0.25


def test_without_a_cutoff_what_does_not_end_fails_untouched(world: World) -> None:
    world.connections = {7071: 99}
    with pytest.raises(ProofError) as raised:
        world.ending().drain([WEB, UPDATER])
    assert raised.value.msg == "Established connections did not end within 30 s: web has 1 on port 7071."
    assert raised.value.state_now == "no service was touched; web is RUNNING"


def test_connections_are_named() -> None:
    assert connections({WEB: 2, API: 1}) == "web has 2 on port 7071 and api has 1 on port 7072"


@pytest.mark.parametrize(
    ("cutoff", "drained", "services", "killed"),
    [
        (0, True, [WEB], 60),
        (20, True, [WEB], 3),  # nobody waits for it any more
        (20, False, [WEB], 23),
        (20, True, [WEB, UPDATER], 23),
        (90, False, [WEB], 60),
    ],
)
def test_what_hangs_is_killed_when_its_time_is_over(
    world: World, cutoff: float, drained: bool, services: list[Service], killed: float
) -> None:
    world.runs(MASTER, WORKER)
    ending = world.ending(cutoff)
    if drained:
        ending.drain(services)
    ending.wait_gone(services, {**BEFORE, "updater": Before(0, (), 0.0)})
    assert ending.killed == [12, 13]
    assert all(killed <= when <= killed + 0.25 for when in world.killed_at.values())


def test_after_a_cut_there_are_three_seconds_left(world: World) -> None:
    world.connections = {7071: 99}
    world.runs(MASTER, WORKER)
    ending = world.ending(20)
    ending.drain([WEB])
    ending.wait_gone([WEB], BEFORE)
    assert ending.losses == {"killed": [12, 13], "cut": 1}
    assert 23 <= world.killed_at[12] <= 23.5


def test_what_ends_by_itself_is_not_killed(world: World) -> None:
    world.runs(MASTER, WORKER, until=2)
    world.runs(ProcessFacts(12, 1, 99, "/", (), "", 7.0))  # somebody else's, under the same pid
    world.listens_until, world.live_until = 2.5, 2.7
    ending = world.ending()
    ending.wait_gone([WEB], BEFORE)
    assert (ending.killed, world.killed_at) == ([], {})
    assert 2.7 <= world.clock.time <= 3


@pytest.mark.parametrize(("master", "killed"), [(1e9, [12, 20]), (2, [20])])
def test_a_late_child_in_the_old_group_is_killed_too(world: World, master: float, killed: list[int]) -> None:
    world.runs(MASTER, until=master)
    world.runs(ProcessFacts(20, 1, 12, "/", (), "", 9.0))
    ending = world.ending()
    ending.wait_gone([WEB], BEFORE)
    assert ending.killed == killed


@pytest.mark.parametrize(
    ("ready", "sentence"),
    [
        ({"deathless": {12}}, "old processes do not end, not even by SIGKILL: 12"),
        ({"listens_until": 1e9}, "port 7071 of web is still taken by another process"),
        ({"live_until": 1e9}, "supervisor has not stopped web"),
    ],
)
def test_what_never_ends_fails_with_what_was_lost_by_then(world: World, ready: dict[str, Any], sentence: str) -> None:
    for name, value in ready.items():
        setattr(world, name, value)
    world.runs(MASTER, until=1e9 if "deathless" in ready else 0)
    with pytest.raises(ProofError) as raised:
        world.ending(20).wait_gone([WEB], BEFORE)
    assert raised.value.msg == f"After 23 s {sentence}."
    assert raised.value.phase == "stop"
    assert raised.value.details == {"killed": [12] if "deathless" in ready else [], "cut": 0}
