"""The machine that the bench runs on: what it is, and what an operation costs it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 400.0
"""Seconds after which an operation counts as hanging."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Command:
    """What an operator types, where, and what of his environment it needs."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """What a command cost: wall seconds, processor seconds of its own processes, and of the whole machine meanwhile."""

    rc: int
    seconds: float
    controller: float
    machine: float


def run(command: Command, log: Path) -> Cost:
    """Runs it to its end, its words in `log`. One that hangs is ended, and has the return code of that signal."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        before, began = _busy(), time.monotonic()
        process = subprocess.Popen(
            # A program keeps the time, so that os.wait4, which counts all that it has waited for, is all there is here.
            ("timeout", "--kill-after=5", str(TIMEOUT), *command.argv),
            cwd=command.cwd,
            env={**os.environ, **command.env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds, after = time.monotonic() - began, _busy()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(process.returncode, seconds, usage.ru_utime + usage.ru_stime, after - before)


def describe() -> dict[str, object]:
    """Processor, memory and kernel, for whoever reads the figures."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
    }


def busy_share(seconds: float) -> float:
    """Which share of all processors is busy during the next `seconds`."""
    before = _busy()
    time.sleep(seconds)
    return (_busy() - before) / seconds / (os.cpu_count() or 1)


def _busy() -> float:
    """Processor seconds that the machine has spent on anything but idling and waiting for disks."""
    with Path("/proc/stat").open() as stat:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS
