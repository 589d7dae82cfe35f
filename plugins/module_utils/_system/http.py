# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One question by HTTP, bounded as a whole in time and size; without proxies, redirects or anybody's .netrc."""

from __future__ import annotations

import base64
import http.client
import io
import socket
import ssl
import time
from typing import Any, BinaryIO, Mapping

from .._model.errors import InputError
from .._model.gate.contract import PHASE
from .._model.gate.exchange import Address, NoAnswerError, Reply, age_of

MAX_BYTES = 1 << 20
_PART = 1 << 16


def get(address: Address, how: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
    """What is answered, whatever its status. Raises NoAnswerError, after `connect_timeout` seconds at the latest.

    `how` has the options HOW. The time that names take to be resolved is the resolver's.
    """
    begin = time.monotonic()
    limit: float = how["connect_timeout"]
    deadline = begin + limit
    given = {name.lower(): value for name, value in (headers or {}).items()}
    sent = {"host": address.netloc, "cache-control": "no-cache", **_login(how), **given}
    try:
        with _connected(address, how, deadline) as connection:
            answer, (body, cut) = _exchange(address, _Patient(connection, deadline), sent)
    except socket.timeout as error:
        raise NoAnswerError(f"did not answer within {limit:g} s") from error
    except ssl.SSLCertVerificationError as error:
        raise NoAnswerError(f"has a certificate that is not trusted: {error.verify_message}") from error
    except http.client.IncompleteRead as error:
        raise NoAnswerError("broke its answer off") from error
    except http.client.RemoteDisconnected as error:
        raise NoAnswerError("hung up without an answer") from error
    except http.client.HTTPException as error:
        raise NoAnswerError(f"does not answer by HTTP ({type(error).__name__})") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise NoAnswerError(f"cannot be reached: {reason}") from error
    seconds = time.monotonic() - begin
    return Reply(answer.status, body.decode("utf-8", "replace"), cut, age_of(answer.getheader("Age")), seconds)


def _login(how: Mapping[str, Any]) -> Mapping[str, str]:
    if not how["url_username"]:
        return {}
    pair = f"{how['url_username']}:{how['url_password'] or ''}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _connected(address: Address, how: Mapping[str, Any], deadline: float) -> socket.socket:
    connection = _open(address, deadline)
    if not address.secure:
        return connection
    try:
        # The time-out of a socket holds for the handshake as a whole.
        connection.settimeout(_left(deadline))
        return _trust(how).wrap_socket(connection, server_hostname=address.host)
    except BaseException:
        connection.close()
        raise


def _open(address: Address, deadline: float) -> socket.socket:
    """A connection to the first of the name's addresses that takes one.

    socket.create_connection has the whole time for each of them.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _name, place) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            # Those that are left share the time that is left.
            connection.settimeout(_left(deadline) / (len(found) - number))
            connection.connect(place)
        except OSError:
            connection.close()
            if number == len(found) - 1:
                raise
        else:
            return connection
    raise OSError("its name has no address")


def _trust(how: Mapping[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=how["ca_path"] or None)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"ca_path {how['ca_path']} has no certificates that can be read: {reason}.", PHASE) from error
    if not how["validate_certs"]:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _exchange(
    address: Address, connection: _Patient, headers: Mapping[str, str]
) -> tuple[http.client.HTTPResponse, tuple[bytes, bool]]:
    client: Any = http.client.HTTPConnection(address.host, address.port)
    client.sock = connection  # it is connected, and encrypted where it must be
    client.request("GET", address.target, headers=dict(headers))
    answer: http.client.HTTPResponse = client.getresponse()
    return answer, _body(answer)


def _body(answer: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """As much as is read, and whether there is more."""
    parts, left = [], MAX_BYTES + 1
    while left > 0:
        part = answer.read1(min(left, _PART))
        if not part:
            if answer.length:
                # Python tells nobody that the connection ended before the length that was announced.
                raise http.client.IncompleteRead(b"", answer.length)
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)[:MAX_BYTES], left <= 0


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout
    return left


class _Patient:
    """A socket, as http.client wants one, whose every wait ends at the same moment.

    With a time-out of its own for each read, what comes in drops would never meet one.
    """

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> BinaryIO:
        return io.BufferedReader(_Drops(self._connection, self._deadline))

    def close(self) -> None:
        """Whoever opened the connection closes it: http.client does so before it has read the answer."""


class _Drops(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)
