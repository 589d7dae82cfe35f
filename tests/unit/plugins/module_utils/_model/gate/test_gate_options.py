# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the options of the two gates must be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import OPTIONS as HTTP
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import check_http
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import (
    OPTIONS as PROMETHEUS,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import (
    check_prometheus,
    reach_of,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option, argument_spec


def given(options: tuple[Option, ...], **more: Any) -> dict[str, Any]:
    """A module's parameters."""
    return {name: spec.get("default") for name, spec in argument_spec([*ASKED, *options]).items()} | more


def http(**more: Any) -> dict[str, Any]:
    return given(HTTP, ask="judge", url="http://a", **more)


def prometheus(**more: Any) -> dict[str, Any]:
    return given(PROMETHEUS, ask="judge", **{"url": "http://a", "query": "q", "series": "s", "most": 1.0, **more})


def test_no_name_is_taken_twice() -> None:
    for options in (HTTP, PROMETHEUS):
        names = [option.name for option in (*ASKED, *options)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"value": "a.b", "least": 1.0, "most": 1.0},
        {"value": "a", "equals": ""},
        {"status": [200, 404]},
        {"headers": {"X-A": "b c", "Accept": 1}},
    ],
)
def test_http_options(more: dict[str, Any]) -> None:
    check_http(http(**more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"status": []}, "status is empty"),
        ({"status": [200, 99]}, "status has 99"),
        ({"status": [600]}, "status has 600"),
        ({"most": 1.0}, "most needs a value"),
        ({"equals": "x"}, "equals needs a value"),
        ({"value": "a..b"}, "value is 'a..b'"),
        ({"value": "a", "least": 2.0, "most": 1.0}, "least is 2"),
        ({"times": 0}, "times is 0"),
        ({"interval": float("nan")}, "interval is nan"),
        ({"connect_timeout": 0.0}, "connect_timeout is 0.0"),
        ({"timeout": -1.0}, "timeout is -1.0"),
        ({"headers": {"X A": "hunter2"}}, "headers has a name"),
        ({"headers": {"X-A": "hunter2\r\nX-B: c"}}, "The header X-A"),
    ],
)
def test_http_options_that_cannot_be(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        check_http(http(**more))
    assert "hunter2" not in caught.value.msg


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"most": None, "least": 0.0},
        {"most": None, "times_baseline": 2.0, "slack": 1.0},
        {"query": "rate(x[30s])", "window": 30.0},
        {"bearer_token": "abc"},
        {"timeout": 1.0, "mode": "inform"},
    ],
)
def test_prometheus_options(more: dict[str, Any]) -> None:
    check_prometheus(prometheus(**more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"most": None}, "without a limit"),
        ({"times_baseline": 2.0}, "either times_baseline or"),
        ({"most": None, "least": 1.0, "times_baseline": 2.0}, "either times_baseline or"),
        ({"least": 2.0}, "least is 2"),
        ({"query": " "}, "query is empty"),
        ({"query": "rate(x[61s])"}, "query looks back 61 s and window has 60 s"),
        ({"query": "rate(x[$__interval])"}, "query has a range of '\\$__interval'"),
        ({"window": 0.0}, "window is 0.0"),
        ({"timeout": 59.0}, "timeout is 59 s"),
        ({"slack": -1.0}, "slack is -1.0"),
        ({"bearer_token": "a", "url_username": "b"}, "either bearer_token or"),
        ({"bearer_token": "hunter2\n"}, "bearer_token must be"),
        ({"most": float("inf")}, "most is inf"),
    ],
)
def test_prometheus_options_that_cannot_be(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        check_prometheus(prometheus(**more))
    assert "hunter2" not in caught.value.msg


@pytest.mark.parametrize(
    "series", ["up", 'a:b{c="d"}', '{__name__="x", y=~"a|b",}', "x{}", 'x{a="\\"}"}', "x{a='b'}", 'x{a="}[5m]"}', " x "]
)
def test_selector(series: str) -> None:
    check_prometheus(prometheus(series=series))


@pytest.mark.parametrize(
    "series",
    [
        "",
        " ",
        "sum(x)",
        "rate(x[1m])",
        "x[1m]",
        "x offset 5m",
        "x @ 3",
        "x or y",
        "-x",
        "(x)",
        'x{a="b" c="d"}',
        "x)+(y",
    ],
)
def test_of_what_is_no_selector_the_newest_sample_is_always_new(series: str) -> None:
    with pytest.raises(InputError, match="series must be a selector"):
        check_prometheus(prometheus(series=series))


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("x", 0.0),
        ("rate(x[5m])", 300.0),
        ("rate(x[1h30m])", 5400.0),
        ("rate(x[1500ms])", 1.5),
        ("rate(x[ 300 ])", 300.0),
        ("rate(x[1m]) / rate(x[2m])", 120.0),
        ("max_over_time(rate(x[1m])[5m:])", 360.0),
        ("rate(x[5m:1m])", 300.0),
        ('rate(x{a="[9h]"}[30s])', 30.0),
        ("rate(x{a=~`[9h]`}[30s])", 30.0),
        ("rate(x[1m]) # before: [4h]", 60.0),
        ("rate(x[1m]) / rate(x[1h] offset 1d)", 60.0),
    ],
)
def test_reach(query: str, seconds: float) -> None:
    assert reach_of(query) == seconds
