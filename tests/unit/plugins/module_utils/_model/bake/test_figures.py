# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What haproxy's counters mean: each request once, each process counted, and when they began anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.figures import (
    NOTHING,
    Counters,
    Pair,
    Probe,
    Sample,
    sample_of,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import ProcessReading
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import ProcessInfo, ServerStats


@pytest.mark.parametrize(
    ("counters", "requests", "errors", "retries"),
    [
        ({}, 0, 0, 0),
        ({"stot": 90, "lbtot": 90}, 90, 0, 0),
        # What a cookie sends there is not in lbtot, and stot counts each attempt.
        ({"stot": 90, "lbtot": 10}, 90, 0, 0),
        ({"stot": 120, "lbtot": 90, "wretr": 30}, 90, 0, 30),
        ({"stot": 120, "lbtot": 10, "wretr": 30}, 90, 0, 30),
        ({"stot": 90, "lbtot": 90, "hrsp_5xx": 4, "econ": 3, "eresp": 2}, 90, 9, 0),
        ({"stot": 90, "lbtot": 90, "wretr": 3, "wredis": 2}, 90, 0, 5),
        # A connection that is reset counts twice in eresp, a 500 that breaks off in eresp and hrsp_5xx.
        ({"stot": 5, "lbtot": 5, "eresp": 10}, 5, 5, 0),
        ({"stot": 5, "lbtot": 5, "eresp": 5, "hrsp_5xx": 5}, 5, 5, 0),
        ({"stot": 20, "lbtot": 5, "wretr": 15, "wredis": 5, "econ": 5}, 5, 5, 5),
        ({"hrsp_5xx": 5}, 0, 0, 0),
    ],
)
def test_a_request_counts_once(counters: dict[str, int], requests: int, errors: int, retries: int) -> None:
    counted = Counters(**counters)
    assert (counted.requests, counted.errors, counted.retries) == (requests, errors, retries)


def test_what_haproxy_leaves_out_is_none_and_aborts_are_counted_with_the_responses() -> None:
    stats = ServerStats("web", "web1", 2, stot=7, hrsp_5xx=None, eresp=2, srv_abrt=2, cli_abrt=3)
    assert Counters.of(stats) == Counters(stot=7, eresp=2)


def sample(at: float = 0.0, process: tuple[tuple[int, int], ...] = ((1, 10),), **servers: Counters) -> Sample:
    return Sample(at, process, servers, frozenset(servers))


OLD = Counters(stot=9, lbtot=9, hrsp_5xx=3, eresp=1)


@pytest.mark.parametrize(
    ("process", "servers", "follows"),
    [
        (((1, 10),), {"web1": OLD}, True),
        (((1, 11),), {"web1": OLD + Counters(stot=3, lbtot=3), "web2": NOTHING}, True),
        (((2, 11),), {"web1": OLD}, False),
        (((1, 9),), {"web1": OLD}, False),  # the same pid in a container, but started anew
        (((1, 11), (2, 11)), {"web1": OLD}, False),
        ((), {"web1": OLD}, False),
        (((1, 11),), {"web1": Counters(stot=2)}, False),  # `clear counters all`
        # Cleared, and in the same moment more requests than before: only the errors tell.
        (((1, 11),), {"web1": Counters(stot=12, lbtot=12)}, False),
        (((1, 11),), {}, False),
    ],
)
def test_when_counters_began_anew(
    process: tuple[tuple[int, int], ...], servers: dict[str, Counters], follows: bool
) -> None:
    assert replace(sample(process=process), servers=servers).follows(sample(web1=OLD)) == follows


def test_what_was_added_since() -> None:
    before = sample(web1=OLD, web2=Counters(stot=5))
    after = sample(web1=OLD + Counters(stot=2, econ=1), web2=Counters(stot=8), web3=Counters(stot=1))
    assert after.since(before, ("web1",)) == Counters(stot=2, econ=1)
    assert after.since(before, ("web2", "web3")) == Counters(stot=4)
    assert after.since(before, ()) == after.since(before, ("web9",)) == NOTHING


def reading(pid: int, **rows: dict[str, Any]) -> ProcessReading:
    up = {"status": "UP", "check_status": "L7OK", "weight": 100, "act": 1, "bck": 0}
    stats = tuple(ServerStats("web", name, 2, **{**up, **row}) for name, row in rows.items())
    return ProcessReading(
        "/sock", (*stats, ServerStats("web", "BACKEND", 1, "UP", stot=999)), (), ProcessInfo(pid, 5, "2.6")
    )


def test_a_sample_is_the_sum_of_all_processes() -> None:
    one = reading(11, web1={"stot": 4, "lbtot": 4}, web2={"stot": 1}, web3={})
    two = reading(
        12,
        web1={"stot": 3, "lbtot": 3, "hrsp_5xx": 2},
        web2={"stot": 1, "status": "DOWN 1/2"},
        web3={"status": "UP 1/3"},
    )
    made = sample_of((one, two), "web", 7.0)
    assert made.servers == {"web1": Counters(stot=7, lbtot=7, hrsp_5xx=2), "web2": Counters(stot=2), "web3": NOTHING}
    assert made.serving == {"web1", "web3"}, "web2 must take traffic in every process; web3 does, though a check failed"
    assert (made.at, made.process, made.probes) == (7.0, ((11, 5), (12, 5)), ())
    with pytest.raises(InputError, match="no backend 'wrong'"):
        sample_of((one,), "wrong", 0.0)


def test_a_pair_counts_beside_its_own_reference_only() -> None:
    pair = Pair(Probe(0.1), Probe(0.2), "web2")
    assert pair.beside(("web2", "web3")) == pair
    assert pair.beside(("web3",)) == pair.beside(()) == Pair(Probe(0.1))
