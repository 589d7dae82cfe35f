"""Holds YAML to passing values on: what decides is Python, which has tests.

A task may ask a boolean of ours, or what became of another task.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from tests.unit import structure

CONDITIONS = ("when", "changed_when", "failed_when", "until")
CHOOSING = frozenset(
    "count first last length max min random regex_search reject rejectattr select selectattr ternary".split()
)
"""Filters that choose, or whose value is there to be compared."""
OUTCOMES = frozenset({"changed", "failed", "skipped", "success", "succeeded"})
LOGIC: dict[type[nodes.Node], str] = {
    nodes.And: "and",
    nodes.Or: "or",
    nodes.Not: "not",
    nodes.Compare: "a comparison",
    nodes.CondExpr: "if ... else",
}


def decisions(document: Any) -> list[str]:
    """What templates and conditions decide, anywhere in a YAML document."""
    found: list[str] = []
    for key, text in _texts(document):
        condition = key in CONDITIONS and "{{" not in text
        parsed = jinja2.Environment(autoescape=True).parse("{{ " + text + " }}" if condition else text)
        if not (condition and _asks_simply(parsed)):
            found += [f"{text}: {what}" for what in sorted(_decided(parsed))]
    return found


def _texts(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text, and the key that it stands under."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, key)


def _asks_simply(parsed: nodes.Template) -> bool:
    """Whether a condition is one name, or not that name, or outcomes of tasks."""
    asked = parsed.body[0].nodes[0]  # type: ignore[attr-defined]
    if isinstance(asked, nodes.Not):
        asked = asked.node
    while isinstance(asked, nodes.Or) and _is_outcome(asked.right):
        asked = asked.left
    return _is_outcome(asked) or not _decided(asked)


def _is_outcome(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Test) and node.name in OUTCOMES


def _decided(parsed: nodes.Node) -> set[str]:
    """The decisions in a template."""
    found = {what for kind, what in LOGIC.items() if isinstance(parsed, kind) or any(parsed.find_all(kind))}
    tests = [*([parsed] if isinstance(parsed, nodes.Test) else []), *parsed.find_all(nodes.Test)]
    found |= {f"is {test.name}" for test in tests}
    for used in parsed.find_all(nodes.Filter):
        if used.name in CHOOSING:
            found.add(str(used.name))
        if used.name in ("default", "d") and len(used.args) > 1:
            found.add("a default for what is empty")
    return found


def files() -> list[Path]:
    """Every YAML file that hands values on."""
    inner = [path for role in structure.roles() for name in ("defaults", "vars") for path in role.glob(f"{name}/*.yml")]
    return sorted({*structure.task_files(), *inner})


@pytest.mark.parametrize("path", files(), ids=structure.name_of)
def test_yaml_decides_nothing(path: Path) -> None:
    assert decisions(structure.load(path)) == []


@pytest.mark.parametrize(
    "task",
    [
        {"when": "a | length > 0"},
        {"when": "a == 'b'"},
        {"when": ["a", "b and not c"]},
        {"when": "a is defined"},
        {"when": "a | selectattr('b') | list"},
        {"loop": "{{ a | rejectattr('rc', 'eq', 0) }}"},
        {"loop": "{{ a + (b if c else []) }}"},
        {"delegate_to": "{{ hosts | first }}"},
        {"delegate_to": "{{ a.host | default(inventory_hostname, true) }}"},
        {"ping": {"data": "{{ omit if a else b }}"}},
        {"ping": {"data": "{{ a | ternary('b', 'c') }}"}},
        {"vars": {"a": "{{ lookup('b') or c }}"}},
        {"vars": {"a": "{{ b in c }}"}},
    ],
)
def test_a_decision_is_found(task: dict[str, Any]) -> None:
    assert decisions([{"name": "a", "hosts": "all", "tasks": [task]}])


@pytest.mark.parametrize(
    "task",
    [
        {"when": "a.b"},
        {"when": "not a.b"},
        {"when": ["a is changed", "not b"]},
        {"changed_when": "a is changed or a is failed"},
        {"failed_when": False},
        {"ping": {"data": "{{ a.b | default({}) }}"}},
        {"loop": "{{ a + b }}"},
        {"vars": {"a": "{{ b[c].d | mandatory('said if it is not there') }}"}},
    ],
)
def test_passing_a_value_on_is_no_decision(task: dict[str, Any]) -> None:
    assert decisions([task]) == []
