# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gates of a collection that is thrown away, asked by the role as Ansible runs it; and the run that they stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ansible_collections.openlibrary.deploy.plugins.action import deploy_gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import question
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import TURN as TURN_PART
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure, Record, Ticket
from tests import controller, gates, sites

SECRET = "correct-horse-battery"
SAYS = """
import json
from ansible.module_utils.basic import AnsibleModule

ASKED = dict.fromkeys(("ask", "host", "run", "who", "mode"), {"type": "str"})
OWN = {"answer": {"type": "raw"}, "password": {"type": "str", "no_log": False}, "more": {"type": "dict"}}

def main():
    module = AnsibleModule({**ASKED, **OWN, "baseline": {"type": "dict"}, "timeout": {"type": "float"}})
    asked = module.params
    if asked["answer"] == "crash":
        raise ValueError("boom " + asked["password"])
    if asked["answer"] == "fail":
        module.fail_json(msg="no route with " + asked["password"], figures={"x": 1})
    told = {name: asked[name] for name in ("ask", "host", "run", "who", "mode", "baseline", "timeout")}
    usual = {"verdict": "pass", "msg": "asked with " + asked["password"], "figures": told}
    module.exit_json(**{**usual, **(asked["answer"] or {})})

if __name__ == "__main__":
    main()
"""
MINE = {"password": "{{ secret }}", "more": {"url": "http://{{ inventory_hostname }}"}}
ODD: dict[str, Any] = {
    "well": {"options": MINE},
    "noisy": {
        "options": {**MINE, "answer": {"baseline": {"red": SECRET}, "announces": True, "cmd": "rm", "stdout": "x"}}
    },
    "crash": {"options": {**MINE, "answer": "crash"}},
    "refuses": {"options": {**MINE, "answer": "fail"}},
    "perhaps": {"options": {**MINE, "answer": {"verdict": "perhaps"}}},
    "huge": {"options": {**MINE, "answer": {"baseline": {"x": "y" * 300_000}}}},
    "lost": {"options": MINE, "via": "gone"},
    "nowhere": {"module": "example.gates.nowhere", "options": MINE},
    "unset": {"options": {"password": "{{ nobody_set_this }}"}},
    "unknown": {"options": {**MINE, "nonsense": 1}},
}
HOSTS = {
    "blue": {"ansible_connection": "local"},
    "beside": {"ansible_connection": "local"},
    "gone": {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": 1,
        "ansible_ssh_common_args": "-F none -o BatchMode=yes",
    },
}
PLAN = {"run": "r1", "who": "mek", "hosts": {}, "gates": {"baselines": {"well": {"red": 1}}}}
ROLE = "openlibrary.deploy.gate"


