# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commits for the lab's git server: each test deploys one that no host has seen."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.book import PLACES, repository_url
from lab.process import run
from lab.repositories import git_environment

IDENTITY = {
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
}

Edit = Callable[[str], str]


def hash_of(ref: str, repository: str = "openlibrary") -> str:
    """The commit that a branch or tag of the lab's git server names."""
    return run(("git", "ls-remote", repository_url(repository), ref), env=git_environment()).split()[0]


def stamp() -> str:
    """A text that no file has held before."""
    return str(time.time_ns())


def commit(
    base: str = "master",
    edits: Mapping[str, Edit] | None = None,
    branch: str = "molecule",
    repository: str = "openlibrary",
) -> str:
    """Pushes a new commit on top of `base` to `branch`; returns its hash, which no host has seen.

    `edits` turns the texts of files into others; without them, the style sheet changes.
    """
    edits = edits or {"static/css/site.css": lambda text: f"{text}\n/* {stamp()} */\n"}
    environment = {**git_environment(), **IDENTITY}
    with tempfile.TemporaryDirectory(dir=_scratch()) as directory:
        clone = ("git", "clone", "--quiet", "--depth=1", f"--branch={base}", repository_url(repository), directory)
        run(clone, env=environment)
        for path, edit in edits.items():
            file = Path(directory, path)
            file.write_text(edit(file.read_text()))
        git = ("git", "-C", directory)
        run((*git, "commit", "--quiet", "--all", f"--message=Try something ({stamp()})"), env=environment)
        run((*git, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}"), env=environment)
        return run((*git, "rev-parse", "HEAD"), env=environment)


def push(bare: Path, repository: str, branch: str = "master", timeout: float = 300.0) -> None:
    """Pushes a branch of a bare repository to one of the lab's git server."""
    refs = f"+refs/heads/{branch}:refs/heads/{branch}"
    words = ("git", "--git-dir", str(bare), "push", "--quiet", repository_url(repository), refs)
    run(words, env=git_environment(), timeout=timeout)


def _scratch() -> str:
    place = PLACES.cache / "sources"
    place.mkdir(parents=True, exist_ok=True)
    return str(place)
