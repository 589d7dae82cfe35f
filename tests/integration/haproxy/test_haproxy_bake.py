# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bake, as a module and on the way back into rotation, against a real haproxy under real requests."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.haproxy.balancer import Clients, Haproxy, get
from tests.integration.haproxy.calls import FORCED_MAINT, READY, bake, baked, in_background, notes, server, until


def users_of(result: dict[str, Any]) -> tuple[int, int]:
    """Requests and errors of users in all steps of the ramp."""
    requests, errors = (sum(step[name] for step in result["bake"]) for name in ("user_requests", "user_errors"))
    return requests, errors


def said(result: dict[str, Any]) -> list[tuple[str, int]]:
    return [(step["verdict"], step["percent"]) for step in result["bake"]]


def test_a_good_server_passes_each_step(haproxy: Haproxy, run: dict[str, Any]) -> None:
    with Clients(haproxy.front, many=4) as clients:
        server(haproxy, "maint", **run)
        before = haproxy.web1.asked["/"]
        would = baked(haproxy, {"reference": ["web2"]}, check=True, ramp=[50, 100], **run)
        assert (would["changed"], would["outcome"], would["bake"]) == (True, "would", [])
        assert (haproxy.admin_bits("web1"), haproxy.web1.asked["/probe"], notes(run, "bake")) == (FORCED_MAINT, 0, [])
        back = baked(haproxy, {"reference": ["web2"]}, ramp=[50, 100], **run)
    assert (back["failed"], back["outcome"], said(back)) == (False, "done", [("pass", 50), ("pass", 100)]), back
    assert back["msg"].endswith(" (bake: pass at 50 %, pass at 100 %).")
    assert clients.errors == []
    for step in back["bake"]:
        figures = step["figures"]
        assert (figures["reference"], figures["errors"], step["user_errors"]) == (["web2"], 0, 0)
        assert 10 <= figures["requests"] <= step["user_requests"]
        assert figures["probes"] >= 2
        assert figures["median"] > 0
    # What came after the last verdict is everyday's.
    assert users_of(back)[0] <= haproxy.web1.asked["/"] - before
    assert haproxy.web1.asked["/probe"] == haproxy.web2.asked["/probe"] >= 4
    assert [note.partition(": 0 of")[0] for note in notes(run, "bake")] == [
        "web/web1 50 %: pass",
        "web/web1 100 %: pass",
    ]
    for check in (True, False):
        again = baked(haproxy, {"reference": ["web2"]}, check=check, **run)
        assert (again["changed"], again["outcome"], again["bake"]) == (False, "unchanged", [])
    assert len(notes(run, "bake")) == 2


def test_the_module_counts_every_request_once(haproxy: Haproxy) -> None:
    haproxy.web1.failing = 0.25
    limits = {"warmup": 0, "timeout": 30, "requests": 20, "absolute": 0.5, "reference": ["web2"]}
    looking, results = in_background(lambda: bake(haproxy, limits))
    until(lambda: haproxy.web1.asked["/probe"] > 0)
    statuses = [get(haproxy.front, "/") for _ in range(40)]
    looking.join()
    found = results[0]
    assert (found["failed"], found["changed"], said(found)) == (False, False, [("pass", 100)]), found
    figures = found["bake"][0]["figures"]
    assert figures["requests"] == figures["reference_requests"] == haproxy.web1.asked["/"] == 20
    assert users_of(found) == (20, statuses.count(500))
    assert figures["errors"] == statuses.count(500) > 3
    assert figures["reference_errors"] == figures["retries"] == 0


@pytest.mark.parametrize("breaking", [False, True])
def test_a_server_that_fails_a_third_goes_to_maint(haproxy: Haproxy, run: dict[str, Any], breaking: bool) -> None:
    server(haproxy, "maint", **run)
    haproxy.web1.failing, haproxy.web1.breaking = 1 / 3, breaking
    before = haproxy.web1.asked["/"]
    with Clients(haproxy.front, many=2) as clients:
        back = baked(haproxy, {"reference": ["web2"]}, ramp=[50, 100], **run)
        served = haproxy.web1.asked["/"]
        time.sleep(0.2)
    assert (back["failed"], back["phase"], back["blame"], back["served"]) == (True, "bake", "release", True)
    assert said(back) == [("fail", 50)]
    assert "web/web1 failed its bake at 50 % of its weight: " in back["msg"]
    assert " requests failed, of web2 0 of " in back["msg"]
    assert (haproxy.admin_bits("web1"), haproxy.weights("web1")) == (FORCED_MAINT, (100, 100))
    # What users met is counted to the last request, and by the server itself and its clients likewise.
    assert users_of(back) == (haproxy.web1.asked["/"] - before, len(clients.errors))
    assert set(clients.errors) == {"HTTP 502" if breaking else "HTTP 500"}
    assert haproxy.web1.asked["/"] == served, "a server in maint got traffic"
    assert notes(run, "bake") == [f"web/web1 50 %: fail: {back['bake'][0]['why']}"]


