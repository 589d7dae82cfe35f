"""What finds nothing to do, and what is only a check, changes nothing: no file, no process, no journal."""

from __future__ import annotations

import pytest

from tests.fleet import runs, snapshot, sources

# In check mode, home may fetch what it looks at.
OBJECTS = ("git", "build")


@pytest.fixture(scope="module")
def release() -> str:
    """A release that every host runs, and that has a previous one."""
    made = sources.commit()
    runs.succeed("deploy", version=made, **runs.QUICK)
    return made


@pytest.mark.parametrize("version", ["hash", "branch"])
def test_deploying_the_same_again_changes_nothing(release: str, version: str) -> None:
    before = snapshot.take(passed=("git",))
    run = runs.succeed("deploy", version=release if version == "hash" else "molecule")
    assert snapshot.differences(before, snapshot.take(passed=("git",))) == []
    assert "Nothing to do" in run.output
    assert release[:10] in run.output


def test_check_of_a_deploy_shows_what_would_change_and_changes_nothing(release: str) -> None:
    wanted = sources.commit("requirements", branch="molecule-check")
    before = snapshot.take(passed=OBJECTS)
    run = runs.succeed("deploy", "--check", "--diff", version=wanted)
    assert snapshot.differences(before, snapshot.take(passed=OBJECTS)) == []
    for shown in (wanted[:10], "Require six", "six==1.17.0", "static/css/site.css"):
        assert shown in run.output
    assert snapshot.in_rotation() == list(snapshot.WEB)


@pytest.mark.parametrize("playbook", ["rollback", "restart"])
def test_check_of_a_run_changes_nothing(release: str, playbook: str) -> None:
    before = snapshot.take()
    run = runs.succeed(playbook, "--check", "--diff")
    assert snapshot.differences(before, snapshot.take()) == []
    assert "nothing was changed" in run.output
    assert snapshot.in_rotation() == list(snapshot.WEB)


def test_a_check_is_no_promise_that_nothing_would_change(release: str) -> None:
    """The comparison itself: a restart is seen by it."""
    before = snapshot.take()
    runs.succeed("restart", "--limit", "ol-home", **runs.QUICK)
    changed = snapshot.differences(before, snapshot.take())
    assert any(line.startswith("ol-home: deploys/journal.jsonl") for line in changed)
    assert any("openlibrary.coverstore" in line for line in changed)
    assert all(line.startswith("ol-home:") for line in changed)
