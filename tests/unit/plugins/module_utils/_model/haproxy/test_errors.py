# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said about users from the balancer's counters at two moments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import (
    MIXED,
    SILENT,
    UNCOUNTED,
    Errors,
    Met,
    sentence,
    since,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import ProcessReading
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import (
    ProcessInfo,
    ServerStats,
    parse_info,
    parse_stats,
)

CAPTURES = Path(__file__).resolve().parents[4] / "fixtures" / "haproxy"


def reading(pid: int = 7, uptime: int = 100, **rows: dict[str, int | None]) -> ProcessReading:
    """One process: the counters of BACKEND, FRONTEND and of servers, of which those left out are 0."""
    kinds = {"FRONTEND": 0, "BACKEND": 1}
    zero = {"econ": 0, "hrsp_5xx": 0, "srv_abrt": 0, "stot": 0}
    made = [
        ServerStats("fe" if name == "FRONTEND" else "web", name, kinds.get(name, 2), **{**zero, **counters})
        for name, counters in {"FRONTEND": {}, "BACKEND": {}, "web1": {}, **rows}.items()
    ]
    other = ServerStats("other", "BACKEND", 1, hrsp_5xx=9, stot=900, econ=9, srv_abrt=9)
    return ProcessReading("/sock", (*made, other), (), ProcessInfo(pid, uptime, "2.6"))


def errors(*readings: ProcessReading, **more: Any) -> dict[str, Any]:
    return {**Errors.of(readings, "web").as_dict(), **more}


FIRST = errors(reading(BACKEND={"req_tot": 1000, "hrsp_5xx": 5}, FRONTEND={"hrsp_5xx": 8}))


def test_what_is_counted() -> None:
    found = Errors.of(
        [
            reading(
                BACKEND={"stot": 50, "req_tot": 48, "hrsp_5xx": 14, "econ": 10, "srv_abrt": 1},
                FRONTEND={"hrsp_5xx": 20},
                web1={"hrsp_5xx": 4, "econ": 2},
                web2={"econ": 1},
            ),
            reading(8, 60, BACKEND={"stot": 2, "hrsp_5xx": 1, "econ": 1}),
        ],
        "web",
    )
    assert found == Errors((7, 8), 60, 50, 15, 4, 8, 20, 1)
    assert Errors.parse(found.as_dict()) == found
    assert Errors.of([reading()], "").backend_5xx == 9


def test_what_a_version_or_a_mode_does_not_tell_is_none() -> None:
    plain = ProcessReading(
        "http", (ServerStats("web", "BACKEND", 1, stot=3, econ=1), ServerStats("web", "web1", 2, econ=0))
    )
    assert Errors.of([plain], "web") == Errors((), None, 3, None, None, 1, 0, None)
    assert Errors.of([reading()], "nowhere").requests is None
    assert Errors.of([reading()], "nowhere").without_server is None
    before = errors(reading())
    assert since(before, {**before, "backend_5xx": None}).unknown == UNCOUNTED


@pytest.mark.parametrize("version", ["2.2.0", "2.6.0"])
def test_captured_counters_are_all_there(version: str) -> None:
    rows = parse_stats((CAPTURES / f"{version}-show_stat.csv").read_text())
    process = parse_info((CAPTURES / f"{version}-show_info.txt").read_text())
    found = Errors.of([ProcessReading("/sock", rows, (), process)], "web")
    assert found == Errors((process.pid,), process.uptime_sec, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("after", "met", "said"),
    [
        ({"requests": 13_345}, Met(12_345), "0 of 12,345 requests failed"),
        ({}, Met(), "no request came"),
        (
            {"requests": 2924, "backend_5xx": 425, "broken": 3, "without_server": 400, "frontend_5xx": 428},
            Met(1924, 423, 400),
            "423 of 1,924 requests failed (400 found no server)",
        ),
        (
            {"requests": 1001, "frontend_5xx": 20},
            Met(1, 0, 0, 12),
            "0 of 1 requests failed; 12 further answers with 5xx at haproxy's frontends, its own or of other backends",
        ),
        # A 500 that breaks off counts twice: there are never more failures than requests.
        ({"requests": 1002, "backend_5xx": 7, "broken": 2, "frontend_5xx": 10}, Met(2, 2), "2 of 2 requests failed"),
    ],
)
def test_what_came_in_between(after: dict[str, int], met: Met, said: str) -> None:
    found = since(FIRST, {**FIRST, "uptime": 160, **after})
    assert (found, sentence(found)) == (met, said)
    assert Met(**found.as_dict()) == found


@pytest.mark.parametrize(
    "restarted",
    [
        {"process": [8], "uptime": 900, "requests": 2000},
        {"process": [7], "uptime": 3, "requests": 2000},
        {"process": [7], "uptime": 160, "requests": 999},
        {"process": [7], "uptime": 160, "requests": 2000, "frontend_5xx": 7},
    ],
)
def test_what_was_counted_before_a_restart_is_lost(restarted: dict[str, Any]) -> None:
    found = since(FIRST, {**FIRST, "backend_5xx": 6, **restarted})
    assert (found.partial, found.requests, found.failed) == (True, restarted["requests"], 6)
    assert "counted since haproxy was restarted in between; what was before that is lost" in sentence(found)


def test_counters_of_two_processes_of_which_one_began_anew_tell_nothing() -> None:
    two = {**FIRST, "process": [7, 8]}
    assert since(two, {**two, "process": [7, 9]}) == Met(unknown=MIXED)
    assert since(two, {**two, "uptime": 1}) == Met(unknown=MIXED)
    assert since(two, {**two, "process": [9, 10], "uptime": 1}).partial
    assert since(two, {**two, "uptime": 120}) == Met()


@pytest.mark.parametrize(("before", "after"), [(None, FIRST), (FIRST, None), ({}, FIRST), (FIRST, {}), (None, None)])
def test_a_balancer_that_was_not_asked_is_not_one_without_errors(before: Any, after: Any) -> None:
    found = since(before, after)
    assert (found, sentence(found)) == (Met(unknown=SILENT), "unknown: the balancer could not be asked")
