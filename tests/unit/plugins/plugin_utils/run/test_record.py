# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A record of a part of a run, made of the results that its steps handed over."""

from __future__ import annotations

import json

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import record as run
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    ProvenService,
    Record,
    Rotation,
    Ticket,
    failure_of,
    has_failed,
    is_of,
    make_record,
)
from tests import ledgers
from tests.controller import NEW, OLD, plan

PLAN = plan()[0]
TICKET = Ticket(PLAN["run"], "blue")
STEPS = [{"server": "blue", "verdict": "pass"}, {"server": "blue", "verdict": "inconclusive", "why": "3 of 100"}]


def said(**values):
    return ledgers.said(PLAN, "blue", **values)


def gate(name="watch", **values):
    return ledgers.gate(PLAN, "blue", name, **values)


def turn(**results):
    return ledgers.turn(PLAN, "blue", **results)


@pytest.mark.parametrize("blame", ["release", "host", "nobody"])
def test_a_failure_blames_whom_its_error_blames(blame):
    failure = failure_of("Restart", DeployError("it died", phase="start", blame=blame).as_result())
    assert (failure.blame, failure.sentence, failure.step) == (blame, "it died", "Restart")


@pytest.mark.parametrize(
    "result",
    [
        {"msg": "gone", "host_down": True},
        {"msg": "no such module"},
        {"msg": "x", "blame": None},
        {"msg": "x", "blame": "weather"},
        InputError("wrong").as_result(),
    ],
)
def test_a_failure_that_does_not_say_whom_it_blames_blames_the_host(result):
    failure = failure_of("Restart", result)
    assert (failure.blame, failure.lost) == ("host", bool(result.get("host_down")))


@pytest.mark.parametrize("result", [{}, {"msg": None}, {"msg": ""}, {"msg": " \n"}])
def test_a_failure_without_a_word_is_a_failure(result):
    assert failure_of("Restart", result).sentence == "it failed without a message"


def test_a_failure_is_one_printable_line_whatever_was_said():
    failure = failure_of(
        "Restart", {"msg": "it\n  died \x1b[1;31mred\x1b[0m\a", "next_command": "df\n", "state_now": None}
    )
    assert (failure.sentence, failure.next_command, failure.state_now) == ("it died red", "df", "")


def test_a_log_comes_as_a_text_or_line_by_line():
    assert failure_of("x", {"log_tail": "one\ntwo\n"}).log == failure_of("x", {"log_tail": ["one", "two"]}).log
    assert failure_of("x", {"log_tail": None}).log == ()
    assert failure_of("x", {"log_tail": ["one\ntwo", 3]}).log == ("one", "two", "3")


def test_a_log_in_colour_is_shown_without_what_a_terminal_acts_on():
    coloured = "\x1b[31mboom\x1b[0m \x1b]0;title\x07\tend\x00\x1b(B"
    assert failure_of("x", {"log_tail": coloured}).log == ("boom \tend",)


def test_a_record_of_a_turn_that_went_well():
    record = turn()
    assert record.good and record.failure is None and record.served
    assert record.done == ("left", "switched", "restarted", "returned")
    assert (record.release, record.seconds) == (NEW, 4.2)
    assert record.services == (ProvenService("app0", NEW, (1, 2)),)
    assert record.rotation == Rotation("UP", "ready", 100, 100)
    assert record.notices == record.notes == record.said == ()


@pytest.mark.parametrize("step", ["left", "switched", "restarted", "returned"])
@pytest.mark.parametrize("loss", [{}, {"skipped": True, "changed": False}])
def test_a_step_that_nobody_reported_is_a_failure(step, loss):
    record = ledgers.turn(PLAN, "blue", without=[step], **{step: loss})
    assert not record.good and record.failure.sentence.startswith("no proof that ")
    assert record.failure.blame == "nobody"


@pytest.mark.parametrize(
    "ticket",
    [
        {"run": "another", "host": "blue", "direction": "forward"},
        {"run": PLAN["run"], "host": "green", "direction": "forward"},
        {"run": PLAN["run"], "host": "blue", "direction": "back"},
        None,
        {},
    ],
)
def test_a_result_of_another_run_host_or_direction_is_not_of_the_record(ticket):
    stale = {name: {**each, "ticket": ticket, "msg": "old"} for name, each in ledgers.steps(PLAN, "blue").items()}
    assert not any(is_of(TICKET, each) for each in stale.values())
    assert ledgers.turn(PLAN, "blue", **stale) == ledgers.turn(PLAN, "blue", without=stale)


