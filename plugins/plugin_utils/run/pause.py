# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pause once blue is proven: how long it is, what may be answered, and the sentences for it.

Controller only (Python 3.11). Nothing here talks to anything. The value is deploy_pause_after_blue as somebody wrote
it; what is true meanwhile is read from the plan, as deploy_plan returns it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.errors import InputError
from ...module_utils._model.moment import render_age
from .table import short

PERSON = "person"
GO_ON, UNWIND, TIME = "go on", "unwind", "time"
ANSWERS = {"go on": GO_ON, "go": GO_ON, "g": GO_ON, "unwind": UNWIND, "u": UNWIND}
NONE = frozenset({"", "false", "no", "off", "none"})
MINUTES = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
MOST_MINUTES = 24 * 60
"""Longer than a day is a slip of the pen: every host is locked for as long."""

BEGINNING, OFTEN, SELDOM = 30.0, 5.0, 30.0
"""Seconds: for the first ``BEGINNING`` a progress line every ``OFTEN``, later one every ``SELDOM``."""


@dataclass(frozen=True)
class Pause:
    """How long the run pauses: until a ``person`` answers, or for ``seconds``; with neither it does not."""

    person: bool = False
    seconds: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether there is a pause at all."""
        return self.person or self.seconds > 0


def parse_pause(value: str) -> Pause:
    """The pause that is asked for: none, one for a ``person``, or one of so many minutes. Raises InputError."""
    word = value.strip().lower()
    if word in NONE:
        return Pause()
    if word == PERSON:
        return Pause(person=True)
    if not MINUTES.fullmatch(word) or float(word) > MOST_MINUTES:
        raise InputError(
            f"deploy_pause_after_blue is {value!r}: give person, a number of minutes up to {MOST_MINUTES}, or nothing "
            "for no pause. No host was contacted."
        )
    return Pause(seconds=float(word) * 60)


def answer_of(text: str) -> str:
    """What somebody typed: ``go on``, ``unwind``, or nothing where it is neither."""
    return ANSWERS.get(" ".join(text.lower().split()), "")


def no_terminal() -> InputError:
    """Why a run that waits for a person does not begin where none can answer."""
    return InputError(
        "deploy_pause_after_blue=person needs a terminal at which somebody can answer, and this run has none: start it "
        "from one, in the foreground, or use -e deploy_pause_after_blue=<minutes>. No host was contacted."
    )


def truth_while_paused(plan: Mapping[str, Any], host: str) -> str:
    """What is true while the run pauses after ``host``: who has the new release already, who is still to come."""
    turns = list(plan["turns"])
    done = turns[: turns.index(host) + 1]
    release = f"{plan['project']} {short(plan['release'])}"
    proven = " and is proven from its processes" if plan["hosts"][host].get("restart") else ""
    before = f" ({', '.join(done[:-1])} too)" if done[:-1] else ""
    waiting = [f"{each} {short(plan['hosts'][each]['current'])}" for each in turns[len(done) :]]
    return f"{host} has {release}{before}{proven}; still to come: {', '.join(waiting)}"


def how_to_answer(pause: Pause) -> str:
    """What may be typed, and what happens if nothing is."""
    choice = "type  go on  for the rest of the fleet, or  unwind  (or Ctrl-C) to take everything back, then Enter"
    if pause.person:
        return f"The run waits for you: {choice}."
    return f"The run goes on by itself in {render_age(pause.seconds)}. At a terminal: {choice}."


def countdown(host: str, left: float) -> str:
    """A line of progress, ``left`` seconds before the run goes on by itself."""
    return f"    {host}: paused, goes on by itself in {render_age(round(left))} (go on | unwind)"


def waiting(host: str, text: str = "") -> str:
    """The line before which a person answers; ``text`` is what was typed and is no answer."""
    misread = f"{text.strip()!r} is no answer. " if text.strip() else ""
    return f"    {host}: paused. {misread}Type  go on  or  unwind  and Enter:"


def until_next_line(elapsed: float, left: float) -> float:
    """Seconds until the next line of progress, ``elapsed`` seconds after the pause began."""
    return min(left, OFTEN if elapsed < BEGINNING else SELDOM)


def pause_note(answer: str, who: str, host: str, waited: float) -> str:
    """How the pause ended, for the journal; ``waited`` in seconds."""
    after = f"after {host}, {render_age(waited)} into the pause"
    if answer == TIME:
        return f"the pause after {host} ended by itself after {render_age(waited)}; nobody answered"
    return f"{who} said {answer} {after}"
