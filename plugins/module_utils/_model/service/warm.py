# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Warming a service up before it gets traffic: how many questions its workers are asked, and what is said of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ..errors import InputError
from ..printable import last_lines

WARM_SECONDS = 5.0
"""How long warming may take, all pages of all services together."""
_MOST_AT_ONCE = 32
_MOST_PROBLEMS = 5
_LONGEST = 200
_WRONG = 400
_PATH = re.compile(r"/[!-~]*")
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]*")


def check_question(paths: Sequence[str], host: str) -> None:
    """Paths and Host header go into a request as they are. Raises InputError for what cannot."""
    for path in paths:
        if not _PATH.fullmatch(path):
            raise InputError(f"The path {path!r} must begin with / and hold visible ASCII only.", phase="input")
    if not _HOST.fullmatch(host):
        raise InputError(f"{host!r} is not the name of a host.", phase="input")


@dataclass(frozen=True)
class PageAnswer:
    """What a service said to one question: the status, 0 with a ``problem`` where there was none; its seconds."""

    service: str
    path: str
    status: int
    problem: str
    seconds: float

    @property
    def wrong(self) -> str:
        """What is wrong with it, empty where nothing is."""
        what = self.problem or (f"it answers {self.status}" if self.status >= _WRONG else "")
        return f"{self.path} of {self.service}: {what}" if what else ""


def at_once(processes: int) -> int:
    """How many questions a service gets at the same time: one for each worker, so for its processes but the master."""
    return min(_MOST_AT_ONCE, max(1, processes - 1))


def warmed(paths: Sequence[str], asked: int, answers: Sequence[PageAnswer]) -> dict[str, Any]:
    """What the module returns; ``asked`` is the number of questions that there are ``answers`` to, or are not."""
    good = [answer for answer in answers if not answer.wrong]
    wrong = Counter(answer.wrong for answer in answers if answer.wrong)
    problems = [" ".join(last_lines(text, 1, _LONGEST)) + _times(count) for text, count in wrong.most_common()]
    if asked > len(answers):
        problems.insert(0, f"{asked - len(answers)} had no answer after {WARM_SECONDS:g} s")
    more = len(problems) - _MOST_PROBLEMS
    return {
        "paths": list(paths),
        "asked": asked,
        "answered": len(good),
        "slowest": round(max((answer.seconds for answer in good), default=0.0), 2),
        "problems": problems[:_MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else []),
    }


def warmed_sentence(said: Mapping[str, Any]) -> str:
    """The same as the end of a sentence."""
    slowest = f", the slowest after {said['slowest']:g} s" if said["answered"] else ""
    wrong = f" ({said['problems'][0]})" if said["problems"] else ""
    return f"{said['answered']} of {said['asked']} pages answered while warming up{slowest}{wrong}"


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""
