from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Unreadable
from tests import sites
from tests.sites import BLUE, GREEN, HOME, check, lines, warned

NO_WAIT = "it waits for no gate and no bake anyway"

OWN = {"name": "own", "module": "shop.watch.own_gate"}
GATES = {"deploy_gates": [sites.NAGIOS, OWN]}
LOST = "Some words are not part of any variable: a value of several words needs its own quotes"
REASON = "-e \"reason='...'\""


def refused(playbook: str, **extra: Any) -> list[str]:
    """The sentences against the command line."""
    said = lines(check(playbook, GATES, extra=extra))
    assert all(line.startswith("command line: ") for line in said)
    return [line.removeprefix("command line: ") for line in said]


@pytest.mark.parametrize(
    ("playbook", "extra", "asked"),
    [
        ("deploy", {"version": "v1.2", "project": "conf"}, {"version": "v1.2", "project": "conf"}),
        ("deploy", {}, {"project": "shop", "version": "", "skip": [], "reason": ""}),
        ("deploy", {"project": None}, {"version": "", "project": "shop"}),
        ("deploy", {"reason": " the fix "}, {"reason": "the fix"}),
        ("deploy", {"skip": "staged, bake,", "reason": "urgent"}, {"skip": ["staged", "bake"], "reason": "urgent"}),
        ("deploy", {"skip": ["bad", "bad"], "reason": "mended"}, {"skip": ["bad"]}),
        ("deploy", {"skip": ""}, {"skip": []}),
        (
            "rollback",
            {"hash": "0123abc", "skip": "bad", "reason": "the only one"},
            {"hash": "0123abc", "skip": ["bad"]},
        ),
        ("restart", {"skip": "bake, own,nagios", "reason": "down"}, {"skip": ["nagios", "own", "bake"]}),
        ("deploy", {"urgent": " it is down "}, {"urgent": "it is down", "without": [], "reason": ""}),
        ("deploy", {"without": GREEN, "reason": "dead"}, {"without": [GREEN], "reason": "dead"}),
        ("restart", {"without": [GREEN, GREEN], "reason": "dead"}, {"without": [GREEN]}),
        ("rollback", {"without": f" {BLUE},", "reason": "dead"}, {"without": [BLUE]}),
        ("deploy", {"without": ""}, {"without": []}),
        ("status", {"json": "/tmp/status.json"}, {"json": "/tmp/status.json"}),
        ("lock", {"break": "yes", "run": "r1", "reason": "dead"}, {"break": True, "run": "r1", "reason": "dead"}),
        ("tag", {"tag_name": "v7"}, {"tag_name": "v7"}),
        ("prepare", {"adopt": "true"}, {"adopt": True}),
        ("prepare", {"adopt": False}, {"adopt": False}),
        ("config", {}, {"project": "shop"}),
    ],
)
def test_takes_what_is_asked_for(playbook: str, extra: dict[str, Any], asked: dict[str, Any]) -> None:
    checked = check(playbook, GATES, extra=extra)
    assert lines(checked) == []
    request = checked.site.as_dict()["request"]
    assert {name: request[name] for name in asked} == asked


