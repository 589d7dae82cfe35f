# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Testing a release's configuration, and reloading what reads it: the unit, the workers, haproxy's servers."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable, Sequence

from .._model.errors import RELEASE, DeployError, ProofError
from .._model.haproxy.rules import ProcessReading
from .._model.haproxy.stats import HaproxyError
from .._model.release.release import short
from .._model.service.binds import Bind, configurations, parse_binds
from .._model.service.process import ProcessFacts
from .._model.service.reload import (
    NO_NEW_WORKER,
    PHASE,
    TEST_PHASE,
    Reloaded,
    Repair,
    states_added,
    states_lost,
    workers_problem,
)
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
        return proc.children(pid)

    def haproxy(self, address: str) -> RuntimeSocket:
        return RuntimeSocket(address, SOCKET_SECONDS)

    def health_problem(self, url: str) -> str:
        return health_problem(url)

    def bind_problem(self, bind: Bind) -> str:
        """Why a haproxy cannot listen there, empty where it can: one that does already is no hindrance to another.

        Nothing listens on the socket, so that no connection comes to it.
        """
        try:
            with socket.socket(socket.AF_INET6 if bind.v6 else socket.AF_INET) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                if bind.v6:
                    trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bind.v6only))
                trial.bind((bind.address, bind.port))
        except OSError as error:
            return error.strerror or str(error)
        return ""


