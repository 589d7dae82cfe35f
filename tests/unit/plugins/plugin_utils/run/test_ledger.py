# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All records of a run, and what they say together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger, failures, notes_of, unknown
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure, Ticket
from tests import ledgers
from tests.controller import plan, site

# Home answers what others need, so that it takes its turn alone.
PLAN = {**plan()[0], "waves": [["www1", "blue"], ["green"], ["home"]]}
STEPS = [{"server": "blue", "verdict": "pass"}, {"server": "blue", "verdict": "inconclusive", "why": "3 of 100"}]


def of(*records):
    return ledgers.ledger(PLAN, *records)


def baked(*steps, planned=PLAN, host="blue", **more):
    returned = ledgers.said(planned, host, bake=list(steps), status="UP", admin="ready")
    return ledgers.turn(planned, host, returned=returned, **more)


@pytest.mark.parametrize(
    ("records", "done", "failed"),
    [
        ((), False, False),
        ((ledgers.turn(PLAN, "blue"),), True, False),
        ((ledgers.turn(PLAN, "blue", ledgers.DIED),), False, True),
        ((ledgers.failed(PLAN, "blue", "stage", ledgers.DIED),), False, True),
        ((ledgers.turn(PLAN, "green"),), False, False),
    ],
)
def test_how_far_a_host_came(records, done, failed):
    ledger = of(*records)
    assert (ledger.done("blue"), ledger.failed("blue") is not None) == (done, failed)
    assert list(failures(PLAN, ledger)) == ["blue"] * failed


@pytest.mark.parametrize("backwards", [False, True])
def test_the_first_failure_of_a_host_counts(backwards):
    records = [ledgers.failed(PLAN, "blue", part, Failure(part, "no")) for part in ("open", "build", "stage", "turn")]
    ledger = of(*(reversed(records) if backwards else records))
    assert ledger.failed("blue").part == "open"
    assert [one.part for one in ledger.forward("blue")] == ["open", "build", "stage", "turn"]


def test_a_failure_on_the_way_back_is_told_from_the_one_before():
    forward = ledgers.turn(PLAN, "blue", ledgers.DIED)
    back = ledgers.turn(PLAN, "blue", ledgers.STUCK, "back")
    ledger = of(back, forward)
    assert ledger.back("blue") == back and ledger.failed("blue") == forward
    assert of(forward).back("blue") is None
    assert ledger.of_host("blue") == (forward, back)


def test_records_of_another_run_are_not_of_this_one():
    theirs = replace(ledgers.turn(PLAN, "blue"), ticket=Ticket("another", "blue"))
    assert Ledger(PLAN["run"], (theirs,)).get("blue", "turn") is None


def test_a_turn_that_left_no_record_has_failed():
    done = [ledgers.turn(PLAN, host) for host in PLAN["turns"] if host != "green"]
    found = unknown(PLAN, of(*done))
    assert {host: one.sentence for host, one in found.items()} == {
        "green": "unknown what happened on green: there is no record of its turn"
    }
    assert unknown(PLAN, of(*done, ledgers.turn(PLAN, "green"))) == {}


def test_a_turn_that_begins_after_a_failure_leaves_no_record_and_one_before_it_must():
    assert list(unknown(PLAN, of(ledgers.turn(PLAN, "www1"), ledgers.turn(PLAN, "blue", ledgers.DIED)))) == []
    assert list(unknown(PLAN, of(ledgers.turn(PLAN, "www1"), ledgers.turn(PLAN, "green", ledgers.DIED)))) == ["blue"]
    assert list(unknown(PLAN, of(ledgers.failed(PLAN, "green", "stage", ledgers.DIED)))) == []


def test_what_is_found_afterwards_is_in_the_record_of_the_turn():
    late, blue = Failure("Look again", "it is down", "release"), ledgers.turn(PLAN, "blue")
    ledger = of(blue, ledgers.turn(PLAN, "green", ledgers.DIED)).with_failures(
        {"blue": late, "green": late, "home": late}
    )
    assert ledger.failed("blue") == replace(blue, failure=late)
    assert ledger.failed("green").failure == ledgers.DIED
    assert ledger.failed("home").failure == late
    assert len(ledger.records) == 3


def test_notes_are_of_gates_that_did_not_pass_of_the_preflight_and_of_a_pause():
    planned = {**PLAN, "notes": ["went on"]}
    record = baked(
        *STEPS,
        judged=[ledgers.gate(PLAN, "blue", verdict="unknown", msg="it is silent")],
        paused=ledgers.said(PLAN, "blue", note="mek@home said go on after blue"),
    )
    assert notes_of(planned, of(record)) == [
        "went on",
        "the bake could not tell, and the run went on (blue): 3 of 100",
        "the gate watch could not tell, and the run went on (blue): it is silent",
        "mek@home said go on after blue",
    ]


def test_a_bake_that_was_skipped_on_request_is_said_once_with_its_reason():
    asked = plan(of=site(skip="bake", reason="nobody is there"))[0]
    asked["notes"] = ["skip=bake (nobody is there): no node is watched"]
    skipped = baked({"verdict": "skip"}, planned=asked)
    assert notes_of(asked, Ledger(asked["run"], (skipped,))) == asked["notes"]
    assert notes_of(PLAN, of(baked({"verdict": "skip"}))) == ["the bake was skipped (blue)"]


def test_a_bake_that_stopped_the_run_is_no_note():
    returned = ledgers.said(PLAN, "blue", failed=True, bake=STEPS)
    assert notes_of(PLAN, of(ledgers.turn(PLAN, "blue", ledgers.DIED, returned=returned))) == []


def test_what_gates_said_on_the_way_back_is_no_note():
    returned = ledgers.said(PLAN, "blue", "back", bake=STEPS, status="UP", admin="ready")
    back = ledgers.turn(PLAN, "blue", direction="back", returned=returned)
    assert notes_of(PLAN, of(ledgers.turn(PLAN, "blue", ledgers.DIED), back)) == []


def test_who_takes_its_turn_with_one_that_failed_has_begun_too():
    assert list(unknown(PLAN, of(ledgers.turn(PLAN, "www1", ledgers.STUCK)))) == ["blue"]
