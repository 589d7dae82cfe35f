# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real haproxy on free ports with real backends whose health a test can switch, and clients that count errors."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

CHECK_MS = 100
"""Milliseconds between two health checks."""

CONFIG = """
global
    stats socket {admin} mode 600 level admin
    stats socket {operator} mode 600 level operator
    stats socket ipv4@127.0.0.1:{tcp} level admin
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
    timeout queue 5s
    default-server inter {inter}ms fall 2 rise 2
frontend front
    bind 127.0.0.1:{front}
    default_backend web
backend web
    balance roundrobin
    option httpchk GET /health
    server web1 127.0.0.1:{web1} check weight 100 {web1_options}
    server web2 127.0.0.1:{web2} check weight 100
{third}
listen stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /admin?stats
    stats auth ops:secret
    http-request use-service prometheus-exporter if {{ path /metrics }}
backend mix
    option httpchk GET /health
    server light 127.0.0.1:{web2} check
    server unchecked 127.0.0.1:{web2} weight 100
    server disabled 127.0.0.1:{web2} check disabled
    server spare 127.0.0.1:{web2} check backup
    server zero 127.0.0.1:{web2} check weight 0
backend followers
    server follower 127.0.0.1:{web2} track mix/light weight 100
"""


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Backend:
    """An HTTP server: `healthy` decides what /health answers, `alive` whether anything answers; /slow/N waits.

    Of what is not /health, `failing` is the share that gets a 500, or with `breaking` no answer at all, and `delay` the
    seconds until an answer. `asked` counts by path.
    """

    def __init__(self) -> None:
        self.healthy = True
        self.alive = True
        self.failing = 0.0
        self.breaking = False
        self.delay = 0.0
        self.served = 0
        self.asked: Counter[str] = Counter()
        self._owed = 0.0
        self._counting = threading.Lock()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                backend.answer(self)

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        if not self.alive:
            hang_up(handler)
            return
        if handler.path.startswith("/slow/"):
            time.sleep(float(handler.path.rpartition("/")[2]))
        if handler.path == "/health":
            status = 200 if self.healthy else 503
        else:
            fails = self._count(handler.path)
            time.sleep(self.delay)
            if fails and self.breaking:
                hang_up(handler)
                return
            status = 500 if fails else 200
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def _count(self, path: str) -> bool:
        """Whether this request fails: evenly spread and not by chance, a share of a third fails every third one."""
        with self._counting:
            self.served += 1
            self.asked[path] += 1
            self._owed += self.failing
            if self._owed < 1:
                return False
            self._owed -= 1
            return True

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Ends the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


class Clients:
    """Sends requests, each on a connection of its own, until told to stop; counts what came back.

    `many` clients at once, so that a slow server does not keep the others idle.
    """

    def __init__(self, port: int, pause: float = 0.005, many: int = 1) -> None:
        self._port = port
        self._pause = pause
        self.sent = 0
        self.errors: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(many)]

    def _send(self) -> None:
        while not self._over.wait(self._pause):
            self.sent += 1
            try:
                status = get(self._port, "/")
            except OSError as error:
                self.errors.append(str(error))
            else:
                if status != 200:
                    self.errors.append(f"HTTP {status}")

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def get(port: int, path: str) -> int:
    """The status of one request through haproxy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


class Haproxy:
    """A running haproxy in front of two backends, or with `three` of three."""

    def __init__(self, place: Path, web1_options: str = "", three: bool = False) -> None:
        binary = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
        assert binary, (
            "haproxy is not installed: apt-get install -y --no-install-recommends haproxy (make test does it)"
        )
        self._binary = binary
        self.web1, self.web2, self.web3 = Backend(), Backend(), Backend()
        self.front, self.tcp, self.stats = free_port(), free_port(), free_port()
        self.admin, self.operator = str(place / "admin.sock"), str(place / "operator.sock")
        self._config = place / "haproxy.cfg"
        self._config.write_text(
            CONFIG.format(
                admin=self.admin,
                operator=self.operator,
                tcp=self.tcp,
                front=self.front,
                stats=self.stats,
                inter=CHECK_MS,
                web1=self.web1.port,
                web2=self.web2.port,
                web1_options=web1_options,
                third=f"    server web3 127.0.0.1:{self.web3.port} check weight 100" if three else "",
            )
        )
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([self._binary, "-db", "-q", "-f", str(self._config)], stderr=subprocess.DEVNULL)
        self.wait_for("web", "web1", "UP")
        self.wait_for("web", "web2", "UP")
        return process

    def restart(self) -> None:
        """What a reload means for the state set over the socket: a new process that has forgotten it."""
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        """Ends haproxy, not the backends."""
        self._process.terminate()
        self._process.wait(10)

    def close(self) -> None:
        """Ends everything."""
        self.stop()
        for backend in (self.web1, self.web2, self.web3):
            backend.close()

    def command(self, line: str) -> str:
        """An operator at the runtime socket, independent of the code under test."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(self.admin)
            connection.sendall(line.encode() + b"\n")
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).decode().strip()

    def row(self, backend: str, server: str) -> dict[str, str]:
        """The server's columns, read independently of the code under test."""
        lines = self.command("show stat").splitlines()
        names = lines[0].lstrip("# ").split(",")
        rows = [dict(zip(names, line.split(","), strict=False)) for line in lines[1:]]
        return next(row for row in rows if (row["pxname"], row["svname"]) == (backend, server))

    def admin_bits(self, server: str, backend: str = "web") -> int:
        """srv_admin_state, read independently of the code under test."""
        lines = self.command(f"show servers state {backend}").splitlines()
        return next(int(line.split()[6]) for line in lines[2:] if line.split()[3] == server)

    def weights(self, server: str) -> tuple[int, int]:
        """The weight that is set and the one that is configured."""
        lines = self.command("show servers state web").splitlines()
        fields = next(line.split() for line in lines[2:] if line.split()[3] == server)
        return int(fields[7]), int(fields[8])

    def wait_for(self, backend: str, server: str, status: str) -> None:
        """Until the server shows exactly this status at full health, five seconds at most."""
        deadline = time.monotonic() + 5
        shown = "nothing"
        while time.monotonic() < deadline:
            try:
                row = self.row(backend, server)
            except OSError as error:
                shown = str(error)
            else:
                shown = row["status"]
                if shown == status and (status != "UP" or row["check_status"] == "L7OK"):
                    return
            time.sleep(0.02)
        raise AssertionError(f"{backend}/{server} is {shown}, not {status}")

    def wait_for_session(self, server: str) -> None:
        """Until a request is with the server, five seconds at most."""
        deadline = time.monotonic() + 5
        while self.row("web", server)["scur"] == "0":
            assert time.monotonic() < deadline, f"no request reached {server}"
            time.sleep(0.02)