def test_errors_of_everybody_are_nobodys_fault(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    haproxy.web1.failing = haproxy.web2.failing = 0.3
    with Clients(haproxy.front, many=2):
        # Of few requests the share of errors is no share yet.
        back = baked(haproxy, {"reference": ["web2"], "min_errors": 10, "absolute": 0.1})
        assert said(back) == [("pass", 100)], back
        assert users_of(back)[1] > 0
        alone = bake(haproxy, {"mode": "inform", "absolute": 0.1})
    assert (alone["failed"], said(alone)) == (False, [("fail", 100)])
    assert "more than 10 %" in alone["msg"]


def test_a_slow_server_fails_by_its_probes(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    haproxy.web1.delay = 0.4
    with Clients(haproxy.front, many=2) as clients:
        back = baked(haproxy, {"reference": ["web2"]})
    assert (back["failed"], back["blame"], said(back)) == (True, "release", [("fail", 100)])
    assert "its pages are slower: 4" in back["msg"]
    assert back["bake"][0]["figures"]["median"] > 0.4 > back["bake"][0]["figures"]["reference_median"]
    assert haproxy.admin_bits("web1") == FORCED_MAINT
    assert clients.errors == []


def test_without_traffic_nobody_can_tell(haproxy: Haproxy, run: dict[str, Any]) -> None:
    short: dict[str, Any] = {"seconds": 0.3, "timeout": 0.5, "reference": ["web2"]}
    server(haproxy, "maint", **run)
    back = baked(haproxy, short, **run)
    assert (back["failed"], back["phase"], back["blame"]) == (True, "bake", "nobody")
    assert "could not be judged by its bake at 100 % of its weight: too little traffic: 0 requests" in back["msg"]
    assert "-e skip=bake" in back["next_command"]
    assert haproxy.admin_bits("web1") == FORCED_MAINT
    gone_on = baked(haproxy, {**short, "inconclusive": "continue"}, **run)
    assert (gone_on["failed"], said(gone_on)) == (False, [("inconclusive", 100)]), gone_on
    assert haproxy.admin_bits("web1") == READY
    lines = notes(run, "bake")
    assert [line.partition(" requests")[0] for line in lines] == [
        "web/web1 100 %: inconclusive: too little traffic: 0",
        "web/web1 100 %: inconclusive, continued: too little traffic: 0",
    ]


@pytest.mark.parametrize(("mode", "verdict"), [("inform", "fail"), ("skip", "skip")])
def test_what_only_tells_lets_everybody_in(haproxy: Haproxy, run: dict[str, Any], mode: str, verdict: str) -> None:
    server(haproxy, "maint", **run)
    haproxy.web1.failing = 0.5
    with Clients(haproxy.front, many=2):
        back = baked(haproxy, {"mode": mode, "seconds": 60, "timeout": 120}, ramp_hold=0.6, **run)
    assert (back["failed"], said(back), haproxy.admin_bits("web1")) == (False, [(verdict, 100)], READY), back
    expected = "fail, continued: " if mode == "inform" else "skipped"
    assert notes(run, "bake")[0].startswith(f"web/web1 100 %: {expected}")
    assert (users_of(back)[1] > 0, haproxy.web1.asked["/probe"] > 0) == (mode == "inform",) * 2


def test_what_goes_back_to_an_operators_drain_is_not_baked(haproxy: Haproxy, run: dict[str, Any]) -> None:
    server(haproxy, "maint")
    back = baked(haproxy, {"requests": 1000}, restore="drain", **run)
    assert (back["failed"], back["admin"], back["bake"], notes(run, "bake")) == (False, "drain", [], []), back


@pytest.mark.parametrize("reloads", [1, 2])
def test_a_reload_starts_it_over_and_a_second_cannot_tell(haproxy: Haproxy, reloads: int) -> None:
    server(haproxy, "maint")
    with Clients(haproxy.front, many=2):
        coming, results = in_background(lambda: baked(haproxy, {"seconds": 1.2, "reference": ["web2"]}))
        for _ in range(reloads):
            probed = haproxy.web1.asked["/probe"]
            until(lambda seen=probed: haproxy.web1.asked["/probe"] > seen + 1)  # type: ignore[misc]
            haproxy.restart()
        coming.join()
    back = results[0]
    assert [step["step"] for step in back["steps"]].count("enter") == min(reloads + 1, 2)
    if reloads == 1:
        assert (back["failed"], said(back)) == (False, [("pass", 100)]), back
    else:
        assert (back["failed"], said(back), back["blame"]) == (True, [("inconclusive", 100)], "nobody"), back
        assert "haproxy was reloaded 2 times during the bake" in back["msg"]
        assert haproxy.admin_bits("web1") == FORCED_MAINT
    assert users_of(back)[0] > 0


def test_a_reference_that_is_taken_out_is_none(three: Haproxy) -> None:
    server(three, "maint")
    with Clients(three.front, many=2) as clients:
        coming, results = in_background(lambda: baked(three, {"seconds": 1.2, "reference": ["web2", "web3"]}))
        until(lambda: three.web1.asked["/probe"] > 2)
        three.command("set server web/web2 state maint")
        coming.join()
    assert (said(results[0]), results[0]["bake"][0]["figures"]["reference"]) == ([("pass", 100)], ["web3"])
    assert clients.errors == []


def test_a_server_that_goes_down_under_its_bake_tells_what_users_met(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    before = haproxy.web1.asked["/"]
    with Clients(haproxy.front, many=2):
        coming, results = in_background(lambda: baked(haproxy, {"seconds": 20, "timeout": 20}))
        until(lambda: haproxy.web1.asked["/probe"] > 4)
        haproxy.web1.healthy = False
        coming.join()
    back = results[0]
    assert (back["failed"], back["phase"], back["blame"], said(back)) == (
        True,
        "in",
        "release",
        [("inconclusive", 100)],
    )
    assert back["bake"][0]["why"].startswith("broken off: web/web1 did not stay up at 100 % of its weight")
    assert users_of(back) == (haproxy.web1.asked["/"] - before, 0)


def test_the_module_changes_nothing_whatever_it_finds(haproxy: Haproxy) -> None:
    short: dict[str, Any] = {"seconds": 0.3, "timeout": 0.5}
    quiet = bake(haproxy, short)
    assert (quiet["failed"], quiet["phase"], quiet["blame"]) == (True, "bake", "nobody")
    assert "says inconclusive: too little traffic: 0 requests" in quiet["msg"]
    assert not bake(haproxy, {**short, "inconclusive": "continue"}, check=True)["failed"]
    assert said(bake(haproxy, {"mode": "skip"})) == [("skip", 100)]
    haproxy.web1.failing = 1.0
    haproxy.command("set server web/web1 weight 50%")
    found = bake(haproxy)
    assert (found["failed"], found["blame"], said(found)) == (True, "release", [("fail", 50)])
    assert "probes went wrong" in found["msg"], "without any traffic"
    assert (haproxy.admin_bits("web1"), haproxy.weights("web1")) == (READY, (50, 100))


@pytest.mark.parametrize(
    ("limits", "where", "sentence"),
    [
        ({}, {"server": "web9"}, "has no server 'web9'"),
        ({}, {"backend": "mix", "server": "zero"}, "has a configured weight of 0"),
        ({"timeout": 0.5}, {}, "The bake's timeout of 0.5 s is shorter than its 0.6 s."),
        ({"probe_paths": ["probe"]}, {}, "must begin with /"),
        ({"mode": "guess"}, {}, "value of mode must be one of: judge, inform, skip, got: guess found in bake"),
        ({"second": 3}, {}, "bake.second. Supported parameters include"),
    ],
)
def test_wrong_input_is_said(haproxy: Haproxy, limits: dict[str, Any], where: dict[str, Any], sentence: str) -> None:
    for found in (bake(haproxy, limits, **where), baked(haproxy, limits, **where)):
        assert found["failed"]
        assert sentence in found["msg"]
