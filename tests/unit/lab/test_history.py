"""The stand-ins' history, without git."""

from __future__ import annotations

import ast
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.history import File, commits_of, stream
from lab.repositories import SOURCES

DAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
FIRST = {"a": File("100644", b"one\n"), "b": File("100644", b"needs {{other:v1}}\n")}
DESCRIPTION = {
    "links": {"link": "a"},
    "commit": [
        {"date": DAY, "message": "first", "submodules": {"vendor/other": "other:v1"}, "tag": "v1"},
        {"date": DAY, "message": "second", "edits": [{"path": "a", "old": "one", "new": "two"}]},
    ],
    "branch": [{"name": "broken/x", "message": "broken", "edits": [{"path": "b", "delete": True}]}],
}


def test_each_commit_edits_the_one_before_and_branches_start_at_the_tip() -> None:
    first, second, branch = commits_of(DESCRIPTION, FIRST)
    assert first.tree["a"].content == b"one\n"
    assert second.tree["a"].content == b"two\n"
    assert (branch.branch, branch.tree["a"].content, "b" in branch.tree) == ("broken/x", b"two\n", False)


def test_stream_resolves_references_and_links_parents() -> None:
    text = stream(commits_of(DESCRIPTION, FIRST), {"other:v1": "c" * 40}.__getitem__).decode()
    assert f"M 160000 {'c' * 40} vendor/other\n" in text
    assert f"needs {'c' * 40}\n" in text
    assert "M 120000 inline link\n" in text
    assert "reset refs/tags/v1\nfrom :1\n" in text
    assert text.count("from :1\ndeleteall") == 1
    assert text.count("from :2\ndeleteall") == 1


def test_an_edit_that_does_not_fit_exactly_once_is_an_error() -> None:
    description = {"commit": [{"date": DAY, "message": "x", "edits": [{"path": "a", "old": "three", "new": "four"}]}]}
    with pytest.raises(LabError, match="once in a"):
        commits_of(description, FIRST)


def test_a_release_that_dies_in_colour_writes_what_supervisor_cannot_tell() -> None:
    folder = Path(SOURCES, "standins", "openlibrary")
    paths = [path for path in (folder / "tree").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    first = {str(path.relative_to(folder / "tree")): File("100644", path.read_bytes()) for path in paths}
    commits = commits_of(tomllib.loads((folder / "history.toml").read_text()), first)
    tree = next(commit.tree for commit in commits if commit.branch == "broken/dies-in-colour")
    program = ast.parse(tree["openlibrary/server.py"].content)
    written = [node.value for node in ast.walk(program) if isinstance(node, ast.Constant)]
    assert b"\x1b[31mTraceback\x1b[0m: no such table: works\n" in written
