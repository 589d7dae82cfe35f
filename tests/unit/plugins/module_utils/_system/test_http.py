# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One question by HTTP to servers that answer as they should, and to servers that do not."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.exchange import (
    Address,
    NoAnswerError,
    Reply,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import http

HOW = {"url_username": None, "url_password": None, "validate_certs": True, "ca_path": None, "connect_timeout": 5.0}


@contextmanager
def server(answer: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server for one question; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _address = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) if context else connection as peer:
                    answer(peer)
            except OSError:
                pass  # whoever asked has hung up

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def says(*parts: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Answers with the parts, one after the other."""

    def answer(peer: socket.socket) -> None:
        peer.recv(65536)
        for part in parts:
            peer.sendall(part)
            time.sleep(pause)

    return answer


def ask(port: int, path: str = "/a?b=c", secure: bool = False, headers: Any = None, **how: Any) -> Reply:
    scheme = "https" if secure else "http"
    return http.get(Address.of(f"{scheme}://127.0.0.1:{port}{path}"), {**HOW, **how}, headers)


HEAD = b"HTTP/1.1 200 OK\r\n"


def test_what_is_sent() -> None:
    seen: list[bytes] = []

    def answer(peer: socket.socket) -> None:
        seen.append(peer.recv(65536))
        peer.sendall(HEAD + b"Age: 7\r\nContent-Length: 2\r\n\r\nok")

    with server(answer) as port:
        reply = ask(
            port, headers={"X-A": "1", "Cache-Control": "no-store"}, url_username="ops", url_password="pässword"
        )
    assert (reply.status, reply.text, reply.cut, reply.age) == (200, "ok", False, 7.0)
    lines = seen[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert {line.lower() for line in lines[1:-2]} == {
        f"host: 127.0.0.1:{port}",
        "accept-encoding: identity",
        "cache-control: no-store",
        "authorization: basic b3bzonddpHNzd29yZA==".lower(),
        "x-a: 1",
    }


@pytest.mark.parametrize(
    ("raw", "status", "text"),
    [
        (HEAD + b"\r\nuntil the end", 200, "until the end"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200, "abcde"),
        (b"HTTP/1.0 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", 302, ""),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n\xff\x00a", 500, "\ufffd\x00a"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 1\r\n\r\nx", 200, "x"),
    ],
)
def test_answers(raw: bytes, status: int, text: str) -> None:
    with server(says(raw)) as port:
        reply = ask(port)
    assert (reply.status, reply.text, reply.cut) == (status, text, False)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "hung up without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not answer by HTTP (BadStatusLine)"),
        (HEAD + b"Content-Length: 10\r\n\r\nabc", "broke its answer off"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", "broke its answer off"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "broke its answer off"),
        (HEAD + b"X: " + b"x" * 70_000, "does not answer by HTTP (LineTooLong)"),
        (HEAD + b"X: x\r\n" * 200 + b"\r\n", "does not answer by HTTP (HTTPException)"),
    ],
)
def test_no_answers(raw: bytes, words: str) -> None:
    with server(says(raw)) as port, pytest.raises(NoAnswerError) as caught:
        ask(port)
    assert caught.value.msg == words


def test_a_long_answer_is_cut() -> None:
    with server(says(HEAD + b"\r\n" + b"x" * http.MAX_BYTES)) as port:
        assert not ask(port).cut
    with server(says(HEAD + b"\r\n" + b"x" * (http.MAX_BYTES + 1))) as port:
        reply = ask(port)
    assert (reply.cut, len(reply.text)) == (True, http.MAX_BYTES)


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD] + [b"X: x\r\n"] * 50,
        [HEAD + b"\r\n"] + [b"x"] * 50,
        [HEAD + b"X"] + [b"x"] * 50,
        [b""] * 50,
    ],
)
def test_an_answer_in_drops_is_given_up_as_a_whole(parts: list[bytes]) -> None:
    begin = time.monotonic()
    with server(says(*parts, pause=0.05)) as port:
        with pytest.raises(NoAnswerError, match=r"did not answer within 0.3 s"):
            ask(port, connect_timeout=0.3)
        assert 0.3 <= time.monotonic() - begin < 1.5


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswerError, match="cannot be reached: Connection refused"):
        ask(port)
    with pytest.raises(NoAnswerError, match="cannot be reached: "):
        http.get(Address.of("http://no-such-host.invalid/"), HOW)


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, with its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    key = file.with_name("key.pem")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a -addext"
    argv = ["openssl", *words.split(), "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(file)]
    subprocess.run(argv, check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


def test_certificates(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    good = says(HEAD + b"Content-Length: 2\r\n\r\nok")
    with server(good, context) as port:
        assert ask(port, secure=True, ca_path=str(certificate)).text == "ok"
    with server(good, context) as port:
        assert ask(port, secure=True, validate_certs=False).text == "ok"
    with server(good, context) as port, pytest.raises(NoAnswerError, match="a certificate that is not trusted: self"):
        ask(port, secure=True)
    with server(says(b"", pause=5)) as port, pytest.raises(NoAnswerError, match="did not answer within"):
        ask(port, secure=True, connect_timeout=0.3)


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for path in (str(empty), str(tmp_path / "none.pem")):
        with server(says(b"")) as port, pytest.raises(InputError, match="has no certificates that can be read"):
            ask(port, secure=True, ca_path=path)


def test_a_name_with_many_addresses_is_not_waited_for_once_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    class Silent(socket.socket):
        def connect(self, place: Any) -> None:
            tried.append(place)
            time.sleep(self.gettimeout() or 60)
            raise TimeoutError

    def addresses(_host: str, port: int, **_more: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (f"127.0.0.{number}", port)) for number in range(1, 5)]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    monkeypatch.setattr(socket, "socket", Silent)
    begin = time.monotonic()
    with pytest.raises(NoAnswerError, match="did not answer within 0.4 s"):
        ask(80, connect_timeout=0.4)
    assert len(tried) == 4 and time.monotonic() - begin < 1.2


def test_an_address_that_refuses_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(says(b"HTTP/1.0 200 OK\r\n\r\nwell")) as port:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        both = [(*kind, ("127.0.0.9", port)), (*kind, ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: both)
        assert ask(port).text == "well"
