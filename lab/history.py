"""Turns a described history (standins/<name>/history.toml over tree/) into a stream for `git fast-import`.

Pure, and the same bytes each time: the hashes of the stand-ins are the same in every lab.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lab.errors import LabError

AUTHOR = "Open Library developers <openlibrary@example.org>"
REFERENCE = re.compile(rb"\{\{([a-z]+:[a-z0-9-]+)\}\}")

# `name:tag` of another stand-in -> the hash of that commit
Resolve = Callable[[str], str]


@dataclass(frozen=True)
class File:
    """One entry of a tree. `content` of a link is its target, of a submodule the commit as `name:tag`."""

    mode: str
    content: bytes


Tree = Mapping[str, File]


@dataclass(frozen=True)
class Commit:
    """One commit with its whole tree. `branch` starts at the tip of master where it is not master."""

    branch: str
    date: datetime
    message: str
    tree: Tree
    tag: str = ""


def commits_of(description: Mapping[str, Any], first: Tree) -> list[Commit]:
    """The commits that `description` (a parsed history.toml) makes of the `first` tree, parents before children."""
    links = {path: File("120000", target.encode()) for path, target in description.get("links", {}).items()}
    tree: Tree = {**first, **links}
    commits = []
    for entry in description["commit"]:
        tree = _edited(tree, entry)
        commits.append(Commit("master", entry["date"], entry["message"], tree, entry.get("tag", "")))
    tip = commits[-1]
    commits += [
        Commit(entry["name"], tip.date, entry["message"], _edited(tip.tree, entry))
        for entry in description.get("branch", ())
    ]
    return commits


def stream(commits: Sequence[Commit], resolve: Resolve) -> bytes:
    """What `git fast-import` reads."""
    parts: list[bytes] = []
    tip = 0
    for mark, commit in enumerate(commits, start=1):
        ref = f"refs/heads/{commit.branch}"
        who = f"{AUTHOR} {int(commit.date.timestamp())} +0000"
        parts.append(f"commit {ref}\nmark :{mark}\nauthor {who}\ncommitter {who}\n".encode())
        parts.append(_data(commit.message.encode() + b"\n"))
        if commit.branch != "master" or tip:
            parts.append(f"from :{tip}\n".encode())
        parts.append(b"deleteall\n")
        parts += [_entry(path, file, resolve) for path, file in sorted(commit.tree.items())]
        if commit.tag:
            parts.append(f"reset refs/tags/{commit.tag}\nfrom :{mark}\n\n".encode())
        if commit.branch == "master":
            tip = mark
    return b"".join(parts)


def _edited(tree: Tree, entry: Mapping[str, Any]) -> Tree:
    files = dict(tree)
    for path, reference in entry.get("submodules", {}).items():
        files[path] = File("160000", reference.encode())
    for edit in entry.get("edits", ()):
        path = edit["path"]
        if edit.get("delete"):
            del files[path]
        elif "content" in edit:
            files[path] = File("100644", edit["content"].encode())
        else:
            files[path] = _replaced(path, files[path], edit["old"].encode(), edit["new"].encode())
    return files


def _replaced(path: str, file: File, old: bytes, new: bytes) -> File:
    if file.content.count(old) != 1:
        raise LabError(f"The history of a stand-in expects {old!r} once in {path}.")
    return replace(file, content=file.content.replace(old, new))


def _entry(path: str, file: File, resolve: Resolve) -> bytes:
    if file.mode == "160000":
        return f"M 160000 {resolve(file.content.decode())} {path}\n".encode()
    content = REFERENCE.sub(lambda found: resolve(found[1].decode()).encode(), file.content)
    return f"M {file.mode} inline {path}\n".encode() + _data(content)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
