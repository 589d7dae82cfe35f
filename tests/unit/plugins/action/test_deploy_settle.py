# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""What follows a failure, from what the roles recorded."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_settle
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failure_of
from tests.controller import NEW, OLD, PROJECT, balancer, decide, survey

HOSTS = {host: {"part": "web", "current": OLD, "to": NEW, "turn": True} for host in ("blue", "green")}
DIED = failure_of("Restart", {"msg": "it\ndied \x1b[31m", "phase": "start", "unproven": True})
GONE = failure_of("Restart", {"msg": "gone", "host_down": True})


def settle(state="decided", action="deploy", servers=(), **registered):
    plan = {"action": action, "project": PROJECT, "hosts": HOSTS, "turns": list(HOSTS)}
    hostvars = {host: {"settle_survey": {"survey": survey(NEW)}, **registered.get(host, {})} for host in HOSTS}
    return decide(deploy_settle.ActionModule, {"state": state, "plan": plan, "servers": list(servers)}, hostvars)


def test_when_every_turn_went_well_nothing_is_decided():
    result, lines = settle("looked", blue={"turn_done": {"seconds": 1}}, green={"turn_done": {"seconds": 1}})
    assert (result["failing"], result["failures"], result["blame_release"], lines) == (False, {}, False, [])
    assert settle(blue={"turn_done": {"seconds": 1}})[0]["restores"] == ()


def test_a_release_that_failed_is_unwound_last_first():
    result, lines = settle(blue={"turn_done": {"seconds": 1}}, green={"turn_failed": {"failure": DIED}})
    assert result["blame_release"]
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
    [("deploy", DIED, True), ("rollback", DIED, True), ("restart", DIED, False), ("deploy", GONE, False)],
)
def test_a_restart_never_speaks_against_the_release(action, failure, blamed):
    assert settle("looked", action, green={"turn_failed": {"failure": failure}})[0]["blame_release"] is blamed
