"""Holds modules and action plugins to what their callers rely on: wrapped, grouped, documented."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.options import BALANCER
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import TICKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option, argument_spec
from tests import controller, ledgers
from tests.unit import structure

CONTROLLER_ONLY = {
    f"deploy_{decision}" for decision in ("pause", "plan", "settle", "site", "status", "tag", "turn", "verdict")
}
"""Modules without code of their own: their action plugins decide on the controller."""

SUPPORT = {"full", "partial", "none", "N/A"}
MODULES = sorted(path for path in (structure.PLUGINS / "modules").glob("*.py") if path.name != "__init__.py")
ACTIONS = sorted(path for path in (structure.PLUGINS / "action").glob("*.py") if path.name != "__init__.py")


def documentation(source: str, name: str = "DOCUMENTATION") -> Any:
    """A plugin's documentation as data, read without running the plugin."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return yaml.safe_load(ast.literal_eval(node.value))
    return None


def inherited_attributes(told: dict[str, Any]) -> dict[str, Any]:
    """What the collection's own documentation fragments say of check mode and diff."""
    attributes: dict[str, Any] = {}
    for fragment in told.get("extends_documentation_fragment") or []:
        file, _, part = fragment.removeprefix("openlibrary.deploy.").partition(".")
        module = import_module(f"ansible_collections.openlibrary.deploy.plugins.doc_fragments.{file}")
        said = yaml.safe_load(getattr(module.ModuleDocFragment, part.upper() or "DOCUMENTATION"))
        attributes.update(said.get("attributes") or {})
    return attributes


def documentation_faults(source: str, name: str) -> list[str]:
    """What a module's documentation lacks."""
    told = documentation(source)
    if not isinstance(told, dict):
        return ["no DOCUMENTATION"]
    faults = [] if told.get("module") == name else [f"documents {told.get('module')!r}"]
    attributes = {**inherited_attributes(told), **(told.get("attributes") or {})}
    for attribute in ("check_mode", "diff_mode"):
        stated = attributes.get(attribute) or {}
        if stated.get("support") not in SUPPORT:
            faults.append(f"attributes: {attribute} states no support")
    faults += [f"no {part}" for part in ("EXAMPLES", "RETURN") if not documentation(source, part)]
    return faults


def wrapping_faults(modules: set[str], actions: set[str], group: set[str]) -> list[str]:
    """Modules that no action plugin guards, action plugins without a module to document them, and gaps in the group."""
    faults = [f"{name}: no action plugin, so a lost connection would end its host's run" for name in modules - actions]
    faults += [f"{name}: an action plugin without a documented module" for name in actions - modules]
    faults += [f"{name}: not in the action group" for name in modules - group]
    faults += [f"{name}: in the action group, but there is no such module" for name in group - modules]
    return sorted(faults)


def test_every_module_is_wrapped_and_in_the_action_group() -> None:
    runtime = structure.load(structure.ROOT / "meta" / "runtime.yml")
    group = set(runtime["action_groups"]["deploy"])
    assert wrapping_faults({path.stem for path in MODULES}, {path.stem for path in ACTIONS}, group) == []


def test_what_decides_on_the_controller_has_no_code_for_targets() -> None:
    for path in MODULES:
        if path.stem in CONTROLLER_ONLY:
            functions = [
                node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)
            ]
            assert functions == [], path


def checked_by(options: dict[str, Any]) -> dict[str, Any]:
    """The argument specification that documented options amount to."""
    spec = {}
    for name, told in options.items():
        spec[name] = {key: value for key, value in told.items() if key not in ("description", "suboptions")}
        if "suboptions" in told:
            spec[name]["options"] = checked_by(told["suboptions"])
    return spec


@pytest.mark.parametrize("name", sorted(CONTROLLER_ONLY))
def test_what_decides_on_the_controller_takes_what_is_documented(name: str) -> None:
    told = documentation((structure.PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    action = import_module(f"ansible_collections.openlibrary.deploy.plugins.action.{name}").ActionModule
    assert checked_by(told["options"]) == action.argument_spec


NOT_READ = {"msg", "outcome", "phase", "blocked", "pauses", "quiet", "failed", "_ansible_verbose_always"}
PLAN = controller.plan()[0]
RECORDS = ledgers.good(PLAN)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("deploy_site", controller.site()),
        ("deploy_plan", PLAN),
        ("deploy_settle", ledgers.settle(PLAN, RECORDS)[0]),
        ("deploy_verdict", ledgers.verdict(PLAN, RECORDS)[0]),
    ],
)
def test_what_later_steps_read_is_documented(name: str, made: dict[str, Any]) -> None:
    returned = documentation((structure.PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8"), "RETURN")
    assert set(returned) == set(made) - NOT_READ


@pytest.mark.parametrize("path", MODULES, ids=structure.name_of)
def test_module_is_documented(path: Path) -> None:
    assert documentation_faults(path.read_text(encoding="utf-8"), path.stem) == []


TAKES = {
    "bake": {"haproxy_bake", "haproxy_server"},
    "balancer": {"haproxy_bake", "haproxy_server"},
    "nagios": {"nagios_gate"},
    "ticket": {
        "deploy_run", "haproxy_server", "release_adopt", "release_environment", "release_install", "release_symlink",
        "service_reload", "supervisor_service",
    },
}  # fmt: skip
"""The modules that take each of the dictionaries."""


@pytest.mark.parametrize("option", [BAKE, BALANCER, NAGIOS, TICKET], ids=lambda option: option.name)
def test_a_dictionary_is_the_same_wherever_it_is_taken(option: Option) -> None:
    takers = set()
    for path in MODULES:
        place = "action" if path.stem in CONTROLLER_ONLY else "modules"
        plugin = import_module(f"ansible_collections.openlibrary.deploy.plugins.{place}.{path.stem}")
        spec = plugin.ActionModule.argument_spec if place == "action" else plugin.ARGUMENT_SPEC
        taken = spec.get(option.name)
        if isinstance(taken, dict) and "options" in taken:
            takers.add(path.stem)
            assert taken["options"] == argument_spec(option.suboptions), path
    assert takers == TAKES[option.name]


GOOD_MODULE = """
DOCUMENTATION = '{module: m, attributes: {check_mode: {support: full}, diff_mode: {support: none}}}'
EXAMPLES = '[{name: a}]'
RETURN = '{msg: {type: str}}'
"""


def test_a_documented_module_passes() -> None:
    assert documentation_faults(GOOD_MODULE, "m") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DOCUMENTATION", "TEXT"),
        ("module: m", "module: n"),
        ("check_mode: {support: full}, ", ""),
        ("support: none", "support: perhaps"),
        ("EXAMPLES", "SAMPLES"),
        ("'{msg: {type: str}}'", "''"),
    ],
)
def test_a_gap_in_the_documentation_is_found(old: str, new: str) -> None:
    assert documentation_faults(GOOD_MODULE.replace(old, new), "m")


@pytest.mark.parametrize(
    ("modules", "actions", "group"),
    [({"a"}, set(), {"a"}), (set(), {"a"}, set()), ({"a"}, {"a"}, set()), (set(), set(), {"a"})],
)
def test_a_gap_between_modules_actions_and_group_is_found(
    modules: set[str], actions: set[str], group: set[str]
) -> None:
    assert wrapping_faults(modules, actions, group)
    assert wrapping_faults({"a"}, {"a"}, {"a"}) == []
