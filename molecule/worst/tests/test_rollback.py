"""The worst hour: a rollback with Nagios red, without the home host, without a web node, without any server at all."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lab.process import docker
from tests.fleet import monitor, runs, snapshot, sources
from tests.fleet.snapshot import BLUE, FLEET, GREEN, WEB

KNOWN = "deploy-2026-10-19"
# Gates inform in a rollback, so they are on as an operator has them.
QUICK = {"deploy_stable_seconds": 2, "deploy_ramp_hold": 0.5}


@pytest.fixture(scope="module")
def release() -> str:
    """The newest release, from which each test goes back, and to which it returns."""
    release = sources.commit()
    runs.succeed("deploy", version=release, **runs.QUICK)
    return release


@pytest.fixture
def known(release: str) -> Iterator[str]:
    """The release to go back to; afterwards the newest one is current everywhere again."""
    yield sources.hash_of(KNOWN)
    runs.succeed("deploy", version=release, **runs.QUICK)
    snapshot.assert_fleet_runs(release)


def stopped(name: str) -> None:
    docker("stop", "--time", "5", name)


def started(name: str) -> None:
    """The host boots, and answers."""
    docker("start", name)
    deadline = time.monotonic() + 60
    while snapshot.on(name).run("systemctl is-system-running --wait").stdout.strip() not in ("running", "degraded"):
        assert time.monotonic() < deadline, f"{name} does not boot"
        time.sleep(0.2)


def test_with_nagios_red_it_goes_back_and_tells(known: str) -> None:
    with monitor.problem(GREEN):
        run = runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(known)
    assert f"{GREEN}/{monitor.PASSIVE}" in run.output


def test_with_nagios_stopped_it_goes_back_and_tells(known: str) -> None:
    with monitor.stopped():
        run = runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(known)
    assert "Nagios" in run.output


def test_without_the_home_host_it_goes_back_elsewhere_and_says_what_is_missing(known: str) -> None:
    stopped("ol-home")
    try:
        run = runs.play("rollback", **QUICK)
        snapshot.assert_fleet_runs(known, [name for name in FLEET if name != "ol-home"])
    finally:
        started("ol-home")
    assert run.rc != 0
    assert "NOT on ol-home" in run.output


def test_without_one_web_node_it_goes_back_elsewhere_and_keeps_that_node_out(known: str) -> None:
    stopped(GREEN)
    try:
        run = runs.play("rollback", **QUICK)
        assert snapshot.in_rotation() == [BLUE]
        assert snapshot.take([BLUE])[BLUE].current() == known
    finally:
        started(GREEN)
    assert run.rc != 0
    assert f"NOT on {GREEN}" in run.output


def test_with_no_server_in_rotation_both_come_back(known: str) -> None:
    for name in WEB:
        snapshot.supervisorctl(name, "stop", "openlibrary")
    deadline = time.monotonic() + 30
    while snapshot.in_rotation():
        assert time.monotonic() < deadline, "haproxy does not notice"
        time.sleep(0.2)
    runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(known)
