# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""release_tag against real repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import tag_object
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.git import Mirror
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_tag import Remote, make_tag
from tests.repositories import Repository, tree_digest
from tests.support import run_module

WHEN = "2026-11-24T03:00:00.000Z"
DAY = "deploy-2026-11-24"
HOOK = """#!/bin/sh
{body}
"""


@pytest.fixture(autouse=True)
def _file_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")


@pytest.fixture
def server(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "server" / "shop")
    made.commit("First")
    made.git("tag", "-a", "deploy-2026-11-01", "-m", "one")
    made.commit("Second")
    made.commit("Third")
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "build").mkdir(parents=True)
    return made


def tag(root: Path, server: Repository, ref: str = "master", check: bool = False, **more: Any) -> dict[str, Any]:
    args = {"root": str(root), "project": "shop", "repository": server.url, "branch": "master", "who": "mek@laptop"}
    args.update({"release": server.git("rev-parse", f"{ref}^{{commit}}"), "when": WHEN, **more})
    return run_module("release_tag", args, check=check, diff=True)


def commit_of(server: Repository, name: str) -> str:
    return server.git("rev-parse", f"refs/tags/{name}^{{commit}}")


def names(server: Repository) -> list[str]:
    return server.git("tag", "--list").split()


def hook(server: Repository, name: str, body: str) -> None:
    path = server.path / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HOOK.format(body=body))
    path.chmod(0o755)


def local_refs(root: Path, server: Repository) -> str:
    return server.git(f"--git-dir={root}/git/shop.git", "for-each-ref", "refs/tags/")


def test_a_commit_is_tagged_with_who_when_and_what(root: Path, server: Repository) -> None:
    result = tag(root, server)
    commit = server.git("rev-parse", "master")
    assert (result["failed"], result["outcome"], result["tag"], result["commit"]) == (False, "done", DAY, commit)
    assert result["msg"] == f"Tagged {commit} as {DAY} and pushed it."
    assert server.git("cat-file", "-t", DAY) == "tag"
    assert commit_of(server, DAY) == commit
    told = server.git(
        "for-each-ref", "--format=%(taggername) %(taggeremail) %(taggerdate:iso-strict)", f"refs/tags/{DAY}"
    )
    assert told == "mek <mek@laptop> 2026-11-24T03:00:00+00:00"
    message = server.git("for-each-ref", "--format=%(contents)", f"refs/tags/{DAY}")
    for said in (commit, "mek@laptop", WHEN, "2 commit(s) since deploy-2026-11-01:", "Second", "Third"):
        assert said in message
    assert (result["previous"], result["commits"]["count"], result["moved"]) == ("deploy-2026-11-01", 2, {})
    server.git("fsck", "--strict")


def test_the_same_again_changes_nothing(root: Path, server: Repository) -> None:
    tag(root, server, moving="production")
    before = tree_digest(server.path)
    result = tag(root, server, moving="production", when="2026-11-24T05:00:00.000Z", who="drini@desk")
    assert (result["failed"], result["changed"], result["outcome"], result["tag"]) == (False, False, "unchanged", DAY)
    assert "already" in result["msg"]
    assert tree_digest(server.path) == before


def test_another_commit_of_the_day_gets_the_next_number(root: Path, server: Repository) -> None:
    tag(root, server)
    server.commit("Fourth")
    assert tag(root, server)["tag"] == f"{DAY}-2"
    server.commit("Fifth")
    result = tag(root, server)
    assert (result["tag"], result["previous"], result["commits"]["count"]) == (f"{DAY}-3", f"{DAY}-2", 1)


def test_tags_are_those_of_the_server_and_not_of_the_mirror(root: Path, server: Repository) -> None:
    tag(root, server)
    server.git("tag", "-d", DAY)
    server.commit("Fourth")
    assert tag(root, server)["tag"] == DAY


def test_a_moving_tag_moves_and_is_the_only_one_that_does(root: Path, server: Repository) -> None:
    first = tag(root, server, "master~1", moving="production")
    assert first["msg"].endswith(f"; production moved to {first['commit']}.")
    second = tag(root, server, moving="production")
    assert second["moved"] == {"name": "production", "before": first["commit"], "after": second["commit"]}
    assert second["msg"].endswith(f"; production moved from {first['commit']} to {second['commit']}.")
    assert commit_of(server, "production") == second["commit"]
    assert commit_of(server, DAY) == first["commit"]
    assert commit_of(server, f"{DAY}-2") == second["commit"]
    back = tag(root, server, "master~1", moving="production")
    assert (back["tag"], back["outcome"], commit_of(server, "production")) == (DAY, "done", first["commit"])


