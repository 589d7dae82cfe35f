"""A release that is broken: stopped where it shows, the old one is back, and no user noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.fleet import monitor, runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, Snapshot

KNOWN = "deploy-2026-10-19"


@dataclass(frozen=True)
class Seen:
    """A deploy of a broken release under load, the hosts before and after it, what users got, whom Nagios paged."""

    branch: str
    release: str
    run: Run
    users: dict[str, Any]
    before: dict[str, Snapshot]
    after: dict[str, Snapshot]
    paged: list[str]


def deploy_under_load(branch: str) -> Seen:
    release = sources.commit(f"broken/{branch}")
    before, pages = snapshot.take(), monitor.pages()
    with runs.load(150, margin=1) as users:
        # As long as the release needs to die, and no longer.
        run = runs.play("deploy", version=release, deploy_ramp_hold=0.5, deploy_health_timeout=5, **runs.NO_BAKE)
    return Seen(branch, release, run, users, before, snapshot.take(), monitor.pages()[len(pages) :])


def assert_the_old_release_serves(seen: Seen) -> None:
    """On the whole fleet: links, processes, rotation, locks; and nobody noticed."""
    assert seen.run.rc != 0
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    runs.assert_nothing_lost(seen.users)
    assert set(seen.users["releases"]) == {sources.hash_of(KNOWN)}


@pytest.fixture(scope="module")
def unimportable() -> Seen:
    return deploy_under_load("import")


def test_a_release_that_cannot_be_imported_is_stopped_before_anything_is_touched(unimportable: Seen) -> None:
    assert_the_old_release_serves(unimportable)
    for name in FLEET:
        assert unimportable.before[name].processes == unimportable.after[name].processes, name
        link = [seen[name].tree["openlibrary"] for seen in (unimportable.before, unimportable.after)]
        assert link[0] == link[1], name
    assert "cannot be imported" in unimportable.run.output
    statuses = {change["status"] for change in unimportable.users["rotation"]["timeline"]}
    assert statuses == {"UP"}


@pytest.fixture(scope="module", params=["missing-dependency", "dies", "dies-in-colour", "health"])
def dead(request: pytest.FixtureRequest) -> Seen:
    return deploy_under_load(request.param)


def test_a_broken_release_is_stopped_at_blue_which_goes_back(dead: Seen) -> None:
    assert_the_old_release_serves(dead)
    assert dead.before[BLUE].processes.keys().isdisjoint(dead.after[BLUE].processes)
    for name in (GREEN, "ol-home"):
        assert dead.before[name].processes == dead.after[name].processes, name
        assert dead.before[name].tree["openlibrary"] == dead.after[name].tree["openlibrary"], name
    left = {change["server"] for change in dead.users["rotation"]["timeline"] if change["status"] == "MAINT"}
    assert left == {BLUE}
    snapshot.assert_marked_bad(dead.release)


def test_nobody_is_paged_for_a_node_that_did_not_come_up_and_went_back(dead: Seen) -> None:
    assert f"{BLUE} is in a downtime of Nagios" in dead.run.output
    assert dead.paged == []
    monitor.wait_for(lambda: not monitor.downtimes(), "that no downtime is left", 5)


def test_the_output_says_where_and_what_to_do(dead: Seen) -> None:
    for said in (BLUE, dead.release[:10], "ansible-playbook playbooks/"):
        assert said in dead.run.output


def test_the_end_of_the_log_is_shown_whatever_is_in_it(dead: Seen) -> None:
    last_words = "Traceback: no such table: works"
    assert (last_words in dead.run.output) is (dead.branch == "dies-in-colour")
    assert "supervisor on this host does not answer" not in dead.run.output


def test_a_release_marked_bad_is_not_rolled_back_to_by_mistake(dead: Seen) -> None:
    before = snapshot.take()
    run = runs.play("rollback", hash=dead.release)
    assert run.rc != 0
    assert "is marked bad" in run.output
    command = f"ansible-playbook playbooks/rollback.yml -e hash={dead.release} -e skip=bad -e \"reason=''\""
    assert command in run.output
    assert snapshot.differences(before, snapshot.take()) == []
