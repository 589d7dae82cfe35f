"""A hot fix with a gate that would refuse it, under load; and a deploy while a web node is dead."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fleet import monitor, runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, Snapshot

WHY = "the site is down"
# The waits that processes need are not what the test is about.
STABLE = {"deploy_stable_seconds": 2}


@dataclass(frozen=True)
class Fix:
    """A release that a deploy was refused for, and then was deployed all the same; what the users got meanwhile."""

    release: str
    refused: Run
    run: Run
    users: dict[str, Any]
    after: dict[str, Snapshot]


@pytest.fixture(scope="module")
def fix() -> Fix:
    """A hot fix while Nagios is stopped, under load."""
    release = sources.commit()
    with monitor.stopped():
        refused = runs.play("deploy", version=release, **STABLE)
        with runs.load(200) as users:
            run = runs.succeed("deploy", version=release, urgent=WHY, deploy_pause_after_blue="5", **STABLE)
        after = snapshot.take()
    return Fix(release, refused, run, users, after)


@pytest.fixture(scope="module")
def drift(fix: Fix) -> Run:
    """What the status says after it."""
    return runs.play("status")


def details(seen: Snapshot, step: str) -> list[str]:
    """What a host's journal has of a step, in order."""
    return [entry["detail"] for entry in map(json.loads, seen.journal) if entry["step"] == step]


def test_the_gate_would_have_refused_it(fix: Fix) -> None:
    assert fix.refused.rc != 0
    assert "-e skip=nagios" in fix.refused.output


def test_it_reaches_everybody_and_loses_no_request(fix: Fix) -> None:
    runs.assert_nothing_lost(fix.users)
    assert {seen.current() for seen in fix.after.values()} == {fix.release}
    assert all(seen.releases_running <= {fix.release} for seen in fix.after.values())


def test_what_it_did_not_wait_for_is_said_before_and_after_and_journaled_everywhere(fix: Fix) -> None:
    said = f"URGENT ({WHY}): not waited for: the gate nagios; the pause after blue; the bake, but for one short look"
    assert fix.run.output.count(said) == 2
    assert "note: nagios: not waited for: it cannot tell what is wrong already" in fix.run.output
    assert "note: nagios: it cannot tell what is wrong now" in fix.run.output
    for name, seen in fix.after.items():
        assert f"urgent: {WHY}" in details(seen, "gate")[-6:], name


def test_one_node_alone_has_a_short_look_at_its_first_step(fix: Fix) -> None:
    found = [entry for entry in map(json.loads, fix.after["ol-www1"].journal) if entry["step"] in ("open", "bake")]
    begun = max(number for number, entry in enumerate(found) if entry["step"] == "open")
    looks = [entry["detail"] for entry in found[begun + 1 :]]
    assert len(looks) == 1 and f"/{BLUE} 10 %: " in looks[0], looks


def test_the_status_names_it_on_every_host(fix: Fix, drift: Run) -> None:
    assert drift.rc != 0
    for name in FLEET:
        assert f"{name}: {fix.release[:10]} came as a hot fix that waited for no verdict ({WHY})" in drift.output
    assert "to verify it: ansible-playbook playbooks/restart.yml" in drift.output


def test_a_restart_with_its_gates_and_its_bake_verifies_it(drift: Run) -> None:
    monitor.wait_for(monitor.checked, "that all is well", 60)
    runs.succeed("restart", **STABLE)
    runs.succeed("status")


def test_a_hot_fix_that_fails_users_goes_back(drift: Run) -> None:
    before, broken = snapshot.take([BLUE])[BLUE].current(), sources.commit("broken/errors")
    with runs.load(150, margin=1) as users:
        run = runs.play("deploy", version=broken, urgent=WHY, **STABLE)
    assert run.rc != 0
    snapshot.assert_fleet_runs(before)
    snapshot.assert_marked_bad(broken)
    left = {change["server"] for change in users["rotation"]["timeline"] if change["status"] == "MAINT"}
    assert left == {BLUE}, "its neighbour was not touched"


@dataclass(frozen=True)
class Without:
    """A deploy that was refused for a dead node, and what became of it without that node."""

    release: str
    refused: Run
    run: Run


@pytest.fixture(scope="module")
def without() -> Without:
    """A hot fix while green is dead, which boots afterwards."""
    release = sources.commit()
    snapshot.stop(GREEN)
    try:
        deadline = time.monotonic() + 30
        while snapshot.in_rotation() != [BLUE]:
            assert time.monotonic() < deadline, "haproxy does not notice"
            time.sleep(0.2)
        refused = runs.play("deploy", version=release, **runs.QUICK)
        more = {"without": GREEN, "reason": "its disk is dead", "urgent": WHY}
        run = runs.play("deploy", version=release, deploy_gates=[], **STABLE, **more)
    finally:
        snapshot.boot(GREEN)
    return Without(release, refused, run)


def test_a_dead_node_refuses_a_deploy_which_says_how_to_go_on(without: Without) -> None:
    assert without.refused.rc != 0
    assert f"Next: fix that, or, to leave {GREEN} out: " in without.refused.output
    assert f"-e without={GREEN} -e \"reason=''\"" in without.refused.output


def test_without_it_the_others_have_the_release_and_the_run_says_what_is_missing(without: Without) -> None:
    assert without.run.rc != 0
    assert f"Left out on request, and of rotation: {GREEN} (its disk is dead)" in without.run.output
    assert f"NOT on {GREEN}, as was asked for ({GREEN}: kept out of rotation)" in without.run.output
    assert "no other node serves: users meet errors while it is out" in without.run.output
    (following,) = [line for line in without.run.output.splitlines() if f"Next: bring {GREEN} back, then: " in line]
    assert following.endswith(f"playbooks/deploy.yml -e version={without.release}")
    for name, seen in snapshot.take([name for name in FLEET if name != GREEN]).items():
        assert (seen.current(), seen.locked) == (without.release, False), name


def test_it_is_given_no_traffic_before_it_is_proven_and_comes_back_with_the_next_deploy(without: Without) -> None:
    # It runs by itself what it had.
    assert snapshot.take([GREEN])[GREEN].current() != without.release
    assert snapshot.in_rotation() == [BLUE]
    status = runs.play("status")
    assert status.rc != 0
    assert f"DRIFT {GREEN}: out of rotation" in status.output
    with runs.load(200) as users:
        runs.succeed("deploy", version=without.release, **runs.QUICK)
    runs.assert_nothing_lost(users)
    snapshot.assert_fleet_runs(without.release)
    runs.succeed("restart", **STABLE)
    runs.succeed("status")
