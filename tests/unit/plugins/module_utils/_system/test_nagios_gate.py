"""The gate against a Nagios in memory; the command file against a real FIFO."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import (
    Downtime,
    NagiosError,
    Reading,
    Service,
)
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
        if "DEL_DOWNTIME_BY_HOST_NAME" in line:
            _verb, host, service, start, comment = line.strip().split(";")
            assert not service and not start
            self.downtimes_shown = [one for one in self.downtimes_shown if (one.host, one.comment) != (host, comment)]
        elif "DEL_" in line:
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
    assert caught.value.blame == "release"


def test_a_new_problem_of_another_host_stops_and_blames_nobody(world: World) -> None:
    base = ask(world, "baseline")
    world.others = {"ol-home": "CRITICAL"}
    with pytest.raises(DeployError, match="ol-home/web is CRITICAL") as caught:
        ask(world, "judged", baseline=base)
    assert not isinstance(caught.value, ProofError) and caught.value.blame == "nobody"
    assert caught.value.details["verdict"] == "fail"


def test_without_a_baseline_who_goes_on_does_not_wait_in_vain(world: World) -> None:
    world.trouble = "Nagios is stopped."
    assert ask(world, "judged", unknown="continue", timeout=600.0)["verdict"] == "unknown"
    assert world.clock.now() - 1000 < 10


def test_doubt_at_the_deadline(world: World) -> None:
    world.obeys = False
    with pytest.raises(DeployError, match="could not tell.*ol-web3/web was never|no result newer") as caught:
        ask(world, "judged")
    assert caught.value.blame == "nobody" and "-e skip=nagios" in caught.value.next_command
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
    with pytest.raises(DeployError, match="cannot be lifted") as caught:
        ask(world, "lifted", command_file=None)
    assert caught.value.blame == "nobody"
    assert world.sent == []


LEFT = [
    Downtime("ol-web3", "", "openlibrary.deploy run-5"),
    Downtime("ol-web3", "web", "openlibrary.deploy run-6"),
]
OTHERS = [
    Downtime("ol-web4", "", "openlibrary.deploy run-6"),
    Downtime("ol-web3", "", "openlibrary.deploy"),
    Downtime("ol-web3", "", "openlibrary.deploy run;6"),
    Downtime("ol-web3", "", "mine, not openlibrary.deploy run-6"),
]


@pytest.mark.parametrize("direction", ["forward", "back"])
def test_downtimes_of_this_host_that_earlier_runs_left_are_lifted(world: World, direction: str) -> None:
    world.downtimes_shown = [*LEFT, *OTHERS]
    foreseen = ask(world, "announced", check=True, direction=direction)
    assert len(foreseen["commands"]) == 4 and world.downtimes_shown == [*LEFT, *OTHERS]
    done = ask(world, "announced", direction=direction)
    assert done["earlier_runs"] == ["run-5", "run-6"] and done["downtimes"] == 2
    assert done["msg"].endswith("What run-5, run-6 left of theirs is lifted.")
    assert [one for one in world.downtimes_shown if one.comment != OURS] == OTHERS
    world.downtimes_shown += LEFT
    again = ask(world, "announced", direction=direction)
    assert (again["outcome"], again["earlier_runs"]) == ("done", ["run-5", "run-6"])
    assert ask(world, "announced", direction=direction)["outcome"] == "unchanged"


def test_without_a_command_file_nothing_is_lifted(world: World) -> None:
    world.downtimes_shown = [*LEFT]
    assert ask(world, "announced", command_file=None)["earlier_runs"] == []


@pytest.mark.parametrize("told", [{"mode": "inform"}, {"direction": "back"}])
def test_who_informs_waits_for_nothing(world: World, told: dict[str, str]) -> None:
    world.obeys, begin = False, world.clock.now()
    base = ask(world, "baseline")
    done = ask(world, "announced", **told)
    assert (done["outcome"], done["downtimes"]) == ("done", 2) and "not waited for" in done["msg"]
    judged = ask(world, "judged", baseline=base, **told)
    assert (judged["verdict"], judged["changed"]) == ("unknown", True)
    assert judged["msg"].startswith("Nagios could not tell at one look whether ol-web3 is well: ol-web3/web")
    assert world.sent[-2:] == ["DEL_DOWNTIME_BY_START_TIME_COMMENT", "SCHEDULE_FORCED_SVC_CHECK"]
    world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    lifted = ask(world, "lifted", **told)
    assert lifted["outcome"] == "done" and "not waited for" in lifted["msg"]
    assert world.clock.now() == begin


@pytest.mark.parametrize("told", [{"mode": "inform"}, {"direction": "back"}])
def test_who_informs_is_stopped_by_nothing(world: World, told: dict[str, str]) -> None:
    base = ask(world, "baseline")
    world.others = {"ol-home": "CRITICAL"}
    done = ask(world, "judged", baseline=base, **told)
    assert (done["verdict"], done["why"]) == ("fail", "ol-home/web is CRITICAL")
    world.trouble = "Nagios is stopped."
    assert ask(world, "judged", baseline=base, **told)["verdict"] == "unknown"
    assert ask(world, "announced", **told)["downtimes"] == 0


def test_a_downtime_that_nagios_does_not_show_yet_is_lifted_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(world, "lifted")["outcome"] == "unchanged"
    assert world.sent == ["DEL_DOWNTIME_BY_START_TIME_COMMENT"]

    def refuse(line: str) -> None:
        raise NagiosError("It is read by nobody.")

    monkeypatch.setattr(world, "send", refuse)
    assert ask(world, "lifted")["outcome"] == "unchanged"


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
