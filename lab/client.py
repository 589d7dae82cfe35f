"""One HTTP request over one new connection: as plain as it can be, because two processors are shared with the hosts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """A whole reply: its body is as long as its header says."""

    status: int
    body: bytes


class TruncatedError(Exception):
    """The connection ended before the reply did."""


async def get(host: str, port: int, path: str, timeout: float) -> Reply:
    """GET `path`. Raises OSError, TimeoutError (after `timeout` seconds in all) or TruncatedError."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return parse(await reader.read(-1))
        finally:
            writer.close()


def parse(raw: bytes) -> Reply:
    """Takes a reply apart. Raises TruncatedError unless it is whole by its own Content-Length (or chunks)."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        raise TruncatedError(f"only {len(raw)} bytes came")
    lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])
    }
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _dechunked(body)
    elif "content-length" in headers and len(body) != int(headers["content-length"]):
        raise TruncatedError(f"{len(body)} of {headers['content-length']} bytes came")
    return Reply(int(lines[0].split(" ", 2)[1]), body)


def _dechunked(body: bytes) -> bytes:
    whole = b""
    while True:
        size, separator, rest = body.partition(b"\r\n")
        if not separator:
            raise TruncatedError("the last chunk is missing")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return whole
        if len(rest) < length + 2:
            raise TruncatedError("a chunk is incomplete")
        whole += rest[:length]
        body = rest[length + 2 :]
