# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs molecule's scenarios on several labs at once and reports on all: python -m tests.tools.scenarios [NAME ...]

MOLECULE_LABS says on which: a number of labs, or their names (`default`, `b`, ...). What each scenario wrote lies in
.cache/molecule/logs; it is shown when the scenario failed, which stops no other.
"""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab.book import NAMES
from lab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / ".cache" / "molecule" / "logs"
# The scenario that brings a lab up.
CREATE = "default"
# Seconds that they take, roughly: the longest begin first. One that is not here may be longer than all of these.
EXPECTED: Mapping[str, int] = {
    "worst": 640, "broken": 400, "example": 520, "ship": 520, "olsystem": 450, "controllers": 350, "gates": 350,
    "deploy": 350, "urgent": 450, "bake": 300, "adopt": 290, "status": 270, "noop": 230, "tag": 140,
    "input": 130, "lab": 20,
}  # fmt: skip
# These have the machine for themselves, when the others have ended.
ALONE: Mapping[str, str] = {
    "bake": "tells a release by its latency, of which a busy machine has some of its own",
    "deploy": "lets the lab's bake judge the latency of good releases at 200 requests a second",
}
# These lose no request of 150 or 200 a second. Beside each other they would, for want of processors.
LOADED = frozenset({"bake", "broken", "deploy", "olsystem", "urgent"})
# No scenario takes half as long; one that hangs must not take the others' time.
LIMIT_SECONDS = 25 * 60


@dataclass(frozen=True)
class Result:
    """How one scenario ended."""

    scenario: str
    lab: str
    seconds: float
    outcome: str  # "passed", or why it did not
    tests: int = 0
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    def __str__(self) -> str:
        return f"{self.scenario:<12} {self.lab:<8} {self.seconds:6.0f} s {self.tests:4} tests  {self.outcome}"


@dataclass
class Job:
    """A scenario under way on a lab."""

    scenario: str
    lab: str
    process: subprocess.Popen[bytes]
    log: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def kill(self) -> None:
        """Ends it and all that it started, also playbooks in a session of their own; not what lives on by design, as
        a Docker engine does.
        """
        for pid in descendants(self.process.pid, parents()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def labs(wanted: str, lab: str, cores: int) -> tuple[str, ...]:
    """The labs that MOLECULE_LABS (`wanted`) and LAB (`lab`) mean. Raises LabError for what are none."""
    if not wanted:
        wanted = lab or str(min(2, cores))
    if wanted.isdecimal():
        names = NAMES[: int(wanted)] if int(wanted) <= len(NAMES) else ()
    else:
        names = tuple("" if name == "default" else name for name in wanted.split())
    if not names or len({*names}) < len(names) or not {*names} <= {*NAMES}:
        raise LabError(f"MOLECULE_LABS={wanted!r} is neither a number up to {len(NAMES)} nor names of labs.")
    return names


def choose(waiting: Iterable[str], running: Collection[str]) -> str | None:
    """What a free lab begins with while `running` is under way on the others; none if it has to wait."""
    if ALONE.keys() & {*running}:
        return None
    longest = sorted(waiting, key=lambda name: (-EXPECTED.get(name, math.inf), name))
    shut = {*ALONE, *(LOADED if LOADED & {*running} else ())}
    together = [name for name in longest if name not in shut]
    if together:
        return together[0]
    return longest[0] if longest and not running else None


def judge(scenario: str, lab: str, seconds: float, rc: int | None, output: str) -> Result:
    """The result of a scenario that ended with `rc` (none: it had to be ended) and wrote `output`."""
    counted = re.findall(r"^=+ .*?\b(\d+) passed\b.* in [\d.]+s", output, re.MULTILINE)
    tests = int(counted[-1]) if counted else 0
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/.*?)(?: - .*)?$", output, re.MULTILINE)
    if rc is None:
        outcome = f"FAILED: not over after {LIMIT_SECONDS // 60} minutes"
    elif rc:
        outcome = "FAILED"
    else:
        outcome = "passed" if tests or scenario == CREATE else "FAILED: no test was run"
    return Result(scenario, lab or "default", seconds, outcome, tests, tuple(failed))


def parents() -> dict[int, int]:
    """The parent of each process of this machine."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return found


