# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of prometheus_gate, and what a query and a selector must be for their answers to prove anything."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ..errors import InputError
from ..option import SECONDS, Option
from .contract import JUDGE, PHASE, TIMEOUT
from .exchange import HOW, check

OPTIONS: tuple[Option, ...] = (
    Option("url", "str", "Address of Prometheus, for example C(http://monitor:9090).", required=True),
    Option(
        "query",
        "str",
        'The instant query, in PromQL, for example C(sum(rate(haproxy_backend_http_responses_total{code="5xx"}[30s]))).'
        " Of several series in its answer the worst counts. Where none means zero, end it with C(or vector(0)).",
        required=True,
    ),
    Option(
        "series",
        "str",
        'Selector of the series that O(query) reads, for example C(haproxy_backend_http_responses_total{code="5xx"}).'
        " Their samples say whether there is anything new: not C(up), which a target that does not answer has too.",
        required=True,
    ),
    Option("most", "float", "The greatest value that is right."),
    Option("least", "float", "The least value that is right."),
    Option(
        "times_baseline",
        "float",
        "The greatest value that is right, as a multiple of the one before the run, plus O(slack).",
        least=0,
    ),
    Option("slack", "float", "What is added to the multiple of O(times_baseline).", default=0.0, least=0),
    Option(
        "window",
        "float",
        "Seconds of Prometheus' clock after O(since) that are judged: the range in the query, or longer. Every target"
        " of O(series) must have a sample taken after them. It must be longer than two intervals of scraping.",
        default=60.0,
        unit=SECONDS,
        above=0,
    ),
    Option("interval", "float", "Seconds between two looks.", default=5.0, unit=SECONDS, above=0),
    Option("bearer_token", "str", "Token that is sent instead of a user and a password.", secret=True),
    *HOW,
)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_DURATION = r"(?:\d+(?:ms|[smhdwy]))+|\d+(?:\.\d+)?"
_QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_MATCHER = rf"\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*(?:{_QUOTED})\s*"
_SELECTOR = re.compile(
    rf"(?!\s*\Z)\s*(?:[A-Za-z_:][\w:]*)?\s*(?:\{{(?:{_MATCHER}(?:,{_MATCHER})*,?)?\s*\}})?\s*", re.ASCII
)


def check_prometheus(given: Mapping[str, Any]) -> None:
    """Raises InputError for options that cannot be right, or with which old samples could count as new ones."""
    check((*OPTIONS, TIMEOUT), given)
    if given["most"] is None and given["least"] is None and given["times_baseline"] is None:
        raise InputError("Give most, least or times_baseline: without a limit nothing is judged.", PHASE)
    if given["times_baseline"] is not None and not given["most"] is given["least"] is None:
        raise InputError("Give either times_baseline or most and least.", PHASE)
    if given["most"] is not None and given["least"] is not None and given["least"] > given["most"]:
        raise InputError(f"least is {given['least']:g} and more than most, {given['most']:g}.", PHASE)
    if not given["query"].strip():
        raise InputError("query is empty.", PHASE)
    # Of anything but a selector Prometheus' timestamp() is the moment of the question: always new.
    if not _SELECTOR.fullmatch(given["series"]):
        # pylint takes braces in a text for a format of the arguments.
        wanted = 'series must be a selector without a range, such as name{label="value"}.'
        raise InputError(wanted, PHASE)
    reach = reach_of(given["query"])
    if reach > given["window"]:
        raise InputError(
            f"query looks back {reach:g} s and window has {given['window']:g} s, so that it would count what was"
            " before the run.",
            PHASE,
        )
    if given["mode"] == JUDGE and given["timeout"] < given["window"]:
        raise InputError(f"timeout is {given['timeout']:g} s, too short for a window of {given['window']:g} s.", PHASE)
    _check_login(given)


def _check_login(given: Mapping[str, Any]) -> None:
    if given["bearer_token"] and given["url_username"]:
        raise InputError("Give either bearer_token or url_username.", PHASE)
    if given["bearer_token"] and not re.fullmatch(r"[!-~]+", given["bearer_token"]):
        raise InputError("bearer_token must be one word of visible ASCII.", PHASE)


def reach_of(query: str) -> float:
    """How many seconds a query looks back by its ranges: the longest one, and every subquery around it.

    A range with an offset means to look at an earlier time, and is left out. Raises InputError.
    """
    bare = re.sub(rf"{_QUOTED}|`[^`]*`|#[^\n]*", "", query)
    longest, around = 0.0, 0.0
    for found in re.finditer(r"\[([^\]]*)\](?!\s*offset\s+\d)", bare):
        length, colon, _step = found.group(1).partition(":")
        if colon:
            around += _seconds(length.strip())
        else:
            longest = max(longest, _seconds(length.strip()))
    return longest + around


def _seconds(duration: str) -> float:
    if not re.fullmatch(_DURATION, duration, re.ASCII):
        raise InputError(f"query has a range of {duration!r}, which is not a duration such as 30s.", PHASE)
    if duration[-1].isdigit():
        return float(duration)
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))
