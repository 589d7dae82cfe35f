"""The rule of the gate."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import (
    Baseline,
    NagiosError,
    Reading,
    Service,
    check_reading,
    judge,
    known,
    new_problems,
    parse_baseline,
    short_output,
)

SINCE = 1000.0
BEFORE = Baseline({}, 1)


def service(**changed: Any) -> Service:
    """A service of ol-web3 that is well and was checked after the return of its host."""
    usual: dict[str, Any] = {
        "host": "ol-web3",
        "name": "web",
        "state": "OK",
        "hard": True,
        "acknowledged": False,
        "downtime": False,
        "active": True,
        "last_check": SINCE + 1,
        "since": 0.0,
        "output": "",
    }
    return Service(**{**usual, **changed})


def verdict(*services: Service, baseline: Baseline = BEFORE) -> tuple[list[str], list[str]]:
    found = judge(Reading(SINCE + 5, SINCE + 5, services), baseline, "ol-web3", SINCE)
    return [one.key for one in found.new], list(found.waiting)


@pytest.mark.parametrize("state", ["WARNING", "UNKNOWN", "CRITICAL"])
def test_a_hard_problem_is_new(state: str) -> None:
    assert verdict(service(state=state)) == (["ol-web3/web"], [])


@pytest.mark.parametrize("changed", [{"acknowledged": True}, {"downtime": True}, {"state": "OK"}])
def test_is_no_problem(changed: dict[str, Any]) -> None:
    assert verdict(service(**{"state": "CRITICAL", **changed})) == ([], [])


def test_a_soft_problem_is_waited_for() -> None:
    assert verdict(service(state="CRITICAL", hard=False)) == ([], ["ol-web3/web is CRITICAL, but not for good yet"])


@pytest.mark.parametrize("state", ["OK", "CRITICAL"])
@pytest.mark.parametrize("moment", [SINCE, SINCE - 1])
def test_only_results_newer_than_the_return_count(state: str, moment: float) -> None:
    new, waiting = verdict(service(state=state, last_check=moment))
    assert new == [] and waiting == ["ol-web3/web has no result newer than the return of the host"]


def test_pending_is_waited_for() -> None:
    assert verdict(service(state="PENDING", last_check=0.0))[1] == ["ol-web3/web was never checked"]


def test_no_service_of_the_host_is_not_well() -> None:
    assert verdict(service(host="ol-web4"))[1] == ["Nagios shows no service of ol-web3"]


def test_what_nagios_does_not_check_is_heard_but_not_waited_for() -> None:
    assert verdict(service(active=False, last_check=SINCE - 50)) == ([], [])
    assert verdict(service(active=False, state="CRITICAL")) == (["ol-web3/web"], [])


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [("WARNING", "CRITICAL", True), ("CRITICAL", "CRITICAL", False), ("CRITICAL", "WARNING", False)],
)
def test_worse_than_before_is_new(before: str, now: str, new: bool) -> None:
    baseline = Baseline({"ol-web3/web": before}, 1)
    assert bool(verdict(service(state=now), baseline=baseline)[0]) is new


@pytest.mark.parametrize(
    ("baseline", "new"),
    [(BEFORE, ["ol-home/ssh"]), (Baseline({"ol-home/ssh": "CRITICAL"}, 1), []), (Baseline({}, 0), [])],
)
@pytest.mark.parametrize("moment", [SINCE - 50, SINCE + 1])
def test_of_other_hosts_counts_what_the_baseline_does_not_know(
    moment: float, baseline: Baseline, new: list[str]
) -> None:
    other = service(host="ol-home", name="ssh", state="CRITICAL", last_check=moment)
    assert verdict(service(), other, baseline=baseline) == (new, [])


def test_without_a_baseline_nothing_is_new_and_a_problem_of_the_host_is_no_pass() -> None:
    open_now = ["ol-web3/web is CRITICAL, and nobody knows since when"]
    assert verdict(service(state="CRITICAL"), baseline=Baseline({}, 0)) == ([], open_now)
    assert verdict(service(), baseline=Baseline({}, 0)) == ([], [])


def test_the_baseline_knows_what_is_handled_and_what_is_only_beginning() -> None:
    listed = (service(state="WARNING", acknowledged=True), service(name="b", state="CRITICAL", hard=False))
    assert known(Reading(0, 0, listed)) == {"ol-web3/web": "WARNING", "ol-web3/b": "CRITICAL"}


def test_baseline_as_registered() -> None:
    given = {"known": {"a/b": "WARNING"}, "services": 7, "clock": 3.5, "failed": False}
    assert parse_baseline(given) == Baseline({"a/b": "WARNING"}, 7)
    assert parse_baseline(None) == parse_baseline({"msg": "failed"}) == Baseline({}, 0)
    with pytest.raises(InputError):
        parse_baseline({"known": {"a/b": "DOWN"}})


def one(state: str, service: str = "web", output: str = "") -> dict[str, Any]:
    return {"host": "ol-web3", "service": service, "state": state, "since": 0.0, "output": output}


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ({}, [one("CRITICAL", output="500")], ["ol-web3/web is CRITICAL (500)"]),
        ({"ol-web3/web": "WARNING"}, [one("CRITICAL")], ["ol-web3/web is CRITICAL"]),
        ({"ol-web3/web": "CRITICAL"}, [one("CRITICAL"), one("WARNING", "disk")], ["ol-web3/disk is WARNING"]),
        ({"ol-web3/web": "CRITICAL"}, [one("WARNING")], []),
        ({}, [], []),
    ],
)
def test_what_became_wrong_between_two_looks(
    before: dict[str, str], after: list[dict[str, Any]], new: list[str]
) -> None:
    assert new_problems({"known": before, "services": 7}, {"problems": after, "services": 7}) == new


@pytest.mark.parametrize(
    "before", [{}, {"skipped": True}, {"failed": True, "msg": "gone"}, {"known": 3, "services": 1}]
)
def test_nothing_is_new_where_nobody_knows_what_was(before: dict[str, Any]) -> None:
    assert new_problems(before, {"problems": [one("CRITICAL")]}) == []


@pytest.mark.parametrize("after", [{}, {"skipped": True}, {"problems": None}, {"problems": [{"host": "a"}]}])
def test_nothing_is_new_where_nobody_knows_what_is(after: dict[str, Any]) -> None:
    assert new_problems({"known": {}, "services": 7}, after) == []


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (Reading(200, 100, (service(),)), "100 s old"),
        (Reading(100, 100, ()), "no service of hostgroup 'g'"),
        (Reading(100, 100, (service(),)), "1 services of hostgroup 'g' and not the 2"),
    ],
)
def test_a_reading_that_is_not_what_was_asked_for(reading: Reading, says: str) -> None:
    with pytest.raises(NagiosError, match=says):
        check_reading(reading, "g", 2, 60)


def test_output_is_one_short_printable_line() -> None:
    assert short_output("a\n\x1b[31mb\t" + "c" * 300).startswith("a b ccc")
    assert len(short_output("c" * 300)) == 160
