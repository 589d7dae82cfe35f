# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opening, closing and breaking a run's hold on a host: what may be done, given what is there."""

from __future__ import annotations

import re
from typing import Sequence

from ..errors import DeployError, FencedError, InputError, LockedError
from ..haproxy.rules import check_haproxy_name
from ..release.release import Mark, ReleaseRecord, check_hash, check_project
from .journal import Entry, last_step, last_token, left_by_others
from .lock import BREAK_COMMAND, LOCK_COMMAND, Lock, describe_lock, lock_age, refuse_foreign

OPEN, CLOSE, BREAK, GATE = "open", "close", "break", "gate"
ACTIONS = ("deploy", "rollback", "restart")
DEPLOY = ACTIONS[0]
LONGEST_NOTE = 400
"""Characters that the journal keeps of a note, such as why a gate was skipped."""


def check_line(name: str, text: str, longest: int = 500) -> str:
    """``text`` without outer blanks when it is one printable line, no longer than ``longest``. Raises InputError."""
    line = text.strip()
    if len(line) > longest or not line.isprintable():
        raise InputError(f"{name} must be one line of at most {longest} printable characters.")
    return line


def check_notes(notes: Sequence[str]) -> list[str]:
    """What the journal keeps of a run's gates. Raises InputError."""
    return [line for note in notes if (line := check_line("each of notes", note, LONGEST_NOTE))]


def check_servers(names: Sequence[str]) -> list[str]:
    """The names, each a server of haproxy as ``backend/server``. Raises InputError."""
    for name in names:
        backend, slash, server = name.partition("/")
        if not slash:
            raise InputError(f"{name!r} is not the name of a server in the form backend/server.", phase=OPEN)
        check_haproxy_name(backend, "backend")
        check_haproxy_name(server, "server")
    return list(names)


def otherwise(entries: Sequence[Entry], run: str, ready: Sequence[str]) -> dict[str, str]:
    """The servers (``backend/server``) that runs before ``run`` left out by the journal, although they are ``ready``.

    Somebody brought them back. Were that not noted, whoever takes one out by hand later would be taken for such a run.
    """
    return {name: before for name, before in left_by_others(entries, run).items() if name in ready}


def check_reason(text: str) -> str:
    """Why somebody breaks a lock: never empty, since it is the only trace of it. Raises InputError."""
    reason = check_line("reason", text)
    if not reason:
        raise InputError("Breaking a lock needs a reason.", phase=BREAK, next_command=BREAK_COMMAND)
    return reason


def check_holder(lock: Lock, expect_run: str, age: float | None, step: str) -> None:
    """Refuses to break a lock that is not of the run which a person looked at (empty: any). Raises LockedError.

    ``age`` in seconds; ``step`` is how far the holder got.
    """
    if expect_run and lock.run != expect_run:
        raise LockedError(
            f"The lock was kept, since run {expect_run} does not hold it any more: {describe_lock(lock, age, step)}.",
            phase=BREAK,
            state_now="nothing was changed; the lock never expires by itself",
            next_command=LOCK_COMMAND,
            lock=lock.as_dict(),
        )


def check_wanted(lock: Lock) -> Lock:
    """``lock`` itself when a run may ask for it. Raises InputError."""
    check_project(lock.project)
    check_hash(lock.to)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}", lock.run):
        raise InputError(f"{lock.run!r} is not a run: up to 128 letters, digits and . _ : + -", phase=OPEN)
    if lock.token < 1:
        raise InputError(f"{lock.token} is not a fencing token: a positive integer.", phase=OPEN)
    return lock


def decide_open(lock: Lock | None, wanted: Lock, entries: Sequence[Entry], now: float) -> bool:
    """Whether the host must be taken (False: this run has it already). ``now`` is the epoch.

    Raises LockedError when somebody else has it, FencedError when the token is not newer than what the host has seen.
    """
    if lock is not None:
        if lock.held_by(wanted.run, wanted.token):
            return False
        raise refuse_foreign(lock, lock_age(lock, now), last_step(entries, lock.run), phase=OPEN)
    seen = last_token(entries, None)
    if wanted.token < seen or (wanted.token == seen and _is_spent(entries, wanted)):
        raise FencedError(
            f"Token {wanted.token} of run {wanted.run} is not newer than {seen}, which this host has seen.",
            phase=OPEN,
            state_now="nobody holds this host; nothing was changed",
            next_command="ansible-playbook playbooks/status.yml",
        )
    return True


def taken_meanwhile(lock: Lock | None) -> DeployError:
    """The error of the one who came second although it held the flock: somebody made the lock by other means."""
    if lock is not None:
        return refuse_foreign(lock, phase=OPEN)
    return DeployError("The lock of this host changed while this run tried to take it.", phase=OPEN)


def _is_spent(entries: Sequence[Entry], wanted: Lock) -> bool:
    # A run that was killed between journaling "open" and taking the lock may try again; any other use ends a token.
    used = [entry for entry in entries if entry.token == wanted.token]
    return any(entry.run != wanted.run or (entry.step, entry.outcome) != (OPEN, "begin") for entry in used)


def check_current(expected: str | None, current: str | None) -> None:
    """Refuses when current is not what the survey saw (empty: nothing; None: not asked). Raises DeployError."""
    if expected is not None and (current or "") != expected:
        raise DeployError(
            f"Current is {current or 'no release'}, but was {expected or 'none'} when the host was surveyed.",
            phase=OPEN,
            state_now="the lock was not taken; nothing was changed",
            next_command="ansible-playbook playbooks/status.yml",
        )


def mark_record(
    record: ReleaseRecord | None, outcome: str, blame: bool, mark: Mark, action: str
) -> ReleaseRecord | None:
    """The record with its verdict, None when nothing must be written.

    ``outcome`` good marks it good once; failed marks it bad if the release is to blame; unchanged says nothing.
    ``mark`` tells when, who and why. A verdict that the same run has given already is not repeated. Only a deploy makes
    a release good that is marked bad: a rollback and a restart take what there is, for want of something better.
    """
    verdict = "good" if outcome == "good" else "bad" if outcome == "failed" and blame else ""
    if record is None or not verdict or stays_bad(record, outcome, action):
        return None
    newest = record.newest_mark
    if newest and newest.mark == verdict and (verdict == "good" or newest.run == mark.run):
        return None
    why = mark.why if verdict == "bad" else ""
    return record.with_mark(Mark(verdict, mark.time, mark.run, mark.who, why))


def stays_bad(record: ReleaseRecord | None, outcome: str, action: str) -> bool:
    """Whether a run of this ``action`` ended well and the release is marked bad as before."""
    return record is not None and record.bad and outcome == "good" and action != DEPLOY


def not_ours(lock: Lock | None, run: str) -> str:
    """What to say to a run that wants to close what it does not hold."""
    if lock is None:
        return f"Run {run} does not hold this host any more: there is no lock, nothing was closed."
    return f"The lock of this host belongs to {lock.who}, run {lock.run or 'unknown'}: it was left alone."


def holder_command(lock: Lock | None) -> str:
    """What to type when the lock that is left belongs to somebody else."""
    return LOCK_COMMAND if lock else ""