def site(entries: Mapping[str, Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """The checked site with these gates; ``via`` and what the site's plain form has of a gate are in the entry."""
    own = {"module": "example.gates.says", "timeout": 7.0}
    listed = [{**own, "name": name, **entry} for name, entry in entries.items()]
    plain = [{key: one[key] for key in one if key in sites.WATCH} for one in listed]
    hosts = {"blue": {}}
    made = sites.with_gates(
        {"playbook": "deploy", "who": "ann", "request": {"skip": [], "urgent": ""}, "hosts": hosts, **more}, *plain
    )
    mine = made["hosts"]["blue"]["gates"]
    for one in listed:
        mine[one["name"]].update(host="blue.us", via=one.get("via", "beside"))
    return made


def tasks(entry: str, **given: Any) -> dict[str, Any]:
    """The tasks of an entry point of the role."""
    named = {"name": ROLE, "tasks_from": entry, "rolespec_validate": False}
    return {"name": f"Gates, {entry}", "ansible.builtin.import_role": named, "vars": given}


KEPT = (
    "gate_read",
    "gate_before",
    "gate_announced",
    "gate_judged",
    "gate_after",
    "gate_told",
    "turn_record",
    "planned",
)


def play(
    place: Path, entries: Mapping[str, Mapping[str, Any]], doing: list[dict[str, Any]], *words: str, **variables: Any
) -> tuple[dict[str, Any], str]:
    """What blue registered, and what was printed, in a play that does this; ``hosts`` have variables of their own."""
    place.mkdir(exist_ok=True)
    paths = gates.collection(place / "collections", says=SAYS, queue=gates.example())
    hosts = {**HOSTS, **variables.pop("hosts", {})}
    listed = [{"name": name, **one} for name, one in entries.items()]
    common = {"ansible_python_interpreter": sys.executable, "secret": SECRET, "deploy_gates": listed, **variables}
    (place / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": common}}, sort_keys=False))
    kept = "{{ {%s} | to_json }}" % ", ".join(f"'{name}': {name} | default({{}})" for name in KEPT)  # noqa: UP031
    copied = {"content": kept, "dest": f"{place}/registered.json", "mode": "0600"}
    keep = {"name": "Keep", "ansible.builtin.copy": copied, "check_mode": False, "no_log": True}
    plays = [{"name": "Try", "hosts": "blue", "gather_facts": False, "tasks": [*doing, keep]}]
    (place / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    settings = {
        "ANSIBLE_CONFIG": str(gates.CHECKOUT / "ansible.cfg"),
        "ANSIBLE_HOME": str(place / "home"),
        "ANSIBLE_COLLECTIONS_PATH": paths,
    }
    done = subprocess.run(
        [playbook, "-i", place / "hosts.yml", place / "play.yml", *words],
        cwd=gates.CHECKOUT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((place / "registered.json").read_text())
    return found, done.stdout + done.stderr


def by_name(registered: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["gate"]: one for one in registered["results"]}


@pytest.fixture(scope="module", name="odd")
def _odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """Every kind of gate, read and judged after the turns, where nothing that it says fails a task; with -vvv."""
    given = {"gate_checked": site(ODD), "gate_plan": PLAN}
    return play(tmp_path_factory.mktemp("odd"), ODD, [tasks("main", **given), tasks("after", **given)], "-vvv")


def test_a_gate_is_asked_with_its_own_options_and_what_the_run_has_for_it(odd: Any) -> None:
    before, after = by_name(odd[0]["gate_read"])["well"], by_name(odd[0]["gate_after"])["well"]
    asked = {"host": "", "mode": "judge", "timeout": 7.0}
    assert before["figures"] == {**asked, "ask": "read", "run": "", "who": "ann", "baseline": {}}
    assert after["figures"] == {**asked, "ask": "judge", "run": "r1", "who": "mek", "baseline": {"red": 1}}
    assert (after["verdict"], after["asked"], after["outcome"]) == ("pass", True, "unchanged")
    assert after["ticket"] == {"run": "r1", "host": "blue", "direction": "forward"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("crash", "the gate crash gave no answer: "),
        ("refuses", "the gate refuses gave no answer: no route with ********"),
        ("perhaps", "the gate perhaps gave 'perhaps' instead of a verdict (pass, fail or unknown)"),
        ("huge", "the baseline of the gate huge is not a dictionary of at most 256 KiB"),
        ("lost", "gone, which asks the gate lost, could not be reached: "),
        ("nowhere", "the module example.gates.nowhere of the gate nowhere cannot be run: "),
        ("unset", "the options of the gate unset cannot be read: "),
        ("unknown", "the gate unknown gave no answer: "),
    ],
)
def test_whatever_is_no_answer_is_unknown_and_says_why(odd: Any, name: str, why: str) -> None:
    for register in ("gate_read", "gate_after"):
        answer = by_name(odd[0][register])[name]
        assert (answer["verdict"], answer["blame"], answer["failed"]) == ("unknown", "nobody", False)
        assert answer["msg"].startswith(why) and len(answer["msg"]) > len(why) - 1
    assert "nonsense" in by_name(odd[0]["gate_read"])["unknown"]["msg"]
    assert "boom" in by_name(odd[0]["gate_read"])["crash"]["msg"]


def test_nothing_secret_is_registered_or_printed(odd: Any) -> None:
    registered, printed = odd
    kept = json.dumps({name: value for name, value in registered.items() if name.startswith("gate_")})
    assert SECRET not in kept and SECRET not in printed
    assert by_name(registered["gate_read"])["noisy"]["baseline"] == {"red": "********"}


def test_nothing_else_of_a_module_is_handed_on(odd: Any) -> None:
    own = {"gate", "ask", "verdict", "blame", "msg", "figures", "baseline", "announces", "announced", "asked"}
    own |= {"outcome", "phase", "state_now", "next_command", "ticket", "quiet", "failed", "changed"}
    of_ansible = {"ansible_loop_var", "gate_name", "failed_when_result", "invocation"}
    answer = by_name(odd[0]["gate_read"])["noisy"]
    assert {name for name in answer if not name.startswith("_ansible")} <= own | of_ansible
    assert answer["announces"] and answer.get("invocation", {}).get("module_args", {}) == {}


def test_only_its_moments_ask_a_gate(odd: Any) -> None:
    assert {one["asked"] for one in odd[0]["gate_before"]["results"]} == {False}


def test_a_gate_is_never_asked_from_another_host_than_its_own(tmp_path: Path) -> None:
    silent = {name: value for name, value in HOSTS["gone"].items() if name != "ansible_connection"}
    entries = {"well": ODD["well"], "lost": ODD["lost"]}
    found, _printed = play(
        tmp_path / "mixed", entries, [tasks("main", gate_checked=site(entries))], hosts={"gone": silent}
    )
    assert by_name(found["gate_read"])["well"]["verdict"] == "pass"
    lost = by_name(found["gate_read"])["lost"]
    assert lost["verdict"] == "unknown"
    assert "could not be reached" in lost["msg"] or "say in the inventory how gone is reached" in lost["msg"]


TURN = {
    "well": {"options": MINE},
    "full": {"options": {**MINE, "answer": {"verdict": "fail", "blame": "release", "msg": "12 wait"}}},
    "later": {"options": MINE},
}
RESCUE = {
    "name": "Record",
    "openlibrary.deploy.deploy_turn": {
        "state": "recorded",
        "plan": "{{ gate_plan }}",
        "results": {
            "announced": "{{ gate_announced.results | default([]) }}",
            "judged": "{{ gate_judged.results | default([]) }}",
        },
        "step": "{{ ansible_failed_task.name | default('') }}",
        "result": "{{ ansible_failed_result | default({}) }}",
    },
    "register": "turn_record",
}


@pytest.fixture(scope="module", name="turned")
def _turned(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """A turn in which the second of three gates finds a fault."""
    block = {"name": "Turn", "block": [tasks("judge")], "rescue": [RESCUE]}
    given = {"gate_checked": site(TURN), "gate_plan": PLAN}
    return play(tmp_path_factory.mktemp("turned"), TURN, [block], **given)


def test_a_turn_asks_no_more_gates_once_one_stops_it(turned: Any) -> None:
    registered, printed = turned
    assert [one["gate"] for one in registered["gate_judged"]["results"]] == ["well", "full"]
    assert registered["gate_judged"]["results"][0]["figures"]["host"] == "blue.us"
    assert "  beside     FAILED: full: 12 wait" in printed and "One or more items failed" not in printed


def test_the_record_of_the_turn_names_the_gate_that_stopped_it(turned: Any) -> None:
    (record,) = turned[0]["turn_record"]["records"]
    failure = record["failure"]
    assert (failure["step"], failure["sentence"], failure["blame"]) == ("Gate full", "12 wait", "release")
    assert "judged well" in record["done"] and "judged full" not in record["done"]


def test_on_the_way_back_a_gate_only_informs(tmp_path: Path) -> None:
    given = {"gate_checked": site(TURN), "gate_plan": PLAN, "gate_direction": "back"}
    back, _printed = play(tmp_path / "back", TURN, [tasks("judge", **given)])
    assert [one["gate"] for one in back["gate_judged"]["results"]] == list(TURN)
    assert back["gate_judged"]["results"][0]["figures"]["mode"] == "inform"
    assert back["gate_judged"]["results"][1]["ticket"]["direction"] == "back"


def test_a_gate_without_check_mode_is_not_asked_with_check(tmp_path: Path) -> None:
    found, printed = play(
        tmp_path / "check", TURN, [tasks("judge", gate_checked=site(TURN), gate_plan=PLAN)], "--check"
    )
    assert {one["asked"] for one in found["gate_judged"]["results"]} == {False}
    assert {one["outcome"] for one in found["gate_judged"]["results"]} == {"unchanged"}
    assert "wait" not in printed


def test_once_a_host_has_failed_the_gates_of_the_whole_run_are_not_asked(tmp_path: Path) -> None:
    plan = {**PLAN, "hosts": {"blue": {}, "beside": {}}}
    failed = Record(Ticket("r1", "beside"), TURN_PART, failure=Failure("Switch", "no")).as_dict()
    hosts = {"beside": {**HOSTS["beside"], "turn_record": {"records": [failed]}}}
    given = {"gate_checked": site(TURN), "gate_plan": json.loads(json.dumps(plan))}
    found, printed = play(tmp_path / "after", TURN, [tasks("after", **given), tasks("inform", **given)], hosts=hosts)
    assert all(one["msg"].endswith("not asked, because beside failed") for one in found["gate_after"]["results"])
    assert {one["asked"] for one in found["gate_after"]["results"]} == {False} and printed.count("12 wait") == 1
    assert {one["asked"] for one in found["gate_told"]["results"]} == {True}
    assert found["gate_told"]["results"][0]["figures"]["mode"] == "inform"


QUEUED = {"queue": {"module": gates.QUEUE, "when": ["before", "turn"], "options": {"most": 2, "path": "{{ spool }}"}}}


@pytest.mark.parametrize("skips", [(), ("queue",)])
def test_the_gate_of_contributing_stops_a_run_and_is_skipped_by_its_name(tmp_path: Path, skips: tuple[str]) -> None:
    """One module and one entry; the plan is made as a deploy makes it, from four hosts that are well."""
    spool = tmp_path / "spool"
    spool.mkdir()
    for number in range(3):
        (spool / str(number)).touch()
    (plain,) = site(QUEUED)["gates"]
    checked = controller.skipping(controller.site(gates=[{**plain, "timeout": 1.0}]), *skips, reason="it is known")
    surveys = {host: {"survey": controller.survey(serves=host != "www1")} for host in controller.HOSTS}
    decide = {
        "site": "{{ gate_checked }}",
        "hosts": controller.HOSTS,
        "resolved": {"hash": controller.NEW},
        "balancer": {"servers": controller.balancer(blue=True, green=True)},
        "gates_read": "{{ gate_read.results | default([]) }}",
        "gates_before": "{{ gate_before.results | default([]) }}",
    }
    plan = {"name": "Decide", "openlibrary.deploy.deploy_plan": decide, "register": "planned", "failed_when": False}
    hosts = {host: {**HOSTS["blue"], "preflight_survey": survey} for host, survey in surveys.items()}
    given = {"gate_checked": checked, "spool": str(spool), "hosts": hosts}
    found, printed = play(tmp_path / "site", QUEUED, [tasks("main"), plan], **given)
    planned = found["planned"]
    waits = f"queue: 3 messages wait in {spool}, 2 may"
    if skips:
        assert planned["turns"] and list(planned["notes"]) == [f"skip=queue (it is known): {waits}"]
        assert planned["gates"]["judges"] == []
        assert planned["gates"]["baselines"] == {"queue": {"waiting": 3}}
        assert "note: queue: skipped: 3 messages wait" in printed
    else:
        assert "nothing was changed on any host: " + waits in planned["msg"] and "-e skip=queue -e" in planned["msg"]


def test_options_that_are_no_dictionary_are_no_answer() -> None:
    entry = {"deploy_gates": [{"name": "queue", "options": ["x"]}], "inventory_hostname": "blue"}
    assert deploy_gate.options_of("queue", entry, None)[1].endswith("they are not a dictionary")
    assert deploy_gate.options_of("other", entry, None)[1] == "deploy_gates of blue has no gate other"
    assert deploy_gate.options_of("queue", {"deploy_gates": [{"name": "queue"}]}, None) == ({}, "")


@pytest.mark.parametrize("lenient", [False, True])
def test_a_module_that_never_returns_is_no_answer(lenient: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "GRACE", 0.1)
    action = deploy_gate.ActionModule.__new__(deploy_gate.ActionModule)
    checked = site({"well": {"options": {}, "timeout": 0.1, "unknown": "continue" if lenient else "stop"}})
    asked = {"site": checked, "plan": PLAN, "gate": "well", "ask": "judge", "moment": "turn", "mode": "judge"}
    action.question = question.question_of({**asked, "direction": "forward"}, "blue")
    action._task, action._templar = SimpleNamespace(check_mode=False), None
    monkeypatch.setattr(action, "_elsewhere", lambda _task_vars: "")
    monkeypatch.setattr(action, "_execute_module", lambda **_given: time.sleep(30))
    answer = action.execute({}, {"deploy_gates": [{"name": "well"}]})
    assert (answer["verdict"], answer["blame"], answer["failed"]) == ("unknown", "nobody", not lenient)
    assert answer["msg"] == "the gate well gave no answer within 0.2 s"
