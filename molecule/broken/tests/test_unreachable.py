"""Green cannot be reached any more in the middle of its turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.book import HOSTS, LAB, NETWORK
from lab.process import docker
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN

# ssh notices after ServerAliveInterval * ServerAliveCountMax (15 s here); a few steps each find out for themselves.
BOUND = 180.0
ADDRESS = next(host.address for host in HOSTS if host.name == GREEN)
CONTAINER = LAB.container(GREEN)


@dataclass(frozen=True)
class Seen:
    """A deploy that lost green; `took` is how long it went on after that, in seconds."""

    release: str
    run: Run
    took: float
    users: dict[str, Any]


def connect() -> None:
    docker("network", "connect", "--ip", ADDRESS, NETWORK, CONTAINER)


def switched(release: str) -> bool:
    return snapshot.on(GREEN).file(f"{snapshot.ROOT}/openlibrary").linked_to.endswith(release)


@pytest.fixture(scope="module")
def cut() -> Iterator[Seen]:
    release = sources.commit()
    with runs.load(100, margin=1) as users:
        deploy = runs.start("deploy", version=release, deploy_ramp_hold=0.5, **runs.WITHOUT_GATES)
        deploy.wait_for(lambda: switched(release))
        docker("network", "disconnect", NETWORK, CONTAINER)
        began = time.monotonic()
        run = deploy.end(BOUND + 60)
        took = time.monotonic() - began
    yield Seen(release, run, took, users)
    if ADDRESS not in docker("container", "inspect", "--format", "{{json .NetworkSettings.Networks}}", CONTAINER):
        connect()


def test_the_run_ends_in_bounded_time_and_says_what_happened(cut: Seen) -> None:
    assert cut.took < BOUND
    assert cut.run.rc != 0
    assert GREEN in cut.run.output.rpartition("Verdict")[2]
    assert " playbooks/lock.yml" in cut.run.output


def test_blue_stays_on_the_new_release_and_serves(cut: Seen) -> None:
    runs.assert_nothing_lost(cut.users)
    blue = snapshot.take([BLUE])[BLUE]
    assert blue.current() == cut.release
    assert blue.releases_running == {cut.release}
    assert snapshot.in_rotation() == [BLUE]


def test_home_was_not_reached_and_nobody_but_green_is_still_locked(cut: Seen) -> None:
    seen = snapshot.take()
    assert seen["ol-home"].current() == sources.hash_of("deploy-2026-10-19")
    assert [name for name in FLEET if seen[name].locked] == [GREEN]


def test_the_fleet_is_whole_again_after_the_repair(cut: Seen) -> None:
    connect()
    runs.succeed("lock", "--limit", GREEN, **{"break": True, "reason": "its network is back"})
    runs.succeed("deploy", version=cut.release, **runs.QUICK)
    snapshot.assert_fleet_runs(cut.release)
    runs.succeed("status")
