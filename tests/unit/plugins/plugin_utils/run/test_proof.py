# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hosts of a run proved: every way in which a proof can be missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.proof import (
    held,
    not_back,
    processes,
    proof,
    unproven,
    unproven_turns,
)
from tests import ledgers
from tests.controller import CONFIGURATION, HOSTS, NEW, OLD, plan, site, survey

PLAN = plan()[0]
LIMITED = plan(site("restart"), hosts=["green"])[0]
SETTLED = plan(surveys={host: survey(NEW, serves=host != "www1") for host in HOSTS if host != "blue"})[0]


def gaps(planned=PLAN, without=(), *changed):
    """What the hosts did not prove of a run in which all went well, but for these records."""
    records = [one for one in ledgers.good(planned) if (one.ticket.host, one.part) not in without]
    mine = {(one.ticket.host, one.part) for one in changed}
    kept = [one for one in records if (one.ticket.host, one.part) not in mine]
    return unproven(planned, ledgers.ledger(planned, *kept, *changed))


@pytest.mark.parametrize("planned", [PLAN, LIMITED, SETTLED, plan(site(project=CONFIGURATION))[0]])
def test_a_run_that_proved_everything_has_no_gap(planned):
    assert gaps(planned) == {}
    assert held(planned, ledgers.ledger(planned, *ledgers.good(planned))) == []


@pytest.mark.parametrize("part", ["turn", "close"])
@pytest.mark.parametrize("host", HOSTS)
def test_nobody_knows_what_happened_where_a_record_is_missing(host, part):
    assert gaps(PLAN, [(host, part)]) == {host: f"unknown what happened on {host}"}


def test_a_host_that_never_said_that_the_run_took_it_is_unknown():
    assert gaps(PLAN, (), ledgers.close(PLAN, "blue", opened={})) == {"blue": "unknown what happened on blue"}


@pytest.mark.parametrize(
    ("closed", "gap"),
    [
        ({"outcome": "failed", "host_down": True}, "unknown whether blue is still locked: it did not say"),
        ({"closed": False, "lock": None}, "the run lost blue before its end"),
        ({"closed": False, "lock": {"run": "another"}}, "the run lost blue before its end"),
        ({"outcome": "failed", "lock": None}, "the run lost blue before its end"),
    ],
)
def test_a_host_that_the_run_did_not_close_is_no_good_end(closed, gap):
    found = gaps(PLAN, (), ledgers.close(PLAN, "blue", closed=ledgers.said(PLAN, "blue", **closed)))
    assert list(found) == ["blue"] and found["blue"].startswith(gap)


@pytest.mark.parametrize(
    ("host", "step"),
    [("www1", "switched"), ("blue", "left"), ("blue", "switched"), ("blue", "returned"), ("home", "switched")],
)
def test_a_step_of_the_plan_that_the_turn_left_out_is_a_gap(host, step):
    """Also where the turn itself believed that it had no such step."""
    record = replace(ledgers.turn(PLAN, host, without=[step]), failure=None)
    found = gaps(PLAN, (), record)
    assert list(found) == [host] and found[host].startswith("no proof that ")


def test_a_host_that_shows_another_release_as_current_is_a_gap():
    other = ledgers.turn(PLAN, "www1", switched=ledgers.said(PLAN, "www1", current=OLD))
    assert gaps(PLAN, (), other) == {"www1": f"www1 shows {OLD[:10]} as current, not {NEW[:10]}"}
    nothing = ledgers.turn(PLAN, "www1", switched=ledgers.said(PLAN, "www1", current=None))
    assert gaps(PLAN, (), nothing) == {"www1": f"www1 shows - as current, not {NEW[:10]}"}


def test_a_host_without_a_turn_shows_its_target_as_the_run_takes_it():
    drifted = ledgers.close(SETTLED, "green", opened=ledgers.said(SETTLED, "green", current=OLD))
    assert list(gaps(SETTLED, (), drifted)) == ["green"]


