"""The newer ansible-cores as controllers: a deploy, a rollback without a web node, a deploy that is undone.

What each of these does is proven elsewhere, with the ansible-core of .venv. Here it must only end the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lab.book import PLACES
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN

KNOWN = "deploy-2026-10-19"
CORES = sorted(path.stem.removeprefix("controller-") for path in PLACES.root.glob("requirements/controller-*.in"))


@pytest.fixture(scope="module", params=CORES)
def tools(request: pytest.FixtureRequest) -> Path:
    """The folder with the ansible-playbook of a newer ansible-core."""
    found = PLACES.root / ".cache" / "controllers" / request.param / "bin"
    assert (found / "ansible-playbook").exists(), f"{found} is made by: make controllers"
    return found


@pytest.fixture(scope="module")
def deployed(tools: Path) -> tuple[str, Run]:
    """A release that no host has seen, and its deploy."""
    release = sources.commit()
    return release, runs.play("deploy", tools=tools, version=release, **runs.QUICK)


@pytest.fixture
def without_green() -> Iterator[str]:
    """A web node that is shut down."""
    snapshot.stop(GREEN)
    yield GREEN
    if snapshot.on(GREEN).run("true").rc:
        snapshot.boot(GREEN)


def assert_quiet(run: Run) -> None:
    """Ansible itself has nothing to complain of: what it deprecates now, it refuses next year."""
    assert "WARNING" not in run.output
    assert "ERROR" not in run.output
    assert "Traceback" not in run.output


def test_a_deploy_brings_the_release_everywhere(deployed: tuple[str, Run]) -> None:
    release, run = deployed
    assert run.rc == 0, run.output
    snapshot.assert_fleet_runs(release)
    assert f"{release[:10]} is live on 4 hosts, proven" in run.output
    assert_quiet(run)


def test_a_rollback_without_a_web_node_keeps_that_node_out(
    tools: Path, deployed: tuple[str, Run], without_green: str
) -> None:
    known = sources.hash_of(KNOWN)
    rollback = partial(runs.play, "rollback", tools=tools, hash=known, **runs.QUICK_BACK)
    run = rollback()
    assert run.rc != 0
    assert f"NOT on {without_green}" in run.output
    assert snapshot.in_rotation() == [BLUE]
    for name, seen in snapshot.take(name for name in FLEET if name != without_green).items():
        assert seen.current() == known, name
    snapshot.boot(without_green)
    # It serves again with the other release, and is given no traffic until it was proven with the right one.
    assert snapshot.in_rotation() == [BLUE]
    again = rollback()
    assert again.rc == 0, again.output
    snapshot.assert_fleet_runs(known)
    assert_quiet(again)


def test_a_release_that_never_answers_is_undone_and_marked_bad(tools: Path) -> None:
    release = sources.commit("broken/health")
    run = runs.play("deploy", tools=tools, version=release, deploy_health_timeout=5, **runs.QUICK)
    assert run.rc != 0
    assert f"{BLUE} goes back to {sources.hash_of(KNOWN)[:10]}" in run.output
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    snapshot.assert_marked_bad(release)
