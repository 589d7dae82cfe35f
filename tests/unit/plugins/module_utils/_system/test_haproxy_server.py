# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server on its way out or in, with a journal that takes only some entries."""

from __future__ import annotations

import errno
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import HaproxyError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import Seen, Wish
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import haproxy_server
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_server import ServerChange, rotate
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import Held
from tests.haproxy_world import IN, OUT, World
from tests.support import FakeClock, Host

FULL = OSError(errno.ENOSPC, "No space left on device")


class Balancer:
    """A way to the world, in which time passes as somebody sleeps."""

    def __init__(self, world: World) -> None:
        self.world = world

    def observe(self, wish: Wish, baking: bool = False) -> Seen:
        return replace(self.world.seen(), sample=None)

    def send(self, command: str) -> None:
        self.world.obey(command)

    def send_anyway(self, command: str) -> list[str]:
        self.world.obey(command)
        return []


class Time(FakeClock):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def monotonic(self) -> float:
        return self.world.now

    def sleep(self, seconds: float) -> None:
        self.world.pass_time()


class Noted(Held):
    """A held host whose journal takes no notes."""

    def note(self, name: str, detail: str) -> None:
        raise FULL


def held(tmp_path: Path, world: World) -> Noted:
    host = Host(tmp_path / "root")
    lock = host.lock()
    ticket: dict[str, Any] = {"project": lock.project, "run": lock.run, "token": lock.token, "who": lock.who}
    return Noted(host.store, ticket, False, Time(world))


def test_a_journal_that_takes_no_note_does_not_replace_why_a_server_does_not_leave(tmp_path: Path) -> None:
    world = World(sessions=1)
    balancer, holder = Balancer(world), held(tmp_path, world)
    rotation = ServerChange(OUT, balancer.observe(OUT), "ready")
    with pytest.raises(DeployError) as failed:
        rotation.carry_out(balancer, holder, holder.clock)  # type: ignore[arg-type]
    error = failed.value
    assert (world.state, error.phase, error.blame) == ("ready", "out", HOST)
    assert error.msg.startswith("web/web1 still had 1 sessions after 10 s of draining; it goes back to ready.")
    assert error.msg.endswith(" The journal cannot be written: No space left on device.")
    assert error.details["unjournaled"] == ["The journal cannot be written: No space left on device."]
    assert (error.details["lost"], error.details["reloads"]) == (False, 0)
    assert (error.details["weight"], error.details["configured_weight"]) == (100, 100)
    steps = [(entry.step, entry.outcome) for entry in holder.store.entries()]
    assert steps == [("out", "begin"), ("out", "failed")]


@pytest.mark.parametrize("wish", [OUT, IN])
def test_what_is_told_of_one_that_arrives(tmp_path: Path, wish: Wish) -> None:
    world = World(state="ready" if wish is OUT else "maint")
    balancer = Balancer(world)
    rotation = ServerChange(wish, balancer.observe(wish), "ready")
    result = rotation.carry_out(balancer, None, Time(world))  # type: ignore[arg-type]
    told = {name: result.values[name] for name in ("lost", "reloads", "unjournaled", "weight", "configured_weight")}
    assert told == {"lost": False, "reloads": 0, "unjournaled": [], "weight": 100, "configured_weight": 100}


@pytest.mark.parametrize(
    ("state", "restore", "phase"), [("maint", "ready", "out"), ("ready", "ready", "in"), ("ready", "maint", "out")]
)
def test_whatever_fails_names_the_step(monkeypatch: pytest.MonkeyPatch, state: str, restore: str, phase: str) -> None:
    def observe(balancer: object, wish: Wish, baking: bool = False) -> Seen:
        raise HaproxyError("There is no haproxy socket.")

    monkeypatch.setattr(haproxy_server.Processes, "observe", observe)
    monkeypatch.setattr(haproxy_server, "hold", lambda *given: nullcontext())
    params = {
        "state": state,
        "restore": restore,
        "bake": None,
        "ticket": None,
        "connect_timeout": 1.0,
        "balancer": {"socket": ["/nowhere"], "backend": "web", "server": "web1"},
        "together": [],
        "hurry": False,
        "drain_timeout": 1,
        "drain_cutoff": 0,
        "may_return": True,
        "check_timeout": 1,
        "check_interval": 1,
        "ramp_hold": 0,
        "min_in_rotation": 0,
        "ramp": [100],
        "allow_no_check": False,
        "allow_backup": False,
        "require_traffic": True,
    }
    with pytest.raises(HaproxyError) as failed:
        rotate(params, False, FakeClock())
    assert (failed.value.phase, failed.value.blame) == (phase, HOST)


def test_what_breaks_the_step_for_one_does_not_hide_what_became_of_the_others() -> None:
    own: Future[Result] = Future()
    own.set_exception(OSError(28, "No space left on device"))
    others = {"web2": {"outcome": "done"}}
    with pytest.raises(DeployError, match="No space left on device") as failed:
        haproxy_server._with_others(own, others)
    assert failed.value.details["together"] == others
