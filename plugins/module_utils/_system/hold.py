# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holding a host: at most one step at a time, only for the run that owns it, journaled before it is done."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from contextlib import contextmanager, nullcontext
from typing import Any, ContextManager, Iterator, Mapping

from .._model.errors import RELEASE, DeployError, InputError, LockedError, ProofError
from .._model.host.journal import Entry
from .._model.host.lock import LOCK_COMMAND, Lock, check_fence
from .._model.host.ticket import FLOCK_WAIT, TICKET
from .._model.option import argument_spec
from .._model.release.release import Layout, check_project, short
from .clock import SystemClock
from .store import Store

UNKNOWN = "unknown"
_FLOCK_MODE = 0o600
_FLOCK_PAUSE = 0.1
_FULL = (errno.ENOSPC, errno.EDQUOT)

TICKET_SPEC = argument_spec([TICKET])


class Held:
    """A host that this module execution may change, with the ``ticket`` of TICKET_SPEC. Made by :func:`hold`."""

    def __init__(self, store: Store, ticket: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> None:
        self.store = store
        self.layout = store.layout
        self.project: str = check_project(ticket["project"])
        self.run: str = ticket.get("run") or ""
        self.token: int = ticket.get("token") or 0
        self.who: str = ticket.get("who") or UNKNOWN
        self.flock_wait = _check_wait(ticket.get("flock_wait", FLOCK_WAIT.default))
        self.check_mode = check_mode
        self.clock = clock
        self._writing = threading.Lock()

    @contextmanager
    def step(
        self, name: str, from_: str | None = None, to: str | None = None, detail: str = "", starts_release: bool = False
    ) -> Iterator[None]:
        """One inner step: checks the fence again, journals ``begin``, then ``done`` or ``failed``.

        ``starts_release`` says that the release ``to`` runs once the step is done: a disk that was full by then, and
        not before, was filled by it. A failure is never replaced by the journal's: what this could not take is in the
        DeployError's ``unjournaled``. In check mode it does nothing. Raises LockedError, FencedError, OSError,
        ProofError.
        """
        if self.check_mode:
            yield
            return
        check_fence(self.store.lock(), self.run, self.token, phase=name)
        self.journal(name, "begin", from_, to, detail)
        try:
            yield
        except BaseException as error:
            said = getattr(error, "msg", "") or str(error) or type(error).__name__
            try:
                self.journal(name, "failed", from_, to, said)
            except OSError as refusal:
                if isinstance(error, DeployError):
                    error.details["unjournaled"] = _unjournaled(name, "failed", refusal)
            raise
        try:
            self.journal(name, "done", from_, to, detail)
        except OSError as refusal:
            if starts_release and refusal.errno in _FULL:
                raise _filled(self.layout, name, to, refusal) from refusal
            raise

    def acting_for(self, lock: Lock) -> Held:
        """This host, held by the same person in the name of the run that ``lock`` belongs to."""
        project = lock.project or self.project
        ticket = {"project": project, "run": lock.run, "token": lock.token, "who": self.who}
        return Held(self.store, ticket, self.check_mode, self.clock)

    def note(self, name: str, detail: str) -> None:
        """Journals a remark; nothing in check mode. Raises OSError."""
        if not self.check_mode:
            self.journal(name, "note", None, None, detail)

    def journal(self, step: str, outcome: str, from_: str | None, to: str | None, detail: str) -> None:
        """Appends one entry in the name of this run. Raises OSError."""
        with self._writing:
            stamp = self.clock.stamp()
            self.store.append(
                Entry(stamp, self.run, self.token, self.who, self.project, from_ or "", to or "", step, outcome, detail)
            )


def _unjournaled(step: str, outcome: str, refusal: OSError) -> str:
    return f"the journal has no entry that the {step} is {outcome} ({refusal.strerror or refusal})"


def _filled(layout: Layout, step: str, release: str | None, refusal: OSError) -> ProofError:
    return ProofError(
        f"Release {short(release) if release else 'unknown'} has filled the disk of {layout.root} since it was started:"
        f" the journal has an entry that the {step} began, and no room for one that it is done.",
        phase=step,
        state_now="the services were started and proven, and nothing more can be written on this host",
        next_command=f"df -h {layout.root}",
        blame=RELEASE,
        unjournaled=_unjournaled(step, "done", refusal),
    )


@contextmanager
def hold(ticket: Mapping[str, Any], check_mode: bool, clock: SystemClock | None = None) -> Iterator[Held]:
    """Holds this host for the life of a mutating module; ``ticket`` is that of TICKET_SPEC.

    Takes the flock, then refuses a foreign lock (LockedError) or one that this run lost (FencedError). Without ``run``
    nobody may hold the host. Check mode takes no flock, asks for no lock and writes nothing.
    """
    clock = clock or SystemClock()
    held = Held(Store(Layout(ticket["root"])), ticket, check_mode, clock)
    if check_mode:
        yield held
        return
    with flocked(held.layout, clock, held.flock_wait):
        check_fence(held.store.lock(), held.run, held.token)
        yield held


def exclusive(held: Held) -> ContextManager[None]:
    """The flock without a look at the lock, for what makes and removes locks; nothing in check mode."""
    return nullcontext() if held.check_mode else flocked(held.layout, held.clock, held.flock_wait)


@contextmanager
def flocked(layout: Layout, clock: SystemClock, wait: float = FLOCK_WAIT.default) -> Iterator[None]:
    """Keeps every other mutating module off this host. Raises LockedError after ``wait`` seconds, DeployError."""
    handle = _open_flock(layout)
    try:
        _take_flock(handle, clock, wait)
        yield
    finally:
        os.close(handle)


def _open_flock(layout: Layout) -> int:
    try:
        handle = os.open(layout.flock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FLOCK_MODE)
    except FileNotFoundError:
        raise not_prepared(layout) from None
    # flock(2) asks for no more than a descriptor: whoever may read the file could keep every step off this host.
    if stat.S_IMODE(os.fstat(handle).st_mode) != _FLOCK_MODE:
        os.fchmod(handle, _FLOCK_MODE)
    return handle


def _take_flock(handle: int, clock: SystemClock, wait: float) -> None:
    deadline = clock.monotonic() + wait
    while not _try_flock(handle):
        if clock.monotonic() >= deadline:
            raise LockedError(
                f"Another step still runs on this host (it holds the flock; waited {wait:g} s).",
                state_now="nothing was changed by this step; the other one runs to its end",
                next_command=LOCK_COMMAND,
            )
        clock.sleep(_FLOCK_PAUSE)


def _try_flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_wait(seconds: float) -> float:
    problem = FLOCK_WAIT.problem(seconds)
    if problem:
        raise InputError(f"flock_wait is {seconds:g} seconds; it {problem}.")
    return seconds


def not_prepared(layout: Layout) -> DeployError:
    """The error for a host without the deploy directories."""
    return DeployError(
        f"This host is not prepared: {layout.deploys} does not exist.",
        state_now="nothing was changed",
        next_command="ansible-playbook playbooks/prepare.yml",
    )
