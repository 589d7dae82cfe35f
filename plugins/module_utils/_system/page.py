# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One page of a server, by plain HTTP."""

from __future__ import annotations

import http.client
import time

PAGE_BYTES = 1 << 20
"""So much of a page is read: what is longer is not waited for."""


def ask_page(address: str, port: int, path: str, host: str, timeout: float) -> tuple[int, str]:
    """The status of a page that is answered within ``timeout`` seconds, and nothing; else 0, and why not.

    ``host`` is the Host header; the address where it is empty.
    """
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    deadline = time.monotonic() + timeout
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        _read_page(answer, deadline)
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()
    return answer.status, ""


def _read_page(answer: http.client.HTTPResponse, deadline: float) -> None:
    left = PAGE_BYTES
    while left > 0:
        part = answer.read1(left)
        if not part:
            if answer.length:
                raise http.client.IncompleteRead(b"", answer.length)
            return
        left -= len(part)
        # A page that comes in drops never meets the time-out of a single read.
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
