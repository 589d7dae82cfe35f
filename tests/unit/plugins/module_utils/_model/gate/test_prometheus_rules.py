# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which samples are new enough, which value counts, what it is held against, and what follows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_api import (
    PrometheusError,
    QuerySample,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_rules import (
    TARGETS,
    QueryBaseline,
    QueryLimits,
    QueryReading,
    QueryTrial,
)

A, B = '{instance="a"}', '{instance="b"}'
MOST = QueryLimits(None, 2.0, None, 0.0)
LEAST = QueryLimits(5.0, None, None, 0.0)
FACTOR = QueryLimits(None, None, 3.0, 1.0)
BEFORE = QueryBaseline(1000.0, 2.0, True, (A, B))
CASE = QueryTrial("http://p", "sum(x)", MOST, 30.0, "web1", BEFORE)
SINCE = 1100.0
"""With the window of 30 seconds each target must have a sample of after 1130."""


def reading(*values: float, clock: float = 1132.0, newest: dict[str, float] | None = None) -> QueryReading:
    samples = tuple(QuerySample(f"s{number}" if len(values) > 1 else "", value) for number, value in enumerate(values))
    return QueryReading(clock, {A: 1131.0, B: 1130.5} if newest is None else newest, samples)


@pytest.mark.parametrize(
    ("limits", "values", "verdict", "words"),
    [
        (MOST, [2.0], "pass", "gives 2."),
        (MOST, [2.1], "fail", "gives 2.1, more than 2. Before the run it was not so."),
        (MOST, [1.0, 9.0, 3.0], "fail", "gives 9 for s1, more than 2."),
        (LEAST, [5.0], "pass", "gives 5."),
        (LEAST, [8.0, 4.0, 9.0], "fail", "gives 4 for s1, less than 5."),
        (QueryLimits(5.0, 10.0, None, 0.0), [7.0, 11.0, 4.5], "fail", "gives 11 for s1, more than 10."),
        (QueryLimits(5.0, 10.0, None, 0.0), [7.0, 10.5, 4.0], "fail", "gives 4 for s2, less than 5."),
        (FACTOR, [7.0], "pass", "gives 7 (before the run 2)."),
        (FACTOR, [7.5], "fail", "gives 7.5, more than 7 (before the run 2)."),
    ],
)
def test_value(limits: QueryLimits, values: list[float], verdict: str, words: str) -> None:
    answer = replace(CASE, limits=limits).judged(reading(*values), SINCE, 1, 0.0)
    assert (answer.verdict, answer.blame) == (verdict, "release" if verdict == "fail" else "nobody")
    assert words in answer.msg
    assert answer.figures["newest"] == 1130.5


@pytest.mark.parametrize(
    ("host", "before", "verdict", "blame"),
    [
        ("web1", BEFORE, "fail", "release"),
        ("", BEFORE, "fail", "nobody"),
        ("web1", replace(BEFORE, right=False), "unknown", "nobody"),
        ("web1", None, "fail", "nobody"),
    ],
)
def test_whom_a_value_blames(host: str, before: QueryBaseline | None, verdict: str, blame: str) -> None:
    answer = replace(CASE, host=host, before=before).judged(reading(3.0), SINCE, 1, 0.0)
    assert (answer.verdict, answer.blame) == (verdict, blame)


