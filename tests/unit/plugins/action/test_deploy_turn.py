# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The begin of a turn, and its record."""

from __future__ import annotations

import time

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_turn
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError, ProofError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Record
from tests import ledgers
from tests.controller import OLD, balancer, decide, plan, site, skipping
from tests.sites import with_gates

ENTRY = {"host": "www1", "socket": "/run/haproxy.sock", "backend": "web", "server": "node-b"}
SITE = site(on={"blue": {"deploy_balancers": [ENTRY]}})
SERVERS = balancer(**{"node-b": True, "green": True})
PLAN = plan(SITE, servers=SERVERS)[0]
WATCH = {"gate": "watch", "verdict": "pass", "msg": "well", "announces": True}
WATCHED = plan(with_gates(SITE, {"name": "watch"}), servers=SERVERS, gates_read=[WATCH])[0]


def turn(records=(), on="blue", **args):
    given = {"plan": PLAN, **({"site": SITE["hosts"][on]} if args["state"] == "begun" else {}), **args}
    return decide(deploy_turn.ActionModule, given, ledgers.registered(records), inventory_hostname=on)[0]


def recorded(**args):
    """The records, read back."""
    return [Record.of(one) for one in turn(state="recorded", **args)["records"]]


def test_a_turn_begins_while_nothing_failed():
    begun = turn(state="begun")
    assert (begun["go"], begun["quiet"]) == (True, True)
    assert abs(begun["since"] - time.time()) < 60


@pytest.mark.parametrize("part", ["open", "build", "stage", "turn"])
def test_no_turn_begins_after_a_failure_anywhere(part):
    begun = turn([ledgers.failed(PLAN, "green", part, ledgers.STUCK)], state="begun")
    assert (begun["go"], begun["msg"]) == (False, "not touched, because green failed")
    assert begun["quiet"] is (part != "turn")


def test_a_host_is_taken_back_although_one_failed():
    assert turn([ledgers.turn(PLAN, "green", ledgers.STUCK)], state="begun", unwinding=True)["go"]


def test_what_an_earlier_run_registered_stops_nothing():
    theirs = {**PLAN, "run": "another"}
    assert turn([ledgers.turn(theirs, "green", ledgers.STUCK)], state="begun")["go"]


def test_the_gates_compare_with_servers_as_the_balancer_calls_them():
    done = [ledgers.turn(PLAN, "blue")]
    begun = turn(done, on="green", state="begun")
    assert begun["bake"]["reference"] == ["node-b"]
    assert "bake" not in turn(done, on="green", state="begun", unwinding=True)


@pytest.mark.parametrize("asked", ["judge", "inform", "skip"])
def test_a_bake_does_no_more_than_the_turn_allows(asked):
    planned = {**PLAN, "bake": asked}
    assert turn(state="begun", plan=planned)["bake"]["mode"] == asked
    assert "bake" not in turn(state="begun", plan=planned, unwinding=True)


@pytest.mark.parametrize("unwinding", [False, True])
def test_a_gate_that_is_skipped_is_told_of_the_turn_and_not_asked_after_it(unwinding):
    skipped = skipping(with_gates(SITE, {"name": "watch"}), "watch")
    planned = plan(skipped, servers=SERVERS, gates_read=[WATCH])[0]
    begun = turn(state="begun", unwinding=unwinding, plan=planned)
    assert (begun["announces"], begun["judges"]) == (["watch"], [])
    assert begun.get("bake", {}).get("mode") == (None if unwinding else "judge")


def test_on_the_way_back_a_gate_is_told_and_nobody_waits_for_it():
    assert turn(state="begun", plan=WATCHED)["judges"] == ["watch"]
    back = turn(state="begun", plan=WATCHED, unwinding=True)
    assert (back["announces"], back["judges"]) == (["watch"], [])


def test_the_limits_of_the_bake_are_the_host_s_own():
    limits = site(on={"green": {"deploy_bake_seconds": 45}})["hosts"]["green"]
    begun = turn(on="green", state="begun", site=limits)["bake"]
    assert begun == {**limits["bake"], "mode": "judge", "reference": ["node-b"]} and begun["seconds"] == 45


def test_the_steps_of_a_turn_and_what_they_take():
    begun = turn(state="begun", release="c" * 40, plan=WATCHED)
    steps = ("balanced", "returns", "reloads", "announces", "judges", "pauses", "expect", "proves")
    assert [begun[step] for step in steps] == [
        True,
        True,
        False,
        ["watch"],
        ["watch"],
        False,
        OLD,
        "c" * 40,
    ]
    assert begun["services"] == SITE["hosts"]["blue"]["services"]
    assert begun["ticket"] == begun["service_ticket"] == {**WATCHED["tickets"]["blue"], "direction": "forward"}
    assert begun["balancer_ticket"] == {**WATCHED["tickets"]["www1"], "direction": "forward"}
    back = turn(state="begun", release=OLD, unwinding=True)
    assert (
        back["ticket"] == {**PLAN["late_tickets"]["blue"], "direction": "back"} and back["ticket"]["flock_wait"] == 900
    )
    assert "expect" not in back


