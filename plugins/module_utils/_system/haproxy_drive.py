# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out a stepper's moves on every haproxy process, reads back after each, and puts things right on failure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, NoReturn, Sequence

from .._model.bake.judge import INCONCLUSIVE, BakeVerdict
from .._model.errors import DeployError
from .._model.haproxy.state import READY
from .._model.haproxy.stats import HaproxyError
from .._model.rotation import bake as haproxy_bake
from .._model.rotation.bake import CONTINUE
from .._model.rotation.steps import DONE, FAIL, SEND, Memory, Move, Seen, Wish, seen_by
from .clock import SystemClock
from .haproxy import RuntimeSocket, patiently
from .haproxy_bake import Sampler

POLL, SLOW_POLL, SLOW_AFTER = 0.05, 1.0, 30.0
"""Seconds between two readings, and between two of a wait that has become long."""
LAST_REQUESTS = 3.0
"""Seconds in which requests that a server had when it failed may end, so that its users are counted whole."""

Stepper = Callable[[Wish, Seen, Memory, float], Move]


@dataclass(frozen=True)
class Course:
    """How it went: the last reading, the last move and the phases as `{step, seconds, detail}`.

    `reloads` is how often haproxy was another process than at the reading before; `unjournaled` says what the journal
    did not take.
    """

    seen: Seen
    move: Move
    steps: list[dict[str, Any]]
    reloads: int = 0
    unjournaled: tuple[str, ...] = ()


class Processes:
    """All haproxy processes that share the traffic: what is done is done to each, what is read is read from all."""

    def __init__(self, sockets: Sequence[RuntimeSocket], sampler: Sampler | None = None) -> None:
        self._sockets = sockets
        self._sampler = sampler

    def observe(self, wish: Wish, baking: bool = False) -> Seen:
        """One reading of all processes, with a sample where there is a bake. Raises HaproxyError."""
        readings = tuple(one.read() for one in self._sockets)
        seen = seen_by(readings, wish)
        if self._sampler is None:
            return seen
        return replace(seen, sample=self._sampler(readings, wish.backend, wish.server, baking))

    def send(self, command: str) -> None:
        """The command to every process. Raises HaproxyError at the first that refuses."""
        for one in self._sockets:
            one.command(command)

    def send_anyway(self, command: str) -> list[str]:
        """The command to every process, whatever the others say; returns what went wrong."""
        problems = []
        for one in self._sockets:
            try:
                one.command(command)
            except HaproxyError as error:
                problems.append(error.msg)
        return problems


