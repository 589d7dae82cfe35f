# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is held against a server: tables of figures and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.figures import Counters, Pair, Probe
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.rules import (
    Figures,
    in_words,
    why_slower,
    why_too_little,
    why_worse,
)

LIMITS = Limits()
ALONE: tuple[str, ...] = ()
OTHER = ("web2", "web3")


def counters(requests: int, errors: int = 0, retries: int = 0) -> Counters:
    return Counters(stot=requests + retries, lbtot=requests, hrsp_5xx=errors, wretr=retries)


def figures(own: Counters, reference: tuple[str, ...] = ALONE, other: Counters | None = None, **more: Any) -> Figures:
    return Figures("web1", more.pop("seconds", 30.0), own, reference, other or counters(0), more.pop("pairs", ()))


def answered(own: float, other: float | None = None, many: int = 10) -> tuple[Pair, ...]:
    return (Pair(Probe(own)) if other is None else Pair(Probe(own), Probe(other), "web2"),) * many


@pytest.mark.parametrize(
    ("own", "other", "fails"),
    [
        # Fixed limits: at least 5, and more than 1 %.
        ((1000, 0), None, False),
        ((100, 4), None, False),
        ((100, 5), None, True),
        ((5, 5), None, True),
        ((500, 5), None, False),
        ((499, 5), None, True),
        # Beside a reference more than twice its share as well.
        ((100, 5), (1000, 0), True),
        ((100, 5), (1000, 24), True),
        ((100, 5), (1000, 25), False),
        ((100, 5), (1000, 500), False),
        ((100, 4), (1000, 0), False),
        ((1000, 10), (1000, 0), False),
        ((1000, 11), (1000, 0), True),
        ((100, 60), (1000, 300), False),
        ((100, 61), (1000, 300), True),
        ((100, 5), (0, 0), True),  # a reference without a request says nothing for the server
    ],
)
@pytest.mark.parametrize("kind", ["errors", "retries"])
def test_shares_of_requests(own: tuple[int, int], other: tuple[int, int] | None, fails: bool, kind: str) -> None:
    mine, theirs = (counters(one[0], **{kind: one[1]}) if one else None for one in (own, other))
    why = why_worse(figures(mine or counters(0), OTHER if other else ALONE, theirs), LIMITS)
    assert bool(why) == fails
    if fails:
        assert why.startswith(f"{own[1]} of {own[0]} ({100 * own[1] / own[0]:.1f} %) requests ")
        assert ("failed" if kind == "errors" else "had to be tried again") in why
        assert f", of web2, web3 {other[1]} of {other[0]} (" in why if other else why.endswith(", more than 1 %")


@pytest.mark.parametrize(
    ("limits", "fails"),
    [
        ({}, True),
        ({"min_errors": 7}, False),
        ({"absolute": 0.06}, False),
        ({"absolute": 0.059}, True),
        ({"relative": 3.0}, False),
        ({"relative": 2.9}, True),
        ({"absolute": 0.0, "relative": 0.0, "min_errors": 1}, True),
    ],
)
def test_the_limits_are_the_operators(limits: dict[str, Any], fails: bool) -> None:
    seen = figures(counters(100, 6), OTHER, counters(1000, 20))
    assert bool(why_worse(seen, replace(LIMITS, **limits))) == fails


@pytest.mark.parametrize(("errors", "surely"), [(8, False), (9, True)])
def test_a_count_must_lie_deviations_above_what_is_allowed(errors: int, surely: bool) -> None:
    # Allowed are 2 % of 150, which scatter by 1.7.
    seen = figures(counters(150, errors), OTHER, counters(1000, 10))
    assert why_worse(seen, LIMITS)
    assert bool(why_worse(seen, LIMITS, 3.0)) == surely


@pytest.mark.parametrize(
    ("own", "other", "reference", "fails"),
    [
        ("x" * 5, "", ALONE, True),
        ("x" * 4 + "." * 6, "", ALONE, False),
        ("x" * 5 + "." * 5, "." * 10, OTHER, True),
        ("x" * 10, "x" * 5 + "." * 5, OTHER, False),
        ("x" * 10, "x" * 4 + "." * 6, OTHER, True),
    ],
)
def test_probes_that_go_wrong_speak_without_any_traffic(
    own: str, other: str, reference: tuple[str, ...], fails: bool
) -> None:
    probes = {".": Probe(0.1), "x": Probe(0.1, "it answers 500")}
    theirs: list[Probe | None] = [probes[letter] for letter in other] or [None] * len(own)
    pairs = tuple(Pair(probes[mine], there, "web2") for mine, there in zip(own, theirs, strict=True))
    why = why_worse(figures(counters(0), reference, pairs=pairs), LIMITS)
    assert ("probes went wrong" in why) == fails == bool(why)


