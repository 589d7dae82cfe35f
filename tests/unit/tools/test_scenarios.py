"""Which scenario begins next, on which labs, and what is made of what one wrote."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.errors import LabError
from tests.tools import scenarios
from tests.tools.scenarios import (
    ALONE,
    CREATE,
    EXPECTED,
    LIMIT_SECONDS,
    LOADED,
    Job,
    Result,
    choose,
    judge,
    labs,
    report,
)

PASSED = "tests/test_x.py ....\n======== 4 passed in 12.34s ========\n"
FAILED = """\
  ol-web3    FAILED: tests/that stand in the middle of a line
FAILED tests/test_x.py::test_one[a b] - AssertionError: no
ERROR tests/test_x.py::test_two
======== 1 failed, 4 passed, 1 error in 12.34s (0:00:12) ========
"""


def test_what_is_known_of_scenarios_is_of_scenarios_that_exist() -> None:
    every = {path.parent.name for path in scenarios.ROOT.glob("molecule/*/molecule.yml")} - {CREATE}
    assert EXPECTED.keys() == every
    assert ALONE.keys() | LOADED <= every
    assert max(EXPECTED.values()) * 2 < LIMIT_SECONDS


@pytest.mark.parametrize(
    ("waiting", "running", "chosen"),
    [
        pytest.param({"tag", "broken", "noop"}, [], "broken", id="the longest first"),
        pytest.param({"tag", "broken", "new"}, ["noop"], "new", id="one that nobody knows may be longer"),
        pytest.param({"broken", "tag"}, ["olsystem"], "tag", id="two loads not at once"),
        pytest.param({"broken"}, ["olsystem"], None, id="rather wait"),
        pytest.param({"bake", "tag"}, [], "tag", id="who must be alone is last"),
        pytest.param({"bake"}, ["tag"], None, id="and waits until the others have ended"),
        pytest.param({"bake"}, [CREATE], None, id="also until the other lab is up"),
        pytest.param({"bake", "deploy"}, [], "deploy", id="then begins"),
        pytest.param({"bake"}, ["deploy"], None, id="with nobody beside it"),
        pytest.param({"tag"}, ["deploy"], None, id="whoever that is"),
        pytest.param(set(), ["tag"], None, id="nothing is left"),
    ],
)
def test_next_scenario(waiting: set[str], running: list[str], chosen: str | None) -> None:
    assert choose(waiting, running) == chosen


@pytest.mark.parametrize(
    ("wanted", "lab", "cores", "names"),
    [
        pytest.param("", "", 2, ("", "b"), id="two cores"),
        pytest.param("", "", 1, ("",), id="one core"),
        pytest.param("", "", 64, ("", "b"), id="many cores"),
        pytest.param("", "c", 2, ("c",), id="somebody's own lab"),
        pytest.param("3", "c", 2, ("", "b", "c"), id="a number"),
        pytest.param("default c", "", 2, ("", "c"), id="names"),
    ],
)
def test_labs(wanted: str, lab: str, cores: int, names: tuple[str, ...]) -> None:
    assert labs(wanted, lab, cores) == names


@pytest.mark.parametrize("wanted", ["0", "10", "x", "b b", "bc", "-1"])
def test_what_names_no_labs(wanted: str) -> None:
    with pytest.raises(LabError, match="MOLECULE_LABS"):
        labs(wanted, "", 2)


def test_a_scenario_that_passed() -> None:
    assert judge("tag", "", 13, 0, PASSED) == Result("tag", "default", 13, "passed", 4)


def test_one_that_failed_names_its_tests() -> None:
    result = judge("tag", "b", 13, 2, FAILED)
    assert (result.outcome, result.lab, result.tests) == ("FAILED", "b", 4)
    assert result.failed == ("tests/test_x.py::test_one[a b]", "tests/test_x.py::test_two")


@pytest.mark.parametrize(("rc", "output"), [(None, PASSED), (1, PASSED), (0, "")], ids=["late", "code", "no tests"])
def test_only_tests_that_ran_to_a_good_end_pass(rc: int | None, output: str) -> None:
    assert not judge("tag", "", 13, rc, output).passed


def test_the_report_ends_with_what_failed() -> None:
    bad = judge("tag", "b", 13, 2, FAILED)
    lines = report([bad, judge("noop", "", 13, 0, PASSED)]).splitlines()
    assert lines[-3:] == ["FAILED: tag", *(f"  {name}" for name in bad.failed)]
    assert report([judge("noop", "", 13, 0, PASSED)]).endswith("All 1 passed.")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """What was begun, and where. `broken` fails, and the labs `c` and `d` do not come up."""
    seen: list[tuple[str, str]] = []

    def begin(scenario: str, lab: str) -> Job:
        seen.append((scenario, lab))
        log = tmp_path / f"{scenario}-{lab}"
        log.write_text(PASSED)
        bad = scenario == "broken" or (scenario == CREATE and lab in ("c", "d"))
        return Job(scenario, lab, subprocess.Popen(("sh", "-c", f"sleep 0.3; exit {int(bad)}")), log)

    monkeypatch.setattr(scenarios, "begin", begin)
    return seen


def test_two_labs_share_the_scenarios(begun: list[tuple[str, str]]) -> None:
    results = scenarios.run(["bake", "tag", "broken", "noop"], ["", "b"])
    assert begun[:2] == [(CREATE, ""), (CREATE, "b")]
    assert [name for name, _lab in begun[2:]] == ["broken", "noop", "tag", "bake"]
    assert {lab for _name, lab in begun[2:]} == {"", "b"}
    assert [result.scenario for result in results if not result.passed] == ["broken"]
    assert results[-1].scenario == "bake"


def test_a_lab_that_does_not_come_up_gets_nothing_and_is_a_failure(begun: list[tuple[str, str]]) -> None:
    results = scenarios.run(["tag", "noop"], ["", "c"])
    assert {lab for _name, lab in begun[2:]} == {""}
    assert [(result.scenario, result.lab) for result in results if not result.passed] == [(CREATE, "c")]


def test_without_a_lab_nothing_passes(begun: list[tuple[str, str]]) -> None:
    results = scenarios.run(["tag", "noop"], ["c", "d"])
    assert sorted(result.scenario for result in results) == sorted([CREATE, CREATE, "noop", "tag"])
    assert not any(result.passed for result in results)


def test_how_busy_the_machine_was() -> None:
    # user, nice, system, idle, waiting, interrupts twice, stolen; guests are counted as user already.
    assert scenarios.busy([10] * 10, [50, 10, 30, 40, 20, 10, 10, 10, 40, 10]) == pytest.approx(0.6)
    assert len(scenarios.processors()) >= 8


def test_a_scenario_is_killed_with_playbooks_in_a_session_of_their_own(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    inner = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], start_new_session=True)"
    process = subprocess.Popen((sys.executable, "-c", outer), start_new_session=True)
    deadline = time.monotonic() + 20
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    Job("tag", "b", process, mark).kill()
    stat = Path(f"/proc/{mark.read_text()}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)
