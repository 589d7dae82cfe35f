"""One name for one thing: a class name means one class in the whole product, and hashes are cut by one function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.unit import structure

ROLES = {"ActionModule", "ModuleDocFragment", "FilterModule", "LookupModule", "CallbackModule"}
"""Ansible finds a plugin by this name in each file."""

CUT = re.compile(r"\[:(7|8|12)\]")


def twice(files: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Class names of several meanings, with the files that define them."""
    found: dict[str, list[str]] = {}
    for name, source in files:
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name not in ROLES:
                found.setdefault(node.name, []).append(name)
    return {name: where for name, where in found.items() if len(where) > 1}


def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_class_name_means_one_class() -> None:
    found = twice((structure.name_of(path), source_of(path)) for path in structure.python_files())
    assert found == {}


def test_a_second_class_of_a_name_is_found() -> None:
    assert twice([("a", "class Gate: pass"), ("b", "class Gate: pass\nclass ActionModule: pass")]) == {
        "Gate": ["a", "b"]
    }
    assert twice([("a", "class ActionModule: pass"), ("b", "class ActionModule: pass")]) == {}


def test_hashes_are_cut_by_one_function() -> None:
    """``short`` in _model/release/release.py; the launcher, which is a file of its own, cuts to as many digits."""
    templates = structure.ROLES.rglob("*.j2")
    faults = [
        structure.name_of(path) for path in (*structure.python_files(), *templates) if CUT.search(source_of(path))
    ]
    assert faults == []


def worked_by(source: str) -> set[str]:
    """The files of _system that a module imports from."""
    return set(re.findall(r"_system(?:\.| import )(\w+)", source))


def test_a_module_s_work_lies_in_a_file_of_its_name() -> None:
    for path in (structure.PLUGINS / "modules").glob("*.py"):
        used = worked_by(source_of(path))
        assert not used or path.stem in used, f"{path.name} leaves its work to {', '.join(sorted(used))}"


def test_each_test_lies_where_what_it_tests_lies() -> None:
    """tests/unit/plugins mirrors plugins/: test_<name>.py, or test_<name>_<part>.py, beside a <name>.py there."""
    strangers = [
        structure.name_of(path)
        for path in (structure.ROOT / "tests/unit/plugins").rglob("test_*.py")
        if not mirrored(path)
    ]
    assert strangers == []


TOGETHER = {
    "plugin_utils/run/test_properties.py": "random runs through plan, ledger, settle and verdict",
    "module_utils/_model/gate/test_gate_options.py": "the options of the gates that ask by HTTP",
    "action/test_haproxy.py": "the two balancer steps say when they give up",
    "action/test_in_a_playbook.py": "action plugins as Ansible runs them",
}
"""Tests of several files together."""


def mirrored(path: Path) -> bool:
    """Whether the plugin is there that a test file is named after."""
    relative = path.relative_to(structure.ROOT / "tests/unit/plugins")
    if relative.as_posix() in TOGETHER:
        return True
    words = path.stem.removeprefix("test_").split("_")
    folder = structure.PLUGINS / relative.parent
    return any((folder / f"{'_'.join(words[:count])}.py").is_file() for count in range(len(words), 0, -1))
