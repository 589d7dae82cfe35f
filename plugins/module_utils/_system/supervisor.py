# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Supervisor by XML-RPC over its unix socket. Never update or reread: both touch services that nobody asked about."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from .._model.errors import DeployError
from .._model.process import ServiceFacts
from .._model.service import exit_reason

TIMEOUT = 10.0
_BAD_NAME = 10
_LOG_BYTES = 16384
_MAIN_LOG_BYTES = 8192


class UnknownServiceError(DeployError):
    """Supervisor answers and has no such program."""


@dataclass(frozen=True)
class LogMark:
    """How long a program's logs (stdout, stderr) were at some moment, in bytes."""

    stdout: int
    stderr: int


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__()
        self._path = path
        self._timeout = timeout

    def make_connection(self, _host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path, self._timeout)


class Supervisor:
    """One supervisord. Every method raises DeployError when it does not answer within ``timeout`` seconds."""

    def __init__(self, path: str, timeout: float = TIMEOUT) -> None:
        self.path = path
        self._proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_UnixTransport(path, timeout))

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self._proxy, "supervisor." + method)(*arguments)
        except xmlrpc.client.Fault:
            raise
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise DeployError(
                f"supervisor on this host does not answer at {self.path} ({reason}).",
                state_now="what the services run is not known",
                next_command="systemctl status supervisor",
            ) from None

    def service(self, name: str) -> ServiceFacts:
        """What supervisor knows of a program. Raises UnknownServiceError."""
        try:
            info = self._call("getProcessInfo", name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != _BAD_NAME:
                raise _refused(name, fault) from None
            raise UnknownServiceError(
                f"supervisor on this host has no program {name}.", next_command="supervisorctl status"
            ) from None
        return ServiceFacts(
            name=name,
            statename=info["statename"],
            pid=info["pid"],
            start=info["start"],
            stop=info["stop"],
            now=info["now"],
            spawnerr=info["spawnerr"],
        )

    def start(self, name: str) -> None:
        """Asks for the start and returns at once. A program that somebody else has started is no error."""
        self._request("startProcess", name, "ALREADY_STARTED")

    def stop(self, name: str) -> None:
        """Asks for the stop and returns at once. A program that does not run is no error."""
        self._request("stopProcess", name, "NOT_RUNNING")

    def _request(self, method: str, name: str, tolerated: str) -> None:
        try:
            self._call(method, name, False)
        except xmlrpc.client.Fault as fault:
            if not fault.faultString.startswith(tolerated):
                raise _refused(name, fault) from None

    def log_mark(self, name: str) -> LogMark:
        """Where the program's logs end now."""
        return LogMark(self._log_size("Stdout", name), self._log_size("Stderr", name))

    def log_since(self, name: str, mark: LogMark) -> str:
        """What the program wrote after ``mark``, at most 16 KiB: to stderr, or to stdout when that is empty."""
        text = self._log_tail("Stderr", name, mark.stderr)
        return text if text.strip() else self._log_tail("Stdout", name, mark.stdout)

    def exit_reason(self, name: str) -> str:
        """How the program ended last, such as ``exit status 1``; empty when supervisor's log does not say."""
        try:
            return exit_reason(self._call("readLog", -_MAIN_LOG_BYTES, 0), name)
        except xmlrpc.client.Fault:
            return ""

    def _log_size(self, stream: str, name: str) -> int:
        return int(self._tail(stream, name, 0)[1])

    def _log_tail(self, stream: str, name: str, since: int) -> str:
        size = self._log_size(stream, name)
        # A log that has become shorter was rotated: all of it is new.
        fresh = size - since if size >= since else size
        return str(self._tail(stream, name, min(fresh, _LOG_BYTES))[0]) if fresh else ""

    def _tail(self, stream: str, name: str, length: int) -> list[Any]:
        try:
            answer: list[Any] = self._call(f"tailProcess{stream}Log", name, 0, length)
        except xmlrpc.client.Fault:
            # The program has no such log, or it holds bytes that are no text.
            return ["", 0, False]
        return answer


def _refused(name: str, fault: xmlrpc.client.Fault) -> DeployError:
    sentence = f"supervisor refuses to act on {name}: {fault.faultString}."
    return DeployError(sentence, next_command="supervisorctl status")
