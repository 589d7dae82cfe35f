# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The restart of a host's services: wait for their connections, stop, start, and prove what runs then."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from typing import Any, Callable, Sequence

from .._model.errors import HOST, RELEASE, DeployError, ProofError
from .._model.printable import last_lines
from .._model.release.release import Layout, short
from .._model.service.process import ProcessFacts, proof_problems
from .._model.service.service import Service, Timeouts, Watch, blame_for_death, death, observe_start, pending
from . import probe, proc
from .clock import SystemClock
from .files import read_foreign
from .services import entry_of, observe, running, wanted_state
from .supervisor import LogMark, Supervisor
from .wellbeing import PROGRESS_BYTES

_POLL = 0.1
_KILL_WAIT = 5.0
_PROOF_GRACE = 3.0
_LOG_LINES = 20
_LIVE = ("STARTING", "RUNNING", "STOPPING")


@dataclass(frozen=True)
class Before:
    """What a service was before it was stopped; began: monotonic seconds."""

    pid: int
    processes: tuple[ProcessFacts, ...]
    began: float


@dataclass(frozen=True)
class Started:
    """A service that was started: how far it got, and what to compare with."""

    watch: Watch
    log: LogMark | None
    progress: bytes | None
    healthy: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Proof:
    """One look at a service: its entry as the survey has it, and what speaks against it.

    ``phase`` names what failed, empty where nothing did.
    """

    entry: dict[str, Any]
    phase: str = ""
    sentence: str = ""
    blame: str = RELEASE


