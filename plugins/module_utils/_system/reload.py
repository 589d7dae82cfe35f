# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Testing a release's configuration, and reloading what reads it: the unit, the workers, haproxy's servers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Callable, Sequence

from .._model.errors import DeployError, ProofError
from .._model.haproxy import Reading
from .._model.haproxy_stats import HaproxyError
from .._model.process import ProcessFacts
from .._model.reload import PHASE, TEST_PHASE, Reloaded, Repair, states_added, states_lost, workers_problem
from . import command, files, proc
from .clock import SystemClock
from .haproxy import RuntimeSocket
from .probe import health_problem

PAUSE = 0.2
SOCKET_SECONDS = 5.0
LOG_LINES = 20


class Edges:
    """What a reload asks of the host; tests pass their own."""

    def run(self, argv: Sequence[str], timeout: float) -> command.Outcome:
        """A program's end. Raises DeployError."""
        return command.run(argv, timeout, command.clean_environment(), directory="/")

    def children(self, pid: int) -> list[ProcessFacts]:
        """The processes right below ``pid``. Raises OSError."""
        return [process for process in proc.processes() if process.ppid == pid]

    def haproxy(self, address: str) -> RuntimeSocket:
        return RuntimeSocket(address, SOCKET_SECONDS)

    def health_problem(self, url: str) -> str:
        return health_problem(url)


@dataclass(frozen=True)
class Unit:
    """A running unit of systemd."""

    name: str
    pid: int


