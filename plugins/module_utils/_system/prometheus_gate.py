# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module prometheus_gate does: asks Prometheus until its samples are new enough, and judges by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping
from urllib.parse import urlencode

from .._model.errors import InputError
from .._model.gate.contract import INFORM, JUDGE, PASS, PHASE, READ, Answer
from .._model.gate.exchange import Address, NoAnswerError, Reply
from .._model.gate.prometheus_api import CLOCK, PrometheusError, clock_of, newest_of, parse
from .._model.gate.prometheus_options import check_prometheus
from .._model.gate.prometheus_rules import QueryBaseline, QueryLimits, QueryReading, QueryTrial
from .clock import SystemClock
from .http import get


def gate(params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Answer:
    """Answers what `ask` asks. Raises InputError."""
    check_prometheus(params)
    asked = Prometheus(params, clock)
    if params["ask"] == READ:
        return asked.before_the_run()
    if params["ask"] == JUDGE:
        return asked.judge(once=check_mode or params["mode"] == INFORM)
    return Answer(PASS, f"Nobody is told of anything at {asked.address.shown}: it is only asked.")


class Prometheus:
    """One Prometheus, one query."""

    def __init__(self, params: Mapping[str, Any], clock: SystemClock) -> None:
        base = Address.of(params["url"].rstrip("/"))
        if "?" in base.target:
            raise InputError("The url must be Prometheus' address alone; the query goes into query.", PHASE)
        self.address = base
        self._path = base.target.rstrip("/") + "/api/v1/query"
        self._params = params
        self._clock = clock
        token = params["bearer_token"]
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits, before = QueryLimits.of(params), QueryBaseline.of(params["baseline"])
        self._case = QueryTrial(base.shown, params["query"], limits, params["window"], params["host"], before)
        self._since: float | None = params["since"]
        self._reading: QueryReading | None = None

    def before_the_run(self) -> Answer:
        """What the query gives before the run."""
        try:
            return self._case.taken(self._read())
        except (PrometheusError, NoAnswerError) as error:
            return self._case.unknown(error.msg, self._reading, 1, 0.0)

    def judge(self, once: bool) -> Answer:
        """Asks until all samples are of after `since`; with `once` a single time."""
        begin = self._clock.monotonic()
        once = once or self._case.hopeless
        looks = 0
        while True:
            looks += 1
            try:
                reading = self._read(begins=not once)
                return self._case.judged(reading, self._since, looks, self._clock.monotonic() - begin)
            except (PrometheusError, NoAnswerError) as error:
                why = error.msg
            waited = self._clock.monotonic() - begin
            if once or waited + self._params["interval"] > self._params["timeout"]:
                return self._case.unknown(why, self._reading, looks, waited)
            self._clock.sleep(self._params["interval"])

    def _read(self, begins: bool = False) -> QueryReading:
        """All three answers are of one moment of Prometheus' own clock. Raises PrometheusError and NoAnswerError."""
        self._reading = None
        now = clock_of(self._ask(CLOCK))
        if begins and self._since is None:
            self._since = now
        newest = parse(self._ask(newest_of(self._params["series"]), now), now)
        samples = parse(self._ask(self._params["query"], now), now)
        self._reading = QueryReading(now, {each.name: each.value for each in newest}, samples)
        return self._reading

    def _ask(self, query: str, at: float | None = None) -> Reply:
        asked = {"query": query} if at is None else {"query": query, "time": f"{at:.3f}"}
        return get(replace(self.address, target=f"{self._path}?{urlencode(asked)}"), self._params, self._headers)
