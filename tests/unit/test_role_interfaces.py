"""Holds each role's interface together: defaults and specification agree, what is made from them is up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools import roles as tool
from tests.unit import structure

FILES = ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml")
ENTRY_KEYS = {"short_description", "description", "options"}


def interface_faults(defaults: dict[str, Any], spec: dict[str, Any]) -> list[str]:
    """Where the values of a role's variables and their specification differ.

    A required variable has no default; any other one has, with the value that the specification states, which is left
    out of the specification only where the default is a template.
    """
    options: dict[str, Any] = spec.get("options") or {}
    optional = {name for name, option in options.items() if not option.get("required")}
    faults = [f"{name}: has a default but no specification" for name in sorted(defaults.keys() - options.keys())]
    faults += [f"{name}: is required and has a default" for name in sorted(defaults.keys() & options.keys() - optional)]
    faults += [f"{name}: is optional and has no default" for name in sorted(optional - defaults.keys())]
    faults += [f"{name}: has no description" for name, option in options.items() if not option.get("description")]
    faults += [
        f"{name}: the default is {defaults[name]!r}, the specification says {options[name].get('default')!r}"
        for name in sorted(optional & defaults.keys())
        if not _is_template(defaults[name]) and not _same(options[name].get("default"), defaults[name])
    ]
    return faults


def _is_template(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_template, value.values()))
    return isinstance(value, str) and "{{" in value


def _same(stated: Any, actual: Any) -> bool:
    return type(stated) is type(actual) and stated == actual


def _read(role: Path, name: str) -> Any:
    return structure.load(role / name) or {}


@pytest.mark.parametrize("role", structure.roles(), ids=structure.name_of)
class TestRole:
    def test_is_complete(self, role: Path) -> None:
        assert [name for name in FILES if not (role / name).is_file()] == []

    def test_describes_its_entry_points(self, role: Path) -> None:
        specs = _read(role, "meta/argument_specs.yml")["argument_specs"]
        assert all(entry.keys() >= ENTRY_KEYS for entry in specs.values()) and "main" in specs

    def test_defaults_and_specification_agree(self, role: Path) -> None:
        assert interface_faults(_read(role, "defaults/main.yml"), {"options": tool.specified(role)}) == []

    def test_what_is_made_from_them_is_up_to_date(self, role: Path) -> None:
        made = "run tests/tools/roles.py"
        assert (role / "README.md").read_text(encoding="utf-8") == tool.readme(role), made
        assert (role / "defaults/main.yml").read_text(encoding="utf-8") == tool.defaults_file(role), made

    def test_has_few_named_steps(self, role: Path) -> None:
        for path in sorted((role / "tasks").glob("*.yml")):
            tasks = structure.all_tasks(structure.load(path))
            assert all(task.get("name") for task in tasks), path
            assert len(tasks) <= 12, path


IMPORTS = ("ansible.builtin.import_role", "ansible.builtin.include_role")


def validated_again(tasks: Any) -> list[str]:
    """Tasks through which a role runs another one that would check its arguments in the middle of a run."""
    return [
        str(task.get("name"))
        for task in structure.all_tasks(tasks)
        for key in IMPORTS
        if key in task and task[key].get("rolespec_validate") is not False
    ]


@pytest.mark.parametrize("role", structure.roles(), ids=structure.name_of)
def test_inner_roles_validate_nothing_again(role: Path) -> None:
    for path in sorted((role / "tasks").glob("*.yml")):
        assert validated_again(structure.load(path)) == [], path


def test_a_role_that_would_be_validated_again_is_found() -> None:
    task = {"name": "a", "ansible.builtin.import_role": {"name": "b"}}
    assert validated_again([{"name": "all", "block": [task]}]) == ["a"]
    quiet = {"name": "a", "ansible.builtin.import_role": {"name": "b", "rolespec_validate": False}}
    assert validated_again([quiet]) == []


GOOD_DEFAULTS = {"a": 1, "b": "{{ site_b }}", "e": {"f": "{{ site_f }}"}}
GOOD_SPEC = {
    "options": {
        "a": {"type": "int", "default": 1, "description": "A."},
        "b": {"type": "str", "description": "B."},
        "c": {"type": "str", "required": True, "description": "C."},
        "e": {"type": "dict", "description": "E."},
    }
}


def test_an_interface_that_agrees_passes() -> None:
    assert interface_faults(GOOD_DEFAULTS, GOOD_SPEC) == []


@pytest.mark.parametrize(
    ("defaults", "options"),
    [
        pytest.param({**GOOD_DEFAULTS, "d": 1}, {}, id="a default without a specification"),
        pytest.param({**GOOD_DEFAULTS, "e": {"f": 1}}, {}, id="a dictionary whose value is not stated"),
        pytest.param({"b": "{{ site_b }}"}, {}, id="a specification without a default"),
        pytest.param({**GOOD_DEFAULTS, "c": ""}, {}, id="a default for a required variable"),
        pytest.param({**GOOD_DEFAULTS, "a": 2}, {}, id="another value"),
        pytest.param({**GOOD_DEFAULTS, "a": True}, {}, id="another type"),
        pytest.param(GOOD_DEFAULTS, {"a": {"type": "int", "description": "A."}}, id="no value stated"),
        pytest.param(GOOD_DEFAULTS, {"b": {"type": "str"}}, id="no description"),
    ],
)
def test_an_interface_that_differs_is_found(defaults: dict[str, Any], options: dict[str, Any]) -> None:
    assert interface_faults(defaults, {"options": {**GOOD_SPEC["options"], **options}})