def test_on_the_way_back_the_results_of_the_way_forward_prove_nothing():
    back = make_record(
        Ticket(PLAN["run"], "blue", "back"),
        run.TURN,
        {**ledgers.steps(PLAN, "blue"), "switched": ledgers.said(PLAN, "blue", "back", current=OLD)},
        ["switched", "restarted"],
    )
    assert (back.done, back.release, back.services) == (("switched",), OLD, ())
    assert back.failure.sentence == "no proof that its services were restarted and proven"


def test_a_failure_is_not_covered_by_what_went_well():
    record = ledgers.turn(PLAN, "blue", ledgers.DIED, **ledgers.steps(PLAN, "blue"))
    assert record.failure == ledgers.DIED and record.done == ("left", "switched", "restarted", "returned")


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        ({"failed": True}, True),
        ({"outcome": "failed", "failed": False}, True),
        ({"msg": "MODULE FAILURE", "failed": False, "failed_when_result": False}, True),
        ({"outcome": "done"}, False),
        ({"outcome": "unchanged"}, False),
        ({"outcome": "would"}, False),
        ({"skipped": True}, False),
        ({}, False),
    ],
)
def test_a_step_has_failed_also_where_its_task_goes_on(result, failed):
    assert has_failed(result) is failed


def test_a_step_that_crashed_where_its_task_goes_on_is_not_done():
    crashed = {"msg": "MODULE FAILURE", "failed": False, "failed_when_result": False, "ticket": said()["ticket"]}
    record = ledgers.close(PLAN, "blue", closed=crashed, balancer_closed=crashed)
    assert (record.done, record.released) == (("opened",), None)


def test_only_processes_that_are_proven_prove():
    services = [{"name": "a", "release": NEW, "pids": [1], "proven": True}, {"name": "b", "release": NEW, "pids": [2]}]
    assert turn(restarted=said(services=services)).services == (ProvenService("a", NEW, (1,)),)
    assert turn(restarted=said(services=None)).services == ()
    failed = said(services=services, outcome="failed", failed=True)
    assert ledgers.turn(PLAN, "blue", ledgers.DIED, restarted=failed).services == ()


def test_files_that_were_loaded_before_the_reload_failed_are_loaded():
    record = ledgers.turn(PLAN, "blue", ledgers.DIED, reloaded=said(outcome="failed", failed=True, reloaded=True))
    assert record.loaded and not record.good
    assert not turn().loaded


def test_what_fails_with_the_host_in_rotation_is_told_with_what_users_met_of_it():
    returned = said(bake=STEPS, status="UP", admin="ready")
    record = ledgers.turn(PLAN, "blue", ledgers.DIED, returned=returned)
    assert (record.served, record.bake) == (True, tuple(STEPS))
    record = ledgers.turn(PLAN, "blue", ledgers.DIED, returned={**returned, "failed": True, "served": False})
    assert (record.served, record.bake, record.said, record.rotation) == (False, tuple(STEPS), (), None)
    assert ledgers.turn(PLAN, "blue", ledgers.DIED, reloaded=said(failed=True, served=True)).served


def test_gates_that_did_not_simply_pass_are_said_and_what_a_person_answered_is_noted():
    record = turn(
        returned=said(bake=STEPS, status="UP", admin="ready"),
        judged=[gate(verdict="unknown", msg="it is silent"), gate("other"), gate("last", verdict="fail", msg="red")],
        paused=said(note="mek@home said go on after blue"),
    )
    assert [(one.gate, one.verdict, one.why) for one in record.said] == [
        ("the bake", "inconclusive", "3 of 100"),
        ("the gate watch", "unknown", "it is silent"),
        ("the gate last", "fail", "red"),
    ]
    assert record.notes == ("mek@home said go on after blue",)


@pytest.mark.parametrize("bake", [None, [], ()])
def test_a_server_that_came_back_without_a_bake(bake):
    record = turn(returned=said(bake=bake, status=None, admin=None))
    assert record.good and record.bake == record.said == () and record.rotation == Rotation("-")


@pytest.mark.parametrize(
    ("announced", "judged", "left"),
    [
        (True, gate(announced=False), ()),
        (True, gate(announced=False, verdict="unknown"), ()),
        (True, gate(announced=True), ("watch",)),
        (True, gate(announced=None), ("watch",)),
        (True, gate("other", announced=False), ("watch",)),
        (True, {**gate(announced=False), "ticket": {"run": "another"}}, ("watch",)),
        (False, gate(verdict="unknown"), ()),
        (None, {}, ()),
    ],
)
def test_what_was_announced_stands_until_the_gate_says_otherwise(announced, judged, left):
    assert turn(announced=[gate(announced=announced)], judged=[judged]).announced == left