class Restart:
    """The restart of some services of one host. ``layout`` lies under the root's real path."""

    def __init__(
        self,
        layout: Layout,
        supervisor: Supervisor,
        releases: dict[str, str],
        limits: Timeouts,
        clock: SystemClock,
    ) -> None:
        """``releases``: by project, the hash that its services have to run."""
        self._layout = layout
        self._supervisor = supervisor
        self._releases = releases
        self._limits = limits
        self._clock = clock
        self._before: dict[str, Before] = {}
        self._started: dict[str, Started] = {}
        self.killed: list[int] = []

    def look(self, service: Service, earlier_pid: int = 0) -> Proof:
        """Whether the processes of a service prove the wanted release now. Raises DeployError, OSError."""
        wanted = wanted_state(self._layout, service.project, self._releases[service.project], earlier_pid)
        facts, processes = running(self._supervisor, service.name)
        problems = proof_problems(facts, processes, wanted)
        entry = entry_of(service, facts, processes, self._layout, "")
        if not problems:
            return Proof(entry)
        # Where this host does not let us look, that says nothing of the release.
        blame = RELEASE if all(process.cwd for process in processes) else HOST
        return Proof(entry, "proof", "; ".join(problems[:3]), blame)

    def drain(self, services: Sequence[Service]) -> None:
        """Waits until no connection to the services' ports is established. Touches nothing. Raises ProofError."""
        deadline = self._clock.monotonic() + self._limits.drain
        while True:
            busy = {service: proc.established(service.port) for service in services if service.port}
            busy = {service: count for service, count in busy.items() if count}
            if not busy:
                return
            if self._clock.monotonic() >= deadline:
                counts = " and ".join(f"{each.name} has {count} on port {each.port}" for each, count in busy.items())
                raise ProofError(
                    f"Established connections did not end within {self._limits.drain:g} s: {counts}.",
                    phase="drain",
                    state_now="no service was touched; " + self.state(services),
                )
            self._clock.sleep(_POLL)

    def restart(self, services: Sequence[Service]) -> list[dict[str, Any]]:
        """Stops and starts the services together and proves each; returns the entries that were proven.

        Each also has ``seconds``, how long it took. Raises ProofError, DeployError, OSError.
        """
        for service in services:
            facts, processes = running(self._supervisor, service.name)
            self._before[service.name] = Before(facts.pid, tuple(processes), self._clock.monotonic())
        for service in services:
            self._guard("stop", service, services, self._supervisor.stop)
        self._wait_gone(services)
        for service in services:
            self._start(service, services)
        outcomes: dict[str, dict[str, Any]] = {}
        while len(outcomes) < len(services):
            for service in services:
                entry = None if service.name in outcomes else self._look(service, services)
                if entry is not None:
                    seconds = self._clock.monotonic() - self._before[service.name].began
                    outcomes[service.name] = {**entry, "seconds": round(seconds, 1)}
            self._clock.sleep(_POLL if len(outcomes) < len(services) else 0)
        return [outcomes[service.name] for service in services]

    def state(self, services: Sequence[Service]) -> str:
        """What the services run now, for a person. Raises nothing: it is asked for where another error is under way."""
        return "; ".join(map(self._state, services))

    def _state(self, service: Service) -> str:
        try:
            return describe_service(observe(service, self._layout, self._supervisor))
        except (DeployError, OSError) as error:
            return f"what {service.name} runs is not known ({error})"

    def _guard(self, phase: str, service: Service, services: Sequence[Service], action: Callable[[str], None]) -> None:
        try:
            action(service.name)
        except DeployError as error:
            raise DeployError(error.msg, phase, self.state(services), error.next_command, error.blame) from None

    def _wait_gone(self, services: Sequence[Service]) -> None:
        deadline = self._clock.monotonic() + self._limits.stop
        while True:
            left = self._leftovers(services)
            held = [service for service in services if service.port and proc.listening(service.port)]
            live = [each.name for each in services if self._supervisor.service(each.name).statename in _LIVE]
            if not left and not held and not live:
                return
            if self._clock.monotonic() >= deadline:
                if self.killed or not left:
                    self._stuck(left, held, live, services)
                self._kill(left)
                deadline = self._clock.monotonic() + _KILL_WAIT
            self._clock.sleep(_POLL)

    def _leftovers(self, services: Sequence[Service]) -> list[ProcessFacts]:
        """What is alive of the old trees, late children included: they are in the group that the old master led."""
        old = {(process.pid, process.start) for each in services for process in self._before[each.name].processes}
        groups = {self._before[service.name].pid for service in services} - {0}
        return [each for each in proc.processes() if (each.pid, each.start) in old or each.group in groups]

    def _kill(self, processes: Sequence[ProcessFacts]) -> None:
        for process in processes:
            # Looked at again because a pid is free for another process as soon as this one is gone.
            now = proc.read_process(process.pid)
            if now is not None and now.start == process.start:
                os.kill(process.pid, signal.SIGKILL)
                self.killed.append(process.pid)

    def _stuck(
        self, left: Sequence[ProcessFacts], held: Sequence[Service], live: Sequence[str], services: Sequence[Service]
    ) -> None:
        if left:
            what = "old processes do not end, not even by SIGKILL: " + ", ".join(str(each.pid) for each in left)
        elif held:
            what = "; ".join(f"port {each.port} of {each.name} is still taken by another process" for each in held)
        else:
            what = f"supervisor has not stopped {' and '.join(live)}"
        raise ProofError(f"After {self._limits.stop:g} s {what}.", "stop", self.state(services), "supervisorctl status")

    def _start(self, service: Service, services: Sequence[Service]) -> None:
        log = self._supervisor.log_mark(service.name)
        progress = read_foreign(service.progress_file, PROGRESS_BYTES)[0] if service.progress_file else None
        self._guard("start", service, services, self._supervisor.start)
        self._started[service.name] = Started(Watch(0, self._clock.monotonic()), log, progress)

    def _look(self, service: Service, services: Sequence[Service]) -> dict[str, Any] | None:
        """Looks once at a started service; its entry when it is proven. Raises ProofError when it never will be."""
        now = self._clock.monotonic()
        facts = self._supervisor.service(service.name)
        started = self._started[service.name]
        dead = death(facts, started.watch, now, "")
        if dead:
            reason = self._supervisor.exit_reason(service.name)
            blame = blame_for_death(facts, started.watch)
            raise self._failure("start", death(facts, started.watch, now, reason), service, services, blame)
        started = replace(started, watch=observe_start(facts, started.watch, now))
        if service.health_url and started.watch.running_since >= 0 and not started.healthy:
            started = replace(started, trouble=probe.health_problem(service.health_url))
        started = replace(started, healthy=started.watch.running_since >= 0 and not started.trouble)
        self._started[service.name] = started
        standstill = self._standstill(service, started)
        waiting = pending(started.watch, now, self._limits, started.healthy, not standstill)
        if waiting is None:
            return self._proven(service, services, now)
        if now >= waiting.deadline:
            why = {"health": started.trouble, "progress": standstill}.get(waiting.phase)
            sentence = f"{service.name} {waiting.failure}" + (f": {why}" if why else "")
            raise self._failure(waiting.phase, sentence, service, services)
        return None

    @staticmethod
    def _standstill(service: Service, started: Started) -> str:
        """Why the progress file shows no progress since the start; empty when it does, or there is none to watch."""
        if not service.progress_file:
            return ""
        # The file is the service user's, and we are root: it may be anything.
        progress, problem = read_foreign(service.progress_file, PROGRESS_BYTES)
        same = progress == started.progress
        return problem or (f"{service.progress_file} is as it was before the start" if same else "")

    def _proven(self, service: Service, services: Sequence[Service], now: float) -> dict[str, Any] | None:
        proof = self._final_proof(service)
        if not proof.phase:
            return proof.entry
        since = self._started[service.name].watch.running_since + self._limits.stable
        if now < since + _PROOF_GRACE:
            return None
        raise self._failure(proof.phase, proof.sentence, service, services, proof.blame)

    def _final_proof(self, service: Service) -> Proof:
        """Asked for when nothing else is waited for. Health is asked again: it may have gone."""
        proof = self.look(service, self._before[service.name].pid)
        if proof.phase:
            return proof
        unhealthy = probe.health_problem(service.health_url) if service.health_url else ""
        if unhealthy:
            return Proof(proof.entry, "health", f"{service.name} did not stay healthy: {unhealthy}")
        wanted = self._releases[service.project]
        version = probe.version_problem(service.version_url, wanted) if service.version_url else ""
        return Proof(proof.entry, "version", f"{service.name}: {version}") if version else proof

    def _failure(
        self, phase: str, sentence: str, service: Service, services: Sequence[Service], blame: str = RELEASE
    ) -> ProofError:
        lines = last_lines(self._supervisor.log_since(service.name, self._started[service.name].log), _LOG_LINES)
        last = f": {lines[-1].strip()[:200]}" if lines and phase == "start" else ""
        return ProofError(
            (sentence + last).rstrip(".") + ".",
            phase=phase,
            state_now=self.state(services),
            next_command=f"supervisorctl tail {service.name}",
            blame=blame,
            service=service.name,
            log_tail=lines,
            killed=self.killed,
        )


def summary(entry: dict[str, Any], seconds: float, proven: bool) -> dict[str, Any]:
    """What the module returns for a service that the survey describes as ``entry``."""
    return {
        "name": entry["name"],
        "pid": entry["pid"],
        "pids": [process["pid"] for process in entry["processes"]],
        "release": entry["release"],
        "environment": entry["environment"],
        "seconds": seconds,
        "proven": proven,
    }


def describe_service(entry: dict[str, Any]) -> str:
    """A survey's entry as the end of a sentence."""
    if not entry["pid"]:
        return f"{entry['name']} is {entry['state']}"
    release = short(entry["release"]) if entry["release"] else "no known release"
    return f"{entry['name']} is {entry['state']} with pid {entry['pid']} on {release}"
