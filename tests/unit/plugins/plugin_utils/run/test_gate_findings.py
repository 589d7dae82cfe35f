# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gates say before a run: what stops it, and what its operator should know."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.findings import Finding
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gate_findings import (
    Told,
    gate_findings,
    lenient_notes,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.host_plan import HostPlan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request

RED = {"gate": "watch", "verdict": "pass", "msg": "it watches 9 services; 1 has a problem already"}
SILENT = {"gate": "watch", "verdict": "unknown", "msg": "watch: its data are 300 s old"}
UNASKED = {"gate": "watch", "asked": False, "verdict": "pass", "msg": "its module does not run in check mode"}


def host(name: str, switch: bool = True, restart: bool = True) -> HostPlan:
    return HostPlan(name, "web", "a", "b", switch=switch, restart=restart)


HOSTS = [host("web3"), host("web4"), host("home")]
STILL = [host("web3", switch=False, restart=False)]


def asks(action: str = "deploy", **gate: Any) -> Request:
    return Request(action=action, project="web", gates=(Gate("watch", **gate),))


def found(asked: Request, told: Told, hosts: list[HostPlan] = HOSTS) -> list[Finding]:
    return gate_findings(asked, told, hosts)


@pytest.mark.parametrize("action", ["deploy", "restart", "rollback"])
def test_what_a_gate_shows_already_is_a_note_in_its_own_words(action: str) -> None:
    (made,) = found(asks(action), Told({"watch": RED}))
    assert made == Finding("watch", "it watches 9 services; 1 has a problem already", blocking=False)


@pytest.mark.parametrize("answer", [SILENT, {**SILENT, "verdict": "fail"}, {"msg": "its data are 300 s old"}])
@pytest.mark.parametrize(
    ("asked", "hosts", "blocking", "noted"),
    [
        (asks("deploy"), HOSTS, True, False),
        (asks("restart"), HOSTS, True, False),
        (asks("deploy", when=("after",)), HOSTS, True, False),
        (asks("deploy", unknown="continue"), HOSTS, False, True),
        (asks("rollback"), HOSTS, False, False),
        (asks("rollback", unknown="continue"), HOSTS, False, False),
    ],
)
def test_a_gate_that_cannot_tell_what_is_wrong_already_stops_what_it_has_to_judge(
    answer: dict[str, Any], asked: Request, hosts: list[HostPlan], blocking: bool, noted: bool
) -> None:
    (made,) = found(asked, Told({"watch": answer}), hosts)
    assert (made.host, made.blocking, made.skip) == ("watch", blocking, "watch")
    assert made.sentence == "it cannot tell what is wrong already: its data are 300 s old"
    assert bool(lenient_notes(asked, [made])) == noted


@pytest.mark.parametrize("when", [("turn",), ("after",)])
def test_where_nothing_changes_a_gate_has_nothing_to_judge(when: tuple[str, ...]) -> None:
    assert found(asks(when=when), Told({"watch": SILENT}), STILL) == []


def test_a_link_that_is_only_switched_is_judged_by_the_whole_run_alone() -> None:
    hosts = [host("web3", restart=False)]
    assert found(asks(), Told({"watch": SILENT}), hosts) == []
    assert found(asks(when=("after",)), Told({"watch": SILENT}), hosts)


def test_a_gate_that_nobody_asked_is_no_good_news() -> None:
    (made,) = found(asks(), Told())
    assert made.blocking and made.sentence.endswith(": it gave no answer")


def test_a_gate_without_check_mode_is_not_asked_which_is_said() -> None:
    (made,) = found(asks(), Told({"watch": UNASKED}))
    assert made == Finding("watch", "its module does not run in check mode", blocking=False)
    (made,) = found(asks(when=("before",)), Told(before={"watch": UNASKED}))
    assert made == Finding("watch", "its module does not run in check mode", blocking=False)


@pytest.mark.parametrize(
    ("action", "unknown", "answer", "blocking"),
    [
        ("deploy", "stop", {"verdict": "fail", "msg": "full"}, True),
        ("deploy", "continue", {"verdict": "fail", "msg": "full"}, True),
        ("restart", "stop", {"verdict": "unknown", "msg": "full"}, True),
        ("deploy", "continue", {"verdict": "unknown", "msg": "full"}, False),
        ("deploy", "stop", {"verdict": "no verdict", "msg": "full"}, True),
        ("deploy", "stop", None, True),
        ("rollback", "stop", {"verdict": "fail", "msg": "full"}, False),
        ("deploy", "stop", {"verdict": "pass", "msg": "empty"}, False),
    ],
)
def test_a_gate_before_the_run_stops_it(
    action: str, unknown: str, answer: dict[str, Any] | None, blocking: bool
) -> None:
    told = Told(before={"watch": answer} if answer else {})
    (made,) = found(asks(action, unknown=unknown, when=("before",)), told, STILL)
    assert made.blocking is blocking
    assert made.skip == ("" if answer and answer["verdict"] == "pass" else "watch")


@pytest.mark.parametrize(
    ("asked", "blocking"),
    [
        (asks(), True),
        (asks("restart"), True),
        (asks("deploy", unknown="continue"), False),
        (asks("rollback"), False),
    ],
)
def test_whom_a_gate_does_not_watch_it_cannot_judge(asked: Request, blocking: bool) -> None:
    seen = {**RED, "baseline": {"hosts": ["web3.us", "home"]}}
    names = {"watch": {"web3": "web3.us", "web4": "web4.us"}}
    _note, made = found(asked, Told({"watch": seen}, names=names))
    assert (made.host, made.blocking, made.skip) == ("web4", blocking, "watch")
    assert "'web4.us'" in made.sentence and "deploy_gates" in made.sentence


@pytest.mark.parametrize("baseline", [{}, {"hosts": None}, {"hosts": 3}])
def test_a_gate_that_does_not_say_whom_it_watches_is_believed(baseline: dict[str, Any]) -> None:
    assert len(found(asks(), Told({"watch": {**RED, "baseline": baseline}}))) == 1


def test_what_the_operator_skips_is_noted_as_that_alone() -> None:
    asked = Request(
        action="deploy", project="web", gates=(Gate("watch", unknown="continue"),), skip=frozenset({"watch"})
    )
    assert lenient_notes(asked, found(asked, Told({"watch": SILENT}))) == []