def descendants(pid: int, parent_of: Mapping[int, int]) -> list[int]:
    """A process and all below it."""
    children = [child for child, parent in parent_of.items() if parent == pid]
    return [pid, *(each for child in children for each in descendants(child, parent_of))]


def processors() -> list[int]:
    """What all processors of the machine have spent their time with since it booted: proc(5), /proc/stat."""
    return [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]


def busy(before: Sequence[int], after: Sequence[int]) -> float:
    """The share of the time between that was not idle: whether the machine would bear one lab more."""
    spent = [end - start for start, end in zip(before, after, strict=True)]
    return 1 - (spent[3] + spent[4]) / max(1, sum(spent[:8]))


def begin(scenario: str, lab: str) -> Job:
    """Starts a scenario, or what brings the lab up."""
    words = ("create", "-s", scenario) if scenario == CREATE else ("test", "-s", scenario, "--destroy", "never")
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{scenario}{lab and '-' + lab if scenario == CREATE else ''}.log"
    _say(f"{scenario} begins on the lab {lab or 'default'}.")
    with log.open("wb") as output:
        process = subprocess.Popen(
            ("tests/tools/molecule.sh", *words),
            cwd=ROOT,
            env={**os.environ, "LAB": lab},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Job(scenario, lab, process, log)


def finished(job: Job) -> Result | None:
    """The result of a job that is over, or takes too long."""
    rc = job.process.poll()
    if rc is None and job.seconds < LIMIT_SECONDS:
        return None
    if rc is None:
        job.kill()
    output = job.log.read_text(errors="replace")
    result = judge(job.scenario, job.lab, job.seconds, rc, output)
    _say(str(result) if result.passed else f"{output}\n{result}")
    return result


def run(names: Sequence[str], on: Sequence[str]) -> list[Result]:
    """Runs the scenarios to their end, each on the lab that is free first."""
    waiting, results = {*names}, []
    free: list[str] = []
    jobs: list[Job] = []
    try:
        jobs.extend(begin(CREATE, lab) for lab in on)
        while jobs:
            time.sleep(0.2)
            for job in [*jobs]:
                if result := finished(job):
                    jobs.remove(job)
                    results.append(result)
                    # A lab that did not come up gets nothing.
                    if result.passed or job.scenario != CREATE:
                        free.append(job.lab)
            while free and (scenario := choose(waiting, [job.scenario for job in jobs])):
                waiting.remove(scenario)
                jobs.append(begin(scenario, free.pop(0)))
    finally:
        for job in jobs:
            job.kill()
    return [*results, *(Result(name, "-", 0, "FAILED: no lab came up") for name in sorted(waiting))]


def report(results: Sequence[Result]) -> str:
    """All results, and last what failed."""
    bad = [result for result in results if not result.passed]
    lines = ["", *map(str, results), ""]
    for result in bad:
        lines += [f"FAILED: {result.scenario}", *(f"  {name}" for name in result.failed)]
    return "\n".join(lines if bad else [*lines, f"All {len(results)} passed."])


def main(names: Sequence[str]) -> int:
    """Runs the named scenarios, or all of them; 0 only if every test passed."""
    every = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml") if path.parent.name != CREATE)
    if unknown := {*names} - {*every}:
        _say(f"No scenario: {', '.join(sorted(unknown))}. There are: {', '.join(every)}.")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    began, before = time.monotonic(), processors()
    try:
        on = labs(os.environ.get("MOLECULE_LABS", ""), os.environ.get("LAB", ""), len(os.sched_getaffinity(0)))
        results = run(names or every, on)
    except LabError as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    if os.environ.get("LAB_DESTROY") == "yes":
        for lab in on:
            subprocess.run((sys.executable, "-m", "lab", "down"), cwd=ROOT, env={**os.environ, "LAB": lab}, check=False)
    _say(
        f"{time.monotonic() - began:.0f} s, labs: {' '.join(lab or 'default' for lab in on)}; "
        f"the processors were busy for {busy(before, processors()):.0%} of it.\n{report(results)}"
    )
    return 0 if all(result.passed for result in results) else 1


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
