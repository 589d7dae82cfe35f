# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of http_gate."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ..errors import InputError
from ..option import SECONDS, Option
from .contract import PHASE, TIMEOUT
from .exchange import HOW, check

OPTIONS: tuple[Option, ...] = (
    Option(
        "url",
        "str",
        "The page to request, by GET, for example C(https://queue.example.org/status). A login in it is refused.",
        required=True,
    ),
    Option("status", "list", "The status codes that are right.", default=(200,), elements="int"),
    Option("headers", "dict", "Headers of the request. Their values are never shown.", default={}, secret=True),
    Option(
        "value",
        "str",
        "Where the value is in the JSON of the answer: names and, in lists, numbers from 0, with dots between"
        " them, for example V(queue.depth) or V(services.0.state). Without limits it must only be there.",
    ),
    Option("least", "float", "The least number that is right for O(value)."),
    Option("most", "float", "The greatest number that is right for O(value)."),
    Option(
        "equals",
        "str",
        "What O(value) must be: a text, a number, V(true), V(false) or V(null).",
    ),
    Option("interval", "float", "Seconds between two looks.", default=2.0, unit=SECONDS, above=0),
    Option("times", "int", "How many looks in a row must be right.", default=1, least=1),
    *HOW,
)

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]+")


def check_http(given: Mapping[str, Any]) -> None:
    """Raises InputError for options that cannot be right."""
    check((*OPTIONS, TIMEOUT), given)
    for code in given["status"]:
        if not 200 <= code <= 599:
            raise InputError(f"status has {code}, which no page answers with.", PHASE)
    if not given["status"]:
        raise InputError("status is empty: give the codes that are right.", PHASE)
    limits = [name for name in ("least", "most", "equals") if given[name] is not None]
    if limits and not given["value"]:
        raise InputError(f"{limits[0]} needs a value: the value that it limits.", PHASE)
    if given["value"] and "" in given["value"].split("."):
        raise InputError(f"value is {given['value']!r}; it must be names with one dot between them.", PHASE)
    if given["least"] is not None and given["most"] is not None and given["least"] > given["most"]:
        raise InputError(f"least is {given['least']:g} and more than most, {given['most']:g}.", PHASE)
    _check_headers(given["headers"])


def _check_headers(headers: Mapping[str, Any]) -> None:
    """What is wrong with a value is said without the value."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(str(name)):
            raise InputError("headers has a name that is not valid for a header.", PHASE)
        if not re.fullmatch(r"[ -~]*", str(value)):
            raise InputError(f"The header {name} must be one line of visible ASCII.", PHASE)
