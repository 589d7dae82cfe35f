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
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option, argument_spec
from tests import controller, ledgers
from tests.unit import structure

MODULES = sorted(path for path in (structure.PLUGINS / "modules").glob("*.py") if path.name != "__init__.py")
ACTIONS = sorted(path for path in (structure.PLUGINS / "action").glob("*.py") if path.name != "__init__.py")
CONTROLLER_ONLY = {path.stem for path in ACTIONS if "    argument_spec = {" in path.read_text(encoding="utf-8")}
"""Modules without code of their own: their action plugins decide on the controller."""

SUPPORT = {"full", "partial", "none", "N/A"}


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


def is_gate(source: str) -> bool:
    """Whether a module keeps the contract of a gate: deploy_gate runs it, and takes a lost host for no answer."""
    told = documentation(source) or {}
    return "openlibrary.deploy.gate" in (told.get("extends_documentation_fragment") or [])


def wrapping_faults(modules: set[str], actions: set[str], routed: dict[str, str]) -> list[str]:
    """Modules that no action plugin guards, action plugins without a module to document them, and routes to nowhere."""
    faults = [f"{name}: a lost connection would end its host's run" for name in modules - actions - routed.keys()]
    faults += [f"{name}: an action plugin without a documented module" for name in actions - modules]
    faults += [f"{name}: routed, but it has an action plugin or is no module" for name in routed.keys() & actions]
    faults += [f"{name}: routed, but there is no such module" for name in routed.keys() - modules]
    faults += [f"{to}: modules are routed to it, but it does not exist" for to in set(routed.values()) - actions]
    return sorted(faults)


def test_a_lost_connection_to_any_module_is_a_failure_like_any_other() -> None:
    routing = structure.load(structure.ROOT / "meta" / "runtime.yml")["plugin_routing"]["modules"]
    routed = {name: route["action_plugin"].removeprefix("openlibrary.deploy.") for name, route in routing.items()}
    actions = {path.stem for path in ACTIONS}
    gates = {path.stem for path in MODULES if is_gate(path.read_text(encoding="utf-8"))} - actions
    assert wrapping_faults({path.stem for path in MODULES} - gates, actions, routed) == []


def group_faults(groups: dict[str, list[str]], options: dict[str, set[str]]) -> list[str]:
    """Action groups that promise nothing: module_defaults of a group need an option that each of its members takes."""
    return [
        f"{group}: its modules have no option in common"
        for group, members in groups.items()
        if not set.intersection(*(options.get(name, set()) for name in members))
    ]


def test_an_action_group_promises_nothing_that_its_modules_refuse() -> None:
    """There is none today, as no option is common to all modules: whoever makes one says for which options."""
    groups = structure.load(structure.ROOT / "meta" / "runtime.yml").get("action_groups", {})
    told = {path.stem: documentation(path.read_text(encoding="utf-8")) for path in MODULES}
    assert group_faults(groups, {name: set(each.get("options") or {}) for name, each in told.items()}) == []


def test_a_group_without_a_common_option_is_found() -> None:
    options = {"a": {"root", "who"}, "b": {"root"}, "c": {"who"}}
    assert group_faults({"good": ["a", "b"]}, options) == []
    assert group_faults({"bad": ["a", "b", "c"], "strange": ["d"]}, options) == [
        "bad: its modules have no option in common",
        "strange: its modules have no option in common",
    ]


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
    "ticket": {
        "deploy_run", "haproxy_server", "release_adopt", "release_environment", "release_install", "release_symlink",
        "service_reload", "supervisor_service",
    },
}  # fmt: skip
"""The modules that take each of the dictionaries."""


@pytest.mark.parametrize("option", [BAKE, BALANCER, TICKET], ids=lambda option: option.name)
def test_a_dictionary_is_the_same_wherever_it_is_taken(option: Option) -> None:
    takers = set()
    for path in MODULES:
        place = "action" if path.stem in CONTROLLER_ONLY else "modules"
        plugin = import_module(f"ansible_collections.openlibrary.deploy.plugins.{place}.{path.stem}")
        spec = plugin.ActionModule.argument_spec if place == "action" else getattr(plugin, "ARGUMENT_SPEC", {})
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
    ("modules", "actions", "routed"),
    [
        ({"a"}, set(), {}),
        (set(), {"a"}, {}),
        ({"a"}, {"a"}, {"a": "a"}),
        ({"a"}, {"a"}, {"b": "a"}),
        ({"a"}, set(), {"a": "b"}),
    ],
)
def test_a_gap_between_modules_actions_and_routes_is_found(
    modules: set[str], actions: set[str], routed: dict[str, str]
) -> None:
    assert wrapping_faults(modules, actions, routed)
    assert wrapping_faults({"a", "b"}, {"a"}, {"b": "a"}) == []
