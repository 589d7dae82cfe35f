"""The last result of the bench that was committed: what of it does not depend on the machine is held to limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.model import above
from tests.unit import structure

RESULTS = structure.ROOT / "benchmarks" / "results"
LIMITS: dict[str, dict[str, int]] = json.loads((structure.ROOT / "benchmarks" / "limits.json").read_text())


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    operations: dict[str, Any] = json.loads((RESULTS / "latest.json").read_text())["contestants"]["ours"]["operations"]
    return operations


@pytest.mark.parametrize("operation", LIMITS)
def test_no_more_is_executed_on_a_host_than_the_limits_allow(ours: dict[str, Any], operation: str) -> None:
    assert set(LIMITS[operation]) == set(ours[operation]["executions"])
    assert above(ours[operation]["executions"], LIMITS[operation]) == {}


def test_whatever_was_measured_of_ours_went_well_and_lost_nothing(ours: dict[str, Any]) -> None:
    assert set(LIMITS) <= set(ours)
    assert {name: figures["failed"] for name, figures in ours.items()} == dict.fromkeys(ours, 0)
    assert {name: figures.get("lost", 0) for name, figures in ours.items()} == dict.fromkeys(ours, 0)


def test_the_readme_and_the_document_on_performance_show_that_result() -> None:
    table = (RESULTS / "latest.md").read_text()
    assert table.strip() in (structure.ROOT / "docs" / "performance.md").read_text()
    assert table.splitlines()[0] in (structure.ROOT / "README.md").read_text()
    assert (RESULTS / "latest.svg").read_text().startswith("<?xml")
