# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes and TCP connections of this host, read from /proc."""

from __future__ import annotations

import errno
import os
import time
from typing import Sequence

from .._model.service.process import Kin, ProcessFacts
from .._model.service.process import tree as tree_among

_ESTABLISHED = "01"
_LISTEN = "0A"
_GONE = (errno.ENOENT, errno.ESRCH, errno.EINVAL)
_DENIED = (errno.EACCES, errno.EPERM)
_TICKS = os.sysconf("SC_CLK_TCK")


def kins(proc: str = "/proc") -> list[Kin]:
    """Every process that lives, by pid. One that ends while it is read is left out, and so are zombies."""
    pids = sorted(int(name) for name in os.listdir(proc) if name.isdigit())
    found = (read_kin(pid, proc) for pid in pids)
    return [kin for kin in found if kin is not None]


def tree(pid: int, proc: str = "/proc") -> list[ProcessFacts]:
    """A program's processes, its master ``pid`` first; of the others no more is read than who they belong to."""
    return _facts(tree_among(kins(proc), pid), proc)


def children(pid: int, proc: str = "/proc") -> list[ProcessFacts]:
    """The processes right below ``pid``."""
    return _facts([kin for kin in kins(proc) if kin.ppid == pid], proc)


def _facts(found: Sequence[Kin], proc: str) -> list[ProcessFacts]:
    read = ((kin, read_process(kin.pid, proc)) for kin in found)
    return [process for kin, process in read if process is not None and process.start == kin.start]


def read_kin(pid: int, proc: str = "/proc") -> Kin | None:
    """Where one process stands, None when it is gone or a zombie. Raises OSError otherwise."""
    try:
        # The name in parentheses may hold spaces and parentheses itself.
        words = _read(os.path.join(proc, str(pid), "stat")).decode("utf-8", "replace").rpartition(")")[2].split()
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise
    # An empty stat: the process ended between open and read.
    if not words or words[0] in ("Z", "X"):
        return None
    return Kin(pid, ppid=int(words[1]), group=int(words[2]), start=int(words[19]) / _TICKS)


def read_process(pid: int, proc: str = "/proc") -> ProcessFacts | None:
    """One process, None when it is gone or a zombie. What may not be read is empty. Raises OSError otherwise."""
    kin = read_kin(pid, proc)
    if kin is None:
        return None
    base = os.path.join(proc, str(pid))
    try:
        return ProcessFacts(
            pid=pid,
            ppid=kin.ppid,
            group=kin.group,
            cwd=_permitted(os.readlink, base + "/cwd", ""),
            argv=tuple(_words(_read(base + "/cmdline"))),
            virtual_env=_variable(_permitted(_read, base + "/environ", b""), "VIRTUAL_ENV"),
            start=kin.start,
        )
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise


def age(pid: int, proc: str = "/proc") -> float | None:
    """For how many seconds a process has lived, None when it is gone. Raises OSError."""
    found = read_kin(pid, proc)
    return None if found is None else time.clock_gettime(time.CLOCK_BOOTTIME) - found.start


def established(port: int, proc: str = "/proc") -> int:
    """How many TCP connections to the local ``port`` are established, IPv4 and IPv6. Raises OSError."""
    return _count(port, _ESTABLISHED, proc)


def listening(port: int, proc: str = "/proc") -> bool:
    """Whether anything listens on the local TCP ``port``. Raises OSError."""
    return _count(port, _LISTEN, proc) > 0


def _count(port: int, state: str, proc: str) -> int:
    total, local = 0, f":{port:04X} "
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = _read(os.path.join(proc, table)).decode("ascii", "replace").splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            if local not in line:
                continue
            words = line.split()
            if words[3] == state and words[1].endswith(local[:-1]):
                total += 1
    return total


def _read(path: str) -> bytes:
    # A look reads hundreds of them: buffers would cost more than the reading.
    with open(path, "rb", buffering=0) as stream:
        return stream.readall()


def _permitted(read, path, instead):  # type: ignore[no-untyped-def]
    try:
        return read(path)
    except OSError as error:
        if error.errno in _DENIED:
            return instead
        raise


def _words(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "surrogateescape").rstrip("\0").split("\0") if raw else []


def _variable(raw: bytes, name: str) -> str:
    prefix = name + "="
    return next((word[len(prefix) :] for word in _words(raw) if word.startswith(prefix)), "")
