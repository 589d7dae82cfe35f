# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a turn."""

from __future__ import annotations

import time

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_turn
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from tests.controller import OLD, balancer, decide, plan, site

FAILED = {"failure": {"step": "Switch", "message": "no"}}
ENTRY = {"host": "www1", "socket": "/run/haproxy.sock", "backend": "web", "server": "node-b"}
SITE = site(on={"blue": {"deploy_balancers": [ENTRY]}})
PLAN = plan(SITE, servers=balancer(**{"node-b": True, "green": True}))[0]


def turn(registered=None, on="blue", **args):
    given = {"plan": PLAN, "site": SITE["hosts"][on], **args} if args["state"] == "begun" else args
    return decide(deploy_turn.ActionModule, given, registered or {}, inventory_hostname=on)[0]


def test_a_turn_begins_while_nothing_failed():
    begun = turn(state="begun")
    assert (begun["go"], begun["quiet"]) == (True, True)
    assert abs(begun["since"] - time.time()) < 60


@pytest.mark.parametrize("name", ["preflight_failed", "stage_failed", "turn_failed"])
def test_no_turn_begins_after_a_failure_anywhere(name):
    begun = turn({"green": {name: FAILED}}, state="begun")
    assert (begun["go"], begun["msg"]) == (False, "not touched, because green failed")
    assert begun["quiet"] is (name != "turn_failed")


def test_a_host_is_taken_back_although_one_failed():
    assert turn({"green": {"turn_failed": FAILED}}, state="begun", forced=True)["go"]


def test_the_gates_compare_with_servers_as_the_balancer_calls_them():
    registered = {"blue": {"turn_done": {"seconds": 1}}, "green": {}}
    begun = turn(registered, on="green", state="begun")
    assert (begun["bake"]["reference"], begun["gate_mode"]) == (["node-b"], "judge")
    back = turn(registered, on="green", state="begun", forced=True)
    assert (back["bake"]["reference"], back["gate_mode"]) == ([], "inform")


@pytest.mark.parametrize(
    ("asked", "forward", "back"),
    [("judge", "judge", "inform"), ("inform", "inform", "inform"), ("skip", "skip", "skip")],
)
def test_a_bake_does_no_more_than_the_turn_allows(asked, forward, back):
    planned = {**PLAN, "bake": asked}
    assert turn(state="begun", plan=planned)["bake"]["mode"] == forward
    assert turn(state="begun", plan=planned, forced=True)["bake"]["mode"] == back


@pytest.mark.parametrize("forced", [False, True])
def test_a_nagios_that_is_skipped_is_told_of_the_turn_and_not_asked_after_it(forced):
    begun = turn(state="begun", forced=forced, plan={**PLAN, "skips": ["nagios"]})
    assert (begun["gate_mode"], begun["judges"]) == ("inform", False)
    assert begun["bake"]["mode"] == ("inform" if forced else "judge")
    assert turn(state="begun", forced=forced)["judges"]


def test_the_limits_of_the_bake_are_the_host_s_own():
    limits = site(on={"green": {"deploy_bake_seconds": 45}})["hosts"]["green"]
    begun = turn(on="green", state="begun", site=limits)["bake"]
    assert begun == {**limits["bake"], "mode": "judge", "reference": ["node-b"]} and begun["seconds"] == 45


def test_the_steps_of_a_turn_and_what_they_take():
    begun = turn(state="begun", release="c" * 40)
    steps = ("balanced", "reloads", "announces", "judges", "pauses", "expect", "proves")
    assert [begun[step] for step in steps] == [True, False, True, True, False, OLD, "c" * 40]
    assert begun["services"] == SITE["hosts"]["blue"]["services"]
    assert begun["ticket"] == begun["service_ticket"] == PLAN["tickets"]["blue"]
    assert begun["balancer_ticket"] == PLAN["tickets"]["www1"]
    back = turn(state="begun", release=OLD, forced=True)
    assert back["ticket"] == PLAN["late_tickets"]["blue"] and back["ticket"]["flock_wait"] == 900
    assert "expect" not in back


@pytest.mark.parametrize("missing", ["plan", "site"])
def test_a_turn_does_not_begin_without_the_plan_and_the_site(missing):
    with pytest.raises(InputError, match="needs what deploy_plan and deploy_site returned"):
        turn(state="begun", **{missing: {}})


def test_the_end_of_a_turn_says_how_long_it_took_and_what_failed():
    done = turn(state="done", since=time.time() - 2)
    assert 1.9 < done["seconds"] < 60 and "failure" not in done and done["unwinding"] is False
    failed = turn(state="failed", since=time.time(), step="Switch", result={"msg": "no"}, forced=True)
    assert (failed["failure"]["step"], failed["failure"]["message"], failed["unwinding"]) == ("Switch", "no", True)
