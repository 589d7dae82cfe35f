# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes and TCP connections of this host, read from /proc."""

from __future__ import annotations

import errno
import os
import time

from .._model.service.process import ProcessFacts

_ESTABLISHED = "01"
_LISTEN = "0A"
_GONE = (errno.ENOENT, errno.ESRCH, errno.EINVAL)
_DENIED = (errno.EACCES, errno.EPERM)
_TICKS = os.sysconf("SC_CLK_TCK")


def processes(proc: str = "/proc") -> list[ProcessFacts]:
    """Every process that lives, by pid. One that ends while it is read is left out, and so are zombies."""
    pids = sorted(int(name) for name in os.listdir(proc) if name.isdigit())
    found = (read_process(pid, proc) for pid in pids)
    return [process for process in found if process is not None]


def read_process(pid: int, proc: str = "/proc") -> ProcessFacts | None:
    """One process, None when it is gone or a zombie. What may not be read is empty. Raises OSError otherwise."""
    base = os.path.join(proc, str(pid))
    try:
        # The name in parentheses may hold spaces and parentheses itself.
        state, ppid, group, *rest = _read(base + "/stat").decode("utf-8", "replace").rpartition(")")[2].split()
        if state in ("Z", "X"):
            return None
        return ProcessFacts(
            pid=pid,
            ppid=int(ppid),
            group=int(group),
            cwd=_permitted(os.readlink, base + "/cwd", ""),
            argv=tuple(_words(_read(base + "/cmdline"))),
            virtual_env=_variable(_permitted(_read, base + "/environ", b""), "VIRTUAL_ENV"),
            start=int(rest[16]) / _TICKS,
        )
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise
    except ValueError:
        # An empty stat: the process ended between open and read.
        return None


def age(pid: int, proc: str = "/proc") -> float | None:
    """For how many seconds a process has lived, None when it is gone. Raises OSError."""
    found = read_process(pid, proc)
    return None if found is None else time.clock_gettime(time.CLOCK_BOOTTIME) - found.start


def established(port: int, proc: str = "/proc") -> int:
    """How many TCP connections to the local ``port`` are established, IPv4 and IPv6. Raises OSError."""
    return _count(port, _ESTABLISHED, proc)


def listening(port: int, proc: str = "/proc") -> bool:
    """Whether anything listens on the local TCP ``port``. Raises OSError."""
    return _count(port, _LISTEN, proc) > 0


def _count(port: int, state: str, proc: str) -> int:
    total = 0
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = _read(os.path.join(proc, table)).decode("ascii", "replace").splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            words = line.split()
            if words[3] == state and int(words[1].rpartition(":")[2], 16) == port:
                total += 1
    return total


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


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
