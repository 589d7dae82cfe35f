# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes of real little servers, and how a bake asks haproxy again and again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.figures import Pair, Sample
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import (
    NOBODY,
    RELEASE,
    DeployError,
    InputError,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import ProcessReading
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import ServerAdmin
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import (
    HaproxyError,
    ProcessInfo,
    ServerStats,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import haproxy_bake as edges
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_bake import (
    PROBE_EVERY,
    Sampler,
    bake,
    page_problem,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.page import PAGE_BYTES
from tests.support import FakeClock

PAGES: dict[str, tuple[bytes, ...]] = {
    "/": (b"HTTP/1.0 200 OK\r\n\r\nhello",),
    "/404": (b"HTTP/1.0 404 Not Found\r\n\r\n",),
    "/500": (b"HTTP/1.0 500 Oh\r\n\r\n",),
    "/302": (b"HTTP/1.0 302 Found\r\nLocation: /500\r\n\r\n",),
    "/none": (),
    "/short": (b"HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhello",),
    "/rubbish": (b"hello\r\n\r\n",),
    "/long": (b"HTTP/1.0 200 OK\r\n\r\n", b"x" * (PAGE_BYTES + 1)),
}


class Site:
    """An HTTP server of one's own: what it was asked, and pages good and bad. It never ends what begins /slow."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.over = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, self.headers["Host"]))
                if self.path.startswith("/slow"):
                    if self.path == "/slow/drops":
                        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
                    while not site.over.wait(0.02):
                        if self.path == "/slow/drops":
                            self.wfile.write(b".")
                for part in PAGES.get(self.path, ()):
                    self.wfile.write(part)
                self.close_connection = True

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sites() -> Iterator[dict[str, Site]]:
    """Two web nodes that answer."""
    made = {"web1": Site(), "web2": Site()}
    yield made
    for site in made.values():
        site.close()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/", ""),
        ("/404", ""),
        ("/302", ""),
        ("/long", ""),
        ("/500", "it answers 500"),
        ("/none", "Remote end closed connection without response"),
        ("/short", "IncompleteRead"),
        ("/rubbish", "hello"),
        ("/slow", "timed out"),
        ("/slow/drops", "timed out"),
    ],
)
def test_what_is_wrong_with_a_page(sites: dict[str, Site], path: str, problem: str) -> None:
    timeout = 0.3 if path.startswith("/slow") else 5.0
    found = page_problem("127.0.0.1", sites["web1"].port, path, "", timeout)
    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "refused" in page_problem("127.0.0.1", free.getsockname()[1], "/", "", 1.0)


def reading(sites: dict[str, Site], **status: str) -> ProcessReading:
    up: dict[str, Any] = {"weight": 100, "act": 1, "bck": 0, "check_status": "L7OK"}
    rows = tuple(ServerStats("web", name, 2, status.get(name, "UP"), **up) for name in sites)
    admins = tuple(ServerAdmin("web", name, 0, 50, 100, "127.0.0.1", site.port) for name, site in sites.items())
    return ProcessReading("/sock", rows, admins, ProcessInfo(7, 100, "2.6"))


def sampled(sampler: Sampler, one: ProcessReading, probing: bool = True) -> Sample:
    return sampler((one,), "web", "web1", probing)


def test_both_are_asked_the_same_pages_in_turn(sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[tuple[str, int]] = []
    names = {site.port: name for name, site in sites.items()}
    ask = page_problem

    def asking(address: str, port: int, path: str, host: str, timeout: float) -> str:
        order.append((names[port], timeout))  # type: ignore[arg-type]
        return ask(address, port, path, host, timeout)

    monkeypatch.setattr(edges, "page_problem", asking)
    clock = FakeClock()
    limits = Limits(reference=("web1", "web2"), probe_paths=("/404", "/500"), probe_host="ol.org")
    sampler = Sampler(limits, clock)
    pairs: list[Pair] = []
    for _ in range(4):
        pairs += sampled(sampler, reading(sites)).probes
        clock.sleep(PROBE_EVERY)
    for site in sites.values():
        assert site.asked == [(path, "ol.org") for path in ("/404", "/500") * 2]
    # Each page was asked of each of them first.
    assert [name for name, _timeout in order] == ["web2", "web1"] * 2 + ["web1", "web2"] * 2
    assert {timeout for _name, timeout in order} == {5.0}
    assert [(pair.server.problem, pair.reference and pair.reference.problem, pair.whose) for pair in pairs] == [
        ("", "", "web2"),
        ("it answers 500", "it answers 500", "web2"),
    ] * 2


def test_a_pair_is_asked_when_it_is_due(sites: dict[str, Site]) -> None:
    clock = FakeClock()
    sampler = Sampler(Limits(reference=("web2",)), clock)
    one = reading(sites)
    assert [len(sampled(sampler, one, probing).probes) for probing in (False, True, True)] == [0, 1, 0]
    clock.sleep(PROBE_EVERY)
    assert [len(sampled(sampler, one, probing).probes) for probing in (False, True, True)] == [0, 1, 0]
    none = Sampler(Limits(probe_paths=()), clock)
    assert sampled(none, one).probes == ()
    assert len(sites["web1"].asked) == 2


def test_references_take_turns_and_only_those_that_serve_are_asked() -> None:
    made = {name: Site() for name in ("web1", "web2", "web3", "web4")}
    try:
        clock = FakeClock()
        sampler = Sampler(Limits(reference=("web2", "web3", "web4")), clock)
        whose = []
        partly, down = {"web2": "UP 1/3", "web4": "MAINT"}, dict.fromkeys(made, "DOWN")
        for status in (*[{}] * 6, partly, down):
            whose += [(pair.whose, bool(pair.reference)) for pair in sampled(sampler, reading(made, **status)).probes]
            clock.sleep(PROBE_EVERY)
        told = [("web2", True), ("web3", True), ("web4", True)]
        assert whose == [one for one in told for _ in range(2)] + [("web3", True), ("", False)]
    finally:
        for site in made.values():
            site.close()


@pytest.mark.parametrize("lost", ["web1", "web2"])
def test_where_haproxy_gives_no_address_no_pair_is_whole(sites: dict[str, Site], lost: str) -> None:
    one = reading(sites)
    admins = tuple(replace(admin, address="") if admin.server == lost else admin for admin in one.admins)
    sampler = Sampler(Limits(reference=("web2",)), FakeClock())
    assert sampled(sampler, replace(one, admins=admins)).probes == ()
    assert sampled(sampler, replace(one, admins=())).probes == ()


class Talking:
    """haproxy processes that answer with one reading after the other, the last one for ever."""

    def __init__(self, *readings: ProcessReading | None) -> None:
        self.left = list(readings)

    def read(self) -> ProcessReading:
        one = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if one is None:
            raise HaproxyError("There is no haproxy socket.")
        return one


def baking(monkeypatch: pytest.MonkeyPatch, haproxy: Talking, **params: Any) -> Any:
    limits = {"warmup": 1.0, "seconds": 3.0, "timeout": 6.0, "requests": 0, "probe_paths": [], **params}
    where = {"socket": [], "backend": "web", "server": "web1"}
    asked = {"balancer": where, "bake": limits, "connect_timeout": 1.0}
    monkeypatch.setattr(edges, "runtime_sockets", lambda _addresses, _timeout: [haproxy])
    return bake(asked, FakeClock())


def rows(one: ProcessReading, pid: int = 7, **counters: Any) -> ProcessReading:
    changed = tuple(replace(row, **counters) if row.server == "web1" else row for row in one.rows)
    return replace(one, rows=changed, process=ProcessInfo(pid, 100, "2.6"))


def test_the_module_watches_until_there_is_a_verdict(sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    one = reading(sites)
    passed = baking(monkeypatch, Talking(one))
    assert (passed.changed, passed.phase, passed.values["bake"][0]["verdict"]) == (False, "bake", "pass")
    assert passed.values["bake"][0]["percent"] == 50
    assert passed.msg == passed.state_now == "The bake of web/web1 says pass: it had no requests."
    # A moment without a socket is no reload: the counters go on.
    assert baking(monkeypatch, Talking(one, None, None, one)).values["bake"][0]["verdict"] == "pass"


def test_what_the_module_raises(sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    one = reading(sites)
    bad = [rows(one, stot=10 * turn, hrsp_5xx=10 * turn) for turn in range(40)]
    with pytest.raises(DeployError, match="says fail: ") as failed:
        baking(monkeypatch, Talking(*bad))
    assert failed.value.blame == RELEASE
    assert failed.value.details["bake"][0]["user_errors"] > 0
    assert baking(monkeypatch, Talking(*bad), mode="inform").values["bake"][0]["verdict"] == "fail"
    with pytest.raises(DeployError, match="says inconclusive: it takes no traffic; ") as unsure:
        baking(monkeypatch, Talking(one, one, one, reading(sites, web1="DOWN")))
    assert unsure.value.blame == NOBODY
    with pytest.raises(DeployError, match="was reloaded 2 times"):
        baking(monkeypatch, Talking(one, rows(one, 8), rows(one, 9)))
    assert baking(monkeypatch, Talking(one, rows(one, 8))).values["bake"][0]["verdict"] == "pass"
    with pytest.raises(HaproxyError, match="no haproxy socket"):
        baking(monkeypatch, Talking(one, None))
    zero = replace(one, admins=tuple(replace(admin, configured_weight=0) for admin in one.admins))
    with pytest.raises(InputError, match="configured weight of 0"):
        baking(monkeypatch, Talking(zero))
