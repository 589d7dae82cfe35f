# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes against a real HTTP server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system.probe import health_problem, version_problem

HASH = "c" * 40
ANSWERS = {
    "/health": (200, "OK"),
    "/sick": (500, "no"),
    "/moved": (302, ""),
    "/version?short=1": (200, f"commit {HASH[:8]}\n"),
    "/json": (200, f'{{"software": "{HASH}"}}'),
    "/old": (200, '{"software": "dddddddddddddddd"}'),
    "/binary": (200, "\udcff"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS.get(self.path, (404, ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/health")
        self.end_headers()
        self.wfile.write(body.encode("utf-8", "surrogateescape"))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(name="base", scope="module")
def _base() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/health", ""),
        ("/sick", "{base}/sick answers 500"),
        ("/moved", "{base}/moved answers 302"),
        ("/none", "{base}/none answers 404"),
        ("", "{base} answers 404"),
    ],
)
def test_health_is_exactly_200(base: str, path: str, problem: str) -> None:
    assert health_problem(base + path) == problem.format(base=base)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/json", ""),
        ("/version?short=1", ""),
        ("/old", '{base}/old does not name cccccccccc but says \'{{"software": "dddddddddddddddd"}}\''),
        ("/binary", "{base}/binary does not name cccccccccc but says '\ufffd'"),
        ("/sick", "{base}/sick answers 500"),
    ],
)
def test_version(base: str, path: str, problem: str) -> None:
    assert version_problem(base + path, HASH) == problem.format(base=base)


def test_nobody_listens_or_nobody_answers() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert health_problem(url) == f"{url} does not answer (Connection refused)"
        server.listen()
        began = time.monotonic()
        assert health_problem(url, timeout=0.2) == f"{url} does not answer (timed out)"
        assert time.monotonic() - began < 2


def test_a_proxy_of_the_environment_is_not_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    assert health_problem(base + "/health") == ""
