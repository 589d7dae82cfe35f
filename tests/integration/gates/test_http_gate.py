# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""http_gate as a process against a real web server, and against haproxy's statistics."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.integration.haproxy.balancer import Haproxy, free_port
from tests.integration.haproxy.conftest import haproxy as haproxy  # noqa: PLC0414
from tests.support import run_module


class Page:
    """A page whose status and body a test sets; it counts who asked, and keeps what was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"{}"
        self.delay = 0.0
        self.more: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.asked.append({name.lower(): value for name, value in self.headers.items()})
                time.sleep(page.delay)
                self.send_response(page.status)
                for name, value in page.more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(page.body)))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/status"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, depth: Any) -> None:
        """The page's JSON."""
        self.body = json.dumps({"queue": {"depth": depth}}).encode()

    def gate(self, ask: str, check: bool = False, **more: Any) -> dict[str, Any]:
        args = {"url": self.url, "value": "queue.depth", "most": 10, "interval": 0.1, "timeout": 5, **more}
        return run_module("http_gate", {"ask": ask, **args}, check=check)

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(name="page")
def _page() -> Iterator[Page]:
    page = Page()
    page.says(3)
    yield page
    page.close()


def test_right_before_and_after_passes(page: Page) -> None:
    before = page.gate("read")
    assert (before["verdict"], before["changed"], before["outcome"]) == ("pass", False, "unchanged"), before
    assert before["baseline"] == {"right": True, "status": 200, "value": 3}
    told = page.gate("judge", host="web1", baseline=before["baseline"], times=3, timeout=5)
    assert (told["verdict"], told["blame"], told["baseline"]) == ("pass", "nobody", {})
    assert told["msg"].startswith(f"{page.url} says queue.depth is 3 at the last of 3 looks")
    assert {key: told["figures"][key] for key in ("url", "status", "value", "looks")} == {
        "url": page.url, "status": 200, "value": 3, "looks": 3,
    }  # fmt: skip
    assert len(page.asked) == 4


def test_waits_until_it_is_right(page: Page) -> None:
    page.says(30)
    threading.Timer(1.0, page.says, (7,)).start()
    told = page.gate("judge", host="web1", baseline={"right": True})
    assert (told["verdict"], told["figures"]["value"]) == ("pass", 7)
    assert told["figures"]["looks"] > 1


@pytest.mark.parametrize(
    ("host", "baseline", "verdict", "blame"),
    [
        ("web1", {"right": True}, "fail", "release"),
        ("", {"right": True}, "fail", "nobody"),
        ("web1", {"right": False}, "unknown", "nobody"),
        ("web1", {}, "fail", "nobody"),
    ],
)
def test_what_stays_outside(page: Page, host: str, baseline: dict[str, Any], verdict: str, blame: str) -> None:
    page.says(30)
    told = page.gate("judge", host=host, baseline=baseline, timeout=0.3)
    assert (told["verdict"], told["blame"], told["failed"]) == (verdict, blame, False)
    assert "says queue.depth is 30, more than 10" in told["msg"]
    assert told["figures"]["looks"] > 1


@pytest.mark.parametrize(
    ("ask", "check", "mode"),
    [
        ("judge", False, "judge"),
        ("judge", True, "judge"),
        ("judge", False, "inform"),
        ("judge", True, "inform"),
        ("read", True, "inform"),
        ("announce", False, "judge"),
        ("lift", False, "judge"),
    ],
)
def test_each_question_in_each_mode(page: Page, ask: str, check: bool, mode: str) -> None:
    page.says(30)
    told = page.gate(ask, check=check, mode=mode, host="web1", baseline={"right": True}, timeout=0.3)
    one_look = check or mode == "inform"
    expected = {"judge": ("fail", None if not one_look else 1), "read": ("pass", 1)}.get(ask, ("pass", 0))
    assert told["verdict"] == expected[0]
    assert len(page.asked) == expected[1] if expected[1] is not None else len(page.asked) > 1
    assert (told["changed"], told["announces"], told["announced"]) == (False, False, False)


@pytest.mark.parametrize(
    ("body", "more", "words"),
    [
        (b"<html>", {}, "answers what is not JSON"),
        (b'{"queue": {"depth": 1}}' + b" " * (1 << 20), {}, "answers more than is read of it"),
        (b'{"queue": {"depth": 1}}', {"Age": "30"}, "has an answer from a cache, 30 s old"),
    ],
)
def test_no_value_is_unknown(page: Page, body: bytes, more: dict[str, str], words: str) -> None:
    page.body, page.more = body, more
    told = page.gate("judge", host="web1", baseline={"right": True}, mode="inform")
    assert (told["verdict"], told["blame"]) == ("unknown", "nobody")
    assert told["msg"] == f"{page.url} {words}."


def test_no_answer_is_unknown(page: Page) -> None:
    page.delay = 1.0
    told = page.gate("read", connect_timeout=0.3)
    assert (told["verdict"], told["baseline"]) == ("unknown", {})
    assert told["msg"] == f"{page.url} did not answer within 0.3 s."
    nobody = page.gate("judge", url=f"http://127.0.0.1:{free_port()}/", host="web1", timeout=0.3)
    assert nobody["verdict"] == "unknown"
    assert "cannot be reached: Connection refused" in nobody["msg"]


def test_a_redirect_is_an_answer(page: Page) -> None:
    page.status, page.more = 302, {"Location": "/login"}
    told = page.gate("judge", mode="inform")
    assert "answers 302 instead of 200" in told["msg"]
    assert page.gate("judge", mode="inform", status=[302], value=None, most=None)["verdict"] == "pass"
    assert len(page.asked) == 2


def test_headers_are_sent_and_not_shown(page: Page) -> None:
    token = "s3cr3t-of-the-queue"
    told = page.gate("judge", headers={"X-Token": token, "Host": "queue.example.org"}, url=f"{page.url}?key={token}")
    assert told["verdict"] == "pass"
    assert (page.asked[0]["x-token"], page.asked[0]["host"]) == (token, "queue.example.org")
    assert told["figures"]["url"] == page.url
    assert token not in json.dumps({key: value for key, value in told.items() if key != "invocation"})


def test_statistics_of_haproxy_behind_a_password(haproxy: Haproxy) -> None:
    url = f"http://127.0.0.1:{haproxy.stats}/admin?stats;json"
    args = {"ask": "judge", "url": url, "url_username": "ops", "value": "0.0.objType", "equals": "Frontend"}
    told = run_module("http_gate", {**args, "url_password": "secret"})
    assert told["verdict"] == "pass", told
    wrong = run_module("http_gate", {**args, "url_password": "geheim", "mode": "inform"})
    assert (wrong["verdict"], wrong["figures"]["status"]) == ("fail", 401)


def test_input_that_cannot_be_right(page: Page) -> None:
    for more, words in (
        ({"url": "ftp://example.org/"}, "not an http or https address"),
        ({"value": None}, "most needs a value"),
        ({"least": 20}, "least is 20 and more than most"),
        ({"interval": 0}, "interval is 0.0; it must be more than 0"),
        ({"ca_path": "/nowhere.pem", "url": page.url.replace("http:", "https:")}, "ca_path /nowhere.pem"),
    ):
        told = page.gate("judge", **{"mode": "inform", **more})
        assert told["failed"], told
        assert words in told["msg"]
