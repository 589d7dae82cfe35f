"""Holds what the controller reads across hosts to what roles register, and what they hand over to one expression."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import collected
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import record as run
from tests.unit import structure

COLLECTED = structure.PLUGINS / "plugin_utils" / "edge" / "collected.py"
DECISIONS = [f"openlibrary.deploy.deploy_{name}" for name in ("turn", "settle", "verdict")]
# Of a loop only the results: 2.21 deprecates a key of the whole.
HANDED_OVER = re.compile(r"\{\{ \w+(( \| default\(\{\}\))|(\.results \| default\(\[\]\)))? \}\}")
NAMES = {
    *(run.ANNOUNCED, run.LEFT, run.SWITCHED, run.RELOADED, run.RESTARTED, run.RETURNED, run.JUDGED, run.PAUSED),
    *(run.LEFT + run.BESIDE, run.RETURNED + run.BESIDE),
    *(run.OPENED, run.CLOSED, run.BALANCER_CLOSED),
}
"""Every name under which a record knows the result of a step."""


OWN = {("command_line.py", "site_checked")}
"""What a step reads of its own host: which playbook runs is the same on each."""


def role_tasks() -> list[dict[str, Any]]:
    """Every task of the roles and playbooks."""
    return [task for path in structure.task_files() for task in structure.all_tasks(structure.load(path))]


def registered(tasks: list[dict[str, Any]]) -> set[str]:
    """Every variable that a task registers."""
    return {task["register"] for task in tasks if "register" in task}


REGISTERED = registered(role_tasks())


def by_name(source: str, names: set[str]) -> Iterator[str]:
    """Every place of a plugin that reads what another task registered by its name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in names:
            yield f"{node.lineno}: {node.value}"
        elif isinstance(node, ast.Attribute) and node.attr == "result" and ast.unparse(node.value) == "variables":
            yield f"{node.lineno}: {ast.unparse(node)}"


def handed_over(task: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a decision, those within ``results`` among them."""
    given = next((task[name] for name in DECISIONS if name in task), {})
    return {**given, **given.get("results", {})}


def expressions(task: dict[str, Any], names: set[str]) -> list[str]:
    """Arguments of a decision that do more with what a task registered than hand it over."""
    values = [value for value in handed_over(task).values() if isinstance(value, str)]
    return [one for one in values if names & set(re.findall(r"\w+", one)) and not HANDED_OVER.fullmatch(one)]


@pytest.mark.parametrize("name", collected.REGISTERED)
def test_what_is_read_across_hosts_is_registered_by_a_role(name: str) -> None:
    assert name in REGISTERED


def test_every_record_that_roles_register_is_collected() -> None:
    assert {name for name in REGISTERED if name.endswith("_record")} == set(collected.RECORDS)
    makes = {task["register"] for task in role_tasks() if handed_over(task).get("state") == "recorded"}
    assert makes == set(collected.RECORDS)


def test_every_part_of_a_run_has_a_record() -> None:
    parts = {
        handed_over(task).get("part", "turn") for task in role_tasks() if handed_over(task).get("state") == "recorded"
    }
    assert parts == {run.OPEN, run.BUILD, run.STAGE, run.TURN, run.CLOSE}


@pytest.mark.parametrize("path", structure.python_files(), ids=structure.name_of)
def test_nothing_else_reads_a_registered_variable_by_its_name(path: Path) -> None:
    names = {name for name in REGISTERED if (path.name, name) not in OWN}
    assert path == COLLECTED or list(by_name(path.read_text(encoding="utf-8"), names)) == []


@pytest.mark.parametrize("path", structure.task_files(), ids=structure.name_of)
def test_results_are_handed_over_as_they_are(path: Path) -> None:
    for task in structure.all_tasks(structure.load(path)):
        assert expressions(task, REGISTERED) == [], task["name"]


def test_every_result_is_handed_over_under_a_name_that_records_know() -> None:
    given = [task.get("openlibrary.deploy.deploy_turn", {}).get("results", {}) for task in role_tasks()]
    assert {name for results in given for name in results} == NAMES
    handed = {re.findall(r"\w+", value)[0] for results in given for value in results.values()}
    assert handed <= REGISTERED


@pytest.mark.parametrize(
    "source", ["variables.result(host, name)", "hostvars[host]['turn_record']", "of(host, 'turn_record')"]
)
def test_a_variable_that_is_read_by_its_name_is_found(source: str) -> None:
    assert list(by_name(source, {"turn_record"}))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{{ a }}", False),
        ("{{ a | default({}) }}", False),
        ("{{ other.b | first }}", False),
        ("{{ a.b | default({}) }}", True),
        ("{{ a | default({}, true) }}", True),
        ("{{ a if b else {} }}", True),
        ("{{ hostvars['x'].a }}", True),
    ],
)
def test_an_expression_around_a_result_is_found(value: str, found: bool) -> None:
    assert bool(expressions({DECISIONS[0]: {"results": {"x": value}}}, {"a"})) is found
    assert bool(expressions({DECISIONS[2]: {"balancer": value}}, {"a"})) is found
