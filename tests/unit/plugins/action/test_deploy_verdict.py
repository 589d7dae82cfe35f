# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run is said to have ended."""

from __future__ import annotations

import re
import time

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import failure_of
from tests import ledgers
from tests.controller import CONFIGURATION, NEW, PROJECT, balancer, plan, site, survey
from tests.ledgers import DIED, GONE, STUCK

PLAN = plan()[0]
WELL = ledgers.good(PLAN)
CLOSED = [ledgers.close(PLAN, host) for host in PLAN["hosts"]]
FIRST = [ledgers.turn(PLAN, "www1")]
BLUE_DIED = [*FIRST, ledgers.turn(PLAN, "blue", DIED), *CLOSED]
BACK = ledgers.turn(PLAN, "blue", direction="back")
BOTH = balancer(blue=True, green=True)


def verdict(records=WELL, planned=PLAN, servers=BOTH, **more):
    began = {**planned, "since": time.time() - 12}
    return ledgers.verdict(began, records, servers=servers, **more)


def settled(records=BLUE_DIED):
    """The decision after blue failed, which still has the new release."""
    return ledgers.settle(PLAN, records, {"blue": survey(NEW)}, BOTH)[0]


def row(lines, host):
    return next(line.split(None, 3) for line in lines if line.split()[:1] == [host])


def test_a_run_that_went_well_ends_with_what_is_now_true():
    result, lines = verdict()
    assert not result["failed"] and result["outcome"] == "unchanged"
    sentence = (
        rf"{PROJECT} b{{10}} is live on 4 hosts, proven from 6 processes on 3 of them; the deploy took 1[2-9] s\."
    )
    assert re.fullmatch(sentence, result["msg"])
    assert row(lines, "blue")[1:] == ["a" * 10, "b" * 10, "2 proven  UP       4.2"]
    assert row(lines, "www1")[1:] == ["a" * 10, "b" * 10, "-         -        4.2"]
    assert result["report"] == lines


def test_a_restart_says_what_was_restarted():
    restart = plan(site("restart"))[0]
    result = verdict(ledgers.good(restart), restart)[0]
    assert re.match(
        rf"{PROJECT} was restarted on 3 hosts, proven from 6 processes on 3 of them, in \d+ s\.", result["msg"]
    )


def test_check_mode_has_a_sentence_of_its_own():
    result, lines = verdict([ledgers.turn(PLAN, host) for host in PLAN["turns"]], check=True)
    assert result["msg"].startswith("Check only: nothing was changed; a deploy would bring") and lines == []


def test_a_check_that_fails_says_of_no_host_that_it_is_locked():
    """With --check no host is taken, and none is let go of."""
    result, lines = verdict([*FIRST, ledgers.turn(PLAN, "blue", STUCK)], check=True)
    assert result["failed"] and "failed on blue: Switch: disk full" in result["msg"]
    assert "break=true" not in result["next_command"] and not [line for line in lines if "locked" in line]


def test_a_failure_says_the_four_things():
    result, lines = verdict(
        [*BLUE_DIED, BACK],
        settlement=settled(),
        surveys={"blue": survey()},
        servers=balancer(green=True, blue=False),
    )
    text = "\n".join(lines)
    assert (result["failed"], result["outcome"]) == (True, "failed")
    assert result["msg"].startswith(f"deploy of {PROJECT} bbbbbbbbbb failed on blue: Restart and prove: app died. ")
    assert "blue went back and is proven. " in result["msg"]
    assert "FAILED on blue: Restart and prove: app died" in text and "last words" in text
    assert "blue: current is aaaaaaaaaa; app RUNNING, runs aaaaaaaaaa" in text
    assert "not affected: in rotation now: green; blue is MAINT" in text
    following = "fix the release (it is marked bad now), then: ansible-playbook playbooks/deploy.yml"
    assert f"Next:  {following}" in text and result["msg"].endswith(f"Next: {following}")
    assert row(lines, "blue")[2:] == ["a" * 10, "FAILED, restored  -        -"]


def test_a_release_that_dies_in_colour_ends_exactly_as_without():
    coloured = failure_of(DIED.step, {"msg": "app died", "blame": "release", "log_tail": "\x1b[31mlast words\x1b[0m"})
    records = [*FIRST, ledgers.turn(PLAN, "blue", coloured), *CLOSED, BACK]
    assert verdict(records, settlement=settled(records)) == verdict([*BLUE_DIED, BACK], settlement=settled())


