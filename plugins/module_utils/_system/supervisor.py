# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Supervisor by XML-RPC over its unix socket. Never update or reread: both touch services that nobody asked about."""

from __future__ import annotations

import http.client
import os
import socket
import stat
import xmlrpc.client
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from .._model.errors import DeployError
from .._model.printable import legal_xml, printable
from .._model.service.process import ServiceFacts
from .._model.service.service import exit_reason

TIMEOUT = 10.0
_BAD_NAME = 10
_LOG_BYTES = 16384
_MAIN_LOG_BYTES = 8192
UNREADABLE = "(its log could not be read)"
"""What stands for the log of a program where supervisor does not give it away."""


_NONSENSE = (ValueError, TypeError, LookupError, AttributeError)
"""What the parser of the standard library raises for an answer that is XML and no answer."""


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
    accept_gzip_encoding = False

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__()
        self._path = path
        self._timeout = timeout

    def make_connection(self, _host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path, self._timeout)

    def parse_response(self, response: http.client.HTTPResponse) -> Any:
        """Supervisor puts a log into its answer as it is, with the control characters that XML forbids."""
        parser, unmarshaller = self.getparser()
        parser.feed(legal_xml(response.read()))
        parser.close()
        return unmarshaller.close()


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
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError, *_NONSENSE) as error:
            raise self._silent(error) from None

    def _silent(self, error: Exception) -> DeployError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return DeployError(
            f"supervisor on this host does not answer at {self.path} ({reason}).",
            state_now="what the services run is not known",
            next_command="systemctl status supervisor",
        )

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
        try:
            return ServiceFacts(
                name=name,
                statename=info["statename"],
                pid=info["pid"],
                start=info["start"],
                stop=info["stop"],
                now=info["now"],
                spawnerr=printable(info["spawnerr"]),
            )
        except _NONSENSE as error:
            raise self._silent(error) from None

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

    def log_mark(self, name: str) -> LogMark | None:
        """Where the program's logs end now, None where supervisor does not tell. Raises nothing."""
        try:
            return LogMark(self._log_size("Stdout", name), self._log_size("Stderr", name))
        except DeployError:
            return None

    def log_since(self, name: str, mark: LogMark | None) -> str:
        """What the program wrote after ``mark``, at most 16 KiB: to stderr, or to stdout when that is empty. Printable.

        It is read for people: whatever keeps it from being read is no more than ``UNREADABLE``. Raises nothing.
        """
        if mark is None:
            return UNREADABLE
        try:
            text = self._log_tail("Stderr", name, mark.stderr)
            return text if text.strip() else self._log_tail("Stdout", name, mark.stdout)
        except (DeployError, OSError):
            return UNREADABLE

    def exit_reason(self, name: str) -> str:
        """How the program ended last, such as ``exit status 1``; empty when supervisor's log does not say.

        It is read for people. Raises nothing.
        """
        try:
            return exit_reason(printable(str(self._call("readLog", -_MAIN_LOG_BYTES, 0))), name)
        except (xmlrpc.client.Fault, DeployError):
            return ""

    def _log_size(self, stream: str, name: str) -> int:
        return self._tail(stream, name, 0)[1]

    def _log_tail(self, stream: str, name: str, since: int) -> str:
        size = self._log_size(stream, name)
        # A log that has become shorter was rotated: all of it is new.
        length = min(size - since if size >= since else size, _LOG_BYTES)
        if not length:
            return ""
        try:
            return printable(self._tail(stream, name, length)[0])
        except DeployError:
            # Supervisor fails at bytes that are no UTF-8, be it a letter that the beginning of the tail cuts in two.
            return printable(self._file_tail(stream, name, length))

    def _file_tail(self, stream: str, name: str, length: int) -> str:
        """The same from the log file, by the name that supervisor has for it. Raises DeployError, OSError."""
        try:
            path = str(self._call("getProcessInfo", name)[f"{stream.lower()}_logfile"])
        except (xmlrpc.client.Fault, *_NONSENSE) as error:
            raise self._silent(error) from None
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                return ""
            return os.pread(handle, length, max(0, facts.st_size - length)).decode("utf-8", "replace")
        finally:
            os.close(handle)

    def _tail(self, stream: str, name: str, length: int) -> tuple[str, int]:
        """The last ``length`` bytes of a log, and how long it is. Raises DeployError."""
        try:
            answer = self._call(f"tailProcess{stream}Log", name, 0, length)
            return str(answer[0]), int(answer[1])
        except xmlrpc.client.Fault:
            # The program has no such log.
            return "", 0
        except _NONSENSE as error:
            raise self._silent(error) from None


def _refused(name: str, fault: xmlrpc.client.Fault) -> DeployError:
    sentence = f"supervisor refuses to act on {name}: {printable(fault.faultString)}."
    return DeployError(sentence, next_command="supervisorctl status")
