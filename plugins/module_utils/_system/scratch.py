# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directories for unfinished work, which no crash can leave behind for good.

A scratch directory lives as long as the process that made it holds flock(2) on the directory itself; the kernel lets go
of it however the process ends. So a directory whose lock is free belongs to a dead run and may be removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator

from .._model.errors import LockedError


@contextmanager
def scratch(parent: str, prefix: str) -> Iterator[str]:
    """A private directory ``<parent>/<prefix>.<random>``, removed at the end unless it was renamed away by then.

    Raises OSError.
    """
    while True:
        path = tempfile.mkdtemp(prefix=f"{prefix}.", dir=parent)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        if _lock(handle) and _still_there(path, handle):
            break
        os.close(handle)  # a sweep came between mkdir and lock
    try:
        yield path
    except BaseException:
        # What went wrong is told by whoever raised it; what is left here is swept by the next run.
        with suppress(OSError):
            _discard(path, handle)
        raise
    else:
        _discard(path, handle)
    finally:
        os.close(handle)


def _discard(path: str, handle: int) -> None:
    if _still_there(path, handle):
        remove_tree(path)


def sweep(parent: str, prefix: str) -> int:
    """Remove the directories ``<parent>/<prefix>*`` that dead runs left; returns how many. Raises OSError."""
    removed = 0
    for name in os.listdir(parent) if os.path.isdir(parent) else ():
        path = os.path.join(parent, name)
        if not name.startswith(prefix) or os.path.islink(path) or not os.path.isdir(path):
            continue
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _lock(handle):
                remove_tree(path)
                removed += 1
        finally:
            os.close(handle)
    return removed


@contextmanager
def file_lock(path: str, what: str) -> Iterator[None]:
    """Hold flock(2) on a file. Raises LockedError at once if somebody else does: their work takes minutes."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _lock(handle):
            raise LockedError(f"Another process is busy with {what} on this host; try again when it has finished.")
        yield
    finally:
        os.close(handle)


def remove_tree(path: str) -> None:
    """Remove a directory and all below it, directories without write permission too. Raises OSError."""

    def make_writable(_function: Callable[[str], Any], failed: str, _info: object) -> None:
        parent = os.path.dirname(failed)
        os.chmod(parent, stat.S_IRWXU)
        if os.path.isdir(failed) and not os.path.islink(failed):
            os.chmod(failed, stat.S_IRWXU)
            shutil.rmtree(failed)
        else:
            os.unlink(failed)

    shutil.rmtree(path, onerror=make_writable)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True


def _still_there(path: str, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
