"""The worst hour: a rollback with Nagios red or stopped, without the home host, without a web node, without any server.

Each test goes to the one of two releases that the fleet does not run, as an operator goes back and forth.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.fleet import monitor, runs, snapshot, sources
from tests.fleet.snapshot import BLUE, FLEET, GREEN, WEB

KNOWN = "deploy-2026-10-19"
# The gates inform in a rollback, so they are on as an operator has them; the bake has a scenario of its own.
QUICK = {name: value for name, value in runs.QUICK_BACK.items() if name != "deploy_gates"}


@pytest.fixture(scope="module")
def releases() -> tuple[str, str]:
    """Two good releases that every host has; the fleet runs the second one."""
    newer = sources.commit()
    runs.succeed("deploy", version=newer, **runs.QUICK)
    return sources.hash_of(KNOWN), newer


@pytest.fixture
def other(releases: tuple[str, str]) -> str:
    """The release that blue does not run."""
    current = snapshot.take([BLUE])[BLUE].current()
    return next(release for release in releases if release != current)


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[str]:
    """A host that is stopped."""
    snapshot.stop(request.param)
    yield request.param
    if snapshot.on(request.param).run("true").rc:
        snapshot.boot(request.param)


def test_with_nagios_stopped_the_previous_good_release_comes_back(releases: tuple[str, str]) -> None:
    with monitor.stopped():
        run = runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(releases[0])
    assert "Nagios is stopped" in run.output
    assert "downtime" not in run.output.partition("Roll\n")[2]  # a Nagios that is silent is not waited for
    assert "note: nagios: it cannot tell what is wrong now" in run.output


def test_with_no_server_in_rotation_and_nagios_red_both_come_back(other: str) -> None:
    with monitor.problem(GREEN) as disk:
        for name in WEB:
            snapshot.supervisorctl(name, "stop", "openlibrary")
        deadline = time.monotonic() + 30
        while snapshot.in_rotation():
            assert time.monotonic() < deadline, "haproxy does not notice"
            time.sleep(0.2)
        run = runs.succeed("rollback", hash=other[:9], **QUICK)
    snapshot.assert_fleet_runs(other)
    assert f"{disk} is CRITICAL" in run.output
    monitor.wait_for(lambda: not monitor.downtimes(), "that no downtime is left", 5)


@pytest.mark.parametrize("without", ["ol-home"], indirect=True)
def test_without_the_home_host_it_goes_back_elsewhere_and_says_what_is_missing(without: str, other: str) -> None:
    run = runs.play("rollback", hash=other, **QUICK)
    snapshot.assert_fleet_runs(other, [name for name in FLEET if name != without])
    assert run.rc != 0
    assert f"NOT on {without}" in run.output
    assert f"bring {without} back, then: ansible-playbook playbooks/rollback.yml -e hash={other}" in run.output
    # It gets what it lacks from the next rollback, below.
    snapshot.boot(without)


@pytest.mark.parametrize("without", [GREEN], indirect=True)
def test_without_one_web_node_it_goes_back_elsewhere_and_keeps_that_node_out(without: str, other: str) -> None:
    run = runs.play("rollback", hash=other, **QUICK)
    assert run.rc != 0
    assert f"NOT on {without}" in run.output
    assert snapshot.in_rotation() == [BLUE]
    assert snapshot.take([BLUE])[BLUE].current() == other
    snapshot.boot(without)
    # It serves again with the old release, and is given no traffic until it was proven with the right one.
    assert snapshot.in_rotation() == [BLUE]
    runs.succeed("rollback", hash=other, **QUICK)
    snapshot.assert_fleet_runs(other)


def test_after_a_killed_deploy_a_plain_rollback_goes_to_what_the_fleet_ran_before(releases: tuple[str, str]) -> None:
    before, made = snapshot.take([BLUE])[BLUE].current(), sources.commit()
    deploy = runs.start("deploy", version=made, **runs.QUICK)
    deploy.wait_for(lambda: snapshot.on(BLUE).file(f"{snapshot.ROOT}/openlibrary").linked_to.endswith(made))
    deploy.kill()
    refused = runs.play("rollback", **QUICK)
    assert refused.rc != 0
    assert "locked by" in refused.output
    runs.succeed("lock", **{"break": True, "reason": "the controller was killed"})
    run = runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(before)
    assert "did not end well on" in run.output
    assert f"the way back is to {before[:10]}" in run.output


@pytest.fixture
def newest(releases: tuple[str, str]) -> tuple[str, str]:
    """The release that the fleet ran, and the one that it runs since this moment."""
    before, made = snapshot.take([BLUE])[BLUE].current(), sources.commit()
    runs.succeed("deploy", version=made, **runs.QUICK)
    return before, made


@pytest.mark.parametrize("without", [GREEN], indirect=True)
def test_tried_again_while_a_node_is_down_it_stays_where_it_is_and_keeps_that_node_out(
    newest: tuple[str, str], without: str
) -> None:
    before, _made = newest
    for _attempt in range(2):
        run = runs.play("rollback", **QUICK)
        assert run.rc != 0, run.output
        assert f"NOT on {without}" in run.output
        assert snapshot.take([BLUE])[BLUE].current() == before
        assert snapshot.in_rotation() == [BLUE]
    snapshot.boot(without)
    # It serves again with the release that was left, and is given no traffic until it was proven with the right one.
    assert snapshot.in_rotation() == [BLUE]
    # What was begun is ended, and goes no further back.
    runs.succeed("rollback", **QUICK)
    snapshot.assert_fleet_runs(before)
