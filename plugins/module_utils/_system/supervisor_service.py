# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The restart of a host's services: wait for their connections, stop, start, and prove what runs then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Sequence

from .._model.errors import HOST, RELEASE, DeployError, ProofError
from .._model.printable import last_lines
from .._model.release.release import Layout, short
from .._model.service.process import Wanted, proof_problems
from .._model.service.service import Service, Timeouts, Watch, blame_for_death, death, observe_start, pending
from . import probe
from .clock import SystemClock
from .files import read_foreign
from .pace import Pace
from .service_stop import Before, Ending
from .services import entry_of, observe, running, wanted_state
from .supervisor import LogMark, Supervisor
from .wellbeing import PROGRESS_BYTES

_PROOF_GRACE = 3.0
_LOG_LINES = 20


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
        self.releases = releases
        self._limits = limits
        self.clock = clock
        self._before: dict[str, Before] = {}
        self._started: dict[str, Started] = {}
        self.ending = Ending(supervisor, limits, clock, self.state)

    def wanted(self, service: Service, earlier_pid: int = 0) -> Wanted:
        """What a service has to show in the end. Raises DeployError where there is no such release to show."""
        return wanted_state(self._layout, service.project, self.releases[service.project], earlier_pid)

    def look(self, service: Service, earlier_pid: int = 0) -> Proof:
        """Whether the processes of a service prove the wanted release now. Raises DeployError, OSError."""
        wanted = self.wanted(service, earlier_pid)
        facts, processes = running(self._supervisor, service.name)
        problems = proof_problems(facts, processes, wanted)
        entry = entry_of(service, facts, processes, self._layout, "")
        if not problems:
            return Proof(entry)
        # Where this host does not let us look, that says nothing of the release.
        blame = RELEASE if all(process.cwd for process in processes) else HOST
        return Proof(entry, "proof", "; ".join(problems[:3]), blame)

    def restart(self, services: Sequence[Service]) -> list[dict[str, Any]]:
        """Stops and starts the services together and proves each; returns the entries that were proven.

        Each also has ``seconds``, how long it took. Raises ProofError, DeployError, OSError.
        """
        for service in services:
            facts, processes = running(self._supervisor, service.name)
            self._before[service.name] = Before(facts.pid, tuple(processes), self.clock.monotonic())
        for service in services:
            self._guard("stop", service, services, self._supervisor.stop)
        self.ending.wait_gone(services, self._before)
        for service in services:
            self._start(service, services)
        outcomes: dict[str, dict[str, Any]] = {}
        pace = Pace(self.clock)
        while True:
            for service in services:
                entry = None if service.name in outcomes else self._look(service, services)
                if entry is not None:
                    seconds = self.clock.monotonic() - self._before[service.name].began
                    outcomes[service.name] = {**entry, "seconds": round(seconds, 1)}
            if len(outcomes) == len(services):
                return [outcomes[service.name] for service in services]
            pace.wait()

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

    def _start(self, service: Service, services: Sequence[Service]) -> None:
        log = self._supervisor.log_mark(service.name)
        progress = read_foreign(service.progress_file, PROGRESS_BYTES)[0] if service.progress_file else None
        self._guard("start", service, services, self._supervisor.start)
        self._started[service.name] = Started(Watch(0, self.clock.monotonic()), log, progress)

    def _look(self, service: Service, services: Sequence[Service]) -> dict[str, Any] | None:
        """Looks once at a started service; its entry when it is proven. Raises ProofError when it never will be."""
        now = self.clock.monotonic()
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
        wanted = self.releases[service.project]
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
            **self.ending.losses,
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