def test_a_host_whose_way_back_failed_is_not_called_restored():
    back = ledgers.turn(PLAN, "blue", STUCK, "back")
    result, lines = verdict([*BLUE_DIED, back], settlement=settled(), surveys={"blue": survey(NEW)})
    text = "\n".join(lines)
    assert row(lines, "blue")[2:] == ["b" * 10, "FAILED, not restored  -        -"]
    assert "FAILED on blue: Restart and prove: app died" in text
    assert "FAILED on blue: Switch: disk full" in text
    assert "blue did NOT go back. " in result["msg"] and result["next_command"] == "df"


def test_a_way_back_that_left_no_record_is_a_failure_of_its_own():
    result, lines = verdict(settlement=settled(), records=BLUE_DIED)
    assert "FAILED on blue: Record: it is unknown how it went back" in lines
    assert "blue did NOT go back. " in result["msg"]


def test_a_failure_of_the_host_gives_the_step_s_own_next_command():
    assert verdict([*FIRST, ledgers.turn(PLAN, "blue", STUCK), *CLOSED])[0]["next_command"] == "df"


def test_each_host_that_failed_is_named():
    records = [ledgers.failed(PLAN, host, "stage", STUCK) for host in ("home", "green")]
    result, lines = verdict([*records, *CLOSED])
    assert "failed on green, home: Switch: disk full" in result["msg"]
    assert "FAILED on green, home: Switch: disk full" in lines


LIMITED = plan(site("restart"), hosts=["green"])[0]


def test_a_run_that_cannot_let_go_has_failed_and_says_where():
    crashed = ledgers.said(LIMITED, "green", outcome=None, msg="MODULE FAILURE")
    close = ledgers.close(LIMITED, "green", closed=crashed, balancer_closed=crashed)
    result, lines = verdict([ledgers.turn(LIMITED, "green"), close], LIMITED)
    assert result["failed"]
    assert "failed on green, www1: Proof: unknown whether green is still locked" in result["msg"]
    assert f"--limit green,www1 -e run={LIMITED['run']} and: " in result["next_command"]
    assert "FAILED on www1: Close: it may still be locked by the run" in lines


def test_a_lock_that_was_broken_under_the_run_is_no_good_end():
    lost = ledgers.close(PLAN, "blue", closed=ledgers.said(PLAN, "blue", closed=False, lock=None))
    result = verdict([one for one in WELL if one.part == "turn" or one.ticket.host != "blue"] + [lost])[0]
    assert result["failed"] and "the run lost blue before its end" in result["msg"]
    assert "break=true" not in result["next_command"]


def test_a_host_that_somebody_else_holds_is_not_said_to_be_locked_by_this_run():
    refused = ledgers.failed(PLAN, "blue", "open", failure_of("Open the run", {"msg": "It is held by run x."}))
    closed = ledgers.close(PLAN, "blue", opened={}, closed=ledgers.said(PLAN, "blue", closed=False, lock={"run": "x"}))
    result = verdict([refused, *(one for one in CLOSED if one.ticket.host != "blue"), closed])[0]
    assert result["failed"] and "failed on blue: Open the run: It is held by run x." in result["msg"]
    assert "break=true" not in result["next_command"]


def test_an_open_whose_connection_was_lost_may_have_locked_the_host():
    lost = ledgers.failed(PLAN, "blue", "open", GONE)
    silent = ledgers.close(PLAN, "blue", opened={}, closed=ledgers.said(PLAN, "blue", outcome="failed", host_down=True))
    result = verdict([lost, *(one for one in CLOSED if one.ticket.host != "blue"), silent])[0]
    assert "break=true" in result["next_command"] and "--limit blue -e run=" in result["next_command"]


def test_a_host_of_which_nobody_knows_is_no_good_end():
    """As it was tried: green neither done nor failed, and still on the old release."""
    result = verdict([one for one in WELL if one.ticket.host != "green" or one.part == "close"])[0]
    assert result["failed"] and "unknown what happened on green" in result["msg"]
    # Also where the settlement saw nothing.
    blind = {**ledgers.settle(PLAN, WELL)[0]}
    result, lines = verdict([one for one in WELL if one.ticket.host != "green"], settlement=blind)
    assert result["failed"] and "failed on green: Proof: unknown what happened on green" in result["msg"]
    assert "    blue: unknown: not asked again" in lines


def left_out(*hosts, planned=PLAN):
    return {**planned, "action": "rollback", "left_out": list(hosts)}


