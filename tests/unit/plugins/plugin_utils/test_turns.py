# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the roles recorded of the hosts' turns."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import (
    downtime_left,
    failed_step,
    failure_of,
    forward_failure,
    lines_of,
    notes_of,
    turn_of,
    unwinding_failure,
)

PLAN = {"hosts": {"blue": {"part": "web", "current": "a" * 40, "to": "b" * 40}}}
STEPS = [{"server": "blue", "verdict": "pass"}, {"server": "blue", "verdict": "inconclusive", "why": "3 of 100"}]
UNPROVEN = {"msg": "it died", "phase": "start", "unproven": True}


def recorded(**registered):
    return Variables({"inventory_hostname": "blue", "hostvars": {"blue": registered}})


def failing(**result):
    return {"failure": failure_of("Restart", {**UNPROVEN, **result})}


@pytest.mark.parametrize(
    ("result", "to_blame"),
    [
        (UNPROVEN, False),
        ({**UNPROVEN, "phase": "smoke"}, False),
        ({**UNPROVEN, "phase": "drain"}, True),
        ({**UNPROVEN, "unproven": False}, True),
        ({"msg": "gone", "host_down": True, "phase": "release_symlink"}, True),
        ({"msg": "no such module"}, True),
    ],
)
def test_only_a_proof_that_failed_speaks_against_the_release(result, to_blame):
    assert failure_of("Restart", result)["host_to_blame"] is to_blame


def test_a_failure_without_a_word_is_a_failure():
    assert failure_of("Restart", {})["message"] == "it failed and said nothing"


def test_a_log_comes_as_a_text_or_line_by_line():
    assert lines_of("one\ntwo\n") == lines_of(["one", "two"]) == ["one", "two"]


def test_the_first_failure_counts():
    found = failed_step(recorded(stage_failed=failing(msg="first"), turn_failed=failing(msg="second")), "blue")
    assert (found["message"], found["stage"]) == ("first", "stage")
    assert failed_step(recorded(turn_failed={"skipped": True}), "blue") == {}


@pytest.mark.parametrize(
    ("registered", "status"),
    [
        ({}, "waiting"),
        ({"turn_done": {"seconds": 3.0}}, "done"),
        ({"turn_failed": failing()}, "failed"),
        ({"stage_failed": failing()}, "waiting"),
    ],
)
def test_how_far_a_host_came(registered, status):
    turn = turn_of("blue", PLAN, recorded(**registered))
    assert (turn.status, turn.part, turn.current, turn.to) == (status, "web", "a" * 40, "b" * 40)


def test_a_failure_on_the_way_back_is_told_from_the_one_before():
    assert unwinding_failure(recorded(turn_failed=failing()), "blue") == {}
    assert unwinding_failure(recorded(turn_failed={**failing(), "unwinding": True}), "blue")["message"] == "it died"


@pytest.mark.parametrize("phase", ["bake", "nagios", "test", "reload"])
def test_a_gate_that_found_a_fault_speaks_against_the_release(phase):
    failure = failure_of("Look", {**UNPROVEN, "phase": phase})
    assert (failure["host_to_blame"], failure["doubt"]) == (False, False)


def test_doubt_blames_nobody_and_is_kept():
    failure = failure_of("Bake", {"msg": "3 of 100", "phase": "bake", "doubt": True, "bake": STEPS})
    assert (failure["host_to_blame"], failure["doubt"], failure["bake"]) == (False, True, STEPS)
    turn = turn_of("blue", PLAN, recorded(turn_failed={"failure": failure}))
    assert (turn.status, turn.doubt, turn.host_to_blame) == ("failed", True, False)


def test_a_turn_knows_whose_services_it_restarts():
    planned = {"hosts": {"blue": {**PLAN["hosts"]["blue"], "proves": "c" * 40}}, "service_project": "q"}
    turn = turn_of("blue", planned, recorded())
    assert (turn.service_project, turn.proves) == ("q", "c" * 40)


def test_what_fails_with_the_host_in_rotation_is_told_with_what_users_met_of_it():
    returned = {"bake": STEPS}
    found = forward_failure(recorded(turn_failed=failing(phase="nagios"), balancer_returned=returned), "blue")
    assert (found["served"], found["bake"]) == (True, STEPS)
    found = forward_failure(recorded(turn_failed=failing(), balancer_returned={**returned, "failed": True}), "blue")
    assert (found["served"], found["bake"]) == (False, [])
    assert forward_failure(recorded(balancer_returned=returned), "blue") == {}


def test_notes_are_of_gates_that_did_not_pass_of_the_preflight_and_of_a_pause():
    found = notes_of(
        {**PLAN, "notes": ["Nagios: 1 problem is known before"]},
        recorded(
            balancer_returned={"bake": STEPS},
            monitoring_judged={"verdict": "unknown", "msg": "Nagios is\nsilent"},
            turn_paused={"note": "mek@home said go on after blue"},
        ),
    )
    assert found == [
        "Nagios: 1 problem is known before",
        "the bake could not tell, and the run went on (blue): 3 of 100",
        "Nagios could not tell, and the run went on (blue): Nagios is silent",
        "mek@home said go on after blue",
    ]


def test_a_bake_that_was_skipped_on_request_is_said_once_with_its_reason():
    asked = {**PLAN, "skips": ["bake"], "notes": ["skip=bake (nobody is there): no node is watched"]}
    assert notes_of(asked, recorded(balancer_returned={"bake": [{"verdict": "skip"}]})) == asked["notes"]
    by_policy = notes_of(PLAN, recorded(balancer_returned={"bake": [{"verdict": "skip"}]}))
    assert by_policy == ["the bake was skipped (blue)"]


def test_a_bake_that_stopped_the_run_is_no_note():
    assert notes_of(PLAN, recorded(balancer_returned={"failed": True, "bake": STEPS})) == []


@pytest.mark.parametrize(
    ("announced", "judged", "left"),
    [
        ({"downtimes": 3}, {"verdict": "pass"}, False),
        ({"downtimes": 3}, {"verdict": "unknown"}, True),
        ({"downtimes": 3}, None, True),
        ({"downtimes": 0}, {"verdict": "unknown"}, False),
        ({"skipped": True}, None, False),
        (None, None, False),
    ],
)
def test_only_a_gate_that_passed_has_seen_a_downtime_lifted(announced, judged, left):
    variables = recorded(monitoring_announced=announced, monitoring_judged=judged)
    assert downtime_left("blue", variables) is left