def test_each_gate_that_must_be_asked_is_asked():
    ticket, must = Ticket(PLAN["run"], "blue"), [run.judged("watch"), run.judged("last")]
    record = run.make_record(ticket, run.TURN, {run.JUDGED: [gate(), gate("last")]}, must)
    assert record.good and record.done == ("judged watch", "judged last")
    record = run.make_record(ticket, run.TURN, {run.JUDGED: [gate(), {"skipped": True, "gate_name": "last"}]}, must)
    assert record.failure.sentence == "no proof that the gate last was asked"
    assert run.make_record(ticket, run.TURN, {run.JUDGED: []}, must).failure.blame == "nobody"


def test_of_a_loop_over_gates_the_one_that_failed_is_named():
    loop = {"msg": "One or more items failed", "failed": True, "results": [
        gate(), gate("queue", failed=True, verdict="fail", msg="queue: 12 wait", blame="release")]}  # fmt: skip
    failure = failure_of("Ask the gates", loop)
    assert (failure.step, failure.sentence, failure.blame) == ("Gate queue", "12 wait", "release")
    assert failure_of("x", {"results": [], "msg": "boom"}).sentence == "boom"


RETURNED = {"status": "UP", "admin": "ready", "process": [7]}


@pytest.mark.parametrize(
    ("left", "returned", "notice"),
    [
        ({"process": [7]}, RETURNED, ""),
        ({"process": [7]}, {**RETURNED, "process": [8]}, "haproxy was reloaded during the turn of blue"),
        ({"process": [7], "reloads": 1}, RETURNED, "haproxy was reloaded during the turn of blue"),
        ({}, {**RETURNED, "reloads": 2}, "haproxy was reloaded during the turn of blue"),
        ({"process": None}, {**RETURNED, "reloads": None}, ""),
        ({}, {**RETURNED, "lost": True}, "haproxy forgot that blue was out of rotation"),
        ({}, {**RETURNED, "weight": 10, "configured_weight": 100}, "blue came back with weight 10 of 100"),
        ({}, {**RETURNED, "weight": 10, "configured_weight": None}, ""),
        ({}, {**RETURNED, "admin": "drain", "weight": 0, "configured_weight": 100}, ""),
    ],
)
def test_what_stopped_nothing_is_noticed(left, returned, notice):
    record = turn(left=said(**left), returned=said(**returned))
    assert record.good and [one[: len(notice)] for one in record.notices] == [notice] * bool(notice)


def test_a_reload_of_haproxy_is_noticed_also_where_the_server_did_not_come_back():
    record = ledgers.turn(PLAN, "blue", ledgers.DIED, left=said(reloads=1), returned=said(failed=True, weight=0))
    assert record.notices == ("haproxy was reloaded during the turn of blue",)


@pytest.mark.parametrize(
    ("closed", "released", "done"),
    [
        ({"closed": True, "lock": None}, True, True),
        # Broken by a person, or another run's by now: free of this run, and nothing was recorded there.
        ({"closed": False, "lock": None}, True, False),
        ({"closed": False, "lock": {"run": "another"}}, True, False),
        ({"outcome": "failed", "lock": {"run": PLAN["run"]}}, False, False),
        ({"outcome": "failed", "host_down": True}, None, False),
    ],
)
def test_whether_a_host_is_free_of_the_run(closed, released, done):
    record = ledgers.close(PLAN, "blue", closed=said(**closed))
    assert (record.released, "closed" in record.done) == (released, done)


def test_nobody_knows_whether_a_host_that_was_not_asked_is_free():
    assert ledgers.close(PLAN, "blue", closed={}).released is None
    assert ledgers.close(PLAN, "blue").release == OLD


@pytest.mark.parametrize(
    "record", [turn(), ledgers.close(PLAN, "blue"), ledgers.failed(PLAN, "blue", "stage", ledgers.DIED)]
)
def test_a_record_comes_back_from_its_plain_form(record):
    assert Record.of(json.loads(json.dumps(record.as_dict()))) == record


@pytest.mark.parametrize("said", ["no room for 'done'", ["no room for 'done'"]])
def test_what_a_journal_did_not_take_is_noticed(said):
    steps = {run.SWITCHED: ledgers.said(PLAN, "blue", current=NEW, unjournaled=said)}
    record = make_record(Ticket(PLAN["run"], "blue"), run.TURN, steps)
    assert record.notices == ("what was done for blue could not be journaled: no room for 'done'",)


def test_nobody_is_to_blame_where_the_action_that_asks_a_gate_broke() -> None:
    broken = {"failed": True, "msg": "Timed out.", "ansible_loop_var": "gate_name", "gate_name": "queue"}
    failure = failure_of("Ask the gates about the host", {"results": [{"gate": "well", "failed": False}, broken]})
    assert (failure.step, failure.sentence, failure.blame) == ("Gate queue", "Timed out.", "nobody")
