"""Runs other programs: argument lists only, always with a time-out, what they say goes to the lab's log."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from lab.book import PLACES
from lab.errors import LabError

LOG_BYTES = 1_000_000

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def attempt(
    argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs `argv` to its end, whatever its exit code. `env` adds to the environment; `timeout` is in seconds.

    Raises LabError if the program is missing or does not end in time.
    """
    try:
        done = subprocess.run(
            argv, input=stdin, capture_output=True, timeout=timeout, env={**os.environ, **(env or {})}, check=False
        )
    except FileNotFoundError as missing:
        raise LabError(f"{argv[0]} is not installed on this machine.") from missing
    except subprocess.TimeoutExpired as late:
        raise LabError(f"Gave up on `{' '.join(argv[:4])} ...` after {timeout:g} s.") from late
    _log(argv, done)
    return done


def run(argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60, env: Mapping[str, str] | None = None) -> str:
    """Runs `argv` and returns what it printed, stripped. Raises LabError with the program's own last words."""
    done = attempt(argv, stdin=stdin, timeout=timeout, env=env)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()[-3:]
        raise LabError(f"`{' '.join(argv[:6])}` failed ({done.returncode}): {' '.join(words)}; more in {PLACES.log}")
    return done.stdout.decode(errors="replace").strip()


def docker(*words: str, stdin: bytes = b"", timeout: float = 60) -> str:
    """Runs one docker command and returns what it printed."""
    return run(("docker", *words), stdin=stdin, timeout=timeout)


def together(work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Does `work` for all items at once; the first failure, in the order of the items, is raised after all ended."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(work, items))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path` while the block runs; who comes second waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _log(argv: Sequence[str], done: subprocess.CompletedProcess[bytes]) -> None:
    PLACES.state.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # not there yet, or another thread was quicker
        if PLACES.log.stat().st_size > LOG_BYTES:
            PLACES.log.replace(PLACES.log.with_name("lab.log.1"))
    with PLACES.log.open("ab") as log:
        log.write(f"$ {' '.join(argv)}\n= {done.returncode}\n".encode())
        if done.returncode != 0:
            log.write(done.stdout + done.stderr)