class Reload:
    """Tests and reloads the services of one project.

    ``timeout``: seconds until a service must have loaded its files; ``test_timeout``: seconds that a test may take.
    """

    def __init__(self, timeout: float, test_timeout: float, clock: SystemClock, edges: Edges | None = None) -> None:
        self._timeout = timeout
        self._test_timeout = test_timeout
        self._clock = clock
        self._edges = edges or Edges()
        self._deadline = 0.0
        self.done: list[str] = []

    def test(self, service: Reloaded, directory: str) -> None:
        """The service's own test of the files in ``directory``. Raises ProofError with the program's words."""
        outcome = self._edges.run(service.test_of(directory), self._test_timeout)
        if outcome.code != 0:
            raise ProofError(
                f"{service.name} refuses the files of release {os.path.basename(directory)[:12]}: {reason(outcome)}",
                phase=TEST_PHASE,
                state_now=f"{service.name} was not reloaded and runs with the files that it had loaded before",
                log_tail=outcome.tail().splitlines(),
            )

    def unit(self, service: Reloaded) -> Unit:
        """The unit, which has to be active. Raises DeployError."""
        words = ["systemctl", "show", "--property=ActiveState", "--property=MainPID", service.unit]
        lines = self._edges.run(words, self._test_timeout).text.splitlines()
        values = dict(line.partition("=")[::2] for line in lines)
        state, pid = values.get("ActiveState") or "unknown", values.get("MainPID") or "0"
        if state not in ("active", "reloading") or not pid.isdigit() or pid == "0":
            raise DeployError(
                f"{service.unit} is {state} on this host; only a running service can be reloaded.",
                phase=PHASE,
                state_now=self._state(service),
                next_command=f"systemctl status {service.unit}",
            )
        return Unit(service.unit, int(pid))

    def reload(self, service: Reloaded) -> dict[str, Any]:
        """Reloads one service and proves that it loaded its files; returns what the module says of it.

        Raises ProofError when the proof fails, DeployError when the service could not be asked beforehand.
        """
        unit = self.unit(service)
        self._deadline = self._clock.monotonic() + self._timeout
        repaired: list[Repair] = []
        if service.haproxy_socket:
            pid, repaired = self._reload_haproxy(service)
        else:
            before = self._edges.children(unit.pid)
            self._signal(service)
            self._await(service, lambda: workers_problem(before, self._edges.children(unit.pid)))
            pid = unit.pid
        if self.unit(service).pid != unit.pid:
            raise self._failure(service, f"{service.unit} was restarted by its reload: its connections were cut")
        if service.health_url:
            self._await(service, lambda: self._edges.health_problem(service.health_url), "is not well: ")
        self.done.append(service.name)
        return {"name": service.name, "unit": service.unit, "pid": pid, "put_back": [each.server for each in repaired]}

    def _reload_haproxy(self, service: Reloaded) -> tuple[int, list[Repair]]:
        """The pid of the new worker, and the servers whose states haproxy lost and that were put back."""
        haproxy = self._edges.haproxy(service.haproxy_socket)
        before = self._read(service, haproxy)
        if service.state_file:
            self._save_states(service, haproxy)
        try:
            self._signal(service)
            self._await(service, lambda: self._worker_problem(haproxy, before))
        finally:
            if service.state_file:
                # A haproxy that starts tomorrow must not bring back the states of today; the new worker has read them.
                files.remove(service.state_file)
        return self._keep_states(service, haproxy, before)

    def _save_states(self, service: Reloaded, haproxy: RuntimeSocket) -> None:
        """Writes what haproxy will read when it loads its files; readable by all, since it may have given up root."""
        try:
            text = haproxy.ask("show servers state")
        except HaproxyError as error:
            raise DeployError(error.msg, phase=PHASE, state_now=self._state(service)) from error
        files.write_atomic(service.state_file, text.strip("\n") + "\n")

    def _keep_states(self, service: Reloaded, haproxy: RuntimeSocket, before: Reading) -> tuple[int, list[Repair]]:
        after = self._read(service, haproxy)
        repairs = states_lost(before.admins, after.admins)
        try:
            for repair in repairs:
                haproxy.command(repair.command)
        except HaproxyError as error:
            raise self._failure(service, error.msg.rstrip(".")) from error
        after = self._read(service, haproxy) if repairs else after
        lost = states_lost(before.admins, after.admins)
        if lost:
            what = ", ".join(f"{each.server} ({each.state})" for each in lost)
            raise self._failure(service, f"haproxy lost the states of its servers over the reload: {what}")
        added = states_added(before.admins, after.admins)
        if added:
            raise self._failure(service, f"haproxy took out servers over the reload: {', '.join(added)}")
        return _pid(after), repairs

    def _read(self, service: Reloaded, haproxy: RuntimeSocket) -> Reading:
        try:
            return haproxy.read()
        except HaproxyError as error:
            raise DeployError(error.msg, phase=PHASE, state_now=self._state(service)) from error

    def _worker_problem(self, haproxy: RuntimeSocket, before: Reading) -> str:
        """In master-worker mode the socket is the worker's, and so is the pid; after a failed reload the old one is."""
        try:
            return "has started no new worker" if _pid(haproxy.read()) == _pid(before) else ""
        except HaproxyError as error:
            return f"does not answer: {error.msg}"

    def _signal(self, service: Reloaded) -> None:
        outcome = self._edges.run(["systemctl", "reload", service.unit], self._timeout)
        if outcome.code != 0:
            raise self._failure(service, f"systemctl reload {service.unit} failed: {reason(outcome)}")

    def _await(self, service: Reloaded, problem: Callable[[], str], verb: str = "") -> None:
        """Waits until there is no problem. Raises ProofError at the deadline."""
        said = problem()
        while said:
            if self._clock.monotonic() >= self._deadline:
                sentence = f"{service.name} {verb}{said}".rstrip(".")
                raise self._failure(service, f"{sentence}, {self._timeout:g} s after its reload")
            self._clock.sleep(PAUSE)
            said = problem()

    def _failure(self, service: Reloaded, sentence: str) -> ProofError:
        return ProofError(
            sentence + ".",
            phase=PHASE,
            state_now=self._state(service),
            next_command=f"journalctl --unit {service.unit} --lines 50",
            log_tail=self._log(service),
        )

    def _log(self, service: Reloaded) -> list[str]:
        """The end of the unit's journal, for people: what it says decides nothing."""
        words = ["journalctl", "--unit", service.unit, "--no-pager", "--output=cat", f"--lines={LOG_LINES}"]
        try:
            return self._edges.run(words, self._test_timeout).tail(LOG_LINES).splitlines()
        except DeployError:
            return []

    def _state(self, service: Reloaded) -> str:
        done = f"{' and '.join(self.done)} reloaded; " if self.done else ""
        return f"{done}{service.name} was not proven to have loaded other files than before"


def reason(outcome: command.Outcome) -> str:
    """The line in which a program says what is wrong: the first one that is marked as an error, or else the last."""
    marks = ("[emerg]", "[ALERT]", "[error]")
    lines = [line.strip() for line in outcome.text.splitlines()]
    marked = [line for line in lines if any(mark in line for mark in marks)]
    return marked[0][:500] if marked else outcome.last_line


def _pid(reading: Reading) -> int:
    return reading.process.pid if reading.process else 0
