"""The specification holds every setting that the product reads, and nothing else is said of them anywhere."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import yaml

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import Reloaded
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import skippable
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.gate_modules import ASKED_NAMES, GATE_MODULES
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.model import Balancer, GateEntry, Project
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.readers import ALL
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.render import documentation, effective
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.request import VARIABLES
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification import (
    BAKE_KEYS,
    BY_NAME,
    RENAMED,
    SECTIONS,
    SETTINGS,
    SKIPPED_BY,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification_gates import GATE_OPTIONS
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification_hosts import (
    BALANCER_OPTIONS,
    PROJECT,
    RELOAD_OPTIONS,
    SERVICE_OPTIONS,
)
from tests import sites
from tests.unit import structure

NAME = re.compile(r"(?<![\w.])deploy_[a-z_]+\b(?!\.)")
NO_VARIABLES = frozenset({"deploy_hosts", "deploy_build", "deploy_turns", "deploy_unwind"})
"""Groups that the preflight makes."""
MODULES = frozenset(path.stem for path in (structure.PLUGINS / "modules").glob("deploy_*.py"))


def used() -> dict[str, str]:
    """Every deploy_* that the product or an inventory uses, and where."""
    folders = (structure.ROLES, structure.PLAYBOOKS, structure.ROOT / "inventories")
    paths = [path for folder in folders for path in sorted(folder.rglob("*.yml"))]
    found = {}
    for path in paths:
        for name in NAME.findall(path.read_text(encoding="utf-8")):
            found[name] = structure.name_of(path)
    return {name: where for name, where in found.items() if name not in NO_VARIABLES | MODULES}


def test_every_variable_that_is_used_is_in_the_specification() -> None:
    names = used()
    assert len(names) > 30
    assert {name: where for name, where in names.items() if name not in BY_NAME and name not in RENAMED} == {}


def test_every_setting_is_said_once_and_whole() -> None:
    assert len(BY_NAME) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.name.startswith("deploy_")
        assert setting.option.description.endswith(".")
        assert setting.section in SECTIONS
        assert setting.readers and setting.readers <= ALL
        assert setting.example is not None or setting.option.secret


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ([setting.name for setting in PROJECT], Project),
        ([option.name for option in SERVICE_OPTIONS], Service),
        ([option.name for option in RELOAD_OPTIONS], Reloaded),
        ([option.name for option in BALANCER_OPTIONS], Balancer),
        ([option.name for option in GATE_OPTIONS], GateEntry),
    ],
)
def test_entries_have_the_fields_of_what_is_made_of_them(options: list[str], model: type) -> None:
    assert sorted(options) == sorted(field.name for field in fields(model))


def test_every_limit_of_the_bake_is_a_setting() -> None:
    assert sorted(BAKE_KEYS.values()) == sorted({field.name for field in fields(Limits)} - {"reference", "first_only"})
    assert BAKE_KEYS["deploy_bake"] == "mode" and BAKE_KEYS["deploy_bake_probe_host"] == "probe_host"


@pytest.mark.parametrize("name", GATE_MODULES)
def test_every_gate_of_this_collection_has_options_that_are_its_own(name: str) -> None:
    module = GATE_MODULES[name]
    assert (structure.PLUGINS / "modules" / f"{name.rpartition('.')[2]}.py").is_file()
    assert ASKED_NAMES.isdisjoint(option.name for option in module.options)
    assert set(module.rules) <= {option.name for option in module.options}
    assert f"The `options` of `{name}`:" in documentation()


def test_what_can_be_skipped_and_asked_for() -> None:
    assert set(VARIABLES) == ALL
    assert set(SKIPPED_BY) <= set(BY_NAME)
    assert set(SKIPPED_BY.values()) - {"<name>"} <= set(skippable("deploy", ()))
    assert {playbook for playbook in ALL if skippable(playbook, ())} == {
        playbook for playbook, names in VARIABLES.items() if "skip" in names
    }


def test_the_documentation_is_made_from_it() -> None:
    path = structure.ROOT / "docs" / "variables.md"
    assert path.read_text(encoding="utf-8") == documentation(), "run tests/tools/variables.py"


def test_the_documentation_has_every_setting_and_every_key() -> None:
    text = documentation()
    assert [setting.name for setting in SETTINGS if f"| `{setting.name}` |" not in text] == []
    assert "V(" not in text and "O(" not in text
    assert "| `health_url` | Address that must answer 200 once it runs. | text |  |" in text


def test_the_effective_settings_of_a_host() -> None:
    gate = {**sites.NAGIOS, "options": {**sites.NAGIOS["options"], "url_password": "s3cret"}}
    checked = sites.check("config", everywhere={"deploy_gates": [gate], "deploy_stop_timeout": "90"})
    shown = effective(checked, sites.BLUE)
    assert list(shown) == ["groups", *BY_NAME]
    assert yaml.safe_load(yaml.safe_dump(shown)) == shown
    assert (shown["groups"], shown["deploy_stop_timeout"], shown["deploy_start_timeout"]) == (["web"], 90, 60)
    assert shown["deploy_gates"] == [
        {
            "name": "nagios",
            "module": "openlibrary.deploy.nagios_gate",
            "when": ["turn"],
            "unknown": "stop",
            "timeout": 600,
            "via": sites.MONITOR,
            "become": False,
            "host": sites.BLUE,
            "options": ["url", "hostgroup", "url_password"],
        }
    ]
    assert shown["deploy_services"] == [sites.SHOP]
    assert shown["deploy_projects"]["conf"] == {"repository": "ssh://git@code/conf.git", "branch": "main"}
