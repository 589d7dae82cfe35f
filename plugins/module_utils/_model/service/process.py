# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service's processes prove about the release and the environment that they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence, TypeVar

from ..release.release import Layout, short

DELETED = " (deleted)"
_ENDED = ("STOPPED", "EXITED", "FATAL")


@dataclass(frozen=True)
class Kin:
    """What places a process among the others. The fields are those of ProcessFacts; this is all that a look at every
    process of a host needs to read."""

    pid: int
    ppid: int
    group: int
    start: float


@dataclass(frozen=True)
class ProcessFacts:
    """One process as /proc shows it.

    pid, ppid, group: process, parent and process group. cwd: working directory, empty when it may not be read. argv:
    the command line, overwritten by setproctitle where a program uses it. virtual_env: VIRTUAL_ENV of the process's
    initial environment, empty when unset or unreadable. start: seconds between the host's boot and the start, which
    together with the pid identifies a process for ever.
    """

    pid: int
    ppid: int
    group: int
    cwd: str
    argv: tuple[str, ...]
    virtual_env: str
    start: float


_Process = TypeVar("_Process", Kin, ProcessFacts)


@dataclass(frozen=True)
class ServiceFacts:
    """One program as supervisor's getProcessInfo describes it.

    start, stop and now are seconds since the epoch by supervisor's own clock (0 = never); pid is 0 unless it runs;
    spawnerr says why it could not be started, else it is empty.
    """

    name: str
    statename: str
    pid: int
    start: float
    stop: float
    now: float
    spawnerr: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a service's processes have to show. earlier_pid is the pid before the restart, 0 when there was none."""

    release_dir: str
    environment_dir: str
    earlier_pid: int = 0


@dataclass(frozen=True)
class Location:
    """The release that a working directory lies in; deleted when the directory is gone from disk."""

    project: str
    release: str
    deleted: bool


def _inside(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def location(cwd: str, layout: Layout) -> Location | None:
    """The release that ``cwd`` lies in, None for any other place."""
    deleted = cwd.endswith(DELETED)
    found = layout.locate(cwd[: -len(DELETED)] if deleted else cwd)
    return Location(found[0], found[1], deleted) if found else None


def environment_path(process: ProcessFacts, venvs: str) -> str:
    """The environment directory that a process runs from, empty when nothing tells.

    VIRTUAL_ENV comes first: it is set by the launcher, inherited by every child, and out of setproctitle's reach.
    Without it the interpreter decides, where argv[0] or argv[1] lies in an environment under ``venvs``.
    """
    if process.virtual_env:
        return process.virtual_env.rstrip("/")
    for word in process.argv[:2]:
        if word.startswith(venvs + "/"):
            return f"{venvs}/{word[len(venvs) + 1 :].split('/')[0]}"
    return ""


def descendants(processes: Iterable[_Process], pid: int) -> list[_Process]:
    """The process ``pid`` itself, first, and everything below it by parent, in the order of the pids."""
    by_parent: dict[int, list[_Process]] = {}
    found: list[_Process] = []
    for process in sorted(processes, key=lambda each: each.pid):
        by_parent.setdefault(process.ppid, []).append(process)
        if process.pid == pid:
            found.append(process)
    waiting = [pid]
    while waiting:
        children = by_parent.get(waiting.pop(0), [])
        found.extend(children)
        waiting.extend(child.pid for child in children)
    return found


def tree(processes: Sequence[_Process], pid: int) -> list[_Process]:
    """The descendants of ``pid`` and the members of its process group.

    Supervisor makes each program the leader of a group; a worker whose parent died is found by that alone.
    """
    found = descendants(processes, pid)
    known = {process.pid for process in found}
    return found + [process for process in processes if process.group == pid and process.pid not in known]


def proof_problems(service: ServiceFacts, processes: Sequence[ProcessFacts], wanted: Wanted) -> list[str]:
    """Nothing when the running processes prove the wanted release, else one sentence for each thing wrong.

    processes: the service's whole tree, master included, read after ``service`` was.
    """
    if service.statename != "RUNNING":
        return [f"{service.name} is {service.statename}, not RUNNING"]
    if wanted.earlier_pid and service.pid == wanted.earlier_pid:
        return [f"{service.name} still has pid {service.pid}, it was not restarted"]
    if service.pid not in {process.pid for process in processes}:
        return [f"{service.name}: pid {service.pid} is gone"]
    problems: list[str] = []
    for process in processes:
        problems.extend(f"{service.name}: pid {process.pid} {each}" for each in _problems(process, wanted))
    return problems


def _problems(process: ProcessFacts, wanted: Wanted) -> list[str]:
    problems = []
    if not process.cwd:
        problems.append("does not let its working directory be read (that takes root with CAP_SYS_PTRACE)")
    elif process.cwd.endswith(DELETED) or not _inside(process.cwd, wanted.release_dir):
        problems.append(f"works in {process.cwd}, not in {wanted.release_dir}")
    venvs = wanted.environment_dir.rsplit("/", 1)[0]
    environment = environment_path(process, venvs)
    interpreter = process.argv[0] if process.argv else ""
    if not environment:
        problems.append(f"does not show its environment ({' '.join(process.argv[:2]) or 'no command line'})")
    elif environment != wanted.environment_dir:
        problems.append(f"runs from the environment {environment}, not from {wanted.environment_dir}")
    elif _inside(interpreter, venvs) and not _inside(interpreter, wanted.environment_dir):
        problems.append(f"runs the interpreter {interpreter}, not one of {wanted.environment_dir}")
    return problems


def common_release(processes: Sequence[ProcessFacts], layout: Layout) -> str | None:
    """The hash that all the processes run, None when there are none, when they differ or when one runs no release."""
    hashes = {place.release if place else None for place in (location(each.cwd, layout) for each in processes)}
    return hashes.pop() if len(hashes) == 1 else None


def drift(service: str, processes: Sequence[ProcessFacts], layout: Layout, current: str | None) -> str:
    """A sentence when a process runs something else than the ``current`` release, else nothing."""
    running = sorted({_release_name(each.cwd, layout) for each in processes})
    if not running or (current and running == [short(current)]):
        return ""
    return f"{service} runs {' and '.join(running)}, current is {short(current) if current else 'not set'}"


def _release_name(cwd: str, layout: Layout) -> str:
    place = location(cwd, layout)
    if place is None:
        return f"outside of any release ({cwd or 'not readable'})"
    return short(place.release) + (DELETED if place.deleted else "")


def runs_other(entry: Mapping[str, Any], wanted: str) -> bool:
    """Whether one look at a service shows that only a restart makes it run ``wanted``; ``entry`` is the survey's.

    Its master runs another release, and no master ever changes its own; or nothing of it runs. A process without a
    release may only just have been started.
    """
    if not entry["processes"]:
        return entry["state"] in _ENDED
    release = entry["processes"][0]["release"]
    return release is not None and release != wanted
