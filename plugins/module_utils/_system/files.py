# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are whole or not there, also after a crash."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress


def read_text(path: str) -> str | None:
    """The text of a file, None when it does not exist. Bytes that are not UTF-8 become surrogates. Raises OSError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as handle:
            return handle.read()
    except FileNotFoundError:
        return None


def read_foreign(path: str, limit: int) -> tuple[bytes | None, str]:
    """The content of a small file in a place where somebody without privileges may put anything.

    ``limit`` in bytes. Returns the content and nothing, or None and why there is none (``<path> is a link``): a pipe
    is not waited for, a link not followed, a device not read. Raises nothing.
    """
    handle, _facts, problem = _open_foreign(path)
    if problem:
        return None, problem
    try:
        # Asked for one more than allowed, because the file may grow while it is read.
        content = os.read(handle, limit + 1)
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}"
    finally:
        os.close(handle)
    return (content, "") if len(content) <= limit else (None, _too_large(path, limit))


def changed_foreign(path: str, limit: int) -> tuple[float | None, str]:
    """When such a file was changed last, in seconds since the epoch, or None and why nobody can tell. Raises nothing.

    ``limit`` in bytes: a larger one is none of those that are read.
    """
    handle, facts, problem = _open_foreign(path)
    if facts is None:
        return None, problem
    os.close(handle)
    return (facts.st_mtime, "") if facts.st_size <= limit else (None, _too_large(path, limit))


def _open_foreign(path: str) -> tuple[int, os.stat_result | None, str]:
    """(handle, what it is, nothing) of a regular file, or (-1, None, why there is none)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        facts = os.fstat(handle)
    except OSError as error:
        reasons = {errno.ENOENT: "does not exist", errno.ELOOP: "is a link, which is not followed"}
        return -1, None, f"{path} {reasons.get(error.errno or 0, f'cannot be opened: {error.strerror}')}"
    if stat.S_ISREG(facts.st_mode):
        return handle, facts, ""
    os.close(handle)
    return -1, None, f"{path} is no regular file"


def _too_large(path: str, limit: int) -> str:
    return f"{path} is larger than {limit} bytes"


def read_link(path: str) -> str | None:
    """The target text of a link, None when there is nothing or something that is not a link. Raises OSError."""
    try:
        return os.readlink(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINVAL, errno.ENOTDIR):
            return None
        raise


def fsync_dir(path: str) -> None:
    """Brings the names in a directory to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: str, text: str, mode: int = 0o644) -> None:
    """Replaces a file as a whole: temp file beside it, fsync, rename, fsync of the directory. Raises OSError."""
    temp = _write_temp(path, text, mode)
    try:
        os.replace(temp, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temp)
        raise
    fsync_dir(os.path.dirname(path))


def create_exclusive(path: str, text: str, mode: int = 0o644) -> bool:
    """Creates a file with all of its content at once; False when the name is taken. Raises OSError.

    By link(2), so that of several who try exactly one succeeds and no reader ever sees half of it.
    """
    temp = _write_temp(path, text, mode)
    try:
        os.link(temp, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(temp)
    fsync_dir(os.path.dirname(path))
    return True


def replace_link(path: str, target: str) -> None:
    """Points a link somewhere else, or makes it, by rename(2): no moment without it. Raises OSError."""
    temp = _temp_beside(path)
    os.symlink(target, temp)
    try:
        os.replace(temp, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temp)
        raise
    fsync_dir(os.path.dirname(path))


def append_line(path: str, line: str, mode: int = 0o644) -> None:
    """Appends one line (with its end) by one write(2) and fsync. The caller excludes other writers. Raises OSError.

    When a crash tore the last line, this one starts on a line of its own.
    """
    created = not os.path.exists(path)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = (("\n" if torn else "") + line).encode("utf-8", "surrogateescape")
        if os.write(handle, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        os.fsync(handle)
    finally:
        os.close(handle)
    if created:
        fsync_dir(os.path.dirname(path))


def remove(path: str) -> None:
    """Removes a file for good; one that is gone already is no error. Raises OSError."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    fsync_dir(os.path.dirname(path))


def _temp_beside(path: str) -> str:
    # The leading dot and the ending keep readers of the directory from taking it for a release or a record.
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{secrets.token_hex(8)}.tmp")


def _write_temp(path: str, text: str, mode: int) -> str:
    temp = _temp_beside(path)
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
    except OSError:
        with suppress(OSError):
            os.unlink(temp)
        raise
    return temp
