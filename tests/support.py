# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shared by the unit tests: modules run as on a target, a host in a temp directory, a clock that never waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import Lock
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import TICKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    Layout,
    Mark,
    ReleaseRecord,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store

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


def nested(args: Mapping[str, Any], *options: Option) -> dict[str, Any]:
    """A module's arguments, with those that belong into one of the dictionaries ``options`` in there."""
    made = dict(args)
    for option in options:
        inner = {each.name: made.pop(each.name) for each in option.suboptions if each.name in made}
        if inner:
            made[option.name] = inner
    return made


def with_ticket(args: Mapping[str, Any]) -> dict[str, Any]:
    """A module's arguments, with those of the ticket in a dictionary of their own."""
    return nested(args, TICKET)


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


def hash_of(letter: str) -> str:
    """A release hash that is easy to tell from others: one hex digit, forty times."""
    return letter * 40


class Host:
    """A deploy root in a temp directory, prepared, with whatever releases a test asks for."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(str(root))
        self.store = Store(self.layout)
        (root / "deploys").mkdir(parents=True, mode=0o755)

    def release(self, letter: str, project: str = "openlibrary", environment: str = "", mark: str = "") -> str:
        """Makes a complete release (and its environment) and returns its hash."""
        hash_ = hash_of(letter)
        Path(self.layout.release(project, hash_)).mkdir(parents=True)
        marks = (Mark(mark, "2026-11-23T17:00:00.000Z", "run-0", "mek", ""),) if mark else ()
        record = ReleaseRecord(project, hash_, "2026-11-23T16:00:00.000Z", "ab" * 32, 1, 1, environment, False, marks)
        self.store.save_record(record)
        if environment:
            self.environment(environment)
        return hash_

    def environment(self, name: str) -> None:
        """Makes a complete environment."""
        Path(self.layout.environment(name)).mkdir(parents=True, exist_ok=True)
        Path(self.layout.environment_record(name)).write_text("{}")

    def point(self, target: str, project: str = "openlibrary") -> None:
        """Makes current a link with this text."""
        link = Path(self.layout.current(project))
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def current(self, project: str = "openlibrary") -> str | None:
        """The hash that is current."""
        return self.store.current(project).hash

    def lock(self, run: str = "run-7", token: int = 7, to: str = "", since: str = "2026-11-23T18:00:00.000Z") -> Lock:
        """Locks the host as a run would."""
        lock = Lock(run, token, "mek", "openlibrary", "deploy", to or hash_of("b"), since)
        assert self.store.create_lock(lock)
        return lock

    def files(self) -> dict[str, tuple[int, str]]:
        """Every path with its mode and content, to tell whether anything was changed."""
        root = Path(self.layout.root)
        return {
            str(path.relative_to(root)): (
                path.lstat().st_mode,
                str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "",
            )
            for path in sorted(root.rglob("*"))
        }

    def steps(self) -> list[tuple[str, str]]:
        """The journal as (step, outcome)."""
        return [(entry.step, entry.outcome) for entry in self.store.entries()]
