"""Holds each role's interface together: defaults, argument specification and README say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit import structure

FILES = ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml")
ENTRY_KEYS = {"short_description", "description", "options"}


def interface_faults(defaults: dict[str, Any], spec: dict[str, Any], readme: str) -> list[str]:
    """Where a role's three descriptions of its variables differ.

    A required variable has no default; any other one has, with the value that the specification states, which is left
    out of the specification only where the default is a template.
    """
    options: dict[str, Any] = spec.get("options") or {}
    optional = {name for name, option in options.items() if not option.get("required")}
    faults = [f"{name}: has a default but no specification" for name in sorted(defaults.keys() - options.keys())]
    faults += [f"{name}: is required and has a default" for name in sorted(defaults.keys() & options.keys() - optional)]
    faults += [f"{name}: is optional and has no default" for name in sorted(optional - defaults.keys())]
    faults += [f"{name}: is not in README.md" for name in options if f"`{name}`" not in readme]
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

    def test_defaults_specification_and_readme_agree(self, role: Path) -> None:
        specs = _read(role, "meta/argument_specs.yml")["argument_specs"]
        options = {name: option for entry in specs.values() for name, option in entry["options"].items()}
        readme = (role / "README.md").read_text(encoding="utf-8")
        assert interface_faults(_read(role, "defaults/main.yml"), {"options": options}, readme) == []

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
GOOD_README = "`a`, `b`, `c` and `e`"


def test_an_interface_that_agrees_passes() -> None:
    assert interface_faults(GOOD_DEFAULTS, GOOD_SPEC, GOOD_README) == []


@pytest.mark.parametrize(
    ("defaults", "options", "readme"),
    [
        pytest.param({**GOOD_DEFAULTS, "d": 1}, {}, GOOD_README, id="a default without a specification"),
        pytest.param({**GOOD_DEFAULTS, "e": {"f": 1}}, {}, GOOD_README, id="a dictionary whose value is not stated"),
        pytest.param({"b": "{{ site_b }}"}, {}, GOOD_README, id="a specification without a default"),
        pytest.param({**GOOD_DEFAULTS, "c": ""}, {}, GOOD_README, id="a default for a required variable"),
        pytest.param({**GOOD_DEFAULTS, "a": 2}, {}, GOOD_README, id="another value"),
        pytest.param({**GOOD_DEFAULTS, "a": True}, {}, GOOD_README, id="another type"),
        pytest.param(GOOD_DEFAULTS, {"a": {"type": "int", "description": "A."}}, GOOD_README, id="no value stated"),
        pytest.param(GOOD_DEFAULTS, {"b": {"type": "str"}}, GOOD_README, id="no description"),
        pytest.param(GOOD_DEFAULTS, {}, "`a` and `b`", id="not in the README"),
    ],
)
def test_an_interface_that_differs_is_found(defaults: dict[str, Any], options: dict[str, Any], readme: str) -> None:
    assert interface_faults(defaults, {"options": {**GOOD_SPEC["options"], **options}}, readme)
