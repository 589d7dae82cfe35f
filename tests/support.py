# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Shared by the unit tests: modules run as on a target, and a clock that never waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock

_COLLECTIONS = Path(__file__).resolve().parent.parent / ".ansible" / "collections"


def run_module(
    name: str, args: dict[str, Any], check: bool = False, diff: bool = False, timeout: float = 60.0
) -> dict[str, Any]:
    """Executes plugins/modules/<name>.py in a process of its own, as Ansible does on a target; returns its result.

    ``failed`` is always there. What the process wrote besides its JSON fails the test.
    """
    wrapped = {"ANSIBLE_MODULE_ARGS": {**args, "_ansible_check_mode": check, "_ansible_diff": diff}}
    done = subprocess.run(
        [sys.executable, "-m", f"ansible_collections.openlibrary.deploy.plugins.modules.{name}"],
        input=json.dumps(wrapped),
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "PYTHONPATH": str(_COLLECTIONS)},
        check=False,
    )
    assert not done.stderr, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if result.get("failed") else 0), done.stdout
    result.setdefault("failed", False)
    return result


class FakeClock(SystemClock):
    """A clock that moves only when somebody sleeps."""

    def __init__(self, now: float = 1_795_456_800.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
