"""tag.yml tags what the fleet serves and nothing else; what it pushed is read back from the git server with git."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.book import PLACES, repository_url
from lab.process import run
from lab.repositories import git_environment
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, GREEN, ROOT

KNOWN, OLDER = "deploy-2026-10-19", "deploy-2026-09-21"
URL = repository_url("openlibrary")
HISTORY = PLACES.state / "standins" / "openlibrary.git"


def git(*words: str) -> str:
    """What git says, asked with the operator's key."""
    return run(("git", "--git-dir", str(HISTORY), *words), env=git_environment())


def refs() -> dict[str, str]:
    """Every tag and branch of the git server with what it names, tags also peeled (`^{}`)."""
    return {name: hash_ for hash_, name in (line.split() for line in git("ls-remote", URL).splitlines())}


def commit_of(tag: str) -> str:
    """The commit of an annotated tag on the git server."""
    return refs()[f"refs/tags/{tag}^{{}}"]


def push(ref: str, commit: str) -> None:
    git("push", "--quiet", URL, f"{commit}:{ref}")


def today() -> str:
    return f"deploy-{datetime.now(UTC):%Y-%m-%d}"


def refused(run_: Run, said: str) -> None:
    """It ended with one sentence that says so."""
    assert run_.rc != 0, run_.output
    sentences = [line for line in run_.output.splitlines() if "FAILED: " in line]
    assert len(sentences) == 1, run_.output
    assert said in sentences[0], run_.output
    assert "Traceback" not in run_.output


@pytest.fixture(scope="module", autouse=True)
def _untagged_today() -> None:
    """Nobody has tagged anything today: a person may have, or a run that was killed."""
    mine = [name for name in refs() if name.startswith(f"refs/tags/{today()}") and not name.endswith("^{}")]
    if mine:
        git("push", "--quiet", URL, *(f":{name}" for name in mine))


@pytest.fixture(scope="module", name="release")
def _release() -> str:
    """What the fleet serves."""
    return sources.hash_of(f"{KNOWN}^{{}}") if f"refs/tags/{KNOWN}^{{}}" in refs() else sources.hash_of(KNOWN)


@pytest.fixture(autouse=True, name="before")
def _before() -> Iterator[dict[str, str]]:
    """The refs of the git server, which has the same again afterwards."""
    found = refs()
    yield found
    made = [name for name in refs() if name not in found and not name.endswith("^{}")]
    if made:
        git("push", "--quiet", URL, *(f":{name}" for name in made))
    assert refs() == found


def test_what_is_served_is_tagged_once(release: str, before: dict[str, str]) -> None:
    fleet = snapshot.take(passed=("git",))
    run_ = runs.succeed("tag")
    assert f"Tagged {release[:10]} as {today()} and pushed it." in run_.output
    after = refs()
    assert after.keys() - before.keys() == {f"refs/tags/{today()}", f"refs/tags/{today()}^{{}}"}
    assert commit_of(today()) == release
    git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", URL, f"refs/tags/{today()}")
    told = git("cat-file", "tag", after[f"refs/tags/{today()}"])
    for said in (f"object {release}", f"tag {today()}", "tagger ", release, f"commit(s) since {KNOWN}"):
        assert said in told
    again = runs.succeed("tag")
    assert "already" in again.output
    assert refs() == after
    assert snapshot.differences(fleet, snapshot.take(passed=("git",))) == []


def test_the_second_of_a_day_and_the_moving_tag(release: str, before: dict[str, str]) -> None:
    older = sources.hash_of(OLDER)
    push(f"refs/tags/{today()}", older)
    push("refs/tags/molecule-production", older)
    there = refs()
    check = runs.succeed("tag", "--check", "--diff", deploy_moving_tag="molecule-production")
    assert f"Would tag {release[:10]} as {today()}-2" in check.output
    assert f"molecule-production {release}" in check.output
    assert refs() == there
    run_ = runs.succeed("tag", deploy_moving_tag="molecule-production")
    assert f"molecule-production moved from {older[:10]} to {release[:10]}" in run_.output
    assert commit_of(f"{today()}-2") == commit_of("molecule-production") == release
    assert refs()[f"refs/tags/{today()}"] == older


def test_a_name_that_another_commit_has(before: dict[str, str]) -> None:
    refused(runs.play("tag", tag_name=OLDER), "exists on another commit")
    refused(runs.play("tag", tag_name="--delete"), "cannot be the name of a tag")
    refused(runs.play("tag", "--limit", BLUE), "--limit")
    assert refs() == before


def test_what_is_not_on_the_release_branch(before: dict[str, str]) -> None:
    push("refs/heads/molecule-tag", sources.hash_of(OLDER))
    project = {"repository": "ssh://git@ol-infra/srv/git/openlibrary.git", "branch": "molecule-tag"}
    refused(runs.play("tag", deploy_projects={"openlibrary": project}), "not on the release branch molecule-tag")
    assert not any(name.startswith(f"refs/tags/{today()}") for name in refs())


@pytest.fixture
def link_moved(release: str) -> Iterator[None]:
    """Blue's link leads elsewhere than its processes run."""
    move = f"ln -sfn deploys/openlibrary/{{}} {ROOT}/openlibrary"
    snapshot.on(BLUE).check_output(move.format("f" * 40))
    yield
    snapshot.on(BLUE).check_output(move.format(release))


def test_a_host_that_differs(link_moved: None, before: dict[str, str]) -> None:
    run_ = runs.play("tag")
    refused(run_, "Nothing was tagged")
    assert BLUE in run_.output
    assert refs() == before


@pytest.fixture
def drained() -> Iterator[None]:
    snapshot.haproxy(f"set server openlibrary/{GREEN} state drain")
    yield
    snapshot.haproxy(f"set server openlibrary/{GREEN} state ready")


def test_a_node_out_of_rotation(drained: None, before: dict[str, str]) -> None:
    refused(runs.play("tag"), f"{GREEN}: out of rotation: ")
    assert refs() == before


@pytest.fixture
def locked(release: str) -> Iterator[None]:
    lock: dict[str, Any] = {
        "run": "20261123T000000Z-0000", "token": 1_000_000, "who": "somebody@else", "project": "openlibrary",
        "action": "deploy", "to": release, "since": "2026-11-23T00:00:00.000Z", "reason": "a test",
    }  # fmt: skip
    path = f"{ROOT}/deploys/lock.json"
    write = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    snapshot.on("ol-home").check_output("python3 -c %s %s %s", write, path, json.dumps(lock))
    yield
    snapshot.on("ol-home").check_output(f"rm {path}")


def test_a_run_under_way(locked: None, before: dict[str, str]) -> None:
    refused(runs.play("tag"), "somebody@else")
    assert refs() == before


def test_without_an_agent(before: dict[str, str]) -> None:
    """A connection of its own, that forwards nothing."""
    own = {
        "ansible_ssh_common_args": "{{ lab_ssh_args }} -o ForwardAgent=no",
        "ansible_ssh_args": "-o ControlMaster=no",
    }
    refused(runs.play("tag", ansible_control_path_dir=f"{PLACES.runtime}/tag", **own), "ssh -A")
    assert refs() == before
