"""The bench's result as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import report
from benchmarks.contestants import Contestant
from benchmarks.contestants.floor import Floor
from benchmarks.contestants.ours import CONTESTANTS as OURS
from benchmarks.model import Measure

MACHINE = {"cpu": "A Processor", "cores": 2, "memory_gib": 23.6, "kernel": "6.1", "versions": {"haproxy": "2.6"}}
CONDITIONS: dict[str, Any] = {"date": "2026-11-28", "commit": "abc1234", "remark": "", "left_out": {}}
CONTESTANTS: list[Contestant] = [OURS[0], Floor()]
MEASURES = [
    Measure("ours", "deploy", 1, True, 14.0, 6.0, 20.0, {"ol-web3": 7}, 900_000, 4_000),
    Measure("ours", "deploy", 2, True, 12.0, 5.0, 18.0, {"ol-web3": 6}, 700_000, 4_000),
    Measure("ours", "rollback-loaded", 1, True, 11.0, 3.0, 9.0, sent=2000, lost=0, wrong=0, safe=7.25),
    Measure("floor", "rollback-loaded", 1, False, 5.0, 0.1, 4.0, sent=1000, lost=3, wrong=2),
]


def result(**conditions: Any) -> dict[str, Any]:
    made = report.document(MEASURES, CONTESTANTS, MACHINE, {**CONDITIONS, **conditions})
    # What is read from the file is what is written to it.
    read: dict[str, Any] = json.loads(json.dumps(made))
    return read


def row(text: str, table: str, label: str) -> list[str]:
    """The cells of a contestant's row in the table whose title begins so."""
    lines = text[text.index(f"| {table}") :].splitlines()
    found = next(line for line in lines if line.startswith(f"| {label} "))
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_medians_with_the_least_and_the_most() -> None:
    assert row(report.markdown(result()), "median", OURS[0].label) == ["13.0 (12.0 to 14.0)", "-", "-"]


def test_time_to_safety_is_told_in_both_parts() -> None:
    waits, rest, whole, hung = row(report.markdown(result()), "until users", OURS[0].label)
    assert (waits, rest, whole, hung) == ("2.5", "4.8", "7.2 (7.2 to 7.2)", "-")


def test_what_failed_is_not_a_figure() -> None:
    assert row(report.markdown(result()), "until users", "hand-written")[1:3] == ["-", "1 of 1 failed"]


def test_lost_requests_are_told_with_those_sent() -> None:
    assert row(report.markdown(result()), "requests lost", "hand-written") == ["-", "3 of 1000", "-", "2"]


def test_costs_have_their_units() -> None:
    costs = row(report.markdown(result()), "what a warm deploy costs", OURS[0].label)
    assert costs[2:] == ["0.80 (0.70 to 0.90)", "4.1 (4.1 to 4.1)", "web3 7"]


def test_the_machine_is_named() -> None:
    assert report.markdown(result()).startswith("A Processor, 2 cores for everything, 23.6 GiB, Linux 6.1, 2026-11-28")


def test_a_busy_machine_is_said_before_any_figure() -> None:
    text = report.markdown(result(remark="5.0 processes were running"))
    assert 0 < text.index("Not to be relied on: 5.0 processes") < text.index("| median")
    assert "Not to be relied on" not in report.markdown(result())


def test_text_is_embedded_between_its_marks() -> None:
    text = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n"
    once = report.embed(text, "bench", "new\n")
    assert once == "a\n<!-- bench -->\nnew\n<!-- /bench -->\nb\n"
    assert report.embed(once, "bench", "new\n") == once


@pytest.mark.parametrize("text", ["", "<!-- bench -->\n", "<!-- /bench -->\n"])
def test_a_document_without_a_place_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        report.embed(text, "bench", "new")
