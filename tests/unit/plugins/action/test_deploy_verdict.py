# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run is said to have ended."""

from __future__ import annotations

import re
import time

from ansible_collections.openlibrary.deploy.plugins.action import deploy_verdict
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failure_of
from tests.controller import NEW, OLD, PROJECT, balancer, decide, survey
from tests.controller import plan as planned

PLANNED = planned()[0]
DIED = failure_of(
    "Restart and prove", {"msg": "app died", "phase": "start", "unproven": True, "log_tail": "last words"}
)
STUCK = failure_of("Switch", {"msg": "disk full", "next_command": "df"})
FAILED = {
    "failing": True,
    "failures": {"blue": DIED},
    "mark_bad": True,
    "hosts": {"blue": {"to": OLD}},
    "notes": [],
    "loaded": [],
}
WELL = {"failing": False, "failures": {}, "mark_bad": False, "notes": [], "loaded": []}
CLOSED = {"verdict_closed": {"closed": True}, "verdict_balancer_closed": {"closed": True}}
RESTARTED = {"restart_services": {"services": [{"proven": True, "pids": [1, 2]}, {"proven": False, "pids": [3]}]}}
DONE = {"turn_done": {"seconds": 4.2}, **CLOSED, **RESTARTED, "balancer_returned": {"status": "UP"}}
TURN_FAILED = {"turn_failed": {"failure": DIED, "unwinding": False}, **CLOSED}


def verdict(settlement, registered=None, servers=(), action="deploy", left_out=(), plan=None, **task_vars):
    """The verdict on a run of blue, which has a turn, and www1, which has none."""
    moved = {**PLANNED["hosts"]["www1"], "turn": False, "current": NEW}
    made = {
        **PLANNED,
        "action": action,
        "run": "r1",
        "since": time.time() - 12,
        "hosts": {"blue": PLANNED["hosts"]["blue"], "www1": moved},
        "turns": ["blue"],
        "left_out": list(left_out),
        "keeper": "blue",
        "notes": ["Nagios: 1 problem is known before"],
        **(plan or {}),
    }
    args = {"plan": made, "settlement": settlement, "servers": list(servers)}
    return decide(deploy_verdict.ActionModule, args, registered or {"blue": DONE, "www1": CLOSED}, **task_vars)


def row(lines, host):
    return next(line.split(None, 3) for line in lines if line.split()[:1] == [host])


def test_a_run_that_went_well_ends_with_what_is_now_true():
    result, lines = verdict(WELL)
    assert not result.get("failed")
    assert re.fullmatch(rf"{PROJECT} b{{10}} is live on 2 hosts, proven; the deploy took 1[2-9] s\.", result["msg"])
    assert row(lines, "blue")[1:] == ["a" * 10, "b" * 10, "2 proven  UP       4.2"]
    assert row(lines, "www1")[1:3] == ["b" * 10, "b" * 10]


def test_a_restart_and_check_mode_have_sentences_of_their_own():
    assert "was restarted and proven on 1 hosts" in verdict(WELL, action="restart")[0]["msg"]
    result, lines = verdict(WELL, ansible_check_mode=True)
    assert result["msg"].startswith("Check only: nothing was changed; a deploy would bring") and lines == []


def test_a_failure_says_the_four_things():
    back = {**TURN_FAILED, "verdict_survey": {"survey": survey(OLD)}}
    result, lines = verdict(FAILED, {"blue": back, "www1": CLOSED}, balancer(green=True, blue=False))
    text = "\n".join(lines)
    assert (result["failed"], result["outcome"]) == (True, "failed")
    assert result["msg"] == f"deploy of {PROJECT} bbbbbbbbbb failed on blue; see above"
    assert "FAILED on blue: Restart and prove: app died" in text and "last words" in text
    assert "blue: current is aaaaaaaaaa; app RUNNING, runs aaaaaaaaaa" in text
    assert "Users: not affected: green serve(s); blue is MAINT" in text
    assert "Next:  mend the release (it is marked bad now), then: ansible-playbook playbooks/deploy.yml" in text
    assert row(lines, "blue")[2:] == ["a" * 10, "FAILED, restored  -        -"]


def test_a_host_whose_way_back_failed_is_not_called_restored():
    left = {**CLOSED, "turn_failed": {"failure": STUCK, "unwinding": True}, "verdict_survey": {"survey": survey(NEW)}}
    result, lines = verdict(FAILED, {"blue": left, "www1": CLOSED})
    text = "\n".join(lines)
    assert row(lines, "blue")[2:] == ["b" * 10, "FAILED, not restored  -        -"]
    assert "FAILED on blue: Restart and prove: app died" in text
    assert "FAILED on blue: Switch: disk full" in text
    assert result["msg"].endswith("failed on blue; see above")


def test_a_failure_of_the_host_gives_the_step_s_own_next_command():
    result, _lines = verdict(
        {**FAILED, "mark_bad": False, "failures": {"blue": STUCK}}, {"blue": TURN_FAILED, "www1": CLOSED}
    )
    assert result["next_command"] == "df"


def test_a_run_that_cannot_let_go_has_failed_and_says_where():
    crashed = {**DONE, "verdict_closed": {"msg": "MODULE FAILURE"}, "verdict_balancer_closed": {"closed": False}}
    result, _lines = verdict(WELL, {"blue": crashed, "www1": CLOSED})
    assert result["failed"]
    assert "failed on blue, www1" in result["msg"]
    assert "lock.yml --limit blue,www1 -e break=true -e run=r1" in result["next_command"]


