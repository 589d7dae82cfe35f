# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How http_gate and prometheus_gate look again, by a clock that never waits and answers that are made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.exchange import (
    Address,
    NoAnswerError,
    Reply,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import OPTIONS as HTTP
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import (
    OPTIONS as PROMETHEUS,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import http_gate, prometheus_gate
from tests.support import FakeClock

BEGIN = FakeClock().now()


def given(options: Any, **more: Any) -> dict[str, Any]:
    return {name: spec.get("default") for name, spec in argument_spec([*ASKED, *options]).items()} | more


class Pages:
    """Answers by turns; the last one stays."""

    def __init__(self, *replies: Reply | NoAnswerError) -> None:
        self.replies = list(replies)
        self.asked = 0

    def __call__(self, _address: Address, _how: Mapping[str, Any], _headers: Any = None) -> Reply:
        reply = self.replies[min(self.asked, len(self.replies) - 1)]
        self.asked += 1
        if isinstance(reply, NoAnswerError):
            raise reply
        return reply


GOOD, BAD, NONE = Reply(200, ""), Reply(500, ""), NoAnswerError("is silent")


@pytest.mark.parametrize(
    ("replies", "more", "verdict", "looks", "slept"),
    [
        ([GOOD], {}, "pass", 1, 0),
        ([BAD, NONE, GOOD], {}, "pass", 3, 4),
        ([GOOD, BAD, GOOD, GOOD], {"times": 2}, "pass", 4, 6),
        ([GOOD, NONE, GOOD, GOOD], {"times": 2}, "pass", 4, 6),
        ([BAD], {}, "fail", 6, 10),
        ([BAD, NONE], {}, "unknown", 6, 10),
        ([NONE, BAD], {}, "fail", 6, 10),
        ([GOOD], {"times": 9}, "unknown", 6, 10),
        ([BAD, GOOD], {"timeout": 0.0}, "fail", 1, 0),
        ([BAD, GOOD], {"timeout": 1.9}, "fail", 1, 0),
        ([BAD, GOOD], {"mode": "inform"}, "fail", 1, 0),
        ([GOOD], {"mode": "inform", "times": 9}, "pass", 1, 0),
        ([Reply(200, "", age=3.0)], {"timeout": 3.0}, "unknown", 2, 2),
        ([Reply(200, "", age=3.0)], {}, "pass", 3, 4),
    ],
)
def test_looks_at_a_page(
    monkeypatch: pytest.MonkeyPatch, replies: list[Any], more: dict[str, Any], verdict: str, looks: int, slept: float
) -> None:
    pages, clock = Pages(*replies), FakeClock()
    monkeypatch.setattr(http_gate, "get", pages)
    params = given(HTTP, ask="judge", **{"url": "http://a", "timeout": 10.0, "baseline": {"right": True}, **more})
    answer = http_gate.gate(params, False, clock)
    assert (answer.verdict, pages.asked, sum(clock.slept)) == (verdict, looks, slept)


def test_a_page_is_not_asked_for_where_nothing_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(BAD)
    monkeypatch.setattr(http_gate, "get", pages)
    for ask in ("announce", "lift"):
        assert http_gate.gate(given(HTTP, ask=ask, url="http://a"), False, FakeClock()).verdict == "pass"
    assert pages.asked == 0
    assert http_gate.gate(given(HTTP, ask="judge", url="http://a", timeout=10.0), True, FakeClock()).verdict == "fail"
    assert pages.asked == 1


class Source:
    """A Prometheus that scrapes every second, or has not since `scraped`, and is silent before `up`."""

    def __init__(self, clock: FakeClock, value: float = 0.0, scraped: float = 1e12, up: float = 0.0) -> None:
        self.clock, self.value, self.scraped, self.up = clock, value, scraped, up
        self.asked: list[dict[str, list[str]]] = []
        self.headers: Any = None

    def __call__(self, address: Address, _how: Mapping[str, Any], headers: Any = None) -> Reply:
        now = self.clock.now()
        if now < self.up:
            raise NoAnswerError("is silent")
        asked = parse_qs(urlsplit(address.target).query)
        self.asked.append(asked)
        self.headers = headers
        at = float(asked["time"][0]) if "time" in asked else now
        query = asked["query"][0]
        if query == "time()":
            return Reply(
                200, f'{{"status": "success", "data": {{"resultType": "scalar", "result": [{now}, "{now}"]}}}}'
            )
        value = min(at - 0.5, self.scraped) if "timestamp(s)" in query else self.value
        series = f'{{"metric": {{}}, "value": [{at}, "{value}"]}}'
        return Reply(200, f'{{"status": "success", "data": {{"resultType": "vector", "result": [{series}]}}}}')


def judged(monkeypatch: pytest.MonkeyPatch, source: Source, check: bool = False, **more: Any) -> Any:
    monkeypatch.setattr(prometheus_gate, "get", source)
    options = {"url": "http://a/p/", "query": "q", "series": "s", "most": 1.0, "window": 30.0, "timeout": 60.0}
    params = given(PROMETHEUS, **{"ask": "judge", **options, **more})
    return prometheus_gate.gate(params, check, source.clock)


def test_judges_once_the_window_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(FakeClock())
    answer = judged(monkeypatch, source)
    assert answer.verdict == "pass"
    assert source.clock.now() - BEGIN == 35
    assert [asked["query"][0] for asked in source.asked[:3]] == ["time()", "max by (job, instance) (timestamp(s))", "q"]
    assert [asked.get("time") for asked in source.asked[:3]] == [None, [f"{BEGIN:.3f}"], [f"{BEGIN:.3f}"]]


def test_since_is_the_first_reading_that_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(FakeClock(), up=BEGIN + 20)
    assert judged(monkeypatch, source).verdict == "pass"
    assert source.clock.now() - BEGIN == 55
    source = Source(FakeClock())
    assert judged(monkeypatch, source, since=BEGIN - 28).verdict == "pass"
    assert source.clock.now() - BEGIN == 5


@pytest.mark.parametrize(
    ("source", "more", "verdict", "seconds"),
    [
        ({"value": 2.0}, {}, "fail", 35),
        ({"scraped": BEGIN + 29}, {}, "unknown", 60),
        ({"up": BEGIN + 99}, {}, "unknown", 60),
        ({"up": BEGIN + 99}, {"mode": "inform"}, "unknown", 0),
        ({}, {"mode": "inform"}, "pass", 0),
        ({"scraped": BEGIN - 31}, {"mode": "inform"}, "unknown", 0),
        ({}, {"check": True}, "pass", 0),
        ({}, {"mode": "inform", "since": BEGIN - 5}, "unknown", 0),
        ({}, {"most": None, "times_baseline": 2.0}, "unknown", 0),
        ({}, {"ask": "read"}, "pass", 0),
        ({"scraped": BEGIN - 31}, {"ask": "read"}, "unknown", 0),
        ({"up": BEGIN + 99}, {"ask": "read"}, "unknown", 0),
    ],
)
def test_waits(
    monkeypatch: pytest.MonkeyPatch, source: dict[str, Any], more: dict[str, Any], verdict: str, seconds: float
) -> None:
    prometheus = Source(FakeClock(), **source)
    assert judged(monkeypatch, prometheus, **more).verdict == verdict
    assert prometheus.clock.now() - BEGIN == seconds


def test_nothing_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(FakeClock())
    assert (
        judged(monkeypatch, source, ask="announce").verdict == judged(monkeypatch, source, ask="lift").verdict == "pass"
    )
    assert source.asked == []


def test_address_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(FakeClock())
    judged(monkeypatch, source, bearer_token="abc", mode="inform")
    assert source.headers == {"Authorization": "Bearer abc"}
    with pytest.raises(InputError, match="must be Prometheus' address alone"):
        judged(monkeypatch, source, url="http://a/?query=up")