@pytest.mark.parametrize(
    ("playbook", "extra", "sentence"),
    [
        ("deploy", {"verison": "v1.2"}, "deploy takes no verison; did you mean version?"),
        ("deploy", {"reasons": "x"}, "deploy takes no reasons; did you mean reason?"),
        ("rollback", {"hsah": "0123abc"}, "rollback takes no hsah; did you mean hash?"),
        ("lock", {"brake": "true"}, None),
        ("lock", {"brek": "true"}, "lock takes no brek; did you mean break?"),
        ("rollback", {"version": "v1.2"}, "rollback takes no version; it takes hash."),
        ("deploy", {"hash": "0123abc"}, "deploy takes no hash; it takes version."),
        ("rollback", {"urgent": "x"}, f"rollback takes no urgent: {NO_WAIT}. Leave it out."),
        ("restart", {"urgent": "x"}, "restart takes no urgent: it is what proves a hot fix afterwards. Leave it out."),
        ("lock", {"urgent": "x"}, "lock takes no urgent; it takes project, break, run and reason."),
        ("status", {"adopt": "true"}, "status takes no adopt; it takes project and json."),
        ("restart", {"version": "v1"}, "restart takes no version; it takes project, skip, without and reason."),
        ("config", {"project": "shop"}, "config takes no project; it takes none of these variables."),
        ("status", {"skip": "bake"}, "status takes no skip; it takes project and json."),
        ("deploy", {"allow_bad": "true"}, f"allow_bad is not known any more: -e skip=bad {REASON}"),
        ("rollback", {"allow_bad": "true"}, f"allow_bad is not known any more: -e skip=bad {REASON}"),
        ("deploy", {"my_own": "x"}, None),
        ("deploy", {"deploy_vresion": "x"}, None),
        ("deploy", {"_raw_params": "two words"}, f"{LOST}, as in {REASON}"),
    ],
)  # fmt: skip
def test_names_of_extra_variables(playbook: str, extra: dict[str, Any], sentence: str | None) -> None:
    assert refused(playbook, **extra) == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("playbook", "extra", "sentence"),
    [
        ("rollback", {"hash": 1234567}, "hash is 1234567, which YAML does not read as text: quote it"),
        ("deploy", {"version": 1.2}, "version is 1.2, which YAML does not read as text: quote it"),
        (
            "deploy",
            {"version": datetime.date(2026, 1, 2)},
            "version is 2026-01-02, which YAML does not read as text: quote",
        ),
        ("deploy", {"version": True}, "version is True, which YAML does not read as text: quote it"),
        ("deploy", {"version": ["v1"]}, "version is a list or a dictionary: quote it"),
        ("deploy", {"version": "a..b"}, "'a..b' cannot be the name of a branch, a tag or a commit"),
        ("deploy", {"version": "a\nb"}, "version must be printable text on one line."),
        ("rollback", {"hash": "012345"}, "hash is '012345', which is not a commit hash: give 7 to 40 hex digits"),
        ("rollback", {"hash": "0123ABC"}, "hash is '0123ABC', which is not a commit hash"),
        ("rollback", {"hash": "master"}, "hash is 'master', which is not a commit hash"),
        ("prepare", {"adopt": "maybe"}, "adopt is 'maybe': it takes true or false."),
        ("tag", {"tag_name": "HEAD"}, "'HEAD' cannot be the name of a tag"),
        ("deploy", {"project": "Shop"}, "'Shop' is not a project"),
        ("deploy", {"project": "shoe"}, "There is no project 'shoe' in deploy_projects (shop and conf)."),
        ("lock", {"break": True}, f"break needs a reason: -e break=true {REASON}"),
        ("lock", {"break": True, "run": "r1"}, f"break needs a reason: -e break=true -e run=r1 {REASON}"),
        ("deploy", {"skip": "bake"}, f"skip needs a reason: -e skip=bake {REASON}"),
        ("deploy", {"without": GREEN}, f"without needs a reason: -e without={GREEN} {REASON}"),
        (
            "deploy",
            {"without": 7, "reason": "x"},
            "without is 7: it takes names with commas between them, for example ",
        ),
        (
            "deploy",
            {"without": "shop", "reason": "x"},
            f"without takes web nodes, and shop is none; did you mean {BLUE} or {GREEN}?",
        ),
        (
            "deploy",
            {"without": HOME, "reason": "x"},
            f"without takes web nodes, and {HOME} is none; the inventory has {BLUE} and {GREEN}.",
        ),
        ("deploy", {"without": f"{GREEN},{BLUE}", "reason": "x"}, f"without={BLUE},{GREEN} leaves no web node"),
        ("deploy", {"urgent": "x" * 393}, "urgent has 393 characters; 392 are kept at most."),
        ("deploy", {"urgent": " "}, "urgent must be printable text on one line."),
        ("deploy", {"skip": "bake", "reason": ""}, f"skip needs a reason: -e skip=bake {REASON}"),
        ("deploy", {"skip": "bake", "reason": "  "}, "reason must be printable text on one line."),
        ("deploy", {"skip": "bake", "reason": "x" * 401}, "reason has 401 characters; 400 are kept at most."),
        ("deploy", {"skip": "bake", "reason": 7}, "reason is 7, which YAML does not read as text"),
        ("deploy", {"skip": "bak", "reason": "x"}, "skip: deploy has no bak to skip; did you mean bad or bake?"),
        (
            "deploy",
            {"skip": "tests", "reason": "x"},
            "skip: deploy has no tests to skip; it can skip bad, staged, nagios, own and bake.",
        ),
        ("rollback", {"skip": "bake", "reason": "x"}, "skip: rollback has no bake to skip; it can skip bad."),
        (
            "restart",
            {"skip": "bad", "reason": "x"},
            "skip: restart has no bad to skip; it can skip nagios, own and bake.",
        ),
        ("deploy", {"skip": True, "reason": "x"}, "skip is true: it takes names with commas between them"),
        ("deploy", {"skip": [1], "reason": "x"}, "skip is [1]: it takes names with commas between them"),
    ],
)
def test_values_of_request_variables(playbook: str, extra: dict[str, Any], sentence: str) -> None:
    (said,) = refused(playbook, **extra)
    assert said.startswith(sentence)


