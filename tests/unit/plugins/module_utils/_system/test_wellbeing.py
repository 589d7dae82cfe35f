# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services that are asked how they do, over real sockets and files."""

from __future__ import annotations

import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.wellbeing import HealthCheck, unwell
from tests.support import hash_of

RELEASE = hash_of("b")
Answer = Callable[[int], bytes]
"""What is answered to the request of this number, in bytes after the status line; empty for never."""


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """The address of something that answers."""
    asked: list[float] = []
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(time.monotonic())
            body = answer(len(asked))
            while self.rfile.readline().strip():
                pass
            if not body:
                over.wait(10)
            for byte in body if body.startswith(b"drip") else [body]:
                self.wfile.write(bytes([byte]) if isinstance(byte, int) else byte)
                over.wait(0.2 if isinstance(byte, int) else 0)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Who asks gives up sooner than some of these answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        over.set()
        server.shutdown()


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.0 {status}\r\n\r\n{body}".encode()


def asked(name: str = "web", **urls: str) -> HealthCheck:
    return HealthCheck(Service(name, "site", **urls), RELEASE, os.getpid())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("health", "version", "sentence"),
    [
        (lambda _: http("200 OK"), lambda _: http("200 OK", RELEASE), ""),
        (lambda n: http("200 OK" if n > 1 else "503 Busy"), lambda _: http("200 OK", RELEASE), ""),
        (lambda _: http("500 Broken"), lambda _: http("200 OK", RELEASE), "web is not healthy: URL answers 500."),
        (
            lambda _: http("200 OK"),
            lambda _: http("200 OK", hash_of("a")),
            f"web: URL does not name {RELEASE[:10]} but says '{hash_of('a')}'.",
        ),
        (lambda _: http("200 OK"), lambda _: http("404 None"), "web: URL answers 404."),
        (lambda _: b"", lambda _: http("200 OK", RELEASE), "web is not healthy: URL does not answer (timed out)."),
    ],
)
def test_health_and_version(health: Answer, version: Answer, sentence: str) -> None:
    with serving(health) as first, serving(version) as second:
        found = unwell([asked(health_url=first, version_url=second)], SystemClock(), timeout=1)
    assert [each.replace(first, "URL").replace(second, "URL") for each in found] == [sentence]


def test_one_that_is_gone_does_not_answer() -> None:
    with serving(lambda _: b"") as url:
        pass
    assert "does not answer (Connection refused)" in unwell([asked(health_url=url)], SystemClock(), timeout=1)[0]


def test_many_sick_ones_take_the_time_of_one() -> None:
    answers: list[Answer] = [
        lambda _: b"",
        lambda _: b"drip drip drip drip drip drip drip drip drip",
        lambda _: http("200 OK"),
    ]
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(answer)) for answer in answers]
        services = [asked(str(number), health_url=url, version_url=url) for number, url in enumerate(urls * 3)]
        begin = time.monotonic()
        found = unwell(services, SystemClock(), timeout=1)
        seconds = time.monotonic() - begin
    assert seconds < 2
    assert all(found)
    assert [each.partition(" ")[0] for each in found] == ["0", "1", "2:", "3", "4", "5:", "6", "7", "8:"]


def test_nothing_to_ask() -> None:
    assert unwell([], SystemClock()) == []
    assert unwell([asked()], SystemClock()) == [""]


def test_progress_is_what_came_after_the_start(tmp_path: Path) -> None:
    offset, link, pipe = tmp_path / "offset", tmp_path / "link", tmp_path / "pipe"
    service = asked("updater", progress_file=str(offset))
    assert unwell([service], SystemClock()) == [f"updater makes no progress: {offset} does not exist."]
    offset.write_text("7")
    assert unwell([service], SystemClock()) == [""]
    os.utime(offset, (0, 1_795_456_800 - 30 * 365 * 86400))
    assert unwell([service], SystemClock())[0].startswith(f"updater makes no progress: {offset} was changed last at 19")
    assert ", before its start." in unwell([service], SystemClock())[0]
    offset.write_bytes(bytes(70000))
    assert "is larger than 65536 bytes" in unwell([service], SystemClock())[0]
    link.symlink_to(offset)
    assert "is a link" in unwell([asked(progress_file=str(link))], SystemClock())[0]
    os.mkfifo(pipe)
    assert "is no regular file" in unwell([asked(progress_file=str(pipe))], SystemClock())[0]
