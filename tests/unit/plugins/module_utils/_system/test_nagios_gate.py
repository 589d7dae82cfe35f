"""The gate against a Nagios in memory; the command file against a real FIFO."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios import (
    Downtime,
    NagiosError,
    Reading,
    Service,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios_options import NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import nagios_gate, nagios_steps
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.nagios import CommandFile
from ansible_collections.openlibrary.deploy.plugins.modules.nagios_gate import ARGUMENT_SPEC
from tests.support import FakeClock, nested

OURS = "openlibrary.deploy run-7"


class World:
    """Nagios: it obeys commands at once, and a forced check finds `state`, `hard` after `tries` of them or readings."""

    def __init__(self) -> None:
        self.clock = FakeClock(1000.0)
        self.state, self.tries, self.passive, self.obeys = "OK", 0, False, True
        self.last_check = 0.0
        self.sent: list[str] = []
        self.downtimes_shown: list[Downtime] = [Downtime("ol-web3", "web", "disk swap")]
        self.trouble = ""
        self.others: dict[str, str] = {}

    def read(self) -> Reading:
        if self.trouble:
            raise NagiosError(self.trouble)
        now = self.clock.now()
        hard = self.tries <= 0
        self.tries -= self.last_check > 0
        service = Service("ol-web3", "web", self.state, hard, False, False, not self.passive, self.last_check, 0, "")
        others = (Service(host, "web", bad, True, False, False, True, now, 0, "") for host, bad in self.others.items())
        return Reading(now, now, (service, *others))

    def downtimes(self) -> list[Downtime]:
        return list(self.downtimes_shown)

    def check(self) -> None:
        """A command file that can be written."""

    def send(self, line: str) -> None:
        self.sent.append(line.split(" ", 1)[1].split(";", maxsplit=1)[0])
        if not self.obeys:
            return
        if "FORCED" in line:
            self.last_check = self.clock.now() + 1
        if "SCHEDULE_HOST" in line:
            self.downtimes_shown.append(Downtime("ol-web3", "web" if "SVC" in line else "", OURS))
        if "DEL_" in line:
            self.downtimes_shown = [one for one in self.downtimes_shown if one.comment != line.strip().split(";")[-1]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(nagios_steps, "Cgi", lambda nagios, password: made)
    monkeypatch.setattr(nagios_steps, "CommandFile", lambda path: made)
    return made


def ask(world: World, state: str, check: bool = False, **given: Any) -> dict[str, Any]:
    usual = {option.name: option.default for option in NAGIOS.suboptions}
    usual.update({name: option.get("default") for name, option in ARGUMENT_SPEC.items() if name != NAGIOS.name})
    wanted = {"url": "http://n/", "hostgroup": "g", "host": "ol-web3", "run": "run-7", "command_file": "/f"}
    params = nested({**usual, **wanted, "timeout": 20.0, "state": state, **given}, NAGIOS)
    return nagios_gate.gate(params, check, world.clock).as_exit(check)


def test_announced_judged_lifted(world: World) -> None:
    base = ask(world, "baseline")
    assert ask(world, "announced")["downtimes"] == 2
    assert ask(world, "announced")["outcome"] == "unchanged"
    done = ask(world, "judged", baseline=base)
    assert done["verdict"] == "pass" and done["changed"]
    assert world.downtimes_shown == [Downtime("ol-web3", "web", "disk swap")]
    assert ask(world, "lifted")["outcome"] == "unchanged"


def test_lifted_leaves_the_downtimes_of_others(world: World) -> None:
    ask(world, "announced")
    assert ask(world, "lifted")["changed"]
    assert [one.comment for one in world.downtimes_shown] == ["disk swap"]


def test_a_new_problem_fails_once_it_is_hard(world: World) -> None:
    base = ask(world, "baseline")
    world.state, world.tries = "CRITICAL", 2
    with pytest.raises(ProofError, match="ol-web3/web is CRITICAL") as caught:
        ask(world, "judged", baseline=base)
    assert caught.value.details["verdict"] == "fail" and caught.value.details["waited"] > 0


def test_a_new_problem_of_another_host_stops_and_blames_nobody(world: World) -> None:
    base = ask(world, "baseline")
    world.others = {"ol-home": "CRITICAL"}
    with pytest.raises(DeployError, match="ol-home/web is CRITICAL") as caught:
        ask(world, "judged", baseline=base)
    assert not isinstance(caught.value, ProofError) and caught.value.details["doubt"] is True
    assert caught.value.details["verdict"] == "fail"


def test_without_a_baseline_who_goes_on_does_not_wait_in_vain(world: World) -> None:
    world.trouble = "Nagios is stopped."
    assert ask(world, "judged", unknown="continue", timeout=600.0)["verdict"] == "unknown"
    assert world.clock.now() - 1000 < 10


def test_doubt_at_the_deadline(world: World) -> None:
    world.obeys = False
    with pytest.raises(DeployError, match="could not tell.*ol-web3/web was never|no result newer") as caught:
        ask(world, "judged")
    assert caught.value.details["doubt"] is True and "-e skip=nagios" in caught.value.next_command
    assert not isinstance(caught.value, ProofError)
    assert 16 <= world.clock.now() - 1000 <= 20
    done = ask(world, "judged", unknown="continue", baseline=ask(world, "baseline"))
    assert done["verdict"] == "unknown" and "Going on" in done["msg"]


def test_a_nagios_that_comes_back_in_time_is_heard(world: World) -> None:
    world.trouble = "Nagios is stopped."
    sleep = world.clock.sleep

    def wake(seconds: float) -> None:
        sleep(seconds)
        world.trouble = "" if world.clock.now() > 1006 else world.trouble

    world.clock.sleep = wake  # type: ignore[method-assign]
    assert ask(world, "judged")["verdict"] == "pass"


def test_informing_never_fails(world: World) -> None:
    base = ask(world, "baseline")
    world.state = "CRITICAL"
    assert ask(world, "judged", mode="inform", baseline=base)["verdict"] == "fail"
    world.trouble = "Nagios is stopped."
    assert ask(world, "judged", mode="inform")["verdict"] == "unknown"
    assert world.clock.now() - 1000 < 10


def test_informing_waits_for_the_checks_that_it_asked_for_and_no_longer(world: World) -> None:
    world.tries = 1
    told = ask(world, "judged", mode="inform", interval=1.0)
    assert (told["verdict"], told["why"]) == ("pass", "")
    world.obeys, world.last_check, begin = False, 0.0, world.clock.now()
    told = ask(world, "judged", mode="inform", interval=1.0)
    assert (told["verdict"], told["why"]) == ("unknown", "ol-web3/web has no result newer than the return of the host")
    assert 4 <= world.clock.now() - begin <= 5
    begin = world.clock.now()
    assert ask(world, "judged", mode="inform", interval=1.0, command_file=None)["verdict"] == "unknown"
    assert world.clock.now() - begin <= 1


@pytest.mark.parametrize("told", [{"mode": "inform"}, {"unknown": "continue"}])
def test_a_silent_nagios_keeps_no_host_from_its_turn_where_that_was_said(world: World, told: dict[str, str]) -> None:
    world.trouble = "Nagios is stopped."
    with pytest.raises(NagiosError):
        ask(world, "announced")
    done = ask(world, "announced", **told)
    assert (done["outcome"], done["downtimes"]) == ("unchanged", 0) and "may be paged: Nagios is stopped." in done[
        "msg"
    ]


def test_what_nagios_does_not_check_is_not_forced(world: World) -> None:
    world.passive = True
    done = ask(world, "judged")
    assert world.sent == [] and done["not_waited_for"] == ["ol-web3/web"] and "not waited for" in done["msg"]


@pytest.mark.parametrize("state", ["announced", "judged", "lifted"])
def test_check_mode_sends_nothing(world: World, state: str) -> None:
    if state == "lifted":
        world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    done = ask(world, state, check=True)
    assert world.sent == [] and done["outcome"] == "would" and done["commands"]


def test_without_a_command_file(world: World) -> None:
    assert ask(world, "announced", command_file=None)["outcome"] == "unchanged"
    world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    with pytest.raises(DeployError, match="cannot be lifted"):
        ask(world, "lifted", command_file=None)
    assert world.sent == []


def test_a_downtime_that_is_not_shown(world: World) -> None:
    world.obeys = False
    with pytest.raises(NagiosError, match="check_external_commands"):
        ask(world, "announced")


def test_command_file(tmp_path: Path) -> None:
    path = tmp_path / "nagios.cmd"
    for says, prepare in (("not exist", lambda: None), ("not a FIFO", path.touch)):
        prepare()
        with pytest.raises(NagiosError, match=says):
            CommandFile(str(path)).check()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(NagiosError, match="read by nobody"):
        CommandFile(str(path)).send("[1] X\n")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    CommandFile(str(path)).send("[1] X\n")
    assert os.read(reader, 100) == b"[1] X\n"
    os.close(reader)
