# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run has of its gates, and what is kept of what they said."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import gates
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate, of_run
from tests.controller import site

EACH = (
    Gate("first", when=("before",)),
    Gate("node"),
    Gate("both", when=("turn", "after")),
    Gate("last", when=("after",)),
)
READ = {
    "node": {"announces": True, "baseline": {"red": 1}, "verdict": "pass"},
    "both": {"announces": True, "verdict": "pass"},
    "last": {"announces": True, "baseline": {}},
}


def test_the_gates_of_a_site_are_read_without_anything_else():
    (made,) = gates.gates_of(site(gates=[{"name": "queue", "when": ["before", "after"], "unknown": "continue"}]))
    assert made == Gate("queue", "some.where.watch", ("before", "after"), "continue", 60.0)


def test_a_run_asks_each_gate_at_its_moments_and_tells_those_that_want_it():
    made = of_run(EACH, READ, (), way_back=False)
    assert (made.judges, made.after, made.informs) == (("node", "both"), ("both", "last"), ("node", "both", "last"))
    # Around a turn only those are told that judge it.
    assert made.announces == ("node", "both")
    assert made.baselines == {"node": {"red": 1}}


def test_what_a_gate_said_for_one_host_is_no_baseline_where_each_asks_for_itself():
    made = of_run([Gate("node", alike=False)], READ, (), way_back=False)
    assert (made.baselines, made.judges, made.announces) == ({}, ("node",), ("node",))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"verdict": "pass"}, False),
        ({"verdict": "unknown"}, True),
        ({}, True),
        ({"verdict": "pass", "asked": False}, False),
        ({"verdict": "pass", "announces": True}, True),
    ],
)
def test_a_gate_that_could_not_say_whether_it_wants_to_be_told_is_told_on_the_way_forward(answer, told):
    assert of_run([Gate("node")], {"node": answer}, (), way_back=False).announces == ("node",) * told
    said = answer.get("announces", False)
    assert of_run([Gate("node")], {"node": answer}, (), way_back=True).announces == ("node",) * said


def test_what_is_skipped_is_told_and_not_asked():
    made = of_run(EACH, READ, ("both", "bake"), way_back=False)
    assert (made.judges, made.after, made.announces) == (("node",), ("last",), ("node", "both"))
    assert made.informs == ("node", "both", "last")


def test_on_the_way_back_no_gate_is_waited_for():
    made = of_run(EACH, READ, (), way_back=True)
    assert (made.judges, made.after, made.announces, made.informs) == (
        (),
        (),
        ("node", "both"),
        ("node", "both", "last"),
    )


@pytest.mark.parametrize(
    ("unknown", "verdict", "stops"),
    [("stop", "fail", True), ("continue", "fail", True), ("stop", "unknown", True), ("continue", "unknown", False),
     ("stop", "pass", False)],
)  # fmt: skip
def test_what_stops_a_run(unknown, verdict, stops):
    assert Gate("x", unknown=unknown).stops(verdict) is stops


def test_an_answer_belongs_to_the_gate_that_it_names_or_whose_item_it_was():
    broke = {"ansible_loop_var": "gate_name", "gate_name": "queue", "msg": "boom"}
    assert gates.by_gate([{"gate": "node", "msg": "x"}, broke, {"skipped": True}]).keys() == {"node", "queue"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"verdict": "pass"}, ""),
        ({"asked": False, "verdict": "pass"}, ""),
        ({"verdict": "unknown", "msg": "it is silent"}, "it is silent"),
        ({"gate": "queue", "verdict": "fail", "msg": "queue: it is full"}, "it is full"),
        ({}, "it gave no answer"),
        (None, "it gave no answer"),
    ],
)
def test_whatever_is_no_pass_is_no_answer(answer, why):
    assert gates.no_answer(answer) == why


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
    ("answer", "kept"),
    [
        ({"verdict": "unknown", "msg": "it is silent"}, True),
        ({"verdict": "fail", "msg": "disk"}, True),
        ({"verdict": "fail", "msg": "disk", "failed": True}, False),
        ({"verdict": "pass", "msg": "all is well"}, False),
        ({"verdict": "unknown", "asked": False}, False),
        ({}, False),
    ],
)
def test_of_a_gate_what_did_not_stop_the_run_is_kept(answer, kept):
    said = gates.said_by_gates("blue", [{"gate": "queue", **answer}])
    assert said == ([gates.Said("the gate queue", "blue", answer["verdict"], answer["msg"])] if kept else [])


def test_a_gate_gets_one_line_for_all_hosts():
    said = [gates.Said("the bake", host, "inconclusive", f"{host} 3 of 100") for host in ("blue", "green")]
    said += [gates.Said("the gate queue", "blue", "unknown", ""), gates.Said("the gate last", "", "unknown", "silent")]
    assert gates.gate_notes(said) == [
        "the bake could not tell, and the run went on (blue, green): blue 3 of 100",
        "the gate queue could not tell, and the run went on (blue)",
        "the gate last could not tell, and the run went on: silent",
    ]
