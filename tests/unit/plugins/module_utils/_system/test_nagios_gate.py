"""The gate against a Nagios in memory; the command file against a real FIFO."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import (
    Downtime,
    NagiosError,
    Status,
    WatchedService,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import nagios_gate, nagios_steps
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.nagios import CommandFile
from ansible_collections.openlibrary.deploy.plugins.modules.nagios_gate import ARGUMENT_SPEC
from tests.support import FakeClock, run_module

OURS = "openlibrary.deploy run-7"


class World:
    """Nagios: it obeys commands at once, and a forced check finds `state`, `hard` after `tries` of them or readings."""

    def __init__(self) -> None:
        self.clock = FakeClock(1000.0)
        self.state, self.tries, self.passive, self.obeys = "OK", 0, False, True
        self.last_check = 0.0
        self.sent: list[str] = []
        self.downtimes_shown: list[Downtime] = [Downtime("ol-web3", "web", "disk swap")]
        self.trouble = self.refuses = ""
        self.others: dict[str, str] = {}

    def read(self) -> Status:
        if self.trouble:
            raise NagiosError(self.trouble)
        now = self.clock.now()
        hard = self.tries <= 0
        self.tries -= self.last_check > 0
        service = WatchedService(
            "ol-web3", "web", self.state, hard, False, False, not self.passive, self.last_check, 0, ""
        )
        others = (
            WatchedService(host, "web", bad, True, False, False, True, now, 0, "") for host, bad in self.others.items()
        )
        return Status(now, now, (service, *others))

    def downtimes(self) -> list[Downtime]:
        if self.trouble:
            raise NagiosError(self.trouble)
        return list(self.downtimes_shown)

    def check(self) -> None:
        """A command file that can be written, or not."""
        if self.refuses:
            raise NagiosError(self.refuses)

    def send(self, line: str) -> None:
        self.check()
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
    monkeypatch.setattr(nagios_steps, "Cgi", lambda params: made)
    monkeypatch.setattr(nagios_steps, "CommandFile", lambda path: made)
    return made


def ask(world: World, what: str, check: bool = False, **given: Any) -> dict[str, Any]:
    usual = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()}
    wanted = {"url": "http://n/", "hostgroup": "g", "host": "ol-web3", "run": "run-7", "command_file": "/f"}
    params = {**usual, **wanted, "timeout": 20.0, "ask": what, **given}
    return nagios_gate.gate(params, check, world.clock).as_exit(check)


def test_read_is_what_judge_compares_with_and_what_a_plan_shows(world: World) -> None:
    world.others = {"ol-home": "CRITICAL"}
    done = ask(world, "read", host="", run="")
    assert (done["verdict"], done["announces"], done["changed"], done["phase"]) == ("pass", True, False, "gate")
    assert done["baseline"] == {"known": {"ol-home/web": "CRITICAL"}, "hosts": ["ol-home", "ol-web3"], "services": 2}
    assert done["msg"] == "Nagios watches 2 services; 1 has a problem already: ol-home/web is CRITICAL."
    assert [one["host"] for one in done["figures"]["problems"]] == ["ol-home"]
    assert ask(world, "read", command_file=None)["announces"] is False


@pytest.mark.parametrize("trouble", ["trouble", "refuses"])
def test_what_is_no_answer_to_read_is_unknown_with_its_own_sentence(world: World, trouble: str) -> None:
    setattr(world, trouble, "Nagios is stopped.")
    done = ask(world, "read")
    assert (done["verdict"], done["blame"], done["msg"]) == ("unknown", "nobody", "Nagios is stopped.")
    assert (done["baseline"], done["announces"]) == ({}, False)


def test_fewer_services_than_the_baseline_had_are_no_answer_unless_a_number_is_given(world: World) -> None:
    base = {**ask(world, "read")["baseline"], "services": 3}
    assert "and not the 3 expected" in ask(world, "judge", baseline=base)["msg"]
    assert ask(world, "judge", baseline=base, min_services=0)["verdict"] == "pass"


def test_announced_judged_lifted(world: World) -> None:
    base = ask(world, "read")["baseline"]
    told = ask(world, "announce")
    assert (told["verdict"], told["announced"], told["figures"]["downtimes"]) == ("pass", True, 2)
    again = ask(world, "announce")
    assert (again["outcome"], again["announced"]) == ("unchanged", True)
    done = ask(world, "judge", baseline=base)
    assert (done["verdict"], done["changed"], done["announced"]) == ("pass", True, False)
    assert done["msg"] == "Nagios shows no new problem since ol-web3 came back."
    assert world.downtimes_shown == [Downtime("ol-web3", "web", "disk swap")]
    assert ask(world, "lift")["outcome"] == "unchanged"


def test_lift_leaves_the_downtimes_of_others_and_none_of_the_run(world: World) -> None:
    ask(world, "announce")
    world.downtimes_shown.append(Downtime("ol-web4", "", OURS))
    done = ask(world, "lift")
    assert (done["verdict"], done["changed"], done["announced"]) == ("pass", True, False)
    assert [one.comment for one in world.downtimes_shown] == ["disk swap"]


def test_lift_is_the_run_s_whatever_host_is_named(world: World) -> None:
    world.downtimes_shown = [Downtime("ol-web4", "", OURS)]
    world.obeys = False
    assert ask(world, "lift")["verdict"] == "unknown"
    world.obeys = True
    assert ask(world, "lift")["verdict"] == "pass" and world.downtimes_shown == []


def test_without_a_run_no_downtime_is_its_own(world: World) -> None:
    world.downtimes_shown = [Downtime("ol-web3", "web", "")]
    done = ask(world, "judge", run="", baseline=ask(world, "read", run="")["baseline"])
    assert (done["verdict"], done["announced"], world.sent) == ("pass", False, ["SCHEDULE_FORCED_SVC_CHECK"])


def test_judge_lifts_what_stands_for_its_host_alone(world: World) -> None:
    """Another host of the run may be in the middle of its own turn."""
    ask(world, "announce")
    other = Downtime("ol-web4", "", OURS)
    world.downtimes_shown.append(other)
    done = ask(world, "judge", baseline=ask(world, "read")["baseline"])
    assert (done["verdict"], done["announced"]) == ("pass", False)
    assert world.downtimes_shown == [Downtime("ol-web3", "web", "disk swap"), other]


def test_since_is_the_first_reading_s_clock_and_nothing_older_counts(world: World) -> None:
    first = ask(world, "judge", baseline=ask(world, "read")["baseline"])["figures"]
    assert first["since"] == 1000.0 and first["clock"] > first["since"]
    later = ask(world, "judge", since=5000.0, baseline={})
    assert (later["verdict"], later["figures"]["since"]) == ("unknown", 5000.0)
    assert "ol-web3/web has no result newer" in later["msg"]


def test_a_new_problem_fails_once_it_is_hard_and_blames_the_release(world: World) -> None:
    base = ask(world, "read")["baseline"]
    world.state, world.tries = "CRITICAL", 2
    done = ask(world, "judge", baseline=base)
    assert (done["verdict"], done["blame"]) == ("fail", "release")
    assert done["msg"] == "Nagios shows problems that were not there before the run: ol-web3/web is CRITICAL."
    assert done["figures"]["waited"] > 0 and done["figures"]["new_problems"][0]["service"] == "web"


def test_a_new_problem_of_another_host_blames_nobody(world: World) -> None:
    base = ask(world, "read")["baseline"]
    world.others = {"ol-home": "CRITICAL"}
    done = ask(world, "judge", baseline=base)
    assert (done["verdict"], done["blame"]) == ("fail", "nobody") and "ol-home/web is CRITICAL" in done["msg"]


@pytest.mark.parametrize("trouble", ["trouble", "refuses"])
def test_without_a_baseline_nobody_waits_for_a_nagios_that_is_silent_still(world: World, trouble: str) -> None:
    setattr(world, trouble, "Nagios is stopped.")
    done = ask(world, "judge", timeout=600.0)
    assert done["verdict"] == "unknown" and "Nagios is stopped" in done["msg"]
    assert 0 < world.clock.now() - 1000 < 10


def test_nor_for_a_problem_that_may_be_an_old_one(world: World) -> None:
    world.state = "CRITICAL"
    done = ask(world, "judge", timeout=600.0)
    assert done["verdict"] == "unknown" and "CRITICAL, since an unknown time" in done["msg"]
    assert world.clock.now() - 1000 < 10


def test_doubt_at_the_deadline(world: World) -> None:
    world.obeys = False
    done = ask(world, "judge")
    assert (done["verdict"], done["blame"]) == ("unknown", "nobody")
    assert done["msg"].startswith("Nagios could not tell within 20 s whether ol-web3 is well: ol-web3/web ")
    assert 16 <= world.clock.now() - 1000 <= 20


def test_a_nagios_that_comes_back_in_time_is_heard(world: World) -> None:
    base = ask(world, "read")["baseline"]
    world.trouble = "Nagios is stopped."
    sleep = world.clock.sleep

    def wake(seconds: float) -> None:
        sleep(seconds)
        world.trouble = "" if world.clock.now() > 1006 else world.trouble

    world.clock.sleep = wake  # type: ignore[method-assign]
    assert ask(world, "judge", baseline=base)["verdict"] == "pass"


@pytest.mark.parametrize("mode", ["judge", "inform"])
def test_a_silent_nagios_gives_no_downtime_which_is_said(world: World, mode: str) -> None:
    world.trouble = "Nagios is stopped."
    done = ask(world, "announce", mode=mode)
    assert (done["verdict"], done["announced"], done["outcome"]) == ("unknown", False, "unchanged")
    assert done["msg"].endswith("so somebody may be paged: Nagios is stopped.")


def test_a_downtime_that_is_not_shown_may_come_yet(world: World) -> None:
    world.obeys = False
    done = ask(world, "announce")
    assert (done["verdict"], done["announced"], done["changed"]) == ("unknown", True, True)
    assert "check_external_commands" in done["msg"]


def test_whether_a_downtime_stands_is_not_denied_by_a_silent_nagios(world: World) -> None:
    ask(world, "announce")
    world.trouble = "Nagios is stopped."
    assert ask(world, "judge", baseline={})["announced"] is True
    done = ask(world, "lift")
    assert (done["verdict"], done["announced"]) == ("unknown", True)
    assert done["msg"] == "Downtimes of this run may still stand in Nagios: Nagios is stopped."
    assert ask(world, "judge", command_file=None)["announced"] is False, "who sends nothing left nothing"


def test_nor_by_one_that_falls_silent_when_it_is_announced_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(world, "announce")

    def silent() -> Status:
        raise NagiosError("Nagios is stopped.")

    monkeypatch.setattr(world, "read", silent)
    done = ask(world, "announce")
    assert (done["verdict"], done["announced"], done["changed"]) == ("unknown", True, False)


def test_a_downtime_that_stays_is_lifted_later(world: World) -> None:
    ask(world, "announce")
    world.obeys = False
    world.last_check = 9000.0
    done = ask(world, "judge", baseline=ask(world, "read")["baseline"])
    assert (done["verdict"], done["announced"]) == ("unknown", True)
    assert "the downtime of ol-web3/web is not lifted yet" in done["msg"]
    lifted = ask(world, "lift")
    assert (lifted["verdict"], lifted["announced"], lifted["changed"]) == ("unknown", True, True)


def test_what_nagios_does_not_check_is_not_forced(world: World) -> None:
    world.passive = True
    done = ask(world, "judge")
    assert world.sent == [] and done["figures"]["not_waited_for"] == ["ol-web3/web"]
    assert "not waited for" in done["msg"]


@pytest.mark.parametrize("what", ["announce", "judge", "lift"])
def test_check_mode_sends_nothing_and_waits_for_nothing(world: World, what: str) -> None:
    if what == "lift":
        world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    done = ask(world, what, check=True)
    assert world.sent == [] and done["outcome"] == "would" and done["figures"]["commands"]
    assert "In check mode nothing is sent to Nagios; the run would " in done["msg"]
    assert done["announced"] is (what == "lift")
    assert world.clock.slept == []


def test_in_check_mode_a_look_is_a_verdict(world: World) -> None:
    base = ask(world, "read")["baseline"]
    assert ask(world, "judge", check=True, host="", baseline=base)["verdict"] == "pass"
    world.others = {"ol-home": "CRITICAL"}
    assert ask(world, "judge", check=True, host="", baseline=base)["verdict"] == "fail"


def test_without_a_command_file(world: World) -> None:
    told = ask(world, "announce", command_file=None)
    assert (told["verdict"], told["outcome"], told["announced"]) == ("pass", "unchanged", False)
    world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    done = ask(world, "lift", command_file=None)
    assert (done["verdict"], done["announced"]) == ("unknown", True) and "cannot be lifted" in done["msg"]
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


@pytest.mark.parametrize("mode", ["judge", "inform"])
def test_downtimes_of_this_host_that_earlier_runs_left_are_lifted(world: World, mode: str) -> None:
    world.downtimes_shown = [*LEFT, *OTHERS]
    foreseen = ask(world, "announce", check=True, mode=mode)
    assert len(foreseen["figures"]["commands"]) == 4 and world.downtimes_shown == [*LEFT, *OTHERS]
    done = ask(world, "announce", mode=mode)
    assert done["figures"]["earlier_runs"] == ["run-5", "run-6"] and done["figures"]["downtimes"] == 2
    assert done["msg"].endswith("Those left by run-5, run-6 are lifted.")
    assert [one for one in world.downtimes_shown if one.comment != OURS] == OTHERS
    world.downtimes_shown += LEFT
    again = ask(world, "announce", mode=mode)
    assert (again["outcome"], again["figures"]["earlier_runs"]) == ("done", ["run-5", "run-6"])
    assert ask(world, "announce", mode=mode)["outcome"] == "unchanged"


def test_without_a_command_file_nothing_is_lifted(world: World) -> None:
    world.downtimes_shown = [*LEFT]
    assert ask(world, "announce", command_file=None)["figures"]["earlier_runs"] == []


def test_who_informs_waits_for_nothing(world: World) -> None:
    world.obeys, begin = False, world.clock.now()
    base = ask(world, "read")["baseline"]
    done = ask(world, "announce", mode="inform")
    assert (done["outcome"], done["figures"]["downtimes"], done["announced"]) == ("done", 2, True)
    assert "not waited for" in done["msg"]
    judged = ask(world, "judge", mode="inform", baseline=base)
    assert (judged["verdict"], judged["changed"], judged["announced"]) == ("unknown", True, False)
    assert judged["msg"].startswith("Nagios could not tell at one look whether ol-web3 is well: ol-web3/web")
    assert world.sent[-2:] == ["DEL_DOWNTIME_BY_HOST_NAME", "SCHEDULE_FORCED_SVC_CHECK"]
    world.downtimes_shown.append(Downtime("ol-web3", "", OURS))
    lifted = ask(world, "lift", mode="inform")
    assert (lifted["outcome"], lifted["announced"]) == ("done", False) and "not waited for" in lifted["msg"]
    assert world.clock.now() == begin


def test_the_whole_group_is_judged_at_one_look(world: World) -> None:
    """At the end of a way back: one look, no check asked for, nothing waited for, and nobody to blame."""
    base, begin = ask(world, "read")["baseline"], world.clock.now()
    done = ask(world, "judge", host="", mode="inform", baseline=base)
    assert (done["verdict"], done["msg"]) == ("pass", "Nagios shows no new problem.")
    world.state = "CRITICAL"
    done = ask(world, "judge", host="", mode="inform", baseline=base)
    assert (done["verdict"], done["blame"]) == ("fail", "nobody") and "ol-web3/web is CRITICAL" in done["msg"]
    world.tries = 1
    done = ask(world, "judge", host="", mode="inform", baseline=base)
    assert (done["verdict"], done["announced"]) == ("unknown", False)
    assert done["msg"].startswith("Nagios could not tell at one look whether all is well: ol-web3/web is CRITICAL, but")
    assert world.sent == [] and world.clock.now() == begin


def test_of_the_whole_group_a_soft_problem_is_waited_for(world: World) -> None:
    base = ask(world, "read")["baseline"]
    world.state, world.tries, world.last_check = "CRITICAL", 2, 999.0
    done = ask(world, "judge", host="", baseline=base)
    assert (done["verdict"], done["blame"]) == ("fail", "nobody") and world.clock.now() > 1000


def test_before_a_run_every_problem_of_the_group_counts(world: World) -> None:
    done = ask(world, "judge", host="", run="", baseline={})
    assert (done["verdict"], done["msg"]) == ("pass", "Nagios shows no problem.")
    world.others = {"ol-home": "WARNING"}
    done = ask(world, "judge", host="", run="", baseline={})
    assert (done["verdict"], done["blame"]) == ("fail", "nobody")
    assert done["msg"] == "Nagios shows problems (there is no baseline, so all count): ol-home/web is WARNING."


def test_the_downtimes_of_the_run_are_lifted_where_the_whole_group_is_judged(world: World) -> None:
    base = ask(world, "read")["baseline"]
    world.downtimes_shown += [Downtime("ol-web3", "", OURS), Downtime("ol-web4", "web", OURS)]
    seen = ask(world, "judge", host="", baseline=base, check=True)
    assert (seen["verdict"], seen["announced"], world.sent) == ("unknown", True, [])
    done = ask(world, "judge", host="", baseline=base)
    assert (done["verdict"], done["announced"]) == ("pass", False)
    assert world.downtimes_shown == [Downtime("ol-web3", "web", "disk swap")]


def test_a_downtime_that_nagios_does_not_show_yet_is_lifted_too(world: World) -> None:
    assert ask(world, "lift")["outcome"] == "unchanged"
    assert world.sent == ["DEL_DOWNTIME_BY_START_TIME_COMMENT"]
    world.refuses = "It is read by nobody."
    done = ask(world, "lift")
    assert (done["outcome"], done["verdict"], done["announced"]) == ("unchanged", "pass", False)


@pytest.mark.parametrize(
    ("what", "given", "says"),
    [
        ("announce", {"host": ""}, "no name of a host"),
        ("judge", {"host": "a;b"}, "no name of a host"),
        ("announce", {"run": ""}, "not the identifier of a run"),
        ("lift", {"run": ""}, "not the identifier of a run"),
        ("judge", {"baseline": {"known": 3}}, "baseline is not what"),
        ("read", {"interval": 0.0}, "must be more than 0"),
    ],
)
def test_it_fails_only_for_what_cannot_be_right(world: World, what: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ask(world, what, **given)


def test_the_module_takes_its_options_flat_and_never_shows_the_password() -> None:
    args = {"ask": "read", "url": "http://127.0.0.1:1/", "hostgroup": "g", "url_password": "s3cret-word"}
    done = run_module("nagios_gate", args)
    assert (done["failed"], done["verdict"], done["phase"]) == (False, "unknown", "gate")
    assert "cannot be reached" in done["msg"] and "s3cret-word" not in str(done)
    assert run_module("nagios_gate", {**args, "url": "monitor"})["failed"] is True


def test_command_file(tmp_path: Path) -> None:
    path = tmp_path / "nagios.cmd"
    for says, prepare in (("not exist", lambda: None), ("not a FIFO", path.touch)):
        prepare()
        with pytest.raises(NagiosError, match=says):
            CommandFile(str(path)).check()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(NagiosError, match="has no reader"):
        CommandFile(str(path)).send("[1] X\n")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    CommandFile(str(path)).send("[1] X\n")
    assert os.read(reader, 100) == b"[1] X\n"
    os.close(reader)
