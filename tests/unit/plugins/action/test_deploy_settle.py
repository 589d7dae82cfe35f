# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows a failure, from what the roles recorded."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_settle
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failure_of
from tests.controller import NEW, OLD, balancer, decide, plan, survey

PLANNED = plan()[0]
HOSTS = {host: PLANNED["hosts"][host] for host in ("blue", "green")}
DIED = failure_of("Restart", {"msg": "it\ndied \x1b[31m", "phase": "start", "unproven": True})
DOUBT = failure_of("Return", {"msg": "3 of 100", "phase": "bake", "doubt": True})
GONE = failure_of("Restart", {"msg": "gone", "host_down": True})


def settle(state="decided", action="deploy", servers=(), **registered):
    planned = {
        **PLANNED,
        "action": action,
        "hosts": HOSTS,
        "turns": list(HOSTS),
        "web": ["blue", "green", "yellow"],
        "server_names": {**PLANNED["server_names"], "yellow": "node-y"},
        "left_out": ["yellow", "home"] if action == "rollback" else [],
    }
    hostvars = {host: {"settle_survey": {"survey": survey(NEW)}, **registered.get(host, {})} for host in HOSTS}
    return decide(deploy_settle.ActionModule, {"state": state, "plan": planned, "servers": list(servers)}, hostvars)


def test_when_every_turn_went_well_nothing_is_decided():
    result, lines = settle("looked", blue={"turn_done": {"seconds": 1}}, green={"turn_done": {"seconds": 1}})
    assert (result["failing"], result["ending"], result["failures"], lines) == (False, "good", {}, [])
    assert settle(blue={"turn_done": {"seconds": 1}})[0]["restores"] == ()


def test_a_release_that_failed_is_unwound_last_first():
    result, lines = settle(blue={"turn_done": {"seconds": 1}}, green={"turn_failed": {"failure": DIED}})
    assert (result["blame_release"], result["ending"]) == (True, "failed")
    assert [(each["host"], each["to"]) for each in result["restores"]] == [("green", OLD), ("blue", OLD)]
    assert result["hosts"].keys() == {"green", "blue"}
    assert "  green goes back to aaaaaaaaaa: its own turn failed" in lines


def test_where_the_host_is_to_blame_healthy_hosts_stay():
    result, lines = settle(
        servers=balancer(blue=True, green=False),
        blue={"turn_done": {"seconds": 1}},
        green={"turn_failed": {"failure": GONE}, "settle_survey": {"survey": {"reachable": False}}},
    )
    assert (result["blame_release"], result["restores"]) == (False, ())
    assert [each["host"] for each in result["left"]] == ["green", "blue"]
    assert any("blue stays as it is" in line for line in lines)


def test_the_reason_is_one_printable_line_for_the_journal():
    assert settle("looked", green={"turn_failed": {"failure": DIED}})[0]["why"] == "green: it died [31m"
    long = failure_of("Restart", {"msg": "x" * 1000})
    assert len(settle("looked", green={"turn_failed": {"failure": long}})[0]["why"]) == 400


@pytest.mark.parametrize(
    ("action", "failure", "blamed"),
    [
        ("deploy", DIED, True),
        ("rollback", DIED, False),
        ("restart", DIED, False),
        ("deploy", GONE, False),
        ("deploy", DOUBT, False),
    ],
)
def test_only_a_deploy_speaks_against_its_release(action, failure, blamed):
    assert settle(action=action, green={"turn_failed": {"failure": failure}})[0]["mark_bad"] is blamed


def test_a_smoke_test_that_failed_speaks_against_the_release_too():
    assert settle(green={"stage_failed": {"failure": DIED}})[0]["mark_bad"] is True


def test_doubt_takes_every_host_back_and_marks_nothing():
    result, lines = settle(blue={"turn_done": {"seconds": 1}}, green={"turn_failed": {"failure": DOUBT}})
    assert [each["host"] for each in result["restores"]] == ["green", "blue"]
    assert (result["mark_bad"], result["blame_release"]) == (False, False)
    assert "  blue goes back to aaaaaaaaaa: the run was stopped in doubt on another host" in lines
    assert settle(green={"stage_failed": {"failure": DOUBT}})[0]["mark_bad"] is False


@pytest.mark.parametrize("state", ["looked", "decided"])
def test_notes_are_gathered_from_what_the_gates_said(state):
    skipped = {"turn_done": {"seconds": 1}, "balancer_returned": {"bake": [{"verdict": "skip"}]}}
    assert settle(state, blue=skipped, green=skipped)[0]["notes"] == ["the bake was skipped (blue, green)"]


def test_what_a_rollback_left_out_gets_no_traffic_when_it_comes_back():
    assert settle(action="rollback", blue={"turn_done": {"seconds": 1}})[0]["keep_out"] == ["node-y"]
    gone = {"turn_done": {"seconds": 1}, "settle_survey": {"survey": {"reachable": False}}}
    assert settle(blue=gone, green={"turn_failed": {"failure": DIED}})[0]["keep_out"] == ["blue"]
