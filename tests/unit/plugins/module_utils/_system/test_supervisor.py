# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Supervisor's XML-RPC against sockets that misbehave; a real supervisord is in tests/integration/supervisor."""

from __future__ import annotations

import os
import socketserver
import threading
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.supervisor import (
    UNREADABLE,
    LogMark,
    Supervisor,
    UnknownServiceError,
)


@contextmanager
def answering(path: Path, answer: Any, after: float = 0.0) -> Iterator[list[bytes]]:
    """Listens on ``path``; each request gets ``answer``, bytes or a function of (method, arguments)."""
    requests: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            requests.append(self.rfile.read(length))
            time.sleep(after)
            self.wfile.write(answer if isinstance(answer, bytes) else respond(answer, requests[-1]))

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that gave up meanwhile is what some of these tests are about."""

    with Server(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield requests
        server.shutdown()


def respond(answer: Any, request: bytes = xmlrpc.client.dumps((), "m").encode()) -> bytes:
    arguments, method = xmlrpc.client.loads(request)
    try:
        said = answer(method, arguments)
        if isinstance(said, bytes):
            return said
        body = xmlrpc.client.dumps((said,), methodresponse=True)
    except xmlrpc.client.Fault as fault:
        body = xmlrpc.client.dumps(fault, methodresponse=True)
    raw = body.encode()
    return b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(raw), raw)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "Remote end closed connection without response"),
        (b"not http\r\n\r\n", "not http"),
        (b"HTTP/1.0 401 Unauthorized\r\n\r\n", "401"),
        (b"HTTP/1.0 200 OK\r\n\r\n<html>", "no element found"),
        (b"HTTP/1.0 200 OK\r\n\r\n<methodResponse><params></params></methodResponse>", "("),
        (respond(lambda *_: "RUNNING"), "string indices"),
    ],
)
def test_what_is_no_supervisor_gets_one_sentence(tmp_path: Path, answer: bytes, reason: str) -> None:
    path = tmp_path / "s"
    with answering(path, answer), pytest.raises(DeployError) as caught:
        Supervisor(str(path), timeout=2).service("web")
    assert caught.value.msg.startswith(f"supervisor on this host does not answer at {path} (")
    assert reason in caught.value.msg


def test_no_socket_and_a_dead_one(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"does not answer at .*/none \(No such file or directory\)"):
        Supervisor(str(tmp_path / "none")).service("web")
    with answering(tmp_path / "dead", b""):
        pass
    assert os.path.exists(tmp_path / "dead")
    with pytest.raises(DeployError, match=r"\(Connection refused\)"):
        Supervisor(str(tmp_path / "dead")).service("web")


def test_one_that_hangs_times_out(tmp_path: Path) -> None:
    began = time.monotonic()
    with answering(tmp_path / "s", b"", after=0.3), pytest.raises(DeployError, match="timed out"):
        Supervisor(str(tmp_path / "s"), timeout=0.1).service("web")
    assert time.monotonic() - began < 2


def test_faults_become_sentences_and_what_is_so_already_is_none(tmp_path: Path) -> None:
    faults = {
        "supervisor.getProcessInfo": xmlrpc.client.Fault(10, "BAD_NAME: web"),
        "supervisor.startProcess": xmlrpc.client.Fault(60, "ALREADY_STARTED: web"),
        "supervisor.stopProcess": xmlrpc.client.Fault(70, "NOT_RUNNING: web"),
    }

    def answer(method: str, _arguments: tuple[Any, ...]) -> Any:
        raise faults[method]

    with answering(tmp_path / "s", answer):
        supervisor = Supervisor(str(tmp_path / "s"))
        with pytest.raises(UnknownServiceError, match="has no program web"):
            supervisor.service("web")
        supervisor.start("web")
        supervisor.stop("web")
        faults["supervisor.startProcess"] = xmlrpc.client.Fault(20, "NO_FILE: /no/such")
        with pytest.raises(DeployError, match="supervisor refuses to act on web: NO_FILE: /no/such"):
            supervisor.start("web")


@pytest.mark.parametrize(
    ("stderr", "mark", "expected"),
    [
        ("old\nnew\n", LogMark(0, 4), "new\n"),
        ("old\n", LogMark(4, 4), "said to stdout\n"),
        ("rotated\n", LogMark(0, 4000), "rotated\n"),
        ("x" * 20000, LogMark(0, 0), "x" * 16384),
    ],
)
def test_the_log_since_a_mark(tmp_path: Path, stderr: str, mark: LogMark, expected: str) -> None:
    logs = {"supervisor.tailProcessStderrLog": stderr, "supervisor.tailProcessStdoutLog": "old\nsaid to stdout\n"}

    def answer(method: str, arguments: tuple[Any, ...]) -> Any:
        text, length = logs[method], arguments[2]
        return [text[len(text) - length :] if length else "", len(text), False]

    with answering(tmp_path / "s", answer):
        assert Supervisor(str(tmp_path / "s")).log_since("web", mark) == expected


BLUE, RED = b"\x1b[34m", b"\x1b[31mTraceback\x1b[0m: no such table: works\n"


def logged(tmp_path: Path, stderr: bytes, asked: Any = None) -> Any:
    """Answers as supervisor 4 does: a log's bytes as they are where they are UTF-8, or an error of the server."""
    file = tmp_path / "web.err"
    file.write_bytes(stderr)

    def answer(method: str, arguments: tuple[Any, ...]) -> Any:
        if method == "supervisor.getProcessInfo":
            return {"stderr_logfile": str(file)}
        if asked:
            asked(method, arguments)
        length = arguments[2]
        return [stderr[len(stderr) - length :].decode() if length else "", len(stderr), False]

    return answer


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        (RED, "Traceback: no such table: works\n"),
        (b"\x00\x01\x1b\x7f" + BLUE, ""),
        (b"\xff no text \xfe\n" + RED, "\ufffd no text \ufffd\nTraceback: no such table: works\n"),
        ("ü".encode() * 10000 + b"!!\n", "\ufffd" + "ü" * 8190 + "!!\n"),
        ("\ufffe\uffff\n".encode(), "\ufffd\ufffd\n"),
    ],
)
def test_a_log_is_any_bytes_and_is_shown(tmp_path: Path, stderr: bytes, expected: str) -> None:
    server_error = b"HTTP/1.0 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"

    def answer(method: str, arguments: tuple[Any, ...]) -> Any:
        try:
            return logged(tmp_path, stderr)(method, arguments)
        except UnicodeDecodeError:
            return server_error

    with answering(tmp_path / "s", answer):
        assert Supervisor(str(tmp_path / "s")).log_since("web", LogMark(0, 0)) == expected


