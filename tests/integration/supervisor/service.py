# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service that behaves as its arguments say; runs from a release, under supervisord."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--workers", type=int, default=0)
parser.add_argument("--prefork", type=int, default=0, help="workers that answer, one request each at a time")
parser.add_argument("--asked", default="", help="a file that gets a line for each request: pid, path, Host header")
parser.add_argument("--worker-cwd", default="")
parser.add_argument("--stubborn-orphan", action="store_true", help="a worker that outlives its master")
parser.add_argument("--die-after", type=float, default=-1.0, help="seconds; only in release bbb...")
parser.add_argument("--last-words", default="", help="a file whose bytes it writes when it dies")
parser.add_argument("--fill", default="", help="a directory whose disk it fills in release bbb...")
parser.add_argument("--sick", action="store_true", help="/health answers 500 in release bbb...")
parser.add_argument("--sick-while", default="", help="a file; /health answers 500 as long as it is there")
parser.add_argument("--progress", default="")
parser.add_argument("--version-lies", action="store_true")
options = parser.parse_args()
release = os.environ["DEPLOY_RELEASE"]
new = release.startswith("b")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if options.asked:
            with Path(options.asked).open("a") as file:
                file.write(f"{os.getpid()} {self.path} {self.headers['Host']}\n")
        if self.path == "/hang" and options.prefork:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep({"/slow": 1.5, "/cold": 0.3, "/hang": 600}.get(self.path, 0))
        sick = self.path == "/health" and ((options.sick and new) or os.path.exists(options.sick_while))
        version = "f" * 40 if options.version_lies else release
        body = json.dumps({"release": version}).encode() if self.path == "/version" else b"OK"
        self.send_response(500 if sick else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                pass


def prefork(port: int) -> None:
    """Workers as gunicorn's: one that hangs notices no end, and the master waits for it."""
    server = HTTPServer(("127.0.0.1", port), Handler)
    workers = []
    for _ in range(options.prefork):
        workers.append(os.fork())
        if not workers[-1]:
            server.serve_forever()

    def stop(*_: object) -> None:
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
        for worker in workers:
            os.waitpid(worker, 0)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        time.sleep(60)


def die() -> None:
    words = Path(options.last_words).read_bytes() if options.last_words else b"fatal: no such table: works\n"
    os.write(2, words)
    os._exit(3)


def start_children() -> None:
    for _ in range(options.workers):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], cwd=options.worker_cwd or None)
    if options.stubborn_orphan:
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code])


def main() -> None:
    print(f"service starts in {os.getcwd()}", flush=True)
    start_children()
    children_end_with_us = not options.stubborn_orphan

    def stop(*_: object) -> None:
        if children_end_with_us:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(0, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    if options.prefork:
        prefork(options.port)
    if options.port:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    if options.fill and new:
        fill(Path(options.fill, "filled"))
    started = time.monotonic()
    while True:
        if options.progress:
            Path(options.progress).write_text(str(time.time()))
        if new and 0 <= options.die_after < time.monotonic() - started:
            die()
        time.sleep(0.05)


main()
