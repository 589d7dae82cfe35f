"""Looks at the web nodes every tenth of a second, and keeps a request hanging on each of them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.hosts import ADDRESSES, WEB
from benchmarks.model import Sample
from lab.book import LAB
from lab.client import TruncatedError, get
from lab.tally import Server, parse_servers

EVERY = 0.1
PATIENCE = 1.0
"""Seconds until a look counts as not answered."""
SITE = ("127.0.0.1", LAB.port(18080))
HANG_TRIES = 40
NODE = re.compile(rb"\b(ol-web\d)\n")


@contextmanager
def samples() -> Iterator[list[Sample]]:
    """What is seen while the block runs, from its beginning on; the list is complete afterwards."""
    seen: list[Sample] = []
    end = threading.Event()
    watcher = threading.Thread(target=lambda: asyncio.run(_watch(seen, end)))
    watcher.start()
    try:
        yield seen
    finally:
        end.set()
        watcher.join()


async def _watch(seen: list[Sample], end: threading.Event) -> None:
    began = time.monotonic()
    releases: dict[str, str] = {}
    while not end.is_set():
        at = time.monotonic() - began
        asked = asyncio.gather(*(_release(node, releases.get(node, "")) for node in WEB))
        servers, said = await _servers(), await asked
        releases = {node: release for node, release in zip(WEB, said, strict=True) if release}
        if servers:
            seen.append(Sample(at, servers, releases))
        await asyncio.sleep(max(0.0, at + EVERY - (time.monotonic() - began)))


async def _servers() -> dict[str, Server]:
    """The servers as haproxy shows them; none where it does not answer."""
    try:
        reply = await get(*SITE, "/admin?stats;csv", PATIENCE)
    except (OSError, TimeoutError, TruncatedError):
        return {}
    return parse_servers(reply.body.decode(), "openlibrary")


async def _release(node: str, last: str) -> str:
    """What a node's processes say they run; empty if there are none, and `last` where one does not answer in time."""
    try:
        reply = await get(ADDRESSES[node].address, 7071, "/version", PATIENCE)
        return str(json.loads(reply.body)["release"])
    except TimeoutError:
        return last
    except (OSError, TruncatedError, ValueError, IndexError):
        return ""


@contextmanager
def hanging() -> Iterator[None]:
    """A request that does not end on each web node, through nginx and haproxy, while the block runs."""
    held: dict[str, socket.socket] = {}
    try:
        for _number in range(HANG_TRIES):
            node, stream = _hang()
            stream.close() if node in held else held.update({node: stream})
            if set(held) >= set(WEB):
                break
        else:
            raise TimeoutError(f"of {HANG_TRIES} requests none hangs on {set(WEB) - set(held)}")
        yield
    finally:
        for stream in held.values():
            stream.close()


def _hang() -> tuple[str, socket.socket]:
    """A request that hangs, and the node that it hangs on."""
    stream = socket.create_connection(SITE, timeout=10)
    stream.sendall(b"GET /hang HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
    said = b""
    while not (found := NODE.search(said)):
        if not (more := stream.recv(4096)):
            raise ConnectionError(f"a request that was to hang has ended: {said!r}")
        said += more
    return found[1].decode(), stream