@pytest.mark.parametrize(
    ("own", "other", "slow"),
    [
        (0.31, 0.1, True),
        (0.30, 0.11, False),  # not by 0.2 s
        (0.90, 0.65, False),  # not by a half
        (1.00, 0.65, True),
        (0.02, 0.01, False),
        (0.1, 0.9, False),
        (2.1, None, True),
        (2.0, None, False),
    ],
)
def test_pages_are_slower_by_both_limits_or_than_the_ceiling(own: float, other: float | None, slow: bool) -> None:
    seen = figures(counters(100), ALONE if other is None else OTHER, pairs=answered(own, other))
    why = why_slower(seen, LIMITS)
    assert bool(why) == slow
    assert not slow or ("longer than 2 s" in why if other is None else "of web2, web3 " in why)


def test_a_median_is_not_moved_by_a_few_and_needs_enough_pairs() -> None:
    few = (*answered(0.1, 0.1, 6), *answered(9.0, 0.1, 4))
    assert why_slower(figures(counters(100), OTHER, pairs=few), LIMITS) == ""
    assert why_slower(figures(counters(100), OTHER, pairs=answered(9.0, 0.1, 9)), LIMITS) == ""
    assert why_slower(figures(counters(100), OTHER, pairs=answered(9.0, 0.1, 10)), LIMITS)


def test_only_whole_pairs_are_timed() -> None:
    wrong = Probe(5.0, "timed out")
    odd = (Pair(wrong, Probe(0.1), "web2"), Pair(Probe(0.1), wrong, "web2"), Pair(Probe(0.3)))
    beside = figures(counters(100), OTHER, pairs=(*odd, *answered(0.2, 0.1, 1)))
    assert beside.medians() == (0.2, 0.1)
    alone = figures(counters(100), ALONE, pairs=odd)
    assert alone.medians() == (0.3, None)
    assert figures(counters(100)).medians() == (None, None)


@pytest.mark.parametrize(
    ("own", "other", "pairs", "limits", "why"),
    [
        (100, None, 10, {}, ""),
        (99, None, 10, {}, "too little traffic: 99 requests in 30 s, 100 are needed"),
        (100, 99, 10, {}, "too little traffic to compare with: 99 requests of web2, web3, 100 are needed"),
        (100, 100, 9, {}, "only 9 of 10 pairs of probes were answered"),
        (100, 100, 0, {"probe_paths": ()}, ""),
        (0, 0, 10, {"requests": 0}, ""),
    ],
)
def test_what_is_too_little(own: int, other: int | None, pairs: int, limits: dict[str, Any], why: str) -> None:
    reference = ALONE if other is None else OTHER
    probes = answered(0.1, None if other is None else 0.1, pairs)
    seen = figures(counters(own), reference, counters(other or 0), pairs=probes)
    assert why_too_little(seen, replace(LIMITS, **limits)) == why


def test_figures_in_words_and_as_data() -> None:
    seen = figures(counters(200, 3, 1), OTHER, counters(400, 4, 2), pairs=answered(1.5, 0.08), seconds=30.04)
    assert in_words(seen) == (
        "3 of 200 (1.5 %) requests failed, of web2, web3 4 of 400 (1.0 %); a page takes 1.50 s, there 80 ms"
    )
    assert in_words(figures(counters(0))) == "it had no requests"
    assert in_words(figures(counters(9), pairs=answered(0.1))) == "0 of 9 (0.0 %) requests failed; a page takes 100 ms"
    assert seen.as_dict() == {
        "seconds": 30.0,
        "requests": 200,
        "errors": 3,
        "retries": 1,
        "reference": ["web2", "web3"],
        "reference_requests": 400,
        "reference_errors": 4,
        "reference_retries": 2,
        "probes": 10,
        "median": 1.5,
        "reference_median": 0.08,
    }
