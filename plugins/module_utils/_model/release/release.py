# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases: their names, where they lie, and the record that makes one exist."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError

SHORT = 10
"""Digits of a hash in a sentence or a table: short to read, long enough for ``-e hash=``."""

_HASH = re.compile(r"[0-9a-f]{40}")
_PROJECT = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def check_hash(text: str) -> str:
    """``text`` itself when it is a release hash: exactly 40 hex digits, lower case. Raises InputError."""
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise InputError(f"{text!r} is not a release: a release is a commit hash of exactly 40 lower-case hex digits.")
    return text


def short(hash_: str | None) -> str:
    """The hash as messages, tables and file names show it."""
    return hash_[:SHORT] if hash_ else "-"


def check_project(text: str) -> str:
    """``text`` itself when it can name a project. Raises InputError."""
    if not isinstance(text, str) or not _PROJECT.fullmatch(text):
        raise InputError(f"{text!r} is not a project: a lower-case letter, then up to 62 of a-z, 0-9, _ and -.")
    return text


def check_component(text: str) -> str:
    """``text`` itself when it can name an environment or a mirror: one path component. Raises InputError."""
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise InputError(f"{text!r} is not a name: up to 128 letters, digits, dots, _ and -, no dot first.")
    return text


def check_root(text: str) -> str:
    """``text`` without a trailing slash when it is an absolute, normal path other than /. Raises InputError."""
    path = text.rstrip("/") if isinstance(text, str) else ""
    if not re.fullmatch(r"(/[^/\0\n]+)+", path) or posixpath.normpath(path) != path:
        raise InputError(f"{text!r} is not a deploy root: it must be an absolute path without '.', '..' or '//'.")
    return path


@dataclass(frozen=True)
class Mark:
    """A verdict on a release: ``mark`` is ``good`` or ``bad``, ``time`` is ISO text, ``why`` a sentence or empty."""

    mark: str
    time: str
    run: str
    who: str
    why: str


@dataclass(frozen=True)
class ReleaseRecord:
    """What completes a release.

    ``completed`` is ISO text, empty while the release is not complete; ``manifest`` the sha256 of the manifest file;
    ``environment`` a name under ``venvs``, empty when the release needs none; ``marks`` are in the order of time.
    """

    project: str
    hash: str
    completed: str
    manifest: str
    files: int
    bytes: int
    environment: str = ""
    adopted: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def complete(self) -> bool:
        return bool(self.completed)

    @property
    def newest_mark(self) -> Mark | None:
        return self.marks[-1] if self.marks else None

    @property
    def good(self) -> bool:
        return bool(self.marks) and self.marks[-1].mark == "good"

    @property
    def bad(self) -> bool:
        return bool(self.marks) and self.marks[-1].mark == "bad"

    def with_mark(self, mark: Mark) -> ReleaseRecord:
        """The record with one more verdict, which from now on counts. Raises InputError for an unknown mark."""
        if mark.mark not in ("good", "bad"):
            raise InputError(f"{mark.mark!r} is not a mark: good or bad.")
        return replace(self, marks=(*self.marks, mark))


def render_record(record: ReleaseRecord) -> str:
    """The text of ``<hash>.json``."""
    fields: dict[str, Any] = {name: getattr(record, name) for name in _RECORD_TYPES}
    fields["marks"] = [dict(vars(mark)) for mark in record.marks]
    return json.dumps(fields, indent=1, sort_keys=True) + "\n"


def parse_record(text: str) -> ReleaseRecord:
    """The record in the text of ``<hash>.json``. Raises InputError when it is not one."""
    try:
        fields = json.loads(text)
        values = {name: _typed(fields, name, kind) for name, kind in _RECORD_TYPES.items()}
        marks = tuple(_parse_mark(each) for each in fields.get("marks", []))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a release's record: {error}.") from None
    check_hash(values["hash"])
    check_project(values["project"])
    if values["environment"]:
        check_component(values["environment"])
    return ReleaseRecord(marks=marks, **values)


_RECORD_TYPES: dict[str, type] = {
    "project": str,
    "hash": str,
    "completed": str,
    "manifest": str,
    "files": int,
    "bytes": int,
    "environment": str,
    "adopted": bool,
}


def _typed(fields: dict[str, Any], name: str, kind: type) -> Any:
    value = fields[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {value!r}")
    return value


def _parse_mark(fields: dict[str, Any]) -> Mark:
    mark = Mark(**{name: _typed(fields, name, str) for name in ("mark", "time", "run", "who", "why")})
    if mark.mark not in ("good", "bad"):
        raise ValueError(f"mark is {mark.mark!r}")
    return mark


@dataclass(frozen=True)
class Layout:
    """Where everything lies under the deploy root: arithmetic on paths, nothing is looked at. Raises InputError."""

    root: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", check_root(self.root))

    def _at(self, *parts: str) -> str:
        return posixpath.join(self.root, *parts)

    @property
    def deploys(self) -> str:
        return self._at("deploys")

    def project(self, project: str) -> str:
        """The directory of a project's releases."""
        return self._at("deploys", check_project(project))

    def release(self, project: str, hash_: str) -> str:
        return self._at("deploys", check_project(project), check_hash(hash_))

    def record(self, project: str, hash_: str) -> str:
        return self.release(project, hash_) + ".json"

    def manifest(self, project: str, hash_: str) -> str:
        return self.release(project, hash_) + ".manifest"

    def current(self, project: str) -> str:
        """The link that names the project's current release."""
        return self._at(check_project(project))

    def link_target(self, project: str, hash_: str) -> str:
        """What :meth:`current` holds when ``hash`` is current: relative, so that the root can be mounted elsewhere."""
        return posixpath.join("deploys", check_project(project), check_hash(hash_))

    def locate(self, path: str) -> tuple[str, str] | None:
        """(project, hash) of the release that the absolute ``path`` is or lies in, None when in none."""
        parts = self._below("deploys", path)
        if len(parts) < 2 or not _PROJECT.fullmatch(parts[0]) or not _HASH.fullmatch(parts[1]):
            return None
        return parts[0], parts[1]

    def locate_environment(self, path: str) -> str | None:
        """Name of the environment that the absolute ``path`` is or lies in, None when in none."""
        parts = self._below("venvs", path)
        return parts[0] if parts and _NAME.fullmatch(parts[0]) else None

    def _below(self, directory: str, path: str) -> tuple[str, ...]:
        normal, prefix = posixpath.normpath(path), self._at(directory) + "/"
        return tuple(normal[len(prefix) :].split("/")) if normal.startswith(prefix) else ()

    @property
    def journal(self) -> str:
        return self._at("deploys", "journal.jsonl")

    @property
    def lock(self) -> str:
        return self._at("deploys", "lock.json")

    @property
    def flock(self) -> str:
        return self._at("deploys", "flock")

    @property
    def environments(self) -> str:
        return self._at("venvs")

    def environment(self, name: str) -> str:
        return self._at("venvs", check_component(name))

    def environment_record(self, name: str) -> str:
        return self.environment(name) + ".json"

    def environment_target(self, name: str) -> str:
        """What the link :attr:`venv` holds after an adoption: relative, like :meth:`link_target`."""
        return posixpath.join("venvs", check_component(name))

    @property
    def venv(self) -> str:
        """The environment of an installation not made by this collection; where it was adopted, a link to it."""
        return self._at("venv")

    @property
    def spool(self) -> str:
        return self._at("spool")

    def mirror(self, name: str) -> str:
        return self._at("git", check_component(name) + ".git")

    @property
    def build(self) -> str:
        return self._at("build")

    @property
    def launcher(self) -> str:
        return self._at("bin", "launch")
