# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of a Prometheus 2.42.0 that scraped a haproxy, as they were captured, and answers that are none."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.exchange import Reply
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_api import (
    LONGEST,
    PrometheusError,
    clock_of,
    name_of,
    newest_of,
    parse,
)

FIXTURES = Path(__file__).parents[4] / "fixtures" / "prometheus"
TARGET = '{instance="127.0.0.1:18081", job="haproxy"}'


def vector(series: str) -> Reply:
    return Reply(200, f'{{"status": "success", "data": {{"resultType": "vector", "result": [{series}]}}}}')


def captured(name: str, status: int = 200) -> Reply:
    return Reply(status, (FIXTURES / f"2.42.0-{name}.json").read_text())


def test_clock() -> None:
    assert clock_of(captured("clock")) == 1795824871.511


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("rate", [("", 0.0)]),
        ("scalar", [("", 1.0)]),
        ("newest", [(TARGET, 1795824871.483)]),
        ("inf", [(TARGET, math.inf)]),
        ("empty", []),
        (
            "several",
            [
                (f'haproxy_server_http_responses_total{{code="5xx", {TARGET[1:-1]}, proxy="web", server="web1"}}', 0.0),
                (f'haproxy_server_http_responses_total{{code="5xx", {TARGET[1:-1]}, proxy="web", server="web2"}}', 0.0),
            ],
        ),
    ],
)
def test_samples(name: str, samples: list[tuple[str, float]]) -> None:
    assert [(sample.name, sample.value) for sample in parse(captured(name))] == samples


def test_no_number() -> None:
    assert math.isnan(parse(captured("nan"))[0].value)


def test_why_only_selectors_are_asked_for_their_newest_sample() -> None:
    """The sample of a sum is of the moment of the question, however old what was summed up is."""
    answer = json.loads(captured("aggregated").text)["data"]["result"][0]["value"]
    assert answer[0] == float(answer[1])
    assert newest_of("up") == "max by (job, instance) (timestamp(up))"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (captured("bad_data", 400), "refuses the query: bad_data: invalid parameter"),
        (captured("matrix"), "answers with a matrix where"),
        (captured("text"), "answers with a string where"),
        (captured("warnings"), "warns that its answer may be incomplete: remote_read: error sending request"),
        (Reply(200, captured("rate").text, cut=True), "answers more than is read of it"),
        (Reply(200, captured("rate").text[:-3]), "another server answers there"),
        (Reply(503, captured("rate").text), "another server answers there"),
        (Reply(503, "Service Unavailable"), "is not ready (HTTP 503)"),
        (Reply(404, "404 page not found"), "has no query API at this address (HTTP 404)"),
        (Reply(401, "Unauthorized"), "refuses the login (HTTP 401)"),
        (Reply(403, '{"status": "error"}'), "refuses the login (HTTP 403)"),
        (Reply(302, ""), "answers with a redirect (HTTP 302)"),
        (Reply(502, "<html>"), "answers with HTTP 502"),
        (Reply(200, "<html>"), "another server answers there"),
        (Reply(200, ""), "another server answers there"),
        (Reply(200, "[" * 100_000), "another server answers there"),
        (Reply(200, "[]"), "another server answers there"),
        (Reply(200, '{"status": "ok"}'), "another server answers there"),
        (Reply(200, '{"status": "success", "data": []}'), "another server answers there"),
        (Reply(200, '{"status": "error"}'), "refuses the query: it does not say why"),
        (vector("1"), "another server"),
        (vector('{"metric": {}, "value": [1]}'), "another server"),
        (vector('{"metric": {}, "value": [1, "x"]}'), "another server"),
        (
            vector('{"metric": {"a": "b"}, "histogram": []}'),
            'answers with a histogram for {a="b"}',
        ),
    ],
)
def test_what_is_no_answer(reply: Reply, words: str) -> None:
    with pytest.raises(PrometheusError) as caught:
        parse(reply)
    assert words in caught.value.msg
    assert len(caught.value.msg) < 300


@pytest.mark.parametrize("name", ["empty", "several", "nan", "inf"])
def test_no_clock(name: str) -> None:
    with pytest.raises(PrometheusError, match="another server"):
        clock_of(captured(name))


def test_what_is_only_worth_knowing_is_no_warning() -> None:
    told = json.loads(captured("rate").text)
    told["warnings"] = ['PromQL info: metric might not be a counter, name does not end in _total: "x" (1:5)']
    told["infos"] = ["PromQL info: more of it"]
    assert parse(Reply(200, json.dumps(told)))


def test_an_answer_for_another_moment() -> None:
    moment = 1795824871.539
    assert parse(captured("rate"), moment)
    with pytest.raises(PrometheusError, match="a cache stands in front of it"):
        parse(captured("rate"), moment + 1)


def test_a_name_is_one_short_line() -> None:
    assert name_of({}) == ""
    assert name_of({"__name__": "up"}) == "up"
    assert name_of({"a": "\x1b[31mred\n\u202e", "b": 'say "x"'}) == '{a="\\u001b[31mred\\n", b="say \\"x\\""}'
    assert len(name_of({"a": "x" * 10_000})) == LONGEST