def test_a_host_that_could_not_be_taken_is_not_said_to_be_locked():
    refused = {"preflight_failed": {"failure": STUCK}, "verdict_balancer_closed": {"closed": True}}
    result, _lines = verdict({**FAILED, "mark_bad": False}, {"blue": refused, "www1": CLOSED})
    assert "break=true" not in result["next_command"]


def test_a_run_that_left_a_host_out_is_not_called_good():
    result, lines = verdict(WELL, action="rollback", left_out=["green"])
    assert result["failed"] and "NOT on green" in result["msg"]
    assert "; green gets no traffic until it did." in result["msg"]
    assert "traffic" not in verdict(WELL, action="rollback", left_out=["home"])[0]["msg"]
    assert row(lines, "green")[3] == "not reached  -        -"


BAKED = {
    "failures": {
        "blue": failure_of("Return", {"msg": "blue fails", "phase": "bake", "unproven": True, "served": True})
        | {"bake": [{"server": "node-b", "percent": 10, "user_requests": 61, "user_errors": 4}]}
    }
}


def test_users_are_counted_by_what_the_bake_of_the_failed_host_saw():
    _result, lines = verdict({**FAILED, **BAKED}, {"blue": TURN_FAILED, "www1": CLOSED}, balancer(green=True))
    users = next(line for line in lines if line.startswith("Users: "))
    assert re.search(r"Users: (\d+) of (\d+) requests", users)
    assert users == "Users: 4 of 61 requests that node-b answered in its bake failed; now green serve(s)"


def test_notes_of_gates_are_said_and_those_of_the_preflight_not_again():
    notes = ["Nagios: 1 problem is known before", "the bake was skipped (blue)"]
    _result, lines = verdict({**WELL, "notes": notes})
    assert [line for line in lines if "note:" in line] == ["  note: the bake was skipped (blue)"]
    assert not [line for line in verdict(WELL)[1] if "note:" in line]


def test_what_was_skipped_is_said_again_at_the_end_with_its_reason():
    asked = {"skips": ["nagios", "bake"], "reason": "the monitor is down", "notes": ["skip=bake (the monitor is down)"]}
    said = "  Skipped on request: nagios, bake (the monitor is down)"
    assert said in verdict({**WELL, "notes": asked["notes"]}, plan=asked)[1]
    _result, lines = verdict({**FAILED, "notes": asked["notes"]}, {"blue": TURN_FAILED, "www1": CLOSED}, plan=asked)
    assert said in lines and not [line for line in lines if "note:" in line]
    assert not [line for line in verdict(WELL)[1] if "Skipped" in line]


def test_a_project_without_services_is_live_and_nothing_is_said_to_be_proven():
    still = {host: {"part": "web", "current": OLD, "to": NEW, "turn": True, "services": 0} for host in ("blue", "www1")}
    moved = {"turn_done": {"seconds": 1}, **CLOSED}
    result, lines = verdict(WELL, {"blue": moved, "www1": moved}, plan={"hosts": still})
    assert "is live on 2 hosts; the deploy took" in result["msg"]
    assert row(lines, "blue")[3].split()[0] == "-"


def test_services_of_another_project_are_named_and_shown():
    other = {"plan": {"service_project": "q"}}
    assert "is live on 2 hosts, q restarted, proven;" in verdict(WELL, **other)[0]["msg"]
    found = survey(OLD)
    found["services"] = [{"name": "q-app", "project": "q", "state": "FATAL", "release": None, "problem": "it is down"}]
    back = {**TURN_FAILED, "verdict_survey": {"survey": found}}
    result, _lines = verdict(FAILED, {"blue": back, "www1": CLOSED}, **other)
    assert "q-app FATAL, it is down" in result["state_now"]


def test_the_next_command_names_a_project_that_is_not_the_usual_one():
    blue = {"blue": TURN_FAILED, "www1": CLOSED}
    named = verdict(FAILED, blue, plan={"service_project": "site", "own_project": "site"})[0]["next_command"]
    assert named.endswith(f"playbooks/deploy.yml -e project={PROJECT} -e deploy_then_restart=site")
    assert verdict(FAILED, blue)[0]["next_command"].endswith("playbooks/deploy.yml")


def test_a_downtime_that_could_not_be_lifted_is_said():
    lifted = {"outcome": "failed", "failed": False, "msg": "Nagios is stopped."}
    _result, lines = verdict(WELL, {"blue": {**DONE, "monitoring_lifted": lifted}, "www1": CLOSED})
    assert "  note: a downtime of this run may still stand in Nagios: Nagios is stopped." in lines


def users_and_next(settlement, registered):
    lines = verdict({**FAILED, **settlement}, registered, servers=balancer(blue=True, green=True))[1]
    return [next(line for line in lines if line.startswith(word)) for word in ("Users:", "Next:")]


def test_whoever_loaded_the_files_of_the_release_served_users_with_them():
    users, _following = users_and_next({"loaded": ["www1"]}, {"blue": TURN_FAILED, "www1": CLOSED})
    assert users.startswith("Users: may have been affected: www1 served with the release's files; of the nodes: ")


def test_what_fails_on_the_way_back_counts_for_users_and_comes_first():
    served = failure_of("Reload", {"msg": "nginx is dead", "served": True, "next_command": "journalctl --unit nginx"})
    back = {"turn_failed": {"failure": served, "unwinding": True}, **CLOSED}
    users, following = users_and_next({}, {"blue": back, "www1": CLOSED})
    assert "blue had traffic when its way back failed" in users
    assert following == "Next:  journalctl --unit nginx"
