"""What the bench makes of its measures."""

from __future__ import annotations

import pytest

from benchmarks.model import Measure, Sample, Spread, Waits, above, safe_after, spread, summary
from lab.tally import Server

UP, DRAIN = Server("UP", 100), Server("DRAIN", 100)
OLD, NEW = "a" * 40, "b" * 40


def sample(at: float, blue: str = "", green: str = "", states: tuple[Server, Server] = (UP, UP)) -> Sample:
    """The nodes' releases, empty for one that does not answer, and their states in haproxy."""
    releases = {name: release for name, release in (("blue", blue), ("green", green)) if release}
    return Sample(at, dict(zip(("blue", "green"), states, strict=True)), releases)


def measure(number: int = 1, seconds: float = 1.0, ok: bool = True, **others: object) -> Measure:
    base = Measure("ours", "deploy", number, ok, seconds, 0.5, 1.5)
    return Measure(**{**vars(base), **others})  # type: ignore[arg-type]


def test_stable_seconds_and_checks_run_at_once() -> None:
    assert Waits(1, stable=5, checks=1, reading=0.5).seconds == 6.5
    assert Waits(10, stable=5, checks=8, reading=4).seconds == 22
    assert Waits(1).seconds == 1


def test_users_are_safe_at_the_first_look_after_the_last_one_that_saw_the_bad_release_serve() -> None:
    seen = [
        sample(0.1, NEW, NEW),
        sample(0.2, OLD, NEW),
        sample(0.3, OLD, NEW, (UP, DRAIN)),
        sample(0.4, OLD, OLD),
    ]
    assert safe_after(seen, NEW) == 0.3


def test_a_bad_release_that_comes_back_was_not_gone() -> None:
    seen = [sample(0.1, NEW), sample(0.2, NEW, OLD, (DRAIN, UP)), sample(0.3, NEW, OLD), sample(0.4, OLD, OLD)]
    assert safe_after(seen, NEW) == 0.4


@pytest.mark.parametrize("server", [Server("UP", 0), Server("MAINT", 100), Server("DOWN", 100)])
def test_who_gets_no_traffic_serves_nobody(server: Server) -> None:
    assert not sample(0.0, NEW, OLD, (server, UP)).serves(NEW)


def test_a_node_that_does_not_answer_is_on_no_release() -> None:
    assert safe_after([sample(0.0, "", OLD), sample(0.1, OLD, OLD)], NEW) == 0.0


def test_nobody_knows_when_users_were_safe_while_the_last_look_still_sees_the_bad_release() -> None:
    assert safe_after([sample(0.0, NEW, OLD)], NEW) is None
    assert safe_after([], NEW) is None


def test_a_spread_of_nothing_is_none() -> None:
    assert spread([]) is None
    assert spread([3.0, 1.0, 2.0, 10.0]) == Spread(2.5, 1.0, 10.0)


def test_a_summary_has_medians_of_what_went_well_and_counts_what_did_not() -> None:
    found = summary([measure(1, 3.0), measure(2, 5.0), measure(3, 400.0, ok=False)])["ours"]["deploy"]
    assert found["seconds"] == {"median": 4.0, "least": 3.0, "most": 5.0}
    assert (found["rounds"], found["failed"]) == (3, 1)
    assert "bytes" not in found


def test_what_a_failed_round_lost_is_lost() -> None:
    rounds = [measure(1, sent=100, lost=0, wrong=0), measure(2, ok=False, sent=100, lost=7, wrong=1)]
    found = summary(rounds)["ours"]["deploy"]
    assert (found["sent"], found["lost"], found["wrong"]) == (200, 7, 1)


def test_of_executions_the_most_count() -> None:
    rounds = [measure(1, executions={"web": 7, "www": 3}), measure(2, executions={"web": 6, "www": 4})]
    assert summary(rounds)["ours"]["deploy"]["executions"] == {"web": 7, "www": 4}


def test_executions_above_their_limits_are_named() -> None:
    assert above({"web": 7, "www": 12, "home": 90}, {"web": 7, "www": 11}) == {"www": 12}
    assert above({}, {"web": 7}) == {}
