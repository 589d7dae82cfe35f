"""The rule of the gate."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import (
    Baseline,
    Judgement,
    NagiosError,
    Status,
    WatchedService,
    check_reading,
    judge,
    known,
    listed,
    parse_baseline,
    short_output,
    shown,
    told,
    watched,
)

SINCE = 1000.0
BEFORE = Baseline({}, 1)


def service(**changed: Any) -> WatchedService:
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
    return WatchedService(**{**usual, **changed})


def verdict(*services: WatchedService, baseline: Baseline = BEFORE) -> tuple[list[str], list[str]]:
    found = judge(Status(SINCE + 5, SINCE + 5, services), baseline, "ol-web3", SINCE)
    return [one.key for one in found.new], list(found.waiting)


@pytest.mark.parametrize("state", ["WARNING", "UNKNOWN", "CRITICAL"])
def test_a_hard_problem_is_new(state: str) -> None:
    assert verdict(service(state=state)) == (["ol-web3/web"], [])


@pytest.mark.parametrize("changed", [{"acknowledged": True}, {"downtime": True}, {"state": "OK"}])
def test_is_no_problem(changed: dict[str, Any]) -> None:
    assert verdict(service(**{"state": "CRITICAL", **changed})) == ([], [])


def test_a_soft_problem_is_waited_for() -> None:
    assert verdict(service(state="CRITICAL", hard=False)) == ([], ["ol-web3/web is CRITICAL, but only soft yet"])


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
    open_now = ["ol-web3/web is CRITICAL, since an unknown time"]
    assert verdict(service(state="CRITICAL"), baseline=Baseline({}, 0)) == ([], open_now)
    assert verdict(service(), baseline=Baseline({}, 0)) == ([], [])


def test_a_problem_of_unknown_age_is_marked_as_such_once_it_is_sure() -> None:
    def undated(**changed: Any) -> list[str]:
        reading = Status(SINCE + 5, SINCE + 5, (service(**changed), service(host="ol-home", state="CRITICAL")))
        return [one.key for one in judge(reading, Baseline({}, 0), "ol-web3", SINCE).undated]

    assert undated(state="CRITICAL") == ["ol-web3/web"]
    assert undated(state="CRITICAL", hard=False) == undated(state="CRITICAL", last_check=SINCE) == []
    assert judge(Status(0, 0, (service(state="CRITICAL"),)), BEFORE, "ol-web3", SINCE).undated == ()


def all_of(*services: WatchedService, baseline: Baseline) -> Judgement:
    return judge(Status(SINCE + 5, SINCE + 5, services), baseline, "", SINCE)


@pytest.mark.parametrize("moment", [0.0, SINCE - 50, SINCE + 1])
def test_the_whole_group_is_what_nagios_shows_whenever_it_looked(moment: float) -> None:
    bad = service(state="WARNING", last_check=moment)
    found = all_of(bad, service(name="ssh", last_check=moment), baseline=BEFORE)
    assert (found.new, found.old, found.waiting) == ((bad,), (), ())
    found = all_of(bad, baseline=Baseline({bad.key: "CRITICAL"}, 1))
    assert (found.new, found.old, found.waiting) == ((), (bad,), ())


def test_of_the_whole_group_only_what_is_about_to_be_a_new_problem_is_waited_for() -> None:
    soft = service(state="CRITICAL", hard=False)
    handled = [service(name=how, state="CRITICAL", hard=False, **{how: True}) for how in ("acknowledged", "downtime")]
    never = service(name="new", state="PENDING", last_check=0.0)
    found = all_of(soft, *handled, never, baseline=BEFORE)
    assert (found.new, found.waiting) == ((), ("ol-web3/web is CRITICAL, but only soft yet",))
    assert all_of(soft, baseline=Baseline({soft.key: "CRITICAL"}, 1)) == Judgement()


def test_of_the_whole_group_every_problem_counts_where_there_is_no_baseline() -> None:
    bad, other = service(state="CRITICAL"), service(host="ol-home", state="WARNING")
    handled = service(name="disk", state="CRITICAL", acknowledged=True)
    assert all_of(bad, handled, other, baseline=Baseline({}, 0)).new == (bad, other)


def test_the_baseline_knows_what_is_handled_and_what_is_only_beginning() -> None:
    listed = (service(state="WARNING", acknowledged=True), service(name="b", state="CRITICAL", hard=False))
    assert known(Status(0, 0, listed)) == {"ol-web3/web": "WARNING", "ol-web3/b": "CRITICAL"}


def test_baseline_as_registered() -> None:
    given = {"known": {"a/b": "WARNING"}, "services": 7, "clock": 3.5, "failed": False}
    assert parse_baseline(given) == Baseline({"a/b": "WARNING"}, 7)
    assert parse_baseline(None) == parse_baseline({"msg": "failed"}) == Baseline({}, 0)
    with pytest.raises(InputError):
        parse_baseline({"known": {"a/b": "DOWN"}})


def test_what_a_check_said_is_told_with_its_service() -> None:
    assert told(service(state="CRITICAL", output="500")) == "ol-web3/web is CRITICAL (500)"
    assert told(service(state="CRITICAL")) == "ol-web3/web is CRITICAL"


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (Status(200, 100, (service(),)), "100 s old"),
        (Status(100, 100, ()), "no service of hostgroup 'g'"),
        (Status(100, 100, (service(),)), "1 services of hostgroup 'g' and not the 2"),
    ],
)
def test_a_reading_that_is_not_what_was_asked_for(reading: Status, says: str) -> None:
    with pytest.raises(NagiosError, match=says):
        check_reading(reading, "g", 2, 60)


def test_what_nagios_watches_is_a_sentence() -> None:
    bad = [service(name=f"s{number}", state="WARNING") for number in range(12)]
    assert watched(Status(0, 0, (service(),)), []) == "Nagios watches 1 services; none has a problem."
    one_bad = watched(Status(0, 0, (service(), bad[0])), bad[:1])
    assert one_bad == "Nagios watches 2 services; 1 has a problem already: ol-web3/s0 is WARNING."
    assert watched(Status(0, 0, tuple(bad)), bad).endswith("; ol-web3/s9 is WARNING; and 2 more.")


def test_what_is_listed_and_shown_is_bounded() -> None:
    assert listed(["a"] * 11) == "; ".join([*["a"] * 10, "and 1 more"])
    assert len(shown([service(state="CRITICAL")] * 30)) == 20


def test_output_is_one_short_printable_line() -> None:
    assert short_output("a\n\x1b[31mb\t" + "c" * 300).startswith("a b ccc")
    assert len(short_output("c" * 300)) == 160
