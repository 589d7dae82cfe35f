# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a gate is asked, in which mode, and what its answer stops."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.answer import Heard, not_asked
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.question import GRACE, QUICK, Question, question_of
from tests.controller import site, skipping

GATES = [{"name": "first", "when": ["before"]}, {"name": "node"}, {"name": "last", "when": ["after"]}]
SITE = site(gates=GATES)
SITE["hosts"]["blue"]["gates"]["node"]["host"] = "blue.us"
PLAN = {"run": "r1", "who": "mek", "gates": {"baselines": {"node": {"red": 1}}}}


def question(gate: str = "node", ask: str = "judge", moment: str = "turn", **more: Any) -> Question:
    usual = {"site": SITE, "plan": PLAN, "mode": "judge", "direction": "forward"}
    return question_of({**usual, "gate": gate, "ask": ask, "moment": moment, **more}, "blue")


def test_a_turn_is_about_its_host_as_the_source_calls_it_and_the_rest_about_the_site() -> None:
    assert [question(ask=ask).host for ask in ("announce", "judge", "read", "lift")] == ["blue.us", "blue.us", "", ""]
    assert [question(moment=moment).host for moment in ("before", "after")] == ["", ""]


def test_the_module_gets_what_the_run_has_beside_its_own_options() -> None:
    given = question().as_args({"url": "http://x/", "host": "mine"})
    assert given == {
        "url": "http://x/",
        "ask": "judge",
        "host": "blue.us",
        "baseline": {"red": 1},
        "run": "r1",
        "who": "mek",
        "mode": "judge",
        "timeout": 60.0,
    }
    before = question("first", moment="before", plan={}).as_args({})
    assert (before["run"], before["who"], before["baseline"]) == ("", "mek@laptop", {})


@pytest.mark.parametrize(
    ("more", "mode"),
    [
        ({}, "judge"),
        ({"mode": "inform"}, "inform"),
        ({"direction": "back"}, "inform"),
        ({"site": {**SITE, "playbook": "rollback"}}, "inform"),
        ({"site": skipping(SITE, "node")}, "inform"),
        ({"site": site(gates=GATES, urgent="it is down")}, "inform"),
        ({"site": site(gates=GATES, urgent="it is down"), "ask": "announce"}, "inform"),
        ({"site": site(gates=GATES, urgent="it is down"), "ask": "lift"}, "judge"),
        ({"site": skipping(SITE, "last", "bake")}, "judge"),
        ({"ask": "lift", "direction": "back"}, "judge"),
    ],
)
def test_a_gate_is_waited_for_only_on_the_way_forward(more: dict[str, Any], mode: str) -> None:
    asked = question(**more)
    assert asked.mode == mode
    assert asked.gives_up_after == (60.0 if mode == asked.ask == "judge" else None)


@pytest.mark.parametrize(
    ("gate", "ask", "moment", "due"),
    [
        ("first", "read", "turn", False),
        ("first", "judge", "before", True),
        ("node", "read", "turn", True),
        ("node", "judge", "before", False),
        ("last", "read", "turn", True),
        ("last", "judge", "after", True),
    ],
)
def test_a_gate_is_asked_at_its_moments(gate: str, ask: str, moment: str, due: bool) -> None:
    assert question(gate, ask, moment).due is due


@pytest.mark.parametrize(
    ("verdict", "asked", "check", "stops"),
    [
        ("fail", question(), False, True),
        ("unknown", question(), False, True),
        ("unknown", question(ask="announce"), False, True),
        ("pass", question(), False, False),
        ("fail", question(), True, False),
        ("fail", question(direction="back"), False, False),
        ("fail", question(mode="inform"), False, False),
        ("fail", question(ask="read"), False, False),
        ("fail", question(ask="lift"), False, False),
        ("fail", question("first", moment="before"), False, False),
        ("fail", question("last", moment="after"), False, False),
    ],
)
def test_only_a_turn_that_goes_forward_is_stopped(verdict: str, asked: Question, check: bool, stops: bool) -> None:
    assert asked.stops(Heard(verdict, "x"), check) is stops
    assert not asked.stops(not_asked("x"), check)


def test_there_must_be_such_a_gate() -> None:
    with pytest.raises(InputError, match="has no gate 'queue'"):
        question("queue")


def test_what_is_asked_before_the_plan_the_plan_says_alone() -> None:
    first = [question("first", moment="before", plan={}), question(ask="read", plan={})]
    assert all(one.before_plan for one in first)
    assert not any(question(ask=ask).before_plan for ask in ("announce", "judge", "lift"))


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({}, 60 + GRACE),
        ({"ask": "read"}, GRACE),
        ({"ask": "announce"}, GRACE),
        ({"ask": "lift", "direction": "back"}, GRACE),
        ({"ask": "announce", "direction": "back"}, QUICK),
        ({"ask": "read", "site": {**SITE, "playbook": "rollback"}}, QUICK),
        ({"mode": "inform", "moment": "after"}, QUICK),
    ],
)
def test_no_gate_is_listened_to_for_ever(more: dict[str, Any], seconds: float) -> None:
    assert question(**more).longest == seconds