def test_a_run_that_left_a_host_out_is_not_called_good():
    hosts = {host: one for host, one in PLAN["hosts"].items() if host != "green"}
    planned = {**left_out("green"), "hosts": hosts, "turns": list(hosts)}
    result, lines = verdict(ledgers.good(planned), planned)
    assert (
        result["failed"]
        and "But NOT on green, which could not take part (green: kept out of rotation)" in result["msg"]
    )
    assert result["next_command"].startswith("bring green back, then: ansible-playbook playbooks/rollback.yml")
    assert "rotation" not in verdict(ledgers.good(planned), {**planned, "left_out": ["dev0"]})[0]["msg"]
    assert row(lines, "green")[3] == "not reached  -        -"


def test_a_host_that_was_left_out_is_said_also_where_another_one_failed():
    names = {**PLAN["server_names"], "yellow": "yellow"}
    web = {**PLAN, "web": [*PLAN["web"], "yellow"], "server_names": names}
    result, lines = verdict(BLUE_DIED, left_out("yellow", planned=web))
    assert "Noticed: NOT on yellow, which could not take part (yellow: kept out of rotation)" in lines
    assert "Noticed: NOT on yellow" in result["msg"]


RELOADED = {"status": "UP", "admin": "ready", "process": [8]}


def test_what_was_noticed_is_in_the_sentence_and_in_the_exit_code():
    noticed = ledgers.turn(PLAN, "blue", returned=ledgers.said(PLAN, "blue", **RELOADED))
    kept = [one for one in WELL if one.ticket.host != "blue" or one.part != "turn"]
    result = verdict([*kept, noticed])[0]
    assert result["failed"] and "is live on 4 hosts" in result["msg"]
    assert (
        "But haproxy was reloaded during the turn of blue. Next: ansible-playbook playbooks/status.yml" in result["msg"]
    )
    failed, lines = verdict([noticed, ledgers.turn(PLAN, "green", STUCK), *FIRST, *CLOSED])
    assert "Noticed: haproxy was reloaded during the turn of blue" in lines
    assert "haproxy was reloaded during the turn of blue" in failed["msg"]


@pytest.mark.parametrize(("outcome", "failed"), [("failed", True), (None, True), ("done", False), ("unchanged", False)])
def test_a_server_that_could_not_be_kept_out_is_said(outcome, failed):
    kept_out = [{"outcome": outcome, "failed": False, "balancer_lost_server": "blue", "msg": "the floor"}]
    result = verdict(kept_out=kept_out)[0]
    assert result["failed"] is failed
    assert ("www1 could not keep blue out of rotation: the floor" in result["msg"]) is failed


def test_where_nobody_had_to_be_kept_out_nothing_is_said():
    assert not verdict(kept_out=[])[0]["failed"]


def test_a_balancer_that_could_not_be_asked_is_not_lost():
    result = verdict(balancer={"outcome": "failed", "msg": "no socket"})[0]
    assert result["failed"] and "the balancer could not be asked" in result["msg"] and "no socket" in result["msg"]


def test_a_balancer_that_was_silent_before_the_run_and_answers_after_it_is_no_failure():
    assert not verdict(planned={**PLAN, "silence": "no socket"})[0]["failed"]


def test_nodes_that_came_back_and_do_not_serve_at_the_end_are_not_lost():
    nobody = [{**one, "in_rotation": False, "admin": "maint"} for one in balancer(blue=True, green=True)]
    assert "But no node is in rotation." in verdict(balancer={"servers": nobody})[0]["msg"]
    light = [{**one, "weight": 10, "configured_weight": 100} for one in balancer(blue=True, green=True)]
    result = verdict(balancer={"servers": light})[0]
    assert result["failed"] and "blue has weight 10 of 100; green has weight 10 of 100" in result["msg"]


def test_what_gates_see_after_a_way_back_is_told():
    def told(**answer):
        gates = [ledgers.gate(PLAN, "www1", "queue", **answer)]
        lines = verdict(planned={**PLAN, "action": "rollback"}, told=gates)[1]
        return [line for line in lines if "queue" in line]

    assert told(verdict="unknown", msg="its data are old") == [
        "  note: queue: it cannot tell what is wrong now: its data are old"
    ]
    assert told(verdict="fail", msg="queue: 12 wait") == ["  note: queue: 12 wait"]
    assert told() == told(verdict="fail", asked=False) == []
    assert told(verdict="fail", ticket={"run": "another"}) == []


BAKED = failure_of("Return", {"msg": "blue fails", "blame": "release", "served": True})
FIGURES = [{"server": "node-b", "percent": 10, "user_requests": 61, "user_errors": 4, "verdict": "fail"}]


