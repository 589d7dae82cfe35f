# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's manifest: every file with its mode, size and digest, one a line, sorted by path."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Iterable

from ..errors import InputError

MODES = ("100644", "100755", "120000")
_LINE = re.compile(rf"({'|'.join(MODES)}) (0|[1-9][0-9]*) ([0-9a-f]{{64}}) (.+)", re.DOTALL)


@dataclass(frozen=True)
class ManifestEntry:
    """One file: ``path`` relative to the release, git ``mode``, ``size`` in bytes, sha256 ``digest``.

    The size and the digest of a link (mode 120000) are those of its target text.
    """

    path: str
    mode: str
    size: int
    digest: str


@dataclass(frozen=True)
class Delta:
    """The paths that differ between two manifests, each sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def check_path(path: str) -> str:
    """``path`` itself when it stays inside a release and fits on one line. Raises InputError."""
    if not path or "\n" in path or "\0" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise InputError(f"{path!r} cannot be a path in a manifest.")
    return path


def render_manifest(entries: Iterable[ManifestEntry]) -> str:
    """The text of a manifest file. Raises InputError for an entry that could not be read back."""
    ordered = sorted(entries, key=lambda entry: entry.path)
    text = "".join(f"{e.mode} {e.size} {e.digest} {check_path(e.path)}\n" for e in ordered)
    parse_manifest(text)
    return text


def parse_manifest(text: str) -> list[ManifestEntry]:
    """The entries of a manifest file, by path. Raises InputError when a line is damaged, repeated or out of order."""
    # Not splitlines(): a file name may hold a form feed or U+2028.
    lines = text.split("\n")
    if lines.pop() != "":
        raise InputError("the manifest is cut off: its last line has no end.")
    entries: list[ManifestEntry] = []
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match:
            raise InputError(f"line {number} of the manifest is damaged: {line[:200]!r}.")
        mode, size, digest_, path = match.groups()
        if entries and entries[-1].path >= check_path(path):
            raise InputError(f"line {number} of the manifest is out of order: {path[:200]!r}.")
        entries.append(ManifestEntry(check_path(path), mode, int(size), digest_))
    return entries


def digest(text: str) -> str:
    """The sha256 of a manifest file's text, which its record holds."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def compare_files(before: Iterable[ManifestEntry], after: Iterable[ManifestEntry]) -> Delta:
    """What must be added, changed (content or mode) and removed to get from ``before`` to ``after``."""
    old: dict[str, ManifestEntry] = {entry.path: entry for entry in before}
    new: dict[str, ManifestEntry] = {entry.path: entry for entry in after}
    return Delta(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(path for path in new.keys() & old.keys() if new[path] != old[path])),
        removed=tuple(sorted(old.keys() - new.keys())),
    )