GOOD = reading(0.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (replace(GOOD, newest={}), "has no sample of the series"),
        (replace(GOOD, newest={A: 1131.0}), 'no longer has a sample of {instance="b"}: the target is down'),
        (replace(GOOD, newest={"": 1131.0}), 'no longer has a sample of {instance="a"} and 1 others: the target'),
        (
            replace(GOOD, newest={A: 1131.0, B: 1130.0}),
            'a sample of {instance="b"} from the last 2.0 s, and the newest',
        ),
        (replace(GOOD, newest={A: 1131.0, B: 900.0}), "the newest is 232.0 s old: the target is not scraped"),
        (replace(GOOD, newest={A: 1131.0, B: math.nan}), "the target is not scraped"),
        (replace(GOOD, newest={A: math.nan, B: 1131.0}), "the target is not scraped"),
        (replace(GOOD, newest={A: math.inf, B: 1131.0}), "the target is not scraped"),
        (replace(GOOD, newest={A: 1133.0, B: 1131.0}), "the target is not scraped"),
        (reading(0.0, clock=1110.0, newest={A: 1110.0, B: 1109.0}), "has to gather samples for 20 s more"),
        (reading(0.0, clock=1099.0), "has a clock that went back"),
        (reading(0.0, clock=990.0), "has a clock that went back"),
        (replace(GOOD, samples=()), "has no result for the query"),
        (reading(math.nan), "gives nan for the query, which is not a usable value"),
        (reading(0.0, math.nan), "gives s1 nan for the query"),
        (reading(0.0, math.inf), "gives s1 inf for the query"),
    ],
)
def test_what_cannot_be_judged_by(given: QueryReading, words: str) -> None:
    with pytest.raises(PrometheusError) as caught:
        CASE.judged(given, SINCE, 1, 0.0)
    assert words in caught.value.msg
    answer = CASE.unknown(caught.value.msg, given, 3, 12.0)
    assert (answer.verdict, answer.blame) == ("unknown", "nobody")
    assert answer.msg.endswith(" (the last of 3 looks in 12 s).")


def test_a_clock_older_than_the_baseline_is_another_one() -> None:
    with pytest.raises(PrometheusError, match="clock"):
        CASE.judged(replace(GOOD, clock=999.0), None, 1, 0.0)


def test_without_a_since_the_last_window_is_judged() -> None:
    assert CASE.judged(replace(GOOD, clock=1160.0), None, 1, 0.0).verdict == "pass"
    with pytest.raises(PrometheusError, match="not scraped"):
        CASE.judged(replace(GOOD, clock=1160.5), None, 1, 0.0)


def test_new_targets_and_nothing_known() -> None:
    more = replace(GOOD, newest={**GOOD.newest, "{}": 1131.0})
    assert CASE.judged(more, SINCE, 1, 0.0).verdict == "pass"
    assert replace(CASE, before=None).judged(replace(GOOD, newest={A: 1131.0}), SINCE, 1, 0.0).verdict == "pass"


def test_a_multiple_of_nothing() -> None:
    case = replace(CASE, limits=FACTOR, before=None)
    assert case.hopeless and not CASE.hopeless
    with pytest.raises(PrometheusError, match="nothing to compare with"):
        case.judged(GOOD, SINCE, 1, 0.0)
    with pytest.raises(PrometheusError, match="needs a value of 0 or more"):
        case.taken(reading(-1.0))


@pytest.mark.parametrize(
    ("limits", "values", "value", "right"),
    [
        (MOST, [1.0, 2.0], 2.0, True),
        (MOST, [1.0, 3.0], 3.0, False),
        (LEAST, [9.0, 4.0], 4.0, False),
        (FACTOR, [1.0, 50.0], 50.0, True),
    ],
)
def test_what_is_taken_before_the_run(limits: QueryLimits, values: list[float], value: float, right: bool) -> None:
    answer = replace(CASE, limits=limits, before=None).taken(reading(*values))
    assert answer.verdict == "pass"
    assert QueryBaseline.of(answer.baseline) == QueryBaseline(1132.0, value, right, (A, B))
    assert ("already before the run" in answer.msg) is not right


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (reading(0.0, clock=1170.0), "not scraped"),
        (replace(GOOD, newest={}), "has no sample of the series"),
        (replace(GOOD, samples=()), "has no result"),
        (reading(math.nan), "which is not a usable value"),
        (replace(GOOD, newest={str(number): 1131.0 for number in range(TARGETS + 1)}), "201 targets; at most 200 can"),
    ],
)
def test_a_query_that_does_not_work_before_the_run(given: QueryReading, words: str) -> None:
    with pytest.raises(PrometheusError, match=words):
        CASE.taken(given)


@pytest.mark.parametrize(
    "given",
    [
        {"clock": 1.0},
        {"clock": 1.0, "value": 1.0, "right": "yes", "targets": []},
        {"clock": 1.0, "value": math.nan, "right": True, "targets": []},
        {"clock": "x", "value": 1.0, "right": True, "targets": []},
        {"clock": 1.0, "value": 1.0, "right": True, "targets": None},
    ],
)
def test_a_baseline_of_somebody_else(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="baseline is not what"):
        QueryBaseline.of(given)
    assert QueryBaseline.of({}) is None
