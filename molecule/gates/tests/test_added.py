"""A gate that a site adds: one module of a collection that is thrown away, one entry of deploy_gates, nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import gates
from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import BLUE

MOST = 2


@pytest.fixture(scope="module")
def release() -> str:
    """A commit that no host has seen."""
    return sources.commit()


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of a site with the gate of CONTRIBUTING.md, whose queue is longer than it may be."""
    monkeypatch.setenv(runs.COLLECTIONS, gates.collection(tmp_path / "collections", queue=gates.example()))
    spool = tmp_path / "spool"
    spool.mkdir()
    for number in range(MOST + 1):
        (spool / str(number)).touch()
    options = {"path": str(spool), "most": MOST}
    entry = {"name": "queue", "module": gates.QUEUE, "when": ["before"], "timeout": 1, "options": options}
    usual = {name: value for name, value in runs.QUICK.items() if name not in runs.WITHOUT_GATES}
    return {**usual, "deploy_gates": [entry]}


def test_it_stops_a_deploy_before_anything_is_touched(full: dict[str, Any], release: str) -> None:
    before = snapshot.take(passed=("git",))
    run = runs.play("deploy", version=release, **full)
    assert snapshot.differences(before, snapshot.take(passed=("git",))) == []
    assert run.rc != 0, run.output
    assert f"queue: {MOST + 1} messages wait in " in run.output
    assert f"-e version={release} -e skip=queue -e \"reason=''\"" in run.output


def test_it_is_skipped_by_its_name_which_is_said_and_journaled(full: dict[str, Any]) -> None:
    run = runs.succeed("restart", "--limit", BLUE, **full, skip="queue,bake", reason="it is known")
    assert run.output.count("Skipped on request: queue, bake (it is known)") == 2, "in the plan, and at the end"
    notes = [entry for entry in map(json.loads, snapshot.take([BLUE])[BLUE].journal) if entry["outcome"] == "note"]
    said = [note["detail"] for note in notes if note["detail"].startswith("skip=queue (it is known): ")]
    assert said and f"queue: {MOST + 1} messages wait" in said[-1]
