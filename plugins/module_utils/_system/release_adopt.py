# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Taking over an installation: looks at what is there, and writes down what makes it ours. Nothing is restarted."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import pwd
import stat
from contextlib import suppress
from typing import Iterator

from .._model.errors import DeployError
from .._model.host.adopt import ENVIRONMENT, PHASE, Adoption, Installation, secured_mode
from .._model.host.journal import switched_to
from .._model.release import manifest
from .._model.release.manifest import ManifestEntry
from .._model.release.release import Layout, Mark, ReleaseRecord
from . import files, tree
from .hold import Held
from .store import Store

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def observe_adoption(store: Store, project: str) -> Installation:
    """What lies on this host for a project. Raises OSError."""
    layout, entries = store.layout, store.entries()
    current = store.current(project)
    begun = {entry.to for entry in entries if entry.project == project and entry.step == "install"}
    ours = {record.hash for record in store.records(project)} | (begun - {current.hash or ""})
    directories = store.directories(project)
    target = files.read_link(layout.venv)
    return Installation(
        current=current,
        releases=tuple(each for each in directories if each not in ours),
        others=tuple(_others(layout, project, directories)),
        in_history=bool(switched_to(entries, project)),
        venv=_kind(layout.venv),
        adopted=_kind(layout.environment(ENVIRONMENT)),
        linked_environment=_environment_at(layout, target) if target else "",
        environment_recorded=os.path.isfile(layout.environment_record(ENVIRONMENT)),
    )


def _kind(path: str) -> str:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return "missing"
    if stat.S_ISLNK(mode):
        return "link"
    return "directory" if stat.S_ISDIR(mode) else "file"


def _environment_at(layout: Layout, target: str) -> str:
    path = os.path.normpath(os.path.join(layout.root, target))
    name = layout.locate_environment(path)
    return name if name and path == layout.environment(name) and os.path.isdir(path) else ""


def _others(layout: Layout, project: str, directories: list[str]) -> list[str]:
    base = layout.project(project)
    try:
        names = os.listdir(base)
    except FileNotFoundError:
        return []
    return sorted(
        name
        for name in names
        if name not in directories and not name.startswith(".") and os.path.isdir(os.path.join(base, name))
    )


def loose(path: str) -> list[str]:
    """Everything in a release, itself included, that somebody else than the user of this process may write, sorted."""
    return sorted(each for each in _everything(path) if _is_loose(os.lstat(each)))


def _everything(path: str) -> Iterator[str]:
    yield path
    for directory, names, others in os.walk(path):
        yield from (os.path.join(directory, name) for name in names + others)


def _is_loose(status: os.stat_result) -> bool:
    return status.st_uid != os.geteuid() or (not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & 0o022))


def scan_releases(layout: Layout, project: str, releases: tuple[str, ...]) -> dict[str, list[ManifestEntry]]:
    """The files of each release. Raises DeployError when one holds what no release can hold, OSError."""
    found = {}
    for hash_ in releases:
        try:
            found[hash_] = tree.scan(layout.release(project, hash_))
        except DeployError as error:
            raise DeployError(
                f"{layout.release(project, hash_)} cannot be adopted: {error.msg}",
                phase=PHASE,
                state_now="nothing was changed",
            ) from None
    return found


def apply_adoption(held: Held, adoption: Adoption) -> None:
    """Does it, environment first, history last: what a crash leaves is found and finished by the next run.

    Raises DeployError, OSError.
    """
    layout, project = held.layout, held.project
    for hash_ in adoption.releases:
        for path in loose(layout.release(project, hash_)):
            _secure(path)
    if adoption.exchange:
        exchange_venv(layout)
    if adoption.record_environment:
        text = json.dumps({"name": ENVIRONMENT, "completed": held.clock.stamp(), "adopted": True}, sort_keys=True)
        files.write_atomic(layout.environment_record(ENVIRONMENT), text + "\n")
    for hash_, entries in scan_releases(layout, project, adoption.releases).items():
        _write_release(held, adoption, hash_, entries)


def _write_release(held: Held, adoption: Adoption, hash_: str, entries: list[ManifestEntry]) -> None:
    text = manifest.render_manifest(entries)
    files.write_atomic(held.layout.manifest(held.project, hash_), text)
    record = ReleaseRecord(
        project=held.project,
        hash=hash_,
        completed=held.clock.stamp(),
        manifest=manifest.digest(text),
        files=len(entries),
        bytes=sum(entry.size for entry in entries),
        environment=adoption.environment,
        adopted=True,
    )
    if hash_ == adoption.current:
        record = record.with_mark(Mark("good", held.clock.stamp(), held.run, held.who, "in service when adopted"))
    held.store.save_record(record)


def _secure(path: str) -> None:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        os.lchown(path, os.geteuid(), os.getegid())
        return
    mode, group = status.st_mode & 0o755, status.st_gid
    if status.st_uid != os.geteuid():
        mode, keeps = secured_mode(stat.S_IMODE(status.st_mode))
        group = _group_of(status) if keeps else os.getegid()
    os.lchown(path, os.geteuid(), group)
    os.chmod(path, mode)


def _group_of(status: os.stat_result) -> int:
    try:
        return pwd.getpwuid(status.st_uid).pw_gid
    except KeyError:
        return status.st_gid


def exchange_venv(layout: Layout) -> None:
    """Moves the directory <root>/venv to venvs/adopted and leaves a link in its place, in one atomic step.

    The link is made where the directory goes to, then the two change places: console scripts, which name <root>/venv in
    their first line, find their interpreter at every instant. Raises DeployError, OSError.
    """
    os.makedirs(layout.environments, mode=0o755, exist_ok=True)
    new = layout.environment(ENVIRONMENT)
    files.replace_link(new, layout.environment_target(ENVIRONMENT))
    libc = ctypes.CDLL(None, use_errno=True)
    rename = getattr(libc, "renameat2", None)
    old_bytes, new_bytes = os.fsencode(layout.venv), os.fsencode(new)
    if rename is None or rename(_AT_FDCWD, old_bytes, _AT_FDCWD, new_bytes, _RENAME_EXCHANGE):
        reason = os.strerror(ctypes.get_errno() if rename else errno.ENOSYS)
        with suppress(OSError):
            os.unlink(new)
        raise DeployError(
            f"{layout.venv} and {new} cannot change places atomically ({reason}); they have to lie on one file system"
            " of a kind that knows renameat2(RENAME_EXCHANGE), such as ext4 or xfs.",
            phase=PHASE,
            state_now=f"{layout.venv} was not moved, nothing was recorded",
        )
    files.fsync_dir(layout.root)
    files.fsync_dir(layout.environments)
