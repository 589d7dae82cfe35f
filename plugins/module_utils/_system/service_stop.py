# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first half of a restart: the end of connections, and of every old process."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any, Callable, Sequence

from .._model.errors import ProofError
from .._model.service.process import Kin, ProcessFacts
from .._model.service.service import KILL_WAIT, Service, Timeouts
from . import proc
from .clock import SystemClock
from .pace import Pace
from .supervisor import Supervisor

_LIVE = ("STARTING", "RUNNING", "STOPPING")

State = Callable[[Sequence[Service]], str]
"""Says what services run now, for a person. Raises nothing."""


@dataclass(frozen=True)
class Before:
    """What a service was before it was stopped; began: monotonic seconds."""

    pid: int
    processes: tuple[ProcessFacts, ...]
    began: float


class Ending:
    """The end of what the services run, which begins now: a cut-off counts from here."""

    def __init__(self, supervisor: Supervisor, limits: Timeouts, clock: SystemClock, state: State) -> None:
        self._supervisor = supervisor
        self._limits = limits
        self._clock = clock
        self._state = state
        self._began = clock.monotonic()
        self._drained = False
        self.cut: dict[Service, int] = {}
        """How many connections each service had left when they were not waited for any longer."""
        self.killed: list[int] = []

    @property
    def losses(self) -> dict[str, Any]:
        """What the module returns of this: the pids that were ``killed``, and how many connections were ``cut``."""
        return {"killed": self.killed, "cut": sum(self.cut.values())}

    def drain(self, services: Sequence[Service]) -> None:
        """Waits until no connection to the services' ports is established. Touches nothing.

        With a cut-off it only notes what is left then. Raises ProofError, OSError.
        """
        deadline = self._began + self._limits.drain_limit
        pace = Pace(self._clock)
        while True:
            busy = {service: proc.established(service.port) for service in services if service.port}
            busy = {service: count for service, count in busy.items() if count}
            if not busy or self._clock.monotonic() >= deadline:
                break
            pace.wait(deadline - self._clock.monotonic())
        if busy and not self._limits.cutoff:
            raise ProofError(
                f"Established connections did not end within {self._limits.drain:g} s: {connections(busy)}.",
                phase="drain",
                state_now="no service was touched; " + self._state(services),
            )
        self._drained = all(service.port for service in services)
        self.cut = busy

    def wait_gone(self, services: Sequence[Service], before: dict[str, Before]) -> None:
        """Waits until nothing of what was ``before`` lives and the ports are free; kills what does not end in time.

        Raises ProofError, DeployError, OSError.
        """
        # Who has no connection any more works for nobody: the rest of a cut-off is not for them.
        spent = self._limits.cutoff if self._drained else self._clock.monotonic() - self._began
        limit = self._limits.stop_limit(spent)
        deadline, killing = self._clock.monotonic() + limit, False
        pace = Pace(self._clock)
        while True:
            left = _known(services, before) or _leftovers(services, before)
            held = [] if left else [each for each in services if each.port and proc.listening(each.port)]
            live = [] if left else [each.name for each in services if self._lives(each)]
            if not left and not held and not live:
                return
            if self._clock.monotonic() >= deadline:
                if killing or not left:
                    raise self._stuck(limit, left, held, live, services)
                deadline, killing = self._clock.monotonic() + KILL_WAIT, True
                pace = Pace(self._clock)
            if killing:
                self._kill(_leftovers(services, before))
            pace.wait()

    def _lives(self, service: Service) -> bool:
        return self._supervisor.service(service.name).statename in _LIVE

    def _kill(self, processes: Sequence[Kin]) -> None:
        for process in processes:
            # Looked at again because a pid is free for another process as soon as this one is gone.
            now = proc.read_kin(process.pid)
            if now is not None and now.start == process.start:
                os.kill(process.pid, signal.SIGKILL)
                self.killed += [] if process.pid in self.killed else [process.pid]

    def _stuck(
        self,
        limit: float,
        left: Sequence[Kin],
        held: Sequence[Service],
        live: Sequence[str],
        services: Sequence[Service],
    ) -> ProofError:
        if left:
            what = "old processes do not end, not even by SIGKILL: " + ", ".join(str(each.pid) for each in left)
        elif held:
            what = "; ".join(f"port {each.port} of {each.name} is still taken by another process" for each in held)
        else:
            what = f"supervisor has not stopped {' and '.join(live)}"
        state = self._state(services)
        return ProofError(f"After {limit:g} s {what}.", "stop", state, "supervisorctl status", **self.losses)


def connections(busy: dict[Service, int]) -> str:
    """Who has how many connections left, as the end of a sentence."""
    return " and ".join(f"{each.name} has {count} on port {each.port}" for each, count in busy.items())


def _known(services: Sequence[Service], before: dict[str, Before]) -> list[Kin]:
    """What is alive of the processes that were there before: a look at those alone."""
    old = [process for service in services for process in before[service.name].processes]
    now = [(process, proc.read_kin(process.pid)) for process in old]
    return [kin for process, kin in now if kin is not None and kin.start == process.start]


def _leftovers(services: Sequence[Service], before: dict[str, Before]) -> list[Kin]:
    """What is alive of the old trees, late children included: they are in the group that the old master led."""
    old = {(process.pid, process.start) for each in services for process in before[each.name].processes}
    groups = {before[service.name].pid for service in services} - {0}
    return [kin for kin in proc.kins() if (kin.pid, kin.start) in old or kin.group in groups]