def test_every_mistake_comes_at_once() -> None:
    said = refused("deploy", verison="x", hash="1234567", skip="bka", project="shoe")
    assert len(said) == 4


@pytest.mark.parametrize(
    ("name", "value", "gate"),
    [
        ("deploy_bake", "skip", "bake"),
        ("deploy_bake_inconclusive", "continue", "bake"),
        ("deploy_gates", [], "<name>"),
        ("deploy_gates", [{**sites.NAGIOS, "unknown": "continue"}], "<name>"),
    ],
)
def test_a_policy_is_not_changed_by_an_extra_variable(name: str, value: Any, gate: str) -> None:
    sentence = f"{name} is the site's policy, which -e does not change; for this run: -e skip={gate} {REASON}"
    assert refused("deploy", **{name: value}) == [sentence]
    rescue = check("rollback", extra={name: value})
    assert lines(rescue) == [] and warned(rescue) == [f"command line: {sentence}"]
    assert rescue.site.bake_mode == value if name == "deploy_bake" else "judge"


def test_a_policy_of_the_inventory_and_of_a_play_stands() -> None:
    assert check(everywhere={"deploy_bake": "skip"}).faults == ()
    assert check(play={"deploy_bake": "skip"}).site.bake_mode == "skip"
    assert check("restart", GATES, play={"deploy_gates": []}).site.gates == ()
    (line,) = refused("deploy", deploy_require_staged="false")
    assert f"-e skip=staged {REASON}" in line


def test_the_vars_of_a_play_count_and_extra_variables_win() -> None:
    checked = check("rollback", play={"hash": "0123abc", "project": "conf"}, extra={"hash": "4567def"})
    assert (checked.site.asked.hash, checked.site.asked.project) == ("4567def", "conf")
    assert lines(check("rollback", play={"hsah": "0123abc"})) == [
        "vars of the play: rollback takes no hsah; did you mean hash?"
    ]
    # A play may import several playbooks with the same vars.
    assert lines(check("rollback", play={"version": "v1"})) == []


def test_the_inventory_asks_for_nothing() -> None:
    checked = check("rollback", inventory_requests={"hash": ["shop1"], "version": ["shop1"], "project": []})
    assert checked.site.asked.hash == "" and lines(checked) == []
    counts = "it counts from -e, and from the vars of a play that imports rollback."
    assert checked.notes == (f"The inventory sets hash, which is ignored: {counts}",)