class Drive:
    """One server on its way to what is wished."""

    def __init__(
        self,
        balancer: Processes,
        wish: Wish,
        stepper: Stepper,
        undo: Callable[[Wish, Memory], tuple[str, ...]],
        clock: SystemClock,
        told: Callable[[BakeVerdict], None],
    ) -> None:
        self._balancer = balancer
        self._wish = wish
        self._stepper = stepper
        self._undo = undo
        self._clock = clock
        self._told = told
        self._steps: list[dict[str, Any]] = []
        self._detail = ""
        self._served = False
        self._untold = Memory()
        self._pids: tuple[int, ...] = ()
        self._reloads = 0
        self._unjournaled: list[str] = []

    def run(self, seen: Seen) -> Course:
        """From the first reading to the end. Raises DeployError with what haproxy shows then, InputError untouched.

        It blames the release where the server itself failed on its way back, nobody where a bake cannot tell, else the
        host. Each verdict of a bake is told as it comes; that nobody could take it down changes nothing.
        """
        memory = Memory(since=self._clock.monotonic())
        self._pids = seen.pids
        found = marks(seen)
        while True:
            try:
                # A reading is as old as the probes after it took: two of them prove something only by their own times.
                now = seen.sample.at if seen.sample else self._clock.monotonic()
                self._served = self._served or seen.takes_traffic
                move = self._stepper(self._wish, seen, memory, now)
                self._note(memory, move, now)
                self._untold, memory = memory, move.memory
                if move.kind == DONE:
                    self._tell(self._untold, move)
                    return Course(seen, move, self._steps, self._reloads, tuple(self._unjournaled))
                if move.kind == FAIL:
                    break
                self._tell(self._untold, move)
                seen = self._go_on(move, memory, now)
            except HaproxyError as error:
                memory = replace(memory, touched=memory.touched and not self._is_as(found))
                self._untold = memory
                move = Move(FAIL, memory, error.msg, self._undo(self._wish, memory) if memory.touched else ())
                break
        self._fail(move, memory)

    def _go_on(self, move: Move, memory: Memory, now: float) -> Seen:
        if move.kind == SEND:
            self._served = self._served or self._wish.set_state(READY) in move.commands
            for command in move.commands:
                self._balancer.send(command)
        # A bake fails as early as it can, however long it takes.
        slow = memory.bake is None and now - memory.since > SLOW_AFTER
        self._clock.sleep(SLOW_POLL if slow else POLL)
        # What was proven so far is not broken off for a moment without a socket.
        return patiently(lambda: self._look(memory.bake is not None), self._clock, POLL)

    def _look(self, baking: bool = False) -> Seen:
        seen = self._balancer.observe(self._wish, baking)
        self._reloads += seen.pids != self._pids
        self._pids = seen.pids
        return seen

    def _is_as(self, found: tuple[Any, ...]) -> bool:
        try:
            return marks(self._look()) == found
        except HaproxyError:
            return False

    def _note(self, memory: Memory, move: Move, now: float) -> None:
        changed = move.memory.phase != memory.phase or move.memory.step != memory.step
        if memory.phase != "start" and (changed or move.kind in (DONE, FAIL)):
            step = {"step": memory.phase, "seconds": round(now - memory.since, 2), "detail": self._detail}
            self._steps.append(step)
        if move.kind == SEND or changed:
            self._detail = move.sentence

    def _tell(self, memory: Memory, move: Move) -> None:
        """The verdicts that this move brought; after a reload they are counted anew."""
        known = len(memory.verdicts) if len(move.memory.verdicts) >= len(memory.verdicts) else 0
        for verdict in move.memory.verdicts[known:]:
            try:
                self._told(verdict)
            except OSError as error:
                self._unjournaled.append(unwritten(error))

    def _fail(self, move: Move, memory: Memory) -> NoReturn:
        problems = [problem for command in move.commands for problem in self._balancer.send_anyway(command)]
        coming = self._wish.state == READY
        details: dict[str, Any] = {"steps": self._steps, "admin_before": memory.found, "move": memory.phase}
        if coming:
            details["served"] = self._served
        sample = None
        try:
            seen = self._last_look(move)
            sample = seen.sample
            state = f"{self._wish.name} is {seen.describe()} by haproxy, set to {seen.admin}, {seen.sessions} sessions"
            details.update(report(seen))
        except HaproxyError as error:
            state = f"{self._wish.name}: unknown, {error.msg}"
        move = haproxy_bake.closed(self._wish, sample, move)
        self._tell(self._untold, move)
        details["bake"] = [verdict.as_dict() for verdict in move.memory.verdicts]
        details.update(reloads=self._reloads, unjournaled=self._unjournaled)
        raise DeployError(
            " ".join([move.sentence, *problems, *self._unjournaled]),
            phase="bake" if move.gate else "in" if coming else "out",
            state_now=state,
            next_command=CONTINUE if move.gate == INCONCLUSIVE else "",
            blame=move.blame,
            changed=memory.touched,
            **details,
        )

    def _last_look(self, move: Move) -> Seen:
        """A reading after the server was made safe; where its users were counted, once its last requests have ended."""
        seen = self._look()
        deadline = self._clock.monotonic() + LAST_REQUESTS
        while (move.gate or move.memory.bake) and seen.sessions and self._clock.monotonic() < deadline:
            self._clock.sleep(POLL)
            seen = self._look()
        return seen


def marks(seen: Seen) -> tuple[Any, ...]:
    """What people can change about the server, per process: administrative bits and weight."""
    return tuple((view.admin.bits, view.admin.weight) if view.admin else None for view in seen.views)


def unwritten(error: OSError) -> str:
    """The sentence of a journal that takes no entry."""
    return f"The journal cannot be written: {error.strerror or error}."


def report(seen: Seen) -> dict[str, Any]:
    """What is true about the server, as return values of the module."""
    view = seen.worst
    return {
        "admin": seen.admin,
        "status": seen.worst.stats.status,
        "weight": view.admin.weight if view.admin else view.stats.weight,
        "configured_weight": view.admin.configured_weight if view.admin else None,
        "sessions": seen.sessions,
        "process": list(seen.pids),
    }
