# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an answer by HTTP says, and what follows from looks at it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Mapping, Union

from ..errors import NOBODY, InputError
from ..printable import printable
from .before import outside
from .contract import PASS, PHASE, UNKNOWN, Answer
from .exchange import Reply

RIGHT, OUTSIDE, NOTHING = "right", "outside", "nothing"
"""What a look shows: what is wanted; an answer that is not; nothing that could be held against what is wanted."""

Scalar = Union[str, int, float, bool, None]


@dataclass(frozen=True)
class Look:
    """One look. ``told`` goes on after the address."""

    kind: str
    told: str
    status: int = 0
    value: Scalar = None
    seconds: float = 0.0


@dataclass(frozen=True)
class WantedPage:
    """What an answer must be; without a ``path`` its status alone counts."""

    statuses: tuple[int, ...]
    path: str = ""
    least: float | None = None
    most: float | None = None
    equals: str | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> WantedPage:
        """What a module's options say."""
        path = params["value"] or ""
        return cls(tuple(params["status"]), path, params["least"], params["most"], params["equals"])

    def look(self, reply: Reply, oldest: float) -> Look:
        """What a reply says; one that a cache has had for longer than ``oldest`` seconds says nothing."""
        if reply.age > oldest:
            age = "of unknown age" if math.isinf(reply.age) else f"{reply.age:g} s old"
            return Look(NOTHING, f"has an answer from a cache, {age}", reply.status, None, reply.seconds)
        kind, told, value = self._judge(reply)
        return Look(kind, told, reply.status, value, reply.seconds)

    def _judge(self, reply: Reply) -> tuple[str, str, Scalar]:
        if reply.status not in self.statuses:
            return OUTSIDE, f"answers {reply.status} instead of {' or '.join(map(str, self.statuses))}", None
        if not self.path:
            return RIGHT, f"answers {reply.status}", None
        if reply.cut:
            return NOTHING, "answers more than is read of it", None
        try:
            found = find(parse(reply.text), self.path)
        except LookupError as error:
            return NOTHING, str(error.args[0]), None
        if isinstance(found, (dict, list)):
            what = "a list" if isinstance(found, list) else "an object"
            return NOTHING, f"has {what} at {self.path} instead of a value", None
        if isinstance(found, float) and math.isinf(found):
            return NOTHING, f"has a number at {self.path} that is too large", None
        kind, told = self._hold(found)
        return kind, told, printable(found)[:200] if isinstance(found, str) else found

    def _hold(self, found: Scalar) -> tuple[str, str]:
        said = f"says {self.path} is {shown(found)}"
        if self.equals is not None and not same(found, self.equals):
            return OUTSIDE, f"{said} instead of {shown(self.equals)}"
        if self.least is None and self.most is None:
            return RIGHT, said
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return NOTHING, f"{said}, which is not a number"
        if self.least is not None and found < self.least:
            return OUTSIDE, f"{said}, less than {self.least:g}"
        if self.most is not None and found > self.most:
            return OUTSIDE, f"{said}, more than {self.most:g}"
        return RIGHT, said


def parse(text: str) -> Any:
    """The JSON. Raises LookupError."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_int=_number)
    except (ValueError, RecursionError):
        raise LookupError("answers what is not JSON") from None


def _no_number(name: str) -> Any:
    # Python's parser takes them, JSON does not; NaN is neither more nor less than any limit.
    raise ValueError(name)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits)


def find(data: Any, path: str) -> Any:
    """What stands at a path such as ``services.0.state``. Raises LookupError."""
    for part in path.split("."):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(data):
            data = data[int(part[:9])]
        else:
            raise LookupError(f"has no {path} in its answer")
    return data


def same(found: Scalar, wanted: str) -> bool:
    """Whether a value is the one that an option names: a number by its size, anything else by its text."""
    if found is None or isinstance(found, bool):
        # YAML's true arrives as True.
        return json.dumps(found) == wanted.lower()
    if isinstance(found, str):
        return found == wanted
    try:
        return found == float(wanted)
    except ValueError:
        return False


def shown(value: Scalar) -> str:
    """A value in a sentence: one line, not too long."""
    if isinstance(value, str):
        return json.dumps(" ".join(printable(value[:400]).split())[:80], ensure_ascii=False)
    text = json.dumps(value)
    return text if len(text) <= 30 else f"{text[:27]}..."


@dataclass(frozen=True)
class PageTrial:
    """A judgement so far: about which address and host, with what was seen before the run and of how many looks.

    ``row`` counts the last looks in a row that were right, ``times`` is how many there must be. ``before`` is None
    where nothing is known.
    """

    address: str
    host: str
    times: int
    before: bool | None
    last: Look
    row: int
    looks: int
    seconds: float

    def answer(self) -> Answer:
        """The verdict when no further look follows."""
        said = f"{self.address} {self.last.told}"
        if self.last.kind == RIGHT and self.row >= self.times:
            return self._answer(PASS, NOBODY, f"{said}{self._looked()}.")
        if self.last.kind == OUTSIDE:
            return self._answer(*outside(f"{said}{self._looked()}", self.host, self.before))
        if self.last.kind == RIGHT:
            why = f"{said}, but only at {self.row} of {self.times} looks in a row{self._looked()}"
            return self._answer(UNKNOWN, NOBODY, f"{why}.")
        return self._answer(UNKNOWN, NOBODY, f"{said}{self._looked()}.")

    def _looked(self) -> str:
        return "" if self.looks == 1 else f" at the last of {self.looks} looks in {self.seconds:.0f} s"

    def _answer(self, verdict: str, blame: str, msg: str) -> Answer:
        return Answer(verdict, msg, blame, figures_of(self.address, self.last, self.looks))


def figures_of(address: str, look: Look, looks: int) -> Mapping[str, Any]:
    """What was measured."""
    return {
        "url": address,
        "status": look.status,
        "value": look.value,
        "seconds": round(look.seconds, 3),
        "looks": looks,
    }


def taken(address: str, look: Look) -> Answer:
    """The answer of ``read``: what is there before the run."""
    figures, said = figures_of(address, look, 1), f"{address} {look.told}"
    if look.kind == NOTHING:
        return Answer(UNKNOWN, f"{said}.", figures=figures)
    baseline = {"right": look.kind == RIGHT, "status": look.status, "value": look.value}
    if look.kind == OUTSIDE:
        return Answer(PASS, f"{said}, already before the run.", figures=figures, baseline=baseline)
    return Answer(PASS, f"{said}.", figures=figures, baseline=baseline)


def was_right(baseline: Mapping[str, Any]) -> bool | None:
    """What the answer of ``read`` says; None where there is none. Raises InputError."""
    if not baseline:
        return None
    right = baseline.get("right")
    if not isinstance(right, bool):
        raise InputError("baseline is not what ask=read returned: its right is neither true nor false.", PHASE)
    return right
