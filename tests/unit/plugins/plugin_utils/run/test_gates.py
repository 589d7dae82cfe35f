# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gates compare with, and what is kept of what they said."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import gates
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate, gate_of

OLD = "a" * 40


def plan(action="deploy", web=("blue", "green", "yellow"), **hosts):
    """A run on www, home and the web hosts, each of which goes from OLD to another release unless told otherwise."""
    usual = {"part": "web", "current": OLD, "switch": action != "restart"}
    names = {host: {**usual, **hosts.get(host, {})} for host in web if hosts.get(host, {}) is not None}
    beside = {host: {**usual, "part": host} for host in ("static", "home")}
    return {"action": action, "web": list(web), "hosts": {"static": beside["static"], **names, "home": beside["home"]}}


@pytest.mark.parametrize(
    ("host", "done", "reference"),
    [
        ("blue", {"static"}, ("green", "yellow")),
        ("green", {"static", "blue"}, ("blue",)),
        ("yellow", {"static", "blue", "green"}, ("blue", "green")),
        ("static", set(), ()),
        ("home", {"blue"}, ()),
    ],
)
def test_a_deploy_compares_with_the_old_release_and_then_with_what_was_proven(host, done, reference):
    assert gate_of(host, plan(), done) == Gate(reference, "judge")


def test_a_restart_compares_with_the_others_those_that_are_done_first():
    assert gate_of("blue", plan("restart"), set()) == Gate(("green", "yellow"), "judge")
    assert gate_of("green", plan("restart"), {"yellow"}) == Gate(("yellow", "blue"), "judge")


def test_a_restart_of_one_node_compares_with_those_that_the_limit_leaves_out():
    assert gate_of("blue", plan("restart", green=None, yellow=None), set()) == Gate(("green", "yellow"), "judge")


def test_a_deploy_that_only_restarts_compares_as_a_restart_does():
    still = {host: {"switch": False} for host in ("blue", "green", "yellow")}
    assert gate_of("blue", plan(**still), set()) == Gate(("green", "yellow"), "judge")


def test_what_is_going_back_is_only_told_about():
    assert gate_of("green", plan("rollback"), {"blue"}) == Gate((), "inform")
    assert gate_of("green", plan(), {"blue"}, unwinding=True) == Gate((), "inform")
    assert gate_of("green", plan("restart"), {"blue"}, unwinding=True) == Gate((), "inform")


def test_without_an_old_release_or_another_node_the_limits_are_fixed():
    assert gate_of("blue", plan(web=("blue",)), set()) == Gate((), "judge")
    never = {host: {"current": None} for host in ("blue", "green", "yellow")}
    assert gate_of("blue", plan(**never), set()) == gate_of("green", plan(**never), {"blue"}) == Gate((), "judge")
    assert gate_of("blue", plan(blue={"current": None}), set()) == Gate((), "judge")
    assert gate_of("blue", plan(green={"current": None}, yellow={"switch": False}), set()) == Gate((), "judge")


def test_a_note_is_one_printable_line():
    assert gates.note_of("it\n  died \x1b[31m") == "it died [31m"
    assert len(gates.note_of("x" * 1000)) == 400


def test_of_the_bake_the_worst_step_is_kept():
    steps = [{"verdict": "pass"}, {"verdict": "inconclusive", "why": "3 of 100"}, {"verdict": "fail", "why": "9 of 9"}]
    assert gates.said_by_bake("blue", steps) == [gates.Said("the bake", "blue", "fail", "9 of 9")]
    assert gates.said_by_bake("blue", steps[:2])[0].why == "3 of 100"
    assert gates.said_by_bake("blue", [{"verdict": "skip"}])[0].verdict == "skip"
    assert gates.said_by_bake("blue", steps[:1]) == gates.said_by_bake("blue", []) == []


@pytest.mark.parametrize(
    ("judged", "kept"),
    [
        ({"verdict": "unknown", "msg": "it is silent"}, True),
        ({"verdict": "fail", "msg": "disk"}, True),
        ({"verdict": "fail", "msg": "disk", "failed": True}, False),
        ({"verdict": "pass", "msg": "all is well"}, False),
        ({}, False),
    ],
)
def test_of_nagios_what_did_not_stop_the_run_is_kept(judged, kept):
    assert bool(gates.said_by_nagios("blue", judged)) is kept


def test_of_nagios_the_reason_is_kept_and_not_the_whole_sentence():
    judged = {"verdict": "fail", "why": "blue/web is CRITICAL", "msg": "Nagios shows problems: blue/web is CRITICAL."}
    assert gates.said_by_nagios("blue", judged)[0].why == "blue/web is CRITICAL"


def test_a_gate_gets_one_line_for_all_hosts():
    said = [gates.Said("the bake", host, "inconclusive", f"{host} 3 of 100") for host in ("blue", "green")]
    assert gates.gate_notes([*said, gates.Said("Nagios", "blue", "unknown", "")]) == [
        "the bake could not tell, and the run went on (blue, green): blue 3 of 100",
        "Nagios could not tell, and the run went on (blue)",
    ]