@dataclass(frozen=True)
class Unit:
    """A unit of systemd: its state in systemd's word, and the pid of its main process."""

    state: str
    pid: int

    @property
    def active(self) -> bool:
        """Whether it runs."""
        return self.state in ("active", "reloading") and self.pid > 0


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
                f"{service.name} refuses the files of release {short(os.path.basename(directory))}:"
                f" {outcome.error_line}",
                phase=TEST_PHASE,
                state_now=f"{service.name} was not reloaded and runs with the files that it had loaded before",
                blame=RELEASE,
                log_tail=outcome.tail().splitlines(),
            )

    def _look(self, service: Reloaded) -> Unit:
        words = ["systemctl", "show", "--property=ActiveState", "--property=MainPID", service.unit]
        lines = self._edges.run(words, self._test_timeout).text.splitlines()
        values = dict(line.partition("=")[::2] for line in lines)
        pid = values.get("MainPID") or ""
        return Unit(values.get("ActiveState") or "unknown", int(pid) if pid.isdigit() else 0)

    def reload(self, service: Reloaded, directory: str) -> dict[str, Any]:
        """Has one service load the files in ``directory``, and proves it; returns what the module says of it.

        One that does not run is started: it is what a failed reload has left, and has no connection to lose.
        Raises ProofError when the proof fails, DeployError when the service could not be asked beforehand.
        """
        unit = self._look(service)
        self._deadline = self._clock.monotonic() + self._timeout
        repaired: list[Repair] = []
        if not unit.active:
            unit = self._start(service)
            pid = unit.pid
        elif service.haproxy_socket:
            pid, repaired = self._reload_haproxy(service, unit, directory)
        else:
            before = self._edges.children(unit.pid)
            self._signal(service, unit)
            self._await(service, unit, lambda: workers_problem(before, self._edges.children(unit.pid)))
            pid = unit.pid
        self._assert_same(service, unit)
        if service.health_url:
            self._await(service, unit, lambda: self._edges.health_problem(service.health_url), "is not well: ")
        self.done.append(service.name)
        return {"name": service.name, "unit": service.unit, "pid": pid, "put_back": [each.server for each in repaired]}

    def _start(self, service: Reloaded) -> Unit:
        """Starts what does not run, however often it has tried to by itself. Raises ProofError.

        Only what runs has read its servers' states, so that a start that fails leaves them to the next one.
        """
        for verb in ("reset-failed", "start"):
            outcome = self._edges.run(["systemctl", verb, service.unit], self._timeout)
        if outcome.code != 0:
            raise self._failure(service, f"systemctl start {service.unit} failed: {outcome.error_line}")
        unit = self._look(service)
        if not unit.active:
            raise self._failure(service, f"{service.unit} was started and is {unit.state}")
        if service.state_file:
            files.remove(service.state_file)
        return unit

    def _reload_haproxy(self, service: Reloaded, unit: Unit, directory: str) -> tuple[int, list[Repair]]:
        """The pid of the new worker, and the servers whose states haproxy lost and that were put back."""
        haproxy = self._edges.haproxy(service.haproxy_socket)
        before = self._read(service, haproxy)
        self._assert_free(service, directory)
        if service.state_file:
            self._save_states(service, haproxy)
        try:
            self._signal(service, unit)
            self._await(service, unit, lambda: self._worker_problem(haproxy, before))
        except DeployError:
            # What went wrong is being told already; this is no more than tidying up.
            with suppress(DeployError, OSError):
                self._forget_states(service)
            raise
        self._forget_states(service)
        return self._keep_states(service, haproxy, before)

    def _forget_states(self, service: Reloaded) -> None:
        """A haproxy that starts tomorrow must not bring back the states of today; the new worker has read them.

        One that did not survive this is started soon, and has to. Raises DeployError, OSError.
        """
        if service.state_file and self._look(service).active:
            files.remove(service.state_file)

    def _assert_free(self, service: Reloaded, directory: str) -> None:
        """Raises ProofError where haproxy would fail to listen, which its test does not try. Touches nothing."""
        for path in filter(os.path.isfile, configurations(service.test_of(directory))):
            for bind in parse_binds(files.read_text(path) or ""):
                problem = self._edges.bind_problem(bind)
                if problem:
                    where = f"{os.path.basename(path)}:{bind.line}"
                    raise self._failure(service, f"{service.name} could not listen on {bind} ({where}): {problem}")

    def _save_states(self, service: Reloaded, haproxy: RuntimeSocket) -> None:
        """Writes what haproxy will read when it loads its files; readable by all, since it may have given up root."""
        try:
            text = haproxy.ask("show servers state")
        except HaproxyError as error:
            raise DeployError(error.msg, phase=PHASE, state_now=self._state(service)) from error
        files.write_atomic(service.state_file, text.strip("\n") + "\n")

    def _keep_states(
        self, service: Reloaded, haproxy: RuntimeSocket, before: ProcessReading
    ) -> tuple[int, list[Repair]]:
        after = self._read(service, haproxy)
        repairs = states_lost(before.admins, after.admins)
        try:
            for repair in repairs:
                haproxy.command(repair.command)
        except HaproxyError as error:
            raise self._failure(service, error.msg) from error
        after = self._read(service, haproxy) if repairs else after
        lost = states_lost(before.admins, after.admins)
        if lost:
            what = ", ".join(f"{each.server} ({each.state})" for each in lost)
            raise self._failure(service, f"haproxy lost the states of its servers in the reload: {what}", True)
        added = states_added(before.admins, after.admins)
        if added:
            raise self._failure(service, f"haproxy took out servers in the reload: {', '.join(added)}", True)
        return _pid(after), repairs

    def _read(self, service: Reloaded, haproxy: RuntimeSocket) -> ProcessReading:
        try:
            return haproxy.read()
        except HaproxyError as error:
            raise DeployError(error.msg, phase=PHASE, state_now=self._state(service)) from error

    def _worker_problem(self, haproxy: RuntimeSocket, before: ProcessReading) -> str:
        """In master-worker mode the socket is the worker's, and so is the pid; after a failed reload the old one is."""
        try:
            return NO_NEW_WORKER if _pid(haproxy.read()) == _pid(before) else ""
        except HaproxyError as error:
            return f"does not answer: {error.msg}"

    def _signal(self, service: Reloaded, unit: Unit) -> None:
        outcome = self._edges.run(["systemctl", "reload", service.unit], self._timeout)
        if outcome.code != 0:
            # The job fails too where the service dies in it, which users notice.
            try:
                self._assert_same(service, unit)
            except ProofError:
                raise
            except DeployError:
                pass  # systemd does not say, and the job has failed all the same.
            raise self._failure(service, f"systemctl reload {service.unit} failed: {outcome.error_line}")

    def _await(self, service: Reloaded, unit: Unit, problem: Callable[[], str], verb: str = "") -> None:
        """Waits until there is no problem. Raises ProofError at the deadline, and when the service is gone."""
        said = problem()
        while said:
            if self._clock.monotonic() >= self._deadline:
                sentence = f"{service.name} {verb}{said}".rstrip(".")
                # A nginx that loads nothing goes on as it was; a haproxy is paused while its successor tries.
                unnoticed = said == NO_NEW_WORKER and not service.haproxy_socket
                raise self._failure(service, f"{sentence}, {self._timeout:g} s after its reload", not unnoticed)
            self._assert_same(service, unit)
            self._clock.sleep(PAUSE)
            said = problem()

    def _assert_same(self, service: Reloaded, unit: Unit) -> None:
        """Raises ProofError when the unit is not the process that it was: its connections are lost already."""
        now = self._look(service)
        if not now.active:
            raise self._failure(service, f"{service.unit} did not survive its reload, it is {now.state}", True)
        if now.pid != unit.pid:
            raise self._failure(service, f"{service.unit} was restarted by its reload: its connections were cut", True)

    def _failure(self, service: Reloaded, sentence: str, served: bool = False) -> ProofError:
        """``served``: it may be that users met it."""
        return ProofError(
            sentence.rstrip(".") + ".",
            phase=PHASE,
            state_now=self._state(service),
            next_command=f"journalctl --unit {service.unit} --lines 50",
            blame=RELEASE,
            served=served,
            reloaded=list(self.done),
            log_tail=self._log(service),
        )

    def _log(self, service: Reloaded) -> list[str]:
        """The end of the unit's journal, for people: what it says decides nothing. Raises nothing."""
        words = ["journalctl", "--unit", service.unit, "--no-pager", "--output=cat", f"--lines={LOG_LINES}"]
        try:
            return self._edges.run(words, self._test_timeout).tail(LOG_LINES).splitlines()
        except (DeployError, OSError):
            return []

    def _state(self, service: Reloaded) -> str:
        done = f"{' and '.join(self.done)} reloaded; " if self.done else ""
        return f"{done}{service.name} was not proven to have loaded other files than before"


def _pid(reading: ProcessReading) -> int:
    return reading.process.pid if reading.process else 0
