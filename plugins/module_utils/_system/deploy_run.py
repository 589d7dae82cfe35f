# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Taking a host for a run, giving it back, and breaking a lock. All of it under the flock."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.host import hold as decisions
from .._model.host.hold import BREAK, CLOSE, GATE, OPEN
from .._model.host.journal import OUT, last_step, rotation_detail
from .._model.host.lock import Lock, describe_lock, lock_age, render_lock
from .._model.host.switch import describe_current
from .._model.release.release import Mark, render_record
from .._model.result import Result
from .hold import Held, exclusive


def open_run(held: Held, params: Mapping[str, Any]) -> Result:
    """Takes the host for the run of ``held``. Raises InputError, LockedError, FencedError, DeployError, OSError.

    What earlier runs left out of rotation, and the balancer showed ``ready`` to this one, is forgotten.
    """
    wanted = decisions.check_wanted(_wanted(held, params))
    shown = decisions.check_servers(params["ready"])
    with exclusive(held):
        lock = held.store.lock()
        entries = held.store.entries()
        must_take = decisions.decide_open(lock, wanted, entries, held.clock.now())
        current = held.store.current(held.project)
        if must_take:
            decisions.check_current(params["expect_current"], current.hash)
        if must_take and not held.check_mode:
            # No fence is held yet, so this is journaled without step(); the flock keeps everybody else away.
            held.journal(OPEN, "begin", current.hash, wanted.to, wanted.action)
            if not held.store.create_lock(wanted):
                raise decisions.taken_meanwhile(held.store.lock())
            held.journal(OPEN, "done", current.hash, wanted.to, wanted.action)
        over = decisions.otherwise(entries, wanted.run, shown) if must_take else {}
        for name, before in over.items():
            held.note(OUT, rotation_detail(name, before))
    verb = "would be" if must_take and held.check_mode else "is"
    return Result(
        changed=must_take,
        msg=f"This host {verb} held by run {wanted.run} for {wanted.action} of {wanted.project} to {wanted.to}.",
        phase=OPEN,
        state_now=describe_current(held.project, current),
        diff={"before": render_lock(lock) if lock else "", "after": render_lock(lock or wanted)},
        values={"lock": (lock or wanted).as_dict(), "current": current.hash, "forgotten": list(over)},
    )


def _wanted(held: Held, params: Mapping[str, Any]) -> Lock:
    return Lock(
        run=held.run,
        token=held.token,
        who=decisions.check_line("who", held.who),
        project=held.project,
        action=params["action"],
        to=params["to"],
        since=held.clock.stamp(),
        reason=decisions.check_line("reason", params["reason"]),
    )


def close_run(held: Held, params: Mapping[str, Any]) -> Result:
    """Records the run's verdict and gives the host back; never removes a lock of somebody else. Raises OSError.

    The value ``closed`` tells the two apart: that a run lost the host is no failure of this step, but of the run.
    """
    with exclusive(held):
        lock = held.store.lock()
        if lock is None or not lock.held_by(held.run, held.token):
            return Result(
                changed=False,
                msg=decisions.not_ours(lock, held.run),
                phase=CLOSE,
                state_now=_holder(lock),
                next_command=decisions.holder_command(lock),
                values={"lock": lock.as_dict() if lock else None, "marked": None, "closed": False},
            )
        return _close(held, lock, params)


def _close(held: Held, lock: Lock, params: Mapping[str, Any]) -> Result:
    outcome, to = params["outcome"], params["to"] or lock.to
    why = decisions.check_line("why", params["why"])
    notes = decisions.check_notes(params["notes"])
    record = held.store.record(held.project, to)
    mark = Mark("", held.clock.stamp(), held.run, held.who, why)
    judged = decisions.mark_record(record, outcome, params["blame_release"], mark, lock.action)
    before = render_lock(lock) + (render_record(record) if record and judged else "")
    for note in notes:
        held.note(GATE, note)
    if not held.check_mode:
        with held.step(CLOSE, held.store.current(held.project).hash, to, f"{outcome}: {why}" if why else outcome):
            if judged:
                held.store.save_record(judged)
            held.store.remove_lock()
    marked = judged.newest_mark.mark if judged and judged.newest_mark else None
    verb = "would be" if held.check_mode else "is"
    said = f", release {to} marked {marked}" if marked else ""
    if decisions.stays_bad(record, outcome, lock.action):
        said = f", release {to} stays marked bad"
    return Result(
        changed=True,
        msg=f"Run {held.run} {verb} closed here as {outcome}{said}.",
        phase=CLOSE,
        state_now=_holder(lock if held.check_mode else None),
        diff={"before": before, "after": render_record(judged) if judged else ""},
        values={"lock": lock.as_dict() if held.check_mode else None, "marked": marked, "closed": True},
    )


def break_lock(held: Held, reason: str, expect_run: str = "") -> Result:
    """Removes the lock and journals why; with ``expect_run`` only a lock of that run, else whosoever it is.

    Raises InputError, LockedError (a step runs, or the lock is another run's by now), OSError.
    """
    reason = decisions.check_reason(reason)
    with exclusive(held):
        lock = held.store.lock()
        if lock is None:
            nothing = {"lock": None, "broken": None}
            return Result(False, "This host is not locked.", BREAK, _holder(None), values=nothing)
        age = lock_age(lock, held.clock.now())
        step = last_step(held.store.entries(), lock.run)
        decisions.check_holder(lock, expect_run, age, step)
        holder = describe_lock(lock, age, step)
        if not held.check_mode:
            # Under the broken run's name and token, so that whoever reads its steps finds its end.
            end = held.acting_for(lock)
            end.journal(BREAK, "begin", None, lock.to, f"held by {holder}; {reason}")
            held.store.remove_lock()
            end.journal(BREAK, "done", None, lock.to, reason)
    return Result(
        changed=True,
        msg=f"The lock {'would be' if held.check_mode else 'is'} broken; it was held by {holder}.",
        phase=BREAK,
        state_now=_holder(lock if held.check_mode else None),
        next_command="ansible-playbook playbooks/status.yml",
        diff={"before": render_lock(lock), "after": ""},
        values={"lock": lock.as_dict() if held.check_mode else None, "broken": lock.as_dict()},
    )


def _holder(lock: Lock | None) -> str:
    return f"held by {describe_lock(lock)}" if lock else "nobody holds this host"
