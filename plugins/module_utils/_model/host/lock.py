# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who holds a host, and whether a run may go on there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping

from ..errors import FencedError, InputError, LockedError
from ..moment import parse_time, render_age

LOCK_COMMAND = "ansible-playbook playbooks/lock.yml"
BREAK_COMMAND = LOCK_COMMAND + " -e break=true -e \"reason='...'\""
_TEXTS = ("run", "who", "project", "action", "to", "since", "reason")


@dataclass(frozen=True)
class Lock:
    """The content of ``lock.json``. ``token`` fences; ``action`` is deploy, rollback or restart; ``since`` ISO text."""

    run: str
    token: int
    who: str
    project: str
    action: str
    to: str
    since: str
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def held_by(self, run: str, token: int) -> bool:
        return bool(run) and self.run == run and self.token == token


UNREADABLE = Lock("", 0, "an unknown run (lock.json cannot be read)", "", "", "", "", "")


def render_lock(lock: Lock) -> str:
    """The text of ``lock.json``."""
    return json.dumps(lock.as_dict(), indent=1, sort_keys=True) + "\n"


def parse_lock(text: str) -> Lock:
    """The lock in the text of ``lock.json``. One that cannot be read still locks: it belongs to no known run."""
    try:
        fields = json.loads(text)
    except ValueError:
        return UNREADABLE
    if not isinstance(fields, dict) or not isinstance(fields.get("token"), int):
        return UNREADABLE
    if not all(isinstance(fields.get(name), str) for name in _TEXTS):
        return UNREADABLE
    return Lock(token=fields["token"], **{name: fields[name] for name in _TEXTS})


def lock_age(lock: Lock, now: float) -> float | None:
    """Seconds since the lock was taken, given the epoch ``now``; None when it does not say when."""
    try:
        return max(0.0, now - parse_time(lock.since))
    except InputError:
        return None


def describe_lock(lock: Lock, age: float | None = None, last_step: str | None = None) -> str:
    """Who holds the host, what for, since when and how far it got, as the rest of a sentence.

    ``age`` in seconds; ``last_step`` None where nobody looked, empty when there is none.
    """
    what = " ".join(part for part in (lock.action, lock.project, f"to {lock.to}" if lock.to else "") if part)
    since = f"since {lock.since}" if lock.since else "since an unknown time"
    if age is not None:
        since += f" ({render_age(age)} ago)"
    parts = [lock.who or "somebody", what, since, f"run {lock.run}" if lock.run else ""]
    if last_step is not None:
        parts.append(f"last step: {last_step}" if last_step else "no step journaled")
    return ", ".join(part for part in parts if part)


def describe_entry(entry: Mapping[str, Any]) -> str:
    """The same for what a survey says of a lock: its fields, ``age`` (seconds or None) and ``last_step``."""
    lock = Lock(token=int(entry.get("token") or 0), **{name: str(entry.get(name) or "") for name in _TEXTS})
    return describe_lock(lock, entry.get("age"), entry.get("last_step"))


def refuse_foreign(lock: Lock, age: float | None = None, last_step: str | None = None, phase: str = "") -> LockedError:
    """The error for a lock that another run holds."""
    return LockedError(
        f"This host is locked by {describe_lock(lock, age, last_step)}.",
        phase=phase,
        state_now="nothing was changed; the lock never expires by itself",
        next_command=LOCK_COMMAND,
        lock=lock.as_dict(),
        break_command=BREAK_COMMAND,
    )


def check_fence(lock: Lock | None, run: str, token: int, phase: str = "") -> None:
    """Raises unless ``run`` with ``token`` may change this host, given the lock found there.

    LockedError: somebody else holds it (for a module used by itself, ``run`` empty: anybody). FencedError: this run
    does not hold it any more.
    """
    if lock is None and not run:
        return
    if lock is None:
        raise FencedError(
            f"Run {run} does not hold this host: the lock was closed or broken, or never opened here.",
            phase=phase,
            state_now="nothing was changed by this step",
            next_command=LOCK_COMMAND,
        )
    if lock.held_by(run, token):
        return
    if run and (lock.run == run or lock.token > token):
        raise FencedError(
            f"Run {run} with token {token} was taken over by token {lock.token}: {describe_lock(lock)}.",
            phase=phase,
            state_now="nothing was changed by this step",
            next_command=LOCK_COMMAND,
            lock=lock.as_dict(),
        )
    raise refuse_foreign(lock, phase=phase)
