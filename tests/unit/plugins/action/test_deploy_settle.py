# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows a failure, from the records that the roles registered."""

from __future__ import annotations

import pytest

from tests import ledgers
from tests.controller import NEW, OLD, balancer, plan, survey
from tests.ledgers import DIED, DOUBT, GONE, STUCK

# Home answers what others need, so that it takes its turn alone.
PLAN = {**plan()[0], "waves": [["www1", "blue"], ["green"], ["home"]]}
WELL = ledgers.good(PLAN)
BLUE = [ledgers.turn(PLAN, "www1"), ledgers.turn(PLAN, "blue")]
SURVEYS = {"www1": survey(NEW, serves=False), "blue": survey(NEW), "green": survey(NEW)}


def settle(failure=DIED, surveys=SURVEYS, green=True, **task_vars):
    """What follows where green failed after www1 and blue."""
    records = [*BLUE, ledgers.turn(PLAN, "green", failure)]
    return ledgers.settle(PLAN, records, surveys, balancer(blue=True, green=green), **task_vars)


LAST = {**PLAN, "gates": {**PLAN["gates"], "after": ["queue", "last"], "continues": ["last"]}}


def asked(*answers, planned=LAST, **more):
    """What follows where every turn succeeded and the gates of the whole run say this; those that are left out pass."""
    given = {one["gate"]: one for one in answers}
    gates = [given.get(name, ledgers.gate(PLAN, "www1", name)) for name in planned["gates"]["after"]]
    return ledgers.settle(planned, WELL, SURVEYS, balancer(blue=True, green=True), gates=gates, **more)[0]


def queue(name="queue", **values):
    return ledgers.gate(PLAN, "www1", name, **values)


def test_gates_that_pass_once_every_turn_is_over_let_the_run_end_well():
    assert not asked()["failing"]


def test_a_gate_that_blames_the_release_then_has_every_host_go_back_and_marks_it():
    result = asked(queue(verdict="fail", blame="release", msg="queue: 12 wait"))
    assert [each["host"] for each in result["restores"]] == ["www1", "green", "blue"]
    assert (result["blame"], result["mark_bad"], result["why"]) == ("release", True, "www1: 12 wait")
    assert {one["step"] for one in result["failures"].values()} == {"Gate queue"}


@pytest.mark.parametrize(
    "answer",
    [
        queue(verdict="fail", blame="nobody"),
        queue(verdict="fail", blame="host"),
        queue(verdict="unknown"),
        queue(verdict="perhaps"),
        queue(asked=False),
        queue(ticket={"run": "another"}),
        queue("last", verdict="fail"),
    ],
)
def test_a_gate_that_blames_nobody_or_that_nobody_saw_asked_has_them_go_back_in_doubt(answer):
    result = asked(answer)
    assert [each["host"] for each in result["restores"]] == ["www1", "green", "blue"]
    assert (result["blame"], result["mark_bad"]) == ("nobody", False)


def test_a_gate_that_was_never_asked_is_named():
    result = ledgers.settle(LAST, WELL, SURVEYS)[0]
    assert result["why"] == "www1: no proof that the gate queue was asked once every turn was over"


def test_a_proof_against_the_release_comes_before_a_doubt():
    result = asked(queue(verdict="unknown"), queue("last", verdict="fail", blame="release", msg="red"))
    assert (result["blame"], result["why"]) == ("release", "www1: red")


def test_a_gate_whose_silence_stops_nothing_is_noted():
    result = asked(queue("last", verdict="unknown", msg="it is silent"))
    assert not result["failing"]
    assert result["notes"] == ["the gate last could not tell, and the run went on: it is silent"]


def test_with_check_nobody_has_to_see_a_gate_asked():
    assert not asked(queue(verdict="fail", asked=False), ansible_check_mode=True)["failing"]


def test_where_a_turn_failed_the_gates_of_the_whole_run_have_no_say():
    records = [*BLUE, ledgers.turn(PLAN, "green", GONE)]
    result = ledgers.settle(LAST, records, SURVEYS, gates=[queue(verdict="fail", blame="release")])[0]
    assert (result["blame"], list(result["failures"])) == ("host", ["green"])


def test_when_every_turn_went_well_nothing_is_decided():
    result, lines = ledgers.settle(PLAN, WELL, state="looked")
    assert (result["failing"], result["ending"], result["failures"], lines) == (False, "good", {}, [])
    result, lines = ledgers.settle(PLAN, WELL)
    assert (result["restores"], result["blame"], result["mark_bad"], lines) == ((), "", False, [])


@pytest.mark.parametrize("state", ["looked", "decided"])
def test_a_run_in_which_a_turn_left_no_record_has_failed(state):
    result = ledgers.settle(PLAN, [one for one in WELL if one.ticket.host != "green"], state=state)[0]
    assert (result["failing"], result["ending"], list(result["failures"])) == (True, "failed", ["green"])
    assert result["why"] == "green: unknown what happened on green: there is no record of its turn"


