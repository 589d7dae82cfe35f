# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy's runtime sockets: they are asked, and change it."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from typing import Any, Callable, Sequence, TypeVar

from .._model.errors import InputError
from .._model.haproxy.rules import ProcessReading
from .._model.haproxy.state import parse_servers_state
from .._model.haproxy.stats import HaproxyError, parse_info, parse_stats
from .clock import SystemClock

READ_BYTES = 65536
PATIENCE = 10.0
"""Seconds in which haproxy may be without its socket: a restart takes it away for a moment."""

Answer = TypeVar("Answer")

PROOF_SPEC: dict[str, Any] = {
    "connect_timeout": {"type": "float", "default": 5.0},
    "check_interval": {"type": "float", "default": 2.0},
    "allow_no_check": {"type": "bool", "default": False},
    "allow_backup": {"type": "bool", "default": False},
}


class RuntimeSocket:
    """One haproxy process by its runtime socket: a path, or `tcp:host:port` on this machine.

    `timeout` (seconds) bounds each conversation as a whole. Raises InputError for an address that is refused.
    """

    def __init__(self, address: str, timeout: float) -> None:
        self.address = address
        self._timeout = timeout
        self._family, self._where = parse_address(address)

    def read(self) -> ProcessReading:
        """Everything that the process says, asked for in one conversation. Raises HaproxyError."""
        replies = self.ask("show info;show stat;show servers state").split("\n\n")
        replies = [reply.strip("\n") for reply in replies if reply.strip()]
        if len(replies) != 3:
            raise HaproxyError(f"haproxy at {self.address} answered: {' '.join(replies)[:200] or 'nothing'}")
        info, stats, state = replies
        return ProcessReading(
            source=self.address,
            rows=parse_stats(stats),
            admins=parse_servers_state(state),
            process=parse_info(info),
        )

    def command(self, command: str) -> None:
        """Sends one command that changes something. Raises HaproxyError with haproxy's words when it refuses."""
        reply = " ".join(self.ask(command).split())
        if reply:
            raise HaproxyError(f"haproxy at {self.address} refused `{command}`: {reply}")

    def ask(self, line: str) -> str:
        """One line in, everything that comes back until haproxy hangs up. Raises HaproxyError."""
        try:
            return self._converse(line)
        except socket.timeout as error:
            raise HaproxyError(f"haproxy at {self.address} did not answer within {self._timeout:g} s.") from error
        except FileNotFoundError as error:
            raise HaproxyError(f"There is no haproxy socket at {self.address}.") from error
        except PermissionError as error:
            raise HaproxyError(f"This user may not open the haproxy socket {self.address}.") from error
        except OSError as error:
            raise HaproxyError(f"haproxy at {self.address} cannot be asked: {error.strerror or error}.") from error

    def _converse(self, line: str) -> str:
        deadline = time.monotonic() + self._timeout
        with socket.socket(self._family, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._timeout)
            connection.connect(self._where)
            connection.sendall(line.encode("ascii") + b"\n")
            parts: list[bytes] = []
            while True:
                connection.settimeout(max(0.001, deadline - time.monotonic()))
                part = connection.recv(READ_BYTES)
                if not part:
                    return b"".join(parts).decode("utf-8", "replace")
                parts.append(part)


def parse_address(address: str) -> tuple[socket.AddressFamily, Any]:
    """Socket family and address of a path or a loopback `tcp:host:port`. Raises InputError for anything else."""
    if address.startswith("/"):
        return socket.AF_UNIX, address
    match = re.fullmatch(r"tcp:(?:\[([0-9a-fA-F:]+)\]|([^:\[\]]+)):(\d{1,5})", address)
    if not match:
        raise InputError(f"{address!r} is neither the path of a haproxy socket nor tcp:host:port.")
    host = match.group(1) or match.group(2)
    try:
        ip = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        ip = None
    if ip is None or not ip.is_loopback:
        raise InputError(
            f"{address!r} is refused: haproxy asks for no password over TCP, so only a loopback address is used."
        )
    return (socket.AF_INET6 if ip.version == 6 else socket.AF_INET), (str(ip), int(match.group(3)))


def runtime_sockets(addresses: Sequence[str], timeout: float) -> list[RuntimeSocket]:
    """The runtime sockets of all processes; `timeout` seconds for each conversation. Raises InputError."""
    return [RuntimeSocket(address, timeout) for address in addresses]


def patiently(ask: Callable[[], Answer], clock: SystemClock, pause: float = 0.2) -> Answer:
    """What `ask` returns, asked again while haproxy does not answer. Raises HaproxyError in the end."""
    deadline = clock.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except HaproxyError:
            if clock.monotonic() > deadline:
                raise
        clock.sleep(pause)
