# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies between two commits: counts in full, lists up to a length that a person reads."""

from __future__ import annotations

from typing import Any

from .._model.errors import InputError
from .._model.release.release import SHORT
from .._model.release.requirements import Requirements, collect
from .git import SHORT_TIMEOUT, Mirror

MOST_LISTED = 50


def describe_commit(mirror: Mirror, commit: str) -> dict[str, str]:
    """Subject, author and date (ISO 8601) of a commit. Raises DeployError."""
    form = "--format=%s%x00%an%x00%cI"
    text = mirror.git("log", "--no-color", "--no-show-signature", "--max-count=1", form, commit, "--").decode(
        "utf-8", "replace"
    )
    subject, author, date = text.rstrip("\n").split("\0")
    return {"subject": subject, "author": author, "date": date}


def commits(mirror: Mirror, since: str, commit: str) -> dict[str, Any]:
    """The commits that a deploy brings, newest first; ``behind`` counts those of the old release that it lacks."""
    ahead = _count(mirror, since, commit)
    form = ["--no-color", "--no-show-signature", f"--max-count={MOST_LISTED}", f"--abbrev={SHORT}", "--format=%h %s"]
    listed = mirror.git("log", *form, f"{since}..{commit}", "--", timeout=SHORT_TIMEOUT).decode("utf-8", "replace")
    behind = 0 if mirror.is_ancestor(since, commit) else _count(mirror, since=commit, commit=since)
    return {"count": ahead, "list": [line for line in listed.split("\n") if line], "behind": behind}


def _count(mirror: Mirror, since: str, commit: str) -> int:
    return int(mirror.git("rev-list", "--count", f"{since}..{commit}", "--"))


def files_changed(mirror: Mirror, since: str, commit: str) -> dict[str, Any]:
    """The files that differ: ``A``, ``M``, ``D`` or ``T`` and the path."""
    output = mirror.git("diff-tree", "-r", "-z", "--no-renames", "--name-status", since, commit, "--")
    fields = output.decode("utf-8", "surrogateescape").split("\0")[:-1]
    listed: list[str] = [f"{state} {path}" for state, path in zip(fields[::2], fields[1::2])]
    return {"count": len(listed), "list": listed[:MOST_LISTED]}


def requirements(mirror: Mirror, commit: str, path: str) -> Requirements | None:
    """What a commit requires; None without such a file. Raises InputError for what cannot be shipped."""
    if not commit or not path or mirror.read(commit, path) is None:
        return None
    return collect(path, lambda name: mirror.read(commit, name))


def required_before(mirror: Mirror, commit: str, path: str) -> tuple[str, ...]:
    """Like :func:`requirements`, only the lines; a release from before may hold what today would be refused."""
    try:
        found = requirements(mirror, commit, path)
    except InputError:
        return ()
    return found.lines if found else ()
