# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""release_resolve against real repositories."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.repositories import Repository, tree_digest
from tests.support import run_module


@pytest.fixture(autouse=True)
def _file_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "server" / "shop")
    made.commit("First", {"app.py": "1\n", "requirements.txt": "Flask==2.0\n"})
    made.git("tag", "-a", "v1", "-m", "one")
    made.commit("Second", {"app.py": "2\n", "new.py": "", "requirements.txt": "# web\nflask==2.1\nweb.py==0.62\n"})
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "build").mkdir(parents=True)
    return made


def resolve(root: Path, repository: Repository, check: bool = False, **more: Any) -> dict[str, Any]:
    args = {"root": str(root), "project": "shop", "repository": repository.url, "branch": "master"}
    args.update({"requirements": "requirements.txt", **more})
    return run_module("release_resolve", args, check=check, diff=True)


@pytest.mark.parametrize(
    ("version", "kind", "commit"),
    [
        ("", "branch", "master"),
        ("master", "branch", "master"),
        ("v1", "tag", "v1^{commit}"),
        ("HASH", "hash", "master~1"),
        ("PREFIX", "hash", "master~1"),
    ],
)
def test_names_become_one_commit(root: Path, repository: Repository, version: str, kind: str, commit: str) -> None:
    wanted = repository.git("rev-parse", commit)
    version = {"HASH": wanted, "PREFIX": wanted[:9]}.get(version, version)
    result = resolve(root, repository, version=version)
    assert not result["failed"], result["msg"]
    assert (result["hash"], result["ref"]["kind"], result["on_branch"]) == (wanted, kind, True)


def test_says_what_changes_since_the_live_release(root: Path, repository: Repository) -> None:
    since = repository.git("rev-parse", "master~1")
    result = resolve(root, repository, since=since)
    assert result["commits"]["count"] == 1
    assert result["commits"]["list"][0].endswith(" Second")
    assert result["commits"]["behind"] == 0
    assert result["files_changed"] == {"count": 3, "list": ["M app.py", "A new.py", "M requirements.txt"]}
    assert result["requirements"]["added"] == ["web-py==0.62"]
    assert result["requirements"]["changed"] == ["flask==2.0 -> flask==2.1"]
    assert len(result["environment"]) == 16
    assert "Second" in result["diff"]["prepared"]


def test_second_run_changes_nothing(root: Path, repository: Repository) -> None:
    assert resolve(root, repository)["outcome"] == "done"
    before = tree_digest(root)
    assert resolve(root, repository)["outcome"] == "unchanged"
    assert tree_digest(root) == before


@pytest.mark.parametrize("mirrored", [False, True])
def test_check_mode_touches_nothing(root: Path, repository: Repository, mirrored: bool) -> None:
    if mirrored:
        resolve(root, repository)
        repository.commit("Third", {"app.py": "3\n"})
    before = tree_digest(root)
    result = resolve(root, repository, check=True, since=repository.git("rev-parse", "master~1"))
    assert not result["failed"], result["msg"]
    assert result["hash"] == repository.git("rev-parse", "master")
    assert result["commits"]["count"] == 1
    assert result["outcome"] == "would"
    assert tree_digest(root) == before
    assert os.listdir(root / "build") == []


def test_rewritten_history_does_no_harm(root: Path, repository: Repository) -> None:
    lost = resolve(root, repository)["hash"]
    repository.git("reset", "-q", "--hard", "master~1")
    new = repository.commit("Another second", {"other.py": ""})
    result = resolve(root, repository, since=lost)
    assert (result["hash"], result["since_known"]) == (new, True)
    assert (result["commits"]["count"], result["commits"]["behind"]) == (1, 1)
    again = resolve(root, repository, version=lost)
    assert (again["hash"], again["on_branch"]) == (lost, False)


def test_branch_replaced_by_directory_of_branches(root: Path, repository: Repository) -> None:
    repository.git("branch", "topic")
    resolve(root, repository)
    repository.git("branch", "-D", "topic")
    repository.git("branch", "topic/two")
    assert not resolve(root, repository, version="topic/two")["failed"]
    assert "no branch or tag 'topic'" in resolve(root, repository, version="topic")["msg"]


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("../../etc", "cannot be the name"),
        ("a; rm -rf /", "cannot be the name"),
        ("--upload-pack=evil", "cannot be the name"),
        ("masterr", "no branch or tag 'masterr'; near it: master"),
        ("0" * 40, "No commit in"),
        ("abcdef", "at least 7 digits"),
        ("clash", "ambiguous: it names a branch"),
    ],
)
def test_wrong_versions_get_one_sentence(root: Path, repository: Repository, version: str, sentence: str) -> None:
    repository.git("branch", "clash", "master~1")
    repository.git("tag", "clash", "master")
    result = resolve(root, repository, version=version)
    assert result["failed"]
    assert sentence in result["msg"]
    assert "\n" not in result["msg"]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("file:///nowhere/at/all", "has no such repository"),
        ("ext::sh -c id", "not an address"),
        ("-oProxy=x", "not an address"),
        ("http://127.0.0.1:1/x.git", "http"),
    ],
)
def test_wrong_repositories_get_one_sentence(root: Path, repository: Repository, address: str, sentence: str) -> None:
    args = {"root": str(root), "project": "shop", "repository": address, "branch": "master"}
    result = run_module("release_resolve", args)
    assert result["failed"]
    assert sentence in result["msg"]
