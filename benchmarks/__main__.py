"""`make bench`: see `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import contest, hosts, machine, report
from benchmarks.contestants import Contestant, capistrano, floor, ours, plain
from benchmarks.model import Measure
from lab import cli, fleet
from lab.book import LAB, PLACES
from lab.errors import LabError

EVERYBODY: tuple[Contestant, ...] = (
    *ours.CONTESTANTS,
    *capistrano.CONTESTANTS,
    *plain.CONTESTANTS,
    *floor.CONTESTANTS,
)
RESULTS = PLACES.root / "benchmarks" / "results"
QUIET, LISTEN = 0.2, 10.0
"""Where more than this share of the processors is busy for so many seconds in which the bench does nothing, the machine
is not the bench's alone. The lab's hosts and their checks take about a twentieth."""


def main() -> int:
    """Brings the lab up, runs the rounds, writes the result; 0 if every operation went well."""
    options = _options()
    cli.bring_up()
    contestants = [each for each in EVERYBODY if not options.only or each.name in options.only]
    release = contest.begin(contestants, _say)
    busy = machine.busy_share(LISTEN)
    measures = list(contest.rounds(contestants, release, options.rounds, options.loaded, _say))
    hosts.activate("ours")
    remark = f"{busy:.0%} of the processors were busy with something else when it began" if busy > QUIET else ""
    _write(measures, contestants, options, remark)
    if not options.keep:
        fleet.down()
    return 0 if all(measure.ok for measure in measures) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="This collection beside its peers.")
    parser.add_argument("--rounds", type=int, default=4, help="rounds (default 4)")
    parser.add_argument("--loaded", type=int, default=2, help="of these, with load too (default 2)")
    parser.add_argument("--only", action="append", choices=[each.name for each in EVERYBODY], help="one contestant")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the results (default: in the tree)")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    return parser.parse_args()


def _write(
    measures: Sequence[Measure], contestants: Sequence[Contestant], options: argparse.Namespace, remark: str
) -> None:
    conditions = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _said("git", "-C", str(PLACES.root), "describe", "--always", "--dirty"),
        "rounds": options.rounds,
        "loaded": options.loaded,
        "remark": remark,
        "files": hosts.FILES,
        "lab": LAB.name,
    }
    versions = {
        "ansible-core": _said(str(PLACES.root / ".venv/bin/ansible"), "--version").splitlines()[0],
        "capistrano": _said("cap", "--version"),
        "haproxy": hosts.sh(hosts.WWW, "haproxy -v").splitlines()[0],
        "docker": _said("docker", "--version"),
    }
    result = report.document(measures, contestants, {**machine.describe(), "versions": versions}, conditions)
    options.results.mkdir(parents=True, exist_ok=True)
    latest = options.results / "latest.json"
    latest.write_text(json.dumps(result, indent=1) + "\n")
    latest.with_suffix(".md").write_text(report.markdown(result))
    drawer = PLACES.root / ".cache" / "bench" / "bin" / "python"
    words = (str(drawer), "-m", "benchmarks.plot", str(latest), str(latest.with_suffix(".svg")))
    subprocess.run(words, cwd=PLACES.root, check=True)
    if options.results == RESULTS:
        _embed(PLACES.root / "docs" / "performance.md", "bench", report.markdown(result))
        _embed(PLACES.root / "README.md", "machine", report.machine_line(result))
    _say(report.markdown(result))


def _embed(path: Path, name: str, text: str) -> None:
    path.write_text(report.embed(path.read_text(), name, text))


def _said(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LabError, TimeoutError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
