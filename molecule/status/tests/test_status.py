"""status.yml tells a fleet that is as it should be from one that is not, and names what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import BLUE, FLEET, GREEN, ROOT

KNOWN = "deploy-2026-10-19"


@pytest.fixture(scope="module")
def release() -> str:
    """What the fleet runs; the known release is the previous one."""
    made = sources.commit()
    runs.succeed("deploy", version=made, **runs.QUICK)
    return made


def status(directory: Path) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON and output."""
    file = directory / "status.json"
    run = runs.play("status", json=str(file))
    return run.rc, json.loads(file.read_text()), run.output


def assert_drift(directory: Path, host: str, *said: str) -> None:
    """There is drift, on that host alone, and both the output and the JSON name it."""
    rc, answer, output = status(directory)
    assert rc != 0
    drift = answer["status"]["drift"]
    assert drift, answer["status"]
    assert {line.partition(":")[0] for line in drift} == {host}
    for word in said:
        assert any(word in line for line in drift), drift
        assert word in output


def test_a_healthy_fleet(release: str, tmp_path: Path) -> None:
    rc, answer, output = status(tmp_path)
    assert rc == 0, output
    assert answer["status"]["drift"] == []
    assert answer["status"]["wanted"] == release
    assert answer["status"]["rollback"] == sources.hash_of(KNOWN)
    assert sorted(host["host"] for host in answer["status"]["hosts"]) == sorted(FLEET)
    assert all(host["free_mib"] > 0 and host["environment"] for host in answer["status"]["hosts"])
    for shown in (*FLEET, release[:10]):
        assert shown in output


@pytest.fixture
def link_moved(release: str) -> Iterator[str]:
    """Blue's link leads to another release than its processes run."""
    move = f"ln -sfn deploys/openlibrary/{{}} {ROOT}/openlibrary"
    snapshot.on(BLUE).check_output(move.format(sources.hash_of(KNOWN)))
    yield release
    snapshot.on(BLUE).check_output(move.format(release))


def test_a_link_that_was_moved_without_a_restart(link_moved: str, tmp_path: Path) -> None:
    assert_drift(tmp_path, BLUE, sources.hash_of(KNOWN)[:10], link_moved[:10])


@pytest.fixture
def stopped(release: str) -> Iterator[None]:
    snapshot.supervisorctl("ol-home", "stop", "coverstore")
    yield
    snapshot.supervisorctl("ol-home", "start", "coverstore")


def test_a_program_that_was_stopped(stopped: None, tmp_path: Path) -> None:
    assert_drift(tmp_path, "ol-home", "coverstore")


@pytest.fixture
def drained(release: str) -> Iterator[None]:
    snapshot.haproxy(f"set server openlibrary/{GREEN} state drain")
    yield
    snapshot.haproxy(f"set server openlibrary/{GREEN} state ready")


def test_a_server_that_was_drained_by_hand_is_named_and_left_drained(drained: None, tmp_path: Path) -> None:
    assert_drift(tmp_path, GREEN, "DRAIN")
    pids = set(snapshot.take([GREEN])[GREEN].processes)
    runs.succeed("restart", "--limit", GREEN, **runs.QUICK)
    assert pids.isdisjoint(snapshot.take([GREEN])[GREEN].processes)
    assert snapshot.rotation()[GREEN].status == "DRAIN"
    assert snapshot.in_rotation() == [BLUE]


@pytest.fixture(scope="module")
def abandoned(release: str) -> str:
    """What was being deployed when the controller was killed, with blue switched and out of rotation."""
    made = sources.commit()
    deploy = runs.start("deploy", version=made, **runs.QUICK)
    deploy.wait_for(lambda: snapshot.on(BLUE).file(f"{ROOT}/openlibrary").linked_to.endswith(made))
    deploy.kill()
    return made


def test_the_locks_of_a_killed_controller_stay_and_are_named(abandoned: str, tmp_path: Path) -> None:
    rc, answer, _output = status(tmp_path)
    assert rc != 0
    for host in FLEET:
        lock = answer["surveys"][host]["lock"]
        assert lock["to"] == abandoned
        assert lock["age"] >= 0
        assert any(line.startswith(f"{host}:") and lock["run"] in line for line in answer["status"]["drift"])
    assert answer["surveys"][BLUE]["lock"]["last_step"]
    assert runs.play("deploy", version=abandoned).rc != 0
    assert snapshot.in_rotation() == [GREEN]


def test_a_lock_is_not_broken_without_a_reason(abandoned: str) -> None:
    assert runs.play("lock", **{"break": True}).rc != 0
    assert all(seen.locked for seen in snapshot.take().values())


def test_after_the_break_the_next_deploy_makes_the_fleet_whole(abandoned: str, tmp_path: Path) -> None:
    runs.succeed("lock", **{"break": True, "reason": "the controller was killed"})
    runs.succeed("deploy", version=abandoned, **runs.QUICK)
    snapshot.assert_fleet_runs(abandoned)
    rc, answer, output = status(tmp_path)
    assert rc == 0, output
    assert answer["status"]["wanted"] == abandoned
