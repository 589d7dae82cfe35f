# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a turn."""

from __future__ import annotations

import time

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_turn
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from tests.controller import decide

FAILED = {"failure": {"step": "Switch", "message": "no"}}
WEB = {"part": "web", "current": "a" * 40, "to": "b" * 40, "switch": True}
PLAN = {"action": "deploy", "hosts": {"blue": WEB, "green": WEB}, "web": ["blue", "green"]}


def turn(registered=None, on="blue", **args):
    given = {"plan": PLAN, **args} if args["state"] == "begun" else args
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
    registered = {"blue": {"turn_done": {"seconds": 1}, "deploy_balancer_server": "node-b"}, "green": {}}
    begun = turn(registered, on="green", state="begun")
    assert (begun["bake_reference"], begun["gate_mode"]) == (["node-b"], "judge")
    back = turn(registered, on="green", state="begun", forced=True)
    assert (back["bake_reference"], back["gate_mode"]) == ([], "inform")


@pytest.mark.parametrize(
    ("asked", "forward", "back"),
    [("judge", "judge", "inform"), ("inform", "inform", "inform"), ("skip", "skip", "skip")],
)
def test_a_bake_does_no_more_than_the_turn_allows(asked, forward, back):
    assert turn(state="begun", bake=asked)["bake"] == forward
    assert turn(state="begun", bake=asked, forced=True)["bake"] == back


def test_a_turn_does_not_begin_without_a_plan():
    with pytest.raises(InputError, match="needs the plan"):
        turn(state="begun", plan={})


def test_the_end_of_a_turn_says_how_long_it_took_and_what_failed():
    done = turn(state="done", since=time.time() - 2)
    assert 1.9 < done["seconds"] < 60 and "failure" not in done and done["unwinding"] is False
    failed = turn(state="failed", since=time.time(), step="Switch", result={"msg": "no"}, forced=True)
    assert (failed["failure"]["step"], failed["failure"]["message"], failed["unwinding"]) == ("Switch", "no", True)
