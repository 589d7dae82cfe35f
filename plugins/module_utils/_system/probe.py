# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to a service on this host by HTTP, without proxies, redirects or credentials."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from .._model.release.release import short
from .._model.service.service import names_release

TIMEOUT = 3.0
_MAX_BYTES = 1 << 20


def health_problem(url: str, timeout: float = TIMEOUT) -> str:
    """Nothing when ``url`` answers 200 within ``timeout`` seconds, else the end of a sentence that says why not."""
    status, body = _get(url, timeout)
    return "" if status == http.client.OK else f"{url} {_what(status, body)}"


def version_problem(url: str, wanted: str, timeout: float = TIMEOUT) -> str:
    """Nothing when ``url`` answers 200 and names the release ``wanted``, else the end of a sentence."""
    status, body = _get(url, timeout)
    if status != http.client.OK:
        return f"{url} {_what(status, body)}"
    return "" if names_release(body, wanted) else f"{url} does not name {short(wanted)} but says {body.strip()[:80]!r}"


def _what(status: int, body: str) -> str:
    return f"answers {status}" if status else f"does not answer ({body})"


def _get(url: str, timeout: float) -> tuple[int, str]:
    """(status, body), or (0, reason) when there is no answer."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", (parts.path or "/") + ("?" + parts.query if parts.query else ""))
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_BYTES).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, getattr(error, "strerror", None) or str(error) or type(error).__name__
    finally:
        connection.close()
