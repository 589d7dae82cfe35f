"""The demonstration: a first deploy, a second one under load, and the count of requests lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.book import NAGIOS_URL, PLACES, SITE_URL, STATISTICS_URL
from lab.errors import LabError
from lab.tally import clean

FIRST = "deploy-2026-10-19"
SECOND = "master"
# Seconds of load before and after the second deploy, so that its edges are seen too.
MARGIN = 3.0
LOAD_END_SECONDS = 60


def run(rate: float) -> int:
    """Runs the demonstration against a lab that is up; 0 only if both deploys ended well and nothing was lost."""
    _play("prepare.yml")
    _say(f"First deploy: {FIRST}.")
    _play("deploy.yml", "-e", f"version={FIRST}")
    _say(f"Second deploy: {SECOND}, under {rate:g} requests a second.")
    with _load(rate) as report:
        time.sleep(MARGIN)
        deployed = _attempt("deploy.yml", "-e", f"version={SECOND}") == 0
        time.sleep(MARGIN)
    result = json.loads(report.read_text())
    print(conclusion(result), flush=True)
    if not deployed:
        raise LabError(f"the deploy of {SECOND} failed; what it says stands above.")
    return 0 if clean(result) else 1


def conclusion(result: dict[str, Any]) -> str:
    """What the load saw, and where to look, for a person."""
    bad = sum(result["not_2xx"].values())
    latency, rotation = result["latency_ms"], result["rotation"]
    lines = [
        "",
        f"Requests sent in {result['seconds']:.0f} s: {result['sent']}",
        f"Lost: {result['lost']}   answered with an error: {bad}   wrong bytes: {result['wrong_bytes']}",
        f"Latency in ms: {latency['p50']} (median), {latency['p99']} (99 percent), {latency['max']} (longest)",
        f"Web nodes in rotation, at the least: {rotation['minimum']} (looked {rotation['samples']} times)",
        *(f"  {count} answers from release {release}" for release, count in result["releases"].items()),
        "",
        f"The site      {SITE_URL}",
        f"The balancer  {STATISTICS_URL}",
        f"Nagios        {NAGIOS_URL}status.cgi?host=all",
        f"This result   {PLACES.state / 'demo.json'}",
    ]
    return "\n".join(lines)


@contextmanager
def _load(rate: float) -> Iterator[Path]:
    """Load for as long as the block runs; its report is complete afterwards."""
    report, end = PLACES.state / "demo.json", PLACES.state / "demo.end"
    report.unlink(missing_ok=True)
    end.unlink(missing_ok=True)
    words = (sys.executable, "-m", "lab", "load", f"--rate={rate:g}", f"--until={end}", f"--json={report}")
    # A session of its own: Ctrl-C ends the demonstration, and the load by way of the file.
    load = subprocess.Popen(words, cwd=PLACES.root, start_new_session=True)
    try:
        yield report
    finally:
        end.touch()
        try:
            load.wait(LOAD_END_SECONDS)
        except subprocess.TimeoutExpired:
            load.kill()
            load.wait()
    if not report.exists():
        raise LabError("the load ended without a report; what it says stands above.")


def _play(playbook: str, *words: str) -> None:
    if _attempt(playbook, *words) != 0:
        raise LabError(f"playbooks/{playbook} failed; what it says stands above.")


def _attempt(playbook: str, *words: str) -> int:
    """Runs a playbook as an operator does, with the tools of this Python environment."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = (str(tools / "ansible-playbook"), f"playbooks/{playbook}", *words)
    return subprocess.run(command, cwd=PLACES.root, env=environment, check=False).returncode


def _say(text: str) -> None:
    print(f"\n=== {text}", flush=True)