@pytest.mark.parametrize(
    "services",
    [
        [],
        [{"name": "app", "release": NEW, "pids": [1], "proven": False}],
        [{"name": "app", "release": OLD, "pids": [1], "proven": True}],
        [{"name": "app", "release": NEW, "pids": [], "proven": True}],
        [{"name": one, "release": NEW, "pids": [1], "proven": True} for one in ("app", "other")],
    ],
)
def test_a_service_that_did_not_prove_the_release_is_a_gap(services):
    record = ledgers.turn(PLAN, "blue", restarted=ledgers.said(PLAN, "blue", services=services))
    found = gaps(PLAN, (), record)
    assert list(found) == ["blue"] and "proved bbbbbbbbbb" in found["blue"]


def test_the_balancer_of_a_limited_run_must_be_let_go_of_too():
    kept = LIMITED["keeper"]
    records = [one for one in ledgers.good(LIMITED) if one.part != "close"]
    silent = ledgers.close(LIMITED, kept, balancer_closed={})
    assert held(LIMITED, ledgers.ledger(LIMITED, *records, silent)) == [LIMITED["balancer"]]
    crashed = ledgers.said(LIMITED, kept, outcome=None, msg="MODULE FAILURE")
    silent = ledgers.close(LIMITED, kept, balancer_closed=crashed)
    assert held(LIMITED, ledgers.ledger(LIMITED, *records, silent)) == [LIMITED["balancer"]]
    assert held(LIMITED, ledgers.ledger(LIMITED)) == ["green", "www1"]


def test_what_was_proven_is_counted():
    ledger = ledgers.ledger(PLAN, *ledgers.good(PLAN))
    assert proof(PLAN, ledger) == "proven from 6 processes on 3 of them"
    assert processes(PLAN, "www1", ledger) == 0
    before = ledgers.ledger(SETTLED, *ledgers.good(SETTLED))
    assert proof(SETTLED, before) == "proven from 4 processes on 3 of them"
    quiet = plan(site(project=CONFIGURATION))[0]
    assert proof(quiet, ledgers.ledger(quiet, *ledgers.good(quiet))) == "where no process runs it"


def test_a_turn_that_proved_too_little_has_failed_before_the_run_is_closed_as_good():
    other = ledgers.turn(PLAN, "www1", switched=ledgers.said(PLAN, "www1", current=OLD))
    found = unproven_turns(PLAN, ledgers.ledger(PLAN, other, ledgers.turn(PLAN, "blue")))
    assert {host: one.blame for host, one in found.items()} == {"www1": "nobody"}
    settlement = ledgers.settle(PLAN, [other, *(one for one in ledgers.good(PLAN) if one.ticket.host != "www1")])[0]
    assert (settlement["failing"], settlement["ending"]) == (True, "failed")
    check = ledgers.settle(PLAN, [other, ledgers.turn(PLAN, "blue")], ansible_check_mode=True)[0]
    assert "www1" not in check["failures"]


BLUE = {"blue": {"host": "blue", "to": OLD}}


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ({}, ""),
        ({"switched": {"current": NEW}}, "on the way back blue shows bbbbbbbbbb as current, not aaaaaaaaaa"),
        ({"restarted": {"services": []}}, "on the way back only 0 of 1 services of blue proved aaaaaaaaaa"),
        ({"returned": {"outcome": "failed"}}, "no proof that it returned to rotation"),
    ],
)
def test_a_host_went_back_only_if_it_proved_what_it_ran_before(results, said):
    back = {name: ledgers.said(PLAN, "blue", "back", **each) for name, each in results.items()}
    ledger = ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue", direction="back", **back))
    assert [one.sentence for one in not_back(PLAN, ledger, BLUE).values()] == [said] * bool(said)


def test_nobody_knows_how_a_host_went_back_that_left_no_record_of_it():
    found = not_back(PLAN, ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue")), BLUE)
    assert found["blue"].sentence == "it is unknown how it went back"
