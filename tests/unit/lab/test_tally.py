"""What a load counts."""

from __future__ import annotations

import pytest

from lab.tally import Outcome, Sample, Server, Tally, clean, parse_servers, percentile, rotation, summarise

CSV = """# pxname,svname,status,weight,type,scur,
www,FRONTEND,OPEN,,0,9,
openlibrary,ol-web3,UP,10,2,3,
openlibrary,ol-web4,DRAIN,100,2,0,
openlibrary,BACKEND,UP,110,1,3,
other,ol-web3,MAINT,1,2,7,
"""


def test_servers_are_found_by_column_name_and_backend() -> None:
    assert parse_servers(CSV, "openlibrary") == {"ol-web3": Server("UP", 10, 3), "ol-web4": Server("DRAIN", 100)}


@pytest.mark.parametrize(
    ("status", "weight", "counts"),
    [("UP", 1, True), ("UP 1/3", 100, True), ("UP", 0, False), ("DRAIN", 100, False), ("DOWN 1/2", 100, False),
     ("MAINT", 100, False), ("no check", 1, False)],
)  # fmt: skip
def test_in_rotation(status: str, weight: int, counts: bool) -> None:
    assert Server(status, weight).in_rotation is counts


def test_every_kind_of_failure_is_counted_once_and_none_is_ok() -> None:
    result = summarise(
        [
            Outcome(0.0, "/", 0.010, 200, "a" * 40),
            Outcome(0.1, "/", 0.020, 200, "b" * 40),
            Outcome(0.2, "/", 0.030, 503),
            Outcome(0.3, "/static/x", 0.030, 200, "a" * 40, wrong="other bytes"),
            Outcome(0.4, "/", 10.0, lost="TimeoutError"),
        ]
    )
    assert (result["sent"], result["ok"], result["lost"], result["wrong_bytes"]) == (5, 2, 1, 1)
    assert result["not_2xx"] == {"503": 1}
    assert result["releases"] == {"a" * 40: 2, "b" * 40: 1}
    assert [failure["at"] for failure in result["failures"]] == [0.2, 0.3, 0.4]
    assert result["latency_ms"]["max"] == 20.0
    assert not clean(result)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [([], False), ([Outcome(0, "/", 0.1, 200)], True), ([Outcome(0, "/", 0.1, 302)], False)],
)
def test_clean_needs_requests_and_only_whole_answers(outcomes: list[Outcome], expected: bool) -> None:
    assert clean(Tally(outcomes).result(1.0)) is expected


@pytest.mark.parametrize(("percent", "expected"), [(50, 50.0), (99, 99.0), (100, 100.0), (0.1, 1.0)])
def test_percentile_is_a_value_that_was_seen(percent: float, expected: float) -> None:
    assert percentile([float(number) for number in range(1, 101)], percent) == expected


def test_percentile_of_nothing() -> None:
    assert percentile([], 99) is None


def test_rotation_finds_the_lowest_moment_and_each_change() -> None:
    well, drained = Server("UP", 100), Server("DRAIN", 100)
    seen = rotation(
        [
            Sample(0.0, {"ol-web3": well, "ol-web4": well}),
            Sample(0.1, {"ol-web3": drained, "ol-web4": well}),
            Sample(0.2, {"ol-web3": drained, "ol-web4": well}),
            Sample(0.3, {"ol-web3": well, "ol-web4": well}),
        ]
    )
    assert (seen["samples"], seen["minimum"]) == (4, 1)
    assert [(change["at"], change["server"], change["status"]) for change in seen["timeline"]] == [
        (0.0, "ol-web3", "UP"), (0.0, "ol-web4", "UP"), (0.1, "ol-web3", "DRAIN"), (0.3, "ol-web3", "UP")
    ]  # fmt: skip


def test_rotation_without_a_sample_claims_nothing() -> None:
    assert rotation([])["minimum"] is None