@pytest.mark.parametrize(
    ("args", "missing"),
    [
        ({"state": "begun", "plan": {}}, "what deploy_plan returned"),
        ({"state": "recorded", "plan": {}}, "what deploy_plan returned"),
        ({"state": "begun", "site": {}}, "what deploy_site returned"),
    ],
)
def test_a_turn_does_not_begin_without_the_plan_and_the_site(args, missing):
    with pytest.raises(InputError, match=f"needs {missing}"):
        turn(**args)


def test_the_record_of_a_turn_says_what_was_done_and_how_long_it_took():
    begun = {"since": time.time() - 2, "must": sorted(ledgers.needed(PLAN, "blue"))}
    (record,) = recorded(begun=begun, results=ledgers.steps(PLAN, "blue"))
    assert record.good and 1.9 < record.seconds < 60
    assert (record.part, record.ticket.host, record.ticket.direction) == ("turn", "blue", "forward")


def test_the_record_of_a_turn_without_a_step_that_it_must_have_is_a_failure():
    (record,) = recorded(begun={"must": ["switched"]}, results={"switched": {"skipped": True}})
    assert record.failure.sentence == "no proof that current was switched"


def test_the_record_of_a_failure_says_what_failed():
    (record,) = recorded(step="Switch", result={"msg": "no", "blame": "release"}, begun={"since": time.time()})
    assert (record.failure.step, record.failure.sentence, record.failure.blame) == ("Switch", "no", "release")


def test_a_failure_of_which_nothing_is_known_is_one_all_the_same():
    for part in ("open", "build", "stage"):
        (record,) = recorded(part=part)
        assert record.failure.sentence == "it failed without a message"
    (record,) = recorded(step="Switch", begun={"must": []})
    assert record.failure.blame == "host"


def test_the_record_of_the_way_back_stands_beside_the_one_of_the_way_forward():
    forward = turn(state="recorded", step="Restart", result={"msg": "it died"})
    records = recorded(
        unwinding=True, earlier=forward, begun={"must": ["switched"]}, results=ledgers.steps(PLAN, "blue")
    )
    assert [(one.ticket.direction, one.good) for one in records] == [("forward", False), ("back", False)]
    assert recorded(earlier={"skipped": True}, results={})[0].ticket.direction == "forward"


WAVE = {"wave": ["blue", "green"], "direction": "back"}
BACK = {"run": PLAN["run"], "direction": "back"}


def among(state, registered, on="green", **args):
    return decide(
        deploy_turn.ActionModule,
        {"state": state, "plan": PLAN, "begun": WAVE, **args},
        registered,
        inventory_hostname=on,
    )[0]


def test_what_another_host_led_becomes_the_result_of_this_one():
    theirs = {"outcome": "done", "admin_before": "drain", "msg": "green is out", "changed": True}
    led = {"ticket": {**BACK, "host": "blue"}, "outcome": "done", "together": {"green": theirs}}
    taken = among("moved", {"blue": {"balancer_left": led}}, step="left")
    assert (taken["admin_before"], taken["changed"], taken["ticket"]) == ("drain", True, {**BACK, "host": "green"})
    failed = {**led, "together": {"green": {**theirs, "failed": True}}}
    assert among("moved", {"blue": {"balancer_left": failed}}, step="left")["failed"] is True


def test_what_another_turn_left_is_not_taken_over():
    old = {"ticket": {**BACK, "host": "blue", "direction": "forward"}, "together": {"green": {"msg": "out"}}}
    with pytest.raises(ProofError, match="unknown what became of green"):
        among("moved", {"blue": {"balancer_left": old}}, step="left")


def test_who_of_a_wave_returns():
    begun = {"go": True, "returns": True, "must": ["switched"]}
    done = {host: {"ticket": {**BACK, "host": host}, "outcome": "done"} for host in ("blue", "green")}
    registered = {host: {"turn_begin": begun, "switch_done": one} for host, one in done.items()}
    assert among("returning", registered, on="blue")["together"] == [{"server": "green", "restore": "ready"}]
    registered["blue"]["switch_done"] = {**done["blue"], "failed": True}
    assert among("returning", registered)["leads"] is True
