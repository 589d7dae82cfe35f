"""Sends requests at a constant rate, a new connection each, and judges every answer.

Half are pages, half are static assets. A page tells its release; the assets of every release seen so far are asked for
to the end, as browsers with an open page do, and must hold the bytes of the release that they were asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import re
import signal
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from lab.book import SITE_URL
from lab.client import TruncatedError, get
from lab.errors import LabError
from lab.tally import Outcome, Sample, Tally, clean, parse_servers

ASSET = re.compile(rb"(/static/build/[a-z.]+\?v=([0-9a-f]{40}))")
SAMPLE_SECONDS = 0.1


class Load:
    """One load against one site; all of its state lives in one event loop."""

    def __init__(self, site: str, backend: str, timeout: float) -> None:
        parts = urlsplit(site)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80
        self.backend = backend
        self.timeout = timeout
        self.tally = Tally()
        self.assets: dict[str, str] = {}  # path -> release
        self.stopped = asyncio.Event()
        self.began = asyncio.get_running_loop().time()

    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    async def send(self, rate: float) -> None:
        """Starts a request each 1/rate seconds whether or not earlier ones have ended; returns when all have."""
        requests: set[asyncio.Task[None]] = set()
        for number in count():
            wait = number / rate - self.now()
            if wait > 0:
                await self._pause(wait)
            if self.stopped.is_set():
                break
            request = asyncio.create_task(self._request(number))
            requests.add(request)
            request.add_done_callback(requests.discard)
        await asyncio.gather(*requests)

    async def sample(self) -> None:
        """Looks at the balancer's statistics each 100 ms."""
        while not self.stopped.is_set():
            began = self.now()
            try:
                reply = await get(self.host, self.port, "/admin?stats;csv", self.timeout)
                self.tally.samples.append(Sample(began, parse_servers(reply.body.decode(), self.backend)))
            except (OSError, TimeoutError, TruncatedError, KeyError, ValueError):
                self.tally.samples_failed += 1
            await self._pause(max(0.0, began + SAMPLE_SECONDS - self.now()))

    async def watch(self, seconds: float | None, until: Path | None) -> None:
        """Ends the load after `seconds`, or when the file `until` appears; without either a signal has to."""
        while not self.stopped.is_set():
            if (seconds is not None and self.now() >= seconds) or (until is not None and until.exists()):
                self.stopped.set()
            await self._pause(0.1)

    async def _pause(self, seconds: float) -> None:
        if seconds < 2 * SAMPLE_SECONDS:
            await asyncio.sleep(seconds)
        else:
            try:
                await asyncio.wait_for(self.stopped.wait(), seconds)
            except TimeoutError:
                return

    async def _request(self, number: int) -> None:
        path, release = self._next(number)
        began = self.now()
        try:
            reply = await get(self.host, self.port, path, self.timeout)
        except (OSError, TimeoutError, TruncatedError, ValueError, IndexError) as lost:
            why = f"{type(lost).__name__}: {lost}".rstrip(": ")
            self.tally.outcomes.append(Outcome(began, path, self.now() - began, release=release, lost=why))
            return
        seconds = self.now() - began
        wrong = ""
        if 200 <= reply.status < 300:
            release, wrong = self._judge_asset(release, reply.body) if release else self._read_page(reply.body)
        self.tally.outcomes.append(Outcome(began, path, seconds, reply.status, release, wrong=wrong))

    def _next(self, number: int) -> tuple[str, str]:
        """What to ask for, and the release whose bytes must come (empty for a page)."""
        if number % 2 and self.assets:
            paths = list(self.assets)
            path = paths[number // 2 % len(paths)]
            return path, self.assets[path]
        return ("/" if number % 20 == 0 else f"/works/{number}"), ""

    @staticmethod
    def _judge_asset(release: str, body: bytes) -> tuple[str, str]:
        return release, "" if release.encode() in body else "the bytes are not of the release asked for"

    def _read_page(self, body: bytes) -> tuple[str, str]:
        found = ASSET.findall(body)
        releases = {release.decode() for _path, release in found}
        if len(releases) != 1:
            return "", f"the page names {len(releases)} releases"
        release = releases.pop()
        for path, _release in found:
            self.assets.setdefault(path.decode(), release)
        return release, ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m lab load`."""
    parser.add_argument("--rate", type=float, default=200, help="requests a second (default 200)")
    parser.add_argument("--seconds", type=float, help="end after so many seconds")
    parser.add_argument("--until", type=Path, help="end when this file exists")
    parser.add_argument("--json", type=Path, help="write the result here; without it, to standard output")
    parser.add_argument("--site", default=SITE_URL, help=f"where nginx answers (default {SITE_URL})")
    parser.add_argument("--backend", default="openlibrary", help="haproxy backend to watch (default openlibrary)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds until a request counts as lost (default 10)")


def main(options: argparse.Namespace) -> int:
    """Runs the load to its end (or to SIGTERM or SIGINT). 1 when anything was lost, refused or wrong."""
    if options.rate <= 0:
        raise LabError("--rate must be more than 0 requests a second.")
    result = asyncio.run(_run(options))
    text = json.dumps(result, indent=2) + "\n"
    if options.json:
        options.json.write_text(text)
    else:
        print(text, end="")
    return 0 if clean(result) else 1


async def _run(options: argparse.Namespace) -> dict[str, object]:
    load = Load(options.site, options.backend, options.timeout)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, load.stopped.set)
    gc.freeze()
    await asyncio.gather(load.send(options.rate), load.sample(), load.watch(options.seconds, options.until))
    return load.tally.result(load.now())