def users(records, **more):
    return next(line for line in verdict(records, **more)[1] if line.startswith("Users: "))


def test_users_are_counted_by_what_the_bake_of_the_failed_host_saw():
    returned = ledgers.said(PLAN, "blue", failed=True, served=True, bake=FIGURES)
    records = [*FIRST, ledgers.turn(PLAN, "blue", BAKED, returned=returned), *CLOSED]
    said = users(records, servers=balancer(green=True))
    assert said.endswith("4 of 61 requests that node-b answered in its bake failed; in rotation now: green")


def test_whoever_loaded_the_files_of_the_release_served_users_with_them():
    reloaded = ledgers.said(PLAN, "www1", reloaded=True)
    said = users([ledgers.turn(PLAN, "www1", reloaded=reloaded), *BLUE_DIED[1:]])
    assert "may have been affected: www1 served with the release's files; " in said


def test_what_fails_on_the_way_back_counts_for_users_and_comes_first():
    served = failure_of("Reload", {"msg": "nginx is dead", "next_command": "journalctl --unit nginx"})
    returned = ledgers.said(PLAN, "blue", "back", failed=True, served=True)
    back = ledgers.turn(PLAN, "blue", served, "back", returned=returned)
    result, lines = verdict([*BLUE_DIED, back], settlement=settled())
    assert "blue had traffic when its way back failed" in next(line for line in lines if line.startswith("Users: "))
    assert result["next_command"] == "journalctl --unit nginx"


def with_notes(*notes):
    return {**ledgers.settle(PLAN, WELL)[0], "notes": list(notes)}


def test_notes_of_gates_are_said_and_those_of_the_preflight_not_again():
    known = "went on (unknown: continue): queue: it is silent"
    planned = {**PLAN, "notes": [known]}
    lines = verdict(planned=planned, settlement=with_notes(known, "the bake was skipped (blue)"))[1]
    assert [line for line in lines if "note:" in line] == ["  note: the bake was skipped (blue)"]
    assert not [line for line in verdict()[1] if "note:" in line]


def test_what_was_skipped_is_said_again_at_the_end_with_its_reason():
    asked = {**PLAN, "skips": ["queue", "bake"], "reason": "it is down", "notes": ["skip=bake (it is down)"]}
    said = "  Skipped on request: queue, bake (it is down)"
    assert said in verdict(planned=asked)[1]
    lines = verdict(BLUE_DIED, asked)[1]
    assert said in lines and not [line for line in lines if "note:" in line]
    assert not [line for line in verdict()[1] if "Skipped" in line]


def test_a_project_without_services_is_live_and_nothing_is_said_to_be_proven():
    quiet = plan(site(project=CONFIGURATION))[0]
    result, lines = verdict(ledgers.good(quiet), quiet)
    assert not result["failed"] and "is live on 4 hosts, where no process runs it; the deploy took" in result["msg"]
    assert row(lines, "blue")[3].split()[0] == "-"


def test_services_of_another_project_are_named_and_shown():
    then = plan(site(project=CONFIGURATION, deploy_then_restart=PROJECT))[0]
    result = verdict(ledgers.good(then), then)[0]
    assert f"is live on 4 hosts, {PROJECT} restarted, proven from 6 processes on 3 of them;" in result["msg"]
    dead = {"name": "ol-app", "project": PROJECT, "state": "FATAL", "release": None, "problem": "it is down"}
    records = [ledgers.turn(then, "blue", DIED), *(ledgers.close(then, host) for host in then["hosts"])]
    result = verdict(records, then, surveys={"blue": survey(services=[dead])})[0]
    assert "ol-app FATAL, it is down" in result["state_now"]


def test_the_next_command_names_a_project_that_is_not_the_usual_one():
    other = {**PLAN, "service_project": "site", "own_project": "site"}
    named = verdict(BLUE_DIED, other)[0]["next_command"]
    assert named.endswith(f"playbooks/deploy.yml -e project={PROJECT} -e deploy_then_restart=site")
    assert verdict(BLUE_DIED)[0]["next_command"].endswith("playbooks/deploy.yml")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"verdict": "unknown", "msg": "it is stopped"}, "it is stopped"),
        ({"verdict": "pass", "msg": "2 left", "announced": True}, "2 left"),
        ({"verdict": None, "msg": "boom"}, "boom"),
        (None, "it gave no answer"),
        ({"asked": False}, ""),
        ({"announced": False}, ""),
        ({}, ""),
    ],
)
def test_what_could_not_be_lifted_is_said_and_no_good_end(answer, why):
    settlement = {**ledgers.settle(PLAN, WELL)[0], "lift": ["queue"]}
    lifted = [] if answer is None else [ledgers.gate(PLAN, "www1", "queue", **answer)]
    result = verdict(settlement=settlement, lifted=lifted)[0]
    assert result["failed"] is bool(why)
    assert not why or f"what this run announced may still stand at the gate queue: {why}" in result["msg"]


