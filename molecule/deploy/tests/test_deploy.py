"""A deploy, a rollback and a restart under 200 requests a second: nobody notices, and few commands are run for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.book import PLACES
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, Snapshot

KNOWN = "deploy-2026-10-19"
COUNTS = PLACES.cache / "counts.json"
# Remote executions on one host, at the most; a bundle that is put or fetched is one as well (docs/performance.md).
WEB_DEPLOY, WWW_DEPLOY, HOME_DEPLOY, WEB_ROLLBACK = 8, 8 + 2 * 2, 10, 5
# Home is asked twice: the version is resolved by the deploy user, with the operator's agent, and the survey needs root.
NO_OP, HOME_NO_OP = 1, 2


@dataclass(frozen=True)
class Seen:
    """One run under load: the hosts before and after, and what the users got."""

    run: Run
    users: dict[str, Any]
    before: dict[str, Snapshot]
    after: dict[str, Snapshot]


def under_load(playbook: str, **variables: str) -> Seen:
    """Runs a playbook that must end well under 200 requests a second."""
    before = snapshot.take()
    with runs.load(200) as users:
        run = runs.succeed(playbook, "-vvv", **variables)
    return Seen(run, users, before, snapshot.take())


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, Any]]:
    """What each run cost: kept in a file. Wall times are told and never asserted."""
    collected: dict[str, Any] = {}
    yield collected
    COUNTS.parent.mkdir(parents=True, exist_ok=True)
    COUNTS.write_text(json.dumps(collected, indent=2) + "\n")


def keep(counts: dict[str, Any], name: str, run: Run, users: dict[str, Any] | None = None) -> None:
    counts[name] = {"seconds": round(run.seconds, 1), "executions": run.executions}
    if users:
        counts[name] |= {"sent": users["sent"], "lost": users["lost"], "latency_ms": users["latency_ms"]}


@pytest.fixture(scope="module")
def release() -> str:
    """A commit that no host has seen."""
    return sources.commit()


@pytest.fixture(scope="module")
def deployed(release: str, counts: dict[str, Any]) -> Seen:
    seen = under_load("deploy", version=release)
    keep(counts, "deploy", seen.run, seen.users)
    return seen


@pytest.fixture(scope="module")
def again(deployed: Seen, release: str, counts: dict[str, Any]) -> Run:
    run = runs.succeed("deploy", "-vvv", version=release)
    keep(counts, "no-op deploy", run)
    return run


@pytest.fixture(scope="module")
def restarted(again: Run, counts: dict[str, Any]) -> Seen:
    seen = under_load("restart")
    keep(counts, "restart", seen.run, seen.users)
    return seen


@pytest.fixture(scope="module")
def rolled_back(restarted: Seen, counts: dict[str, Any]) -> Seen:
    seen = under_load("rollback")
    keep(counts, "rollback", seen.run, seen.users)
    return seen


@pytest.fixture(scope="module")
def rolled_by_prefix(rolled_back: Seen, release: str, counts: dict[str, Any]) -> Seen:
    seen = under_load("rollback", hash=release[:8])
    keep(counts, "rollback by prefix", seen.run, seen.users)
    return seen


def test_no_request_is_lost_by_a_deploy(deployed: Seen, release: str) -> None:
    runs.assert_nothing_lost(deployed.users)
    assert set(deployed.users["releases"]) == {sources.hash_of(KNOWN), release}


def test_each_web_node_was_out_of_rotation_while_it_changed(deployed: Seen) -> None:
    left = {change["server"] for change in deployed.users["rotation"]["timeline"] if change["status"] == "MAINT"}
    assert left == {BLUE, GREEN}


def test_a_deploy_restarts_every_service_in_the_new_release(deployed: Seen, release: str) -> None:
    for name in FLEET:
        assert deployed.after[name].current() == release
        assert deployed.after[name].releases_running <= {release}
        assert not set(deployed.before[name].processes) & set(deployed.after[name].processes), name


def test_a_warm_deploy_takes_few_remote_executions(deployed: Seen) -> None:
    executions = deployed.run.executions
    assert max(executions[BLUE], executions[GREEN]) <= WEB_DEPLOY
    assert executions["ol-www1"] <= WWW_DEPLOY
    assert executions["ol-home"] <= HOME_DEPLOY


def test_a_deploy_that_finds_nothing_to_do_takes_fewer(again: Run) -> None:
    executions = again.executions
    assert {executions[name] for name in (BLUE, GREEN, "ol-www1")} == {NO_OP}
    assert executions["ol-home"] <= HOME_NO_OP


def test_no_request_is_lost_by_a_restart(restarted: Seen, release: str) -> None:
    runs.assert_nothing_lost(restarted.users)
    assert set(restarted.users["releases"]) == {release}
    for name in FLEET:
        assert restarted.after[name].current() == release
        assert not set(restarted.before[name].processes) & set(restarted.after[name].processes), name


def test_no_request_is_lost_by_a_rollback_to_the_previous_good_release(rolled_back: Seen) -> None:
    runs.assert_nothing_lost(rolled_back.users)
    before = {seen.current() for seen in rolled_back.before.values()}
    assert {seen.current() for seen in rolled_back.after.values()} == {sources.hash_of(KNOWN)} != before


def test_a_rollback_takes_few_remote_executions(rolled_back: Seen) -> None:
    executions = rolled_back.run.executions
    assert max(executions[BLUE], executions[GREEN]) <= WEB_ROLLBACK


def test_no_request_is_lost_by_a_rollback_to_a_prefix(rolled_by_prefix: Seen, release: str) -> None:
    runs.assert_nothing_lost(rolled_by_prefix.users)
    snapshot.assert_fleet_runs(release)


def test_what_it_cost_is_told(
    rolled_by_prefix: Seen, counts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(cost["executions"] for cost in counts.values())
    with capsys.disabled():
        print(f"\n{COUNTS}:")
        for name, cost in counts.items():
            print(f"  {name}: {json.dumps(cost)}")
