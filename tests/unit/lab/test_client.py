"""Whether a reply came whole."""

from __future__ import annotations

import pytest

from lab.client import Reply, TruncatedError, parse


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", Reply(200, b"OK")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Reply(204, b"")),
        (b"HTTP/1.0 503 Service Unavailable\r\nX: y\r\n\r\nsorry", Reply(503, b"sorry")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n", Reply(200, b"abc")),
    ],
)
def test_whole_replies(raw: bytes, reply: Reply) -> None:
    assert parse(raw) == reply


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab\r\n",
    ],
)
def test_a_reply_cut_short_is_never_taken_for_whole(raw: bytes) -> None:
    with pytest.raises(TruncatedError):
        parse(raw)
