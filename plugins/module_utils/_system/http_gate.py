# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module http_gate does: looks at a page until it is as it must be, or until there is no more time."""

from __future__ import annotations

import math
from typing import Any, Mapping

from .._model.gate.contract import INFORM, JUDGE, PASS, READ, Answer
from .._model.gate.exchange import Address, NoAnswerError
from .._model.gate.http_options import check_http
from .._model.gate.http_rules import NOTHING, RIGHT, Look, PageTrial, WantedPage, taken, was_right
from .clock import SystemClock
from .http import get


def gate(params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Answer:
    """Answers what `ask` asks. Raises InputError."""
    check_http(params)
    page = Page(params, clock)
    if params["ask"] == READ:
        return taken(page.address.shown, page.look(oldest=math.inf))
    if params["ask"] == JUDGE:
        return page.judge(once=check_mode or params["mode"] == INFORM)
    return Answer(PASS, f"Nobody is told of anything at {page.address.shown}: it is only asked.")


class Page:
    """What is asked for, and what it must be."""

    def __init__(self, params: Mapping[str, Any], clock: SystemClock) -> None:
        self.address = Address.of(params["url"])
        self._params = params
        self._clock = clock
        self._wanted = WantedPage.of(params)
        self._headers = {str(name): str(value) for name, value in params["headers"].items()}
        self._before = was_right(params["baseline"])

    def look(self, oldest: float) -> Look:
        """One look; an answer that a cache has had for longer than `oldest` seconds is none."""
        try:
            reply = get(self.address, self._params, self._headers)
        except NoAnswerError as error:
            return Look(NOTHING, error.msg)
        return self._wanted.look(reply, oldest)

    def judge(self, once: bool) -> Answer:
        """Looks until enough looks in a row are right; with `once` at a single one."""
        begin = self._clock.monotonic()
        times = 1 if once else self._params["times"]
        row = looks = 0
        while True:
            # What a cache had before the judgement began is not of after it.
            last = self.look(oldest=self._clock.monotonic() - begin)
            looks += 1
            row = row + 1 if last.kind == RIGHT else 0
            waited = self._clock.monotonic() - begin
            if once or row >= times or waited + self._params["interval"] > self._params["timeout"]:
                host = self._params["host"]
                return PageTrial(self.address.shown, host, times, self._before, last, row, looks, waited).answer()
            self._clock.sleep(self._params["interval"])