def test_a_run_without_a_project() -> None:
    said = "command line: No project is given: set deploy_project, or say -e project=<name>."
    for playbook in ("deploy", "rollback", "restart", "status", "tag"):
        assert lines(check(playbook, without=("deploy_project",))) == [said]
        assert lines(check(playbook, without=("deploy_project",), extra={"project": "shop"})) == []
    assert lines(check("prepare", without=("deploy_project",))) == []
    assert lines(check("config", without=("deploy_project",))) == []


def test_a_project_of_the_inventory_that_is_not_there() -> None:
    said = lines(check(everywhere={"deploy_project": "shoe"}))
    assert said == ["inventory: There is no project 'shoe' in deploy_projects (shop and conf)."]


def test_the_limit_is_part_of_the_request() -> None:
    assert check("rollback").site.as_dict()["request"]["limit"] is None
    assert check("rollback", limit=[sites.BLUE]).site.as_dict()["request"]["limit"] == [sites.BLUE]


@pytest.mark.parametrize(
    ("playbook", "extra", "said"),
    [
        ("deploy", {"version": ""}, "version is empty: give one, or leave it out."),
        ("rollback", {"hash": ""}, "hash is empty: give one, or leave it out."),
        ("deploy", {"VERSION": "v1"}, "deploy takes no VERSION; did you mean version?"),
        (
            "deploy",
            {"version": Unreadable("'nope' is undefined")},
            "version cannot be worked out: 'nope' is undefined.",
        ),
        ("lock", {"run": "abc"}, f"run is for breaking a lock: -e break=true -e run=abc {REASON}"),
    ],
)
def test_what_was_meant_otherwise(playbook: str, extra: dict[str, Any], said: str) -> None:
    assert lines(check(playbook, extra=extra)) == [f"command line: {said}"]


def test_an_empty_version_of_a_play_is_none() -> None:
    assert lines(check(play={"version": ""})) == []


def test_the_rest_of_a_password_is_not_shown() -> None:
    assert "battery" not in str(lines(check(extra={"version": "correct", "_raw_params": "horse battery"})))


def test_a_password_in_an_address_is_not_shown() -> None:
    options = {**sites.NAGIOS["options"], "url": "http://u:hunter2@nagios/"}
    checked = check(everywhere={"deploy_gates": [{**sites.NAGIOS, "options": options}]})
    assert lines(checked) != [] and "hunter2" not in str(lines(checked))


@pytest.mark.parametrize(
    ("playbook", "gates", "skip", "said"),
    [
        ("deploy", [], "nagios", "skip: deploy has no nagios to skip; it can skip bad, staged and bake."),
        ("deploy", [sites.NAGIOS], "nagois", "skip: deploy has no nagois to skip; did you mean nagios?"),
        ("rollback", [sites.NAGIOS], "nagios", "skip: rollback has no nagios to skip; it can skip bad."),
        ("restart", [OWN, sites.NAGIOS], "x", "skip: restart has no x to skip; it can skip own, nagios and bake."),
        ("restart", [], True, "skip is true: it takes names with commas between them, for example bake."),
        ("deploy", [OWN], True, "skip is true: it takes names with commas between them, for example own,bake."),
    ],
)
def test_the_gates_of_the_site_can_be_skipped(playbook: str, gates: list[Any], skip: Any, said: str) -> None:
    checked = check(playbook, {"deploy_gates": gates}, extra={"skip": skip, "reason": "x"})
    assert [line for line in lines(checked) if "skip" in line] == [f"command line: {said}"]


def test_a_gate_that_is_set_wrongly_is_known_by_its_name() -> None:
    wrong = {"deploy_gates": [{**sites.NAGIOS, "timeout": "soon"}, {"name": "bake"}, {"name": 1}, 2]}
    (line,) = lines(
        check("restart", {"deploy_gates": wrong["deploy_gates"][:1]}, extra={"skip": "nagios", "reason": "x"})
    )
    assert "timeout" in line
    assert not any("skip:" in line for line in lines(check("restart", wrong, extra={"skip": "nagios", "reason": "x"})))