@pytest.mark.parametrize("mirrored", [False, True])
def test_check_mode_pushes_nothing_and_shows_all(root: Path, server: Repository, mirrored: bool) -> None:
    if mirrored:
        tag(root, server, "master~1", moving="production")
    before, there = tree_digest(server.path, root), names(server)
    result = tag(root, server, check=True, moving="production")
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "would")
    assert result["msg"].startswith("Would tag ")
    assert "would move" in result["msg"]
    assert f"{result['tag']} {result['commit']}" in result["diff"]["after"]
    assert "Third" in result["diff"]["after"]
    assert names(server) == there
    assert tree_digest(server.path, root) == before


def test_a_name_that_another_commit_has_is_refused(root: Path, server: Repository) -> None:
    result = tag(root, server, name="deploy-2026-11-01")
    assert result["failed"]
    assert "exists on another commit" in result["msg"]
    assert commit_of(server, "deploy-2026-11-01") == server.git("rev-parse", "master~2")
    assert not tag(root, server, name="v2")["failed"]
    assert tag(root, server, name="v2")["outcome"] == "unchanged"


def test_what_is_not_on_the_release_branch_is_refused(root: Path, server: Repository) -> None:
    server.git("checkout", "-q", "-b", "topic", "master~1")
    server.commit("Aside")
    before = names(server)
    result = tag(root, server, "topic")
    assert result["failed"]
    assert "not on the release branch master" in result["msg"]
    assert "not on the release branch" in tag(root, server, release="f" * 40)["msg"]
    assert "no branch 'main'" in tag(root, server, branch="main")["msg"]
    assert names(server) == before


def test_a_branch_of_that_name_is_refused(root: Path, server: Repository) -> None:
    server.git("branch", "production")
    assert "is a branch" in tag(root, server, moving="production")["msg"]
    assert "is a branch" in tag(root, server, name="production")["msg"]
    assert DAY not in names(server)


@pytest.mark.parametrize("name", ["pre-receive", "update"])
def test_a_push_that_the_server_refuses_leaves_nothing_behind(root: Path, server: Repository, name: str) -> None:
    hook(server, name, "echo Tags are protected here >&2; exit 1")
    before = names(server)
    result = tag(root, server, moving="production")
    assert result["failed"]
    assert "Tags are protected here" in result["msg"]
    assert "\n" not in result["msg"]
    assert result["state_now"] == "no tag was pushed"
    assert names(server) == before
    assert DAY not in local_refs(root, server)
    (server.path / ".git" / "hooks" / name).unlink()
    assert tag(root, server, moving="production")["outcome"] == "done"


def test_half_of_the_work_is_told_and_finished_next_time(root: Path, server: Repository) -> None:
    hook(server, "update", 'case "$1" in refs/tags/production) echo Not that one >&2; exit 1;; esac')
    result = tag(root, server, moving="production")
    assert result["failed"]
    assert result["state_now"] == f"{DAY} is on the git server, production is where it was"
    assert "Not that one" in result["msg"]
    (server.path / ".git" / "hooks" / "update").unlink()
    again = tag(root, server, moving="production", when="2026-11-24T05:00:00.000Z")
    assert (again["tag"], again["outcome"]) == (DAY, "done")
    assert again["msg"].startswith(f"{DAY} names {again['commit']} already; production moved to ")


def test_what_a_hook_undoes_is_not_called_done(root: Path, server: Repository) -> None:
    hook(server, "post-receive", f"git update-ref -d refs/tags/{DAY}")
    result = tag(root, server)
    assert result["failed"]
    assert "read back it does not exist" in result["msg"]


def test_nothing_but_the_tag_is_pushed_whatever_the_user_has_set(
    root: Path, server: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[push]\n followTags = true\n gpgSign = true\n[tag]\n gpgSign = true\n")
    assert not tag(root, server)["failed"]
    # Nothing that the mirror has besides goes along, not even what fetching would have taken away first.
    mirror = Mirror(str(root / "git" / "shop.git"), 60)
    server.git(f"--git-dir={mirror.path}", "tag", "-a", "mine", "-m", "mine", "master")
    before = names(server)
    text = tag_object("v2", server.git("rev-parse", "master"), "mek@laptop", WHEN, ["Two"])
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Remote(mirror, server.url).push("v2", make_tag(mirror, text)) == ""
    assert sorted(names(server)) == sorted([*before, "v2"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "--delete"}, "cannot be the name of a tag"),
        ({"moving": "a b"}, "cannot be the name of a tag"),
        ({"name": "x", "moving": "x"}, "cannot be the moving tag"),
        ({"release": "master"}, "not a release"),
        ({"who": " "}, "Nobody is named"),
        ({"when": "today"}, "not a time"),
        ({"repository": "ext::sh -c id"}, "not an address"),
        ({"repository": "file:///nowhere/at/all"}, "has no such repository"),
        ({"branch": "--all"}, "cannot be the name"),
        ({"project": "../x"}, "not a project"),
    ],
)
def test_wrong_input_gets_one_sentence(root: Path, server: Repository, change: dict[str, Any], sentence: str) -> None:
    before = names(server)
    result = tag(root, server, **change)
    assert result["failed"]
    assert sentence in result["msg"]
    assert names(server) == before