def test_the_sentence_is_one_printable_line_whatever_was_said():
    loud = failure_of("Restart", {"msg": "it\n\x1b[31mdied\x1b[0m\r\nbadly"})
    result = verdict([*FIRST, ledgers.turn(PLAN, "blue", loud), *CLOSED])[0]
    assert result["msg"].isprintable() and "Restart: it died badly. " in result["msg"]


def test_requests_that_were_cut_off_are_users_and_no_failure():
    turn = ledgers.turn(
        PLAN,
        "blue",
        left=ledgers.said(PLAN, "blue", cut=2),
        restarted={**ledgers.steps(PLAN, "blue")["restarted"], "cut": 1},
    )
    records = [turn if (one.part, one.ticket.host) == ("turn", "blue") else one for one in WELL]
    result, lines = verdict(records)
    assert not result["failed"]
    (users,) = [line for line in lines if line.startswith("Users: ")]
    assert users.endswith("3 requests that blue did not end in time were cut off")


def test_a_node_that_came_back_in_a_hurry_is_said():
    back = {**ledgers.steps(PLAN, "blue")["returned"], "hurried": True}
    records = [
        ledgers.turn(PLAN, "blue", returned=back) if (one.part, one.ticket.host) == ("turn", "blue") else one
        for one in WELL
    ]
    result, _lines = verdict(records)
    assert result["failed"]
    assert "But blue came back at once, without ramp and bake: no other node served" in result["msg"]


@pytest.mark.parametrize(
    ("action", "following"),
    [
        ("deploy", f"ansible-playbook playbooks/deploy.yml -e version={NEW}"),
        ("rollback", f"ansible-playbook playbooks/rollback.yml -e hash={NEW}"),
        ("restart", "ansible-playbook playbooks/restart.yml --limit green"),
    ],
)
def test_whom_a_run_was_to_go_on_without_is_named_at_the_end_with_the_way_back(action, following):
    hosts = {host: one for host, one in PLAN["hosts"].items() if host != "green"}
    out = {"left_out": ["green"], "without": ["green"], "reason": "its disk is dead"}
    planned = {**PLAN, **out, "action": action, "hosts": hosts, "turns": list(hosts)}
    result, lines = verdict(ledgers.good(planned), planned)
    assert result["failed"] and "But NOT on green, as was asked for (green: kept out of rotation)" in result["msg"]
    assert "  Left out on request, and of rotation: green (its disk is dead)" in lines
    assert result["next_command"] == f"bring green back, then: {following}"
    both = verdict(ledgers.good(planned), {**planned, "left_out": ["home", "green"]})[0]["msg"]
    assert "NOT on home, green, which could not take part, or as was asked for" in both


def test_a_hot_fix_says_what_it_did_not_wait_for_and_what_verifies_it():
    planned = {**PLAN, "urgent": "it is down", "waived": ["the gate watch"]}
    result, lines = verdict(ledgers.good(planned), planned)
    assert not result["failed"]
    assert "  URGENT (it is down): not waited for: the gate watch" in lines
    assert "To verify it: ansible-playbook playbooks/restart.yml" in lines
    assert ", judged by no gate; the deploy took " in result["msg"]


def test_a_hot_fix_that_failed_is_typed_again_as_one():
    planned = {**PLAN, "urgent": "down", "without": ["green"], "left_out": ["green"]}
    planned["hosts"] = {host: one for host, one in PLAN["hosts"].items() if host != "green"}
    planned["turns"] = [host for host in PLAN["turns"] if host != "green"]
    died = [ledgers.turn(planned, "www1"), ledgers.turn(planned, "blue", ledgers.DIED)]
    result = verdict([*died, *(ledgers.close(planned, host) for host in planned["hosts"])], planned)[0]
    again = "ansible-playbook playbooks/deploy.yml -e urgent=down -e without=green -e \"reason=''\""
    assert result["next_command"] == f"fix the release (it is marked bad now), then: {again}"