@pytest.mark.parametrize("mark", [LogMark(0, 0), None])
def test_a_log_that_cannot_be_read_is_no_failure(tmp_path: Path, mark: LogMark | None) -> None:
    for answer in (b"", b"HTTP/1.0 500 Internal Server Error\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n<html>"):
        with answering(tmp_path / "s", answer):
            supervisor = Supervisor(str(tmp_path / "s"), timeout=2)
            assert supervisor.log_since("web", mark) == UNREADABLE
            assert supervisor.log_mark("web") is None
            assert supervisor.exit_reason("web") == ""
        (tmp_path / "s").unlink()
    assert Supervisor(str(tmp_path / "s"), timeout=2).log_since("web", mark) == UNREADABLE


def test_a_log_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    def answer(method: str, arguments: tuple[Any, ...]) -> Any:
        if method == "supervisor.getProcessInfo":
            return {"stderr_logfile": str(tmp_path / "pipe"), "stdout_logfile": ""}
        return ["", 5, False] if arguments[2] == 0 else b"HTTP/1.0 500 Internal Server Error\r\n\r\n"

    with answering(tmp_path / "s", answer):
        assert Supervisor(str(tmp_path / "s")).log_since("web", LogMark(0, 0)) == UNREADABLE


def test_how_a_program_ended_is_read_from_a_log_in_colour(tmp_path: Path) -> None:
    log = "\x1b[31mDEBG 'web' stderr output\x1b[0m\nexited: web (exit status 3; not expected)\n"
    with answering(tmp_path / "s", lambda *_: log):
        assert Supervisor(str(tmp_path / "s")).exit_reason("web") == "exit status 3"