def test_a_turn_whose_record_is_lost_is_not_taken_for_one_that_never_began():
    records = [ledgers.turn(PLAN, "www1"), ledgers.turn(PLAN, "green", DIED)]
    result = ledgers.settle(PLAN, records, SURVEYS)[0]
    assert list(result["failures"]) == ["blue", "green"]
    assert [each["host"] for each in result["restores"]] == ["www1", "green", "blue"]
    # What nobody saw is no excuse for a release that was seen to fail.
    assert (result["blame"], result["mark_bad"]) == ("release", True)


def test_what_fell_after_its_turn_is_seen_before_the_run_is_closed_as_good():
    servers = [{"server": "blue", "status": "DOWN", "admin": "ready", "in_rotation": False}, *balancer(green=True)]
    looked = ledgers.settle(PLAN, WELL, {}, servers, "looked")[0]
    assert (looked["failing"], list(looked["failures"])) == (True, ["blue"])
    decided = ledgers.settle(PLAN, WELL, SURVEYS, servers)[0]
    assert (decided["blame"], decided["mark_bad"]) == ("nobody", False)
    assert decided["why"] == "blue: haproxy shows blue DOWN after its turn"


def test_a_node_that_was_down_for_one_reading_has_not_failed():
    down = [{"server": "blue", "status": "DOWN 1/2", "admin": "ready", "in_rotation": False}, *balancer(green=True)]
    looked = ledgers.settle(PLAN, WELL, {}, down, "looked")[0]
    assert looked["failing"]
    decided = ledgers.settle(PLAN, WELL, SURVEYS, balancer(blue=True, green=True), look=looked)[0]
    assert (decided["failing"], decided["ending"], list(decided["restores"])) == (False, "good", [])
    assert ledgers.settle(PLAN, WELL, SURVEYS, down, look=looked)[0]["failing"]


def test_where_nothing_failed_the_look_is_the_decision():
    both = balancer(blue=True, green=True)
    looked = ledgers.settle(PLAN, WELL, {}, both, "looked")[0]
    assert looked["balancer"] == {"servers": both} and not looked["failing"]
    assert looked == {**ledgers.settle(PLAN, WELL, {}, both, look=looked)[0], "msg": "every turn succeeded"}
    assert "restores" not in ledgers.settle(PLAN, [], {}, both, "looked")[0]


def test_a_release_that_failed_is_unwound():
    result, lines = settle()
    assert (result["blame"], result["ending"]) == ("release", "failed")
    assert [(each["host"], each["to"]) for each in result["restores"]] == [("www1", OLD), ("green", OLD), ("blue", OLD)]
    assert result["hosts"].keys() == {"green", "blue", "www1"}
    assert "  green goes back to aaaaaaaaaa: its own turn failed" in lines


def test_where_the_host_is_to_blame_healthy_hosts_stay():
    surveys = {**SURVEYS, "green": {"reachable": False}}
    result, lines = settle(GONE, surveys=surveys, green=False)
    assert (result["blame"], result["restores"]) == ("host", ())
    assert [each["host"] for each in result["left"]] == ["green", "blue", "www1"]
    assert any("blue stays as it is" in line for line in lines)


def test_doubt_takes_every_host_back_and_marks_nothing():
    result, lines = settle(DOUBT)
    assert [each["host"] for each in result["restores"]] == ["www1", "green", "blue"]
    assert (result["mark_bad"], result["blame"]) == (False, "nobody")
    assert "  blue goes back to aaaaaaaaaa: the run was stopped in doubt on another host" in lines


@pytest.mark.parametrize(("check", "bad"), [(False, True), (True, False)])
def test_a_check_marks_nothing_bad(check, bad):
    assert settle(ansible_check_mode=check)[0]["mark_bad"] is bad


@pytest.mark.parametrize("state", ["looked", "decided"])
def test_notes_are_gathered_from_what_the_gates_said(state):
    def skipped(host):
        bake = [{"verdict": "skip"}]
        return ledgers.turn(PLAN, host, returned=ledgers.said(PLAN, host, bake=bake, status="UP", admin="ready"))

    records = [skipped("blue"), skipped("green")]
    assert ledgers.settle(PLAN, records, state=state)[0]["notes"] == ["the bake was skipped (blue, green)"]


def test_what_cannot_be_asked_gets_no_traffic_when_it_comes_back():
    assert settle(surveys={**SURVEYS, "blue": {"reachable": False}})[0]["keep_out"] == ("blue",)
    assert settle(STUCK, surveys={})[0]["keep_out"] == ("green",)
