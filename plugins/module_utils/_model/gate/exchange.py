# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An exchange by HTTP with what a gate asks: the options that say how, the address, the answer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Iterable, Mapping
from urllib.parse import urlsplit

from ..errors import DeployError, InputError
from ..option import SECONDS, Option
from .contract import PHASE

LOGIN: tuple[Option, ...] = (
    Option("url_username", "str", "User, for basic authentication."),
    Option("url_password", "str", "Password of O(url_username).", secret=True),
    Option("validate_certs", "bool", "Whether the certificate of an https address must be valid.", default=True),
    Option("ca_path", "path", "PEM file with the certificates of the authorities to trust instead of the system's."),
)
"""As whom a gate asks its source, and whom it trusts."""
CONNECT_TIMEOUT = Option(
    "connect_timeout",
    "float",
    "Seconds after which one question is given up, even if the answer trickles in.",
    default=10.0,
    unit=SECONDS,
    above=0,
)
HOW = (*LOGIN, CONNECT_TIMEOUT)
"""How a gate reaches its source, with :func:`get` of _system/http.py."""


class NoAnswerError(DeployError):
    """There was no answer; ``msg`` goes on after the name of whoever was asked."""


@dataclass(frozen=True)
class Address:
    """An http or https address, taken apart: where to connect, what to send as Host and as target of the request.

    ``shown`` has no query, in which a token may stand.
    """

    secure: bool
    host: str
    port: int
    netloc: str
    target: str
    shown: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Raises InputError, which does not show the address, because a login may stand in it."""
        # It goes into a request line as it is.
        if not re.fullmatch(r"https?://[!-~]+", url):
            raise InputError("The url is not an http or https address.", PHASE)
        secure = url.startswith("https:")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or (443 if secure else 80)
        except ValueError:
            raise InputError("The url has an impossible host or port.", PHASE) from None
        if "@" in parts.netloc:
            raise InputError("The url has a login in it; that goes into url_username and url_password.", PHASE)
        if not host:
            raise InputError("The url names no host.", PHASE)
        path = parts.path or "/"
        target = path + (f"?{parts.query}" if parts.query else "")
        return cls(secure, host, port, parts.netloc, target, f"{parts.scheme}://{parts.netloc}{parts.path}")


@dataclass(frozen=True)
class Reply:
    """What was answered. ``cut``: it is longer than what is read. ``age``: seconds that a cache had it for.

    ``seconds`` is how long it took.
    """

    status: int
    text: str
    cut: bool = False
    age: float = 0.0
    seconds: float = 0.0


def age_of(header: str | None) -> float:
    """What a cache says of the age of its answer, in seconds; an age that cannot be read is a great one."""
    if header is None:
        return 0.0
    return float(header) if re.fullmatch(r"\d{1,9}", header.strip(), re.ASCII) else math.inf


def check(options: Iterable[Option], given: Mapping[str, Any]) -> None:
    """Raises InputError for a value that is out of its option's range."""
    for option in options:
        value = given.get(option.name)
        problem = "" if value is None else option.problem(value)
        if problem:
            raise InputError(f"{option.name} is {value!r}; it {problem}.", PHASE)
