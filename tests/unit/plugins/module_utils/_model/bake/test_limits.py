# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the bake: defaults, and a sentence for each that cannot be."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.judge import limits_for
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE_OPTIONS, Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec, documentation


def test_what_is_not_given_has_its_default() -> None:
    assert Limits.of({}) == Limits()
    assert Limits.of({"mode": None, "seconds": None, "unknown": 1}) == Limits()
    given = {"mode": "inform", "reference": ["web2"], "probe_paths": [], "requests": 0}
    assert Limits.of(given) == Limits(mode="inform", reference=("web2",), probe_paths=(), requests=0)


def test_a_module_takes_and_documents_every_limit_with_its_default() -> None:
    names = [each.name for each in fields(Limits)]
    spec, told = argument_spec(BAKE_OPTIONS), documentation(BAKE_OPTIONS)
    assert list(spec) == list(told) == names
    assert Limits.of({name: each["default"] for name, each in spec.items()}) == Limits()
    assert (spec["requests"], spec["reference"]["elements"]) == ({"type": "int", "default": 100}, "str")
    assert {each["type"] for each in spec.values()} == {"str", "list", "float", "int", "bool"}
    assert all(each["description"] != [""] for each in told.values())


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("mode", "guess", "The bake's mode is 'guess'; it must be judge or inform or skip."),
        ("inconclusive", "wait", "The bake's inconclusive is 'wait'; it must be stop or continue."),
        ("seconds", 0, "The bake's seconds is 0; it must be more than 0."),
        ("probe_timeout", 0.0, "The bake's probe_timeout is 0.0; it must be more than 0."),
        ("seconds", -1.5, "The bake's seconds is -1.5; it must be more than 0."),
        ("seconds", float("inf"), "The bake's seconds is inf; it must be a number."),
        ("warmup", -1, "The bake's warmup is -1; it must be 0 or more."),
        ("timeout", float("nan"), "The bake's timeout is nan; it must be a number."),
        ("absolute", -0.01, "The bake's absolute is -0.01; it must be 0 or more."),
        ("relative", -2, "The bake's relative is -2; it must be 0 or more."),
        ("latency_absolute", -1, "The bake's latency_absolute is -1; it must be 0 or more."),
        ("latency_relative", -1, "The bake's latency_relative is -1; it must be 0 or more."),
        ("latency_ceiling", -1, "The bake's latency_ceiling is -1; it must be 0 or more."),
        ("requests", -1, "The bake's requests is -1; it must be 0 or more."),
        ("min_errors", 0, "The bake's min_errors is 0; it must be 1 or more."),
        ("probe_pairs", 0, "The bake's probe_pairs is 0; it must be 1 or more."),
        ("timeout", 29, "The bake's timeout of 29 s is shorter than its 30 s."),
        ("reference", ["web2;x"], "'web2;x' is not the name of a haproxy server"),
        ("probe_paths", ["/", "x"], "The bake's probe path 'x' must begin with / and hold visible ASCII only."),
        ("probe_paths", ["/a b"], "The bake's probe path '/a b' must"),
        ("probe_paths", ["/a\r\nX: y"], "The bake's probe path '/a\\r\\nX: y' must"),
        ("probe_paths", ["/ä"], "The bake's probe path '/ä' must"),
        ("probe_host", "a\r\nX: y", "The bake's probe_host 'a\\r\\nX: y' is not the name of a host."),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        Limits.of({name: value})
    assert refused.value.msg.startswith(sentence)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("probe_paths", ["/", "/search?q=a%20b&x=~"]),
        ("probe_host", "openlibrary.org:443"),
        ("probe_host", "[::1]:80"),
        ("warmup", 0),
        ("absolute", 0),
        ("timeout", 30),
    ],
)
def test_what_can_be_is_taken(name: str, value: Any) -> None:
    assert Limits.of({name: value}) != Limits()


@pytest.mark.parametrize(
    ("mode", "times"), [("judge", (5.0, 30.0, 120.0)), ("inform", (0.0, 3.0, 3.0)), ("skip", (0.0, 3.0, 3.0))]
)
def test_what_only_tells_takes_no_time_of_its_own(mode: str, times: tuple[float, ...]) -> None:
    limits = limits_for(Limits(mode=mode), 3.0)
    assert (limits.warmup, limits.seconds, limits.timeout) == times
