"""Holds the example of a site, and what README.md tells of it, to what they are for: being copied and typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.checks import public_keys
from tests import readme
from tests.unit import structure

EXAMPLE = structure.ROOT / "inventories" / "example"
FILES = sorted(EXAMPLE.rglob("*.yml"))
OURS = re.compile(r"open.?library|\bol-|olsystem|infogami|archive\.org|nagios", re.IGNORECASE)


@pytest.mark.parametrize("path", FILES, ids=structure.name_of)
def test_nothing_in_it_is_open_librarys(path: Path) -> None:
    assert OURS.findall(path.read_text(encoding="utf-8")) == []


def test_it_has_three_web_nodes_with_two_services_each_on_ports_of_their_own() -> None:
    groups = structure.load(EXAMPLE / "hosts.yml")["all"]["children"]
    assert {name: len(group["hosts"]) for name, group in groups.items()} == {"home": 1, "web": 3, "www": 1}
    services = structure.load(EXAMPLE / "group_vars" / "web.yml")["deploy_services"]
    assert len({service["port"] for service in services}) == len(services) == 2


def test_whoever_copies_it_has_to_put_in_a_key() -> None:
    with pytest.raises(InputError, match="not a public key"):
        public_keys(structure.load(EXAMPLE / "group_vars" / "all.yml")["deploy_authorized_keys"])


def test_readme_names_playbooks_that_there_are() -> None:
    commands = readme.commands("Use it for a site")
    named = [name for command in commands for name in re.findall(r"openlibrary\.deploy\.(\w+)", command)]
    assert {"prepare", "deploy", "rollback"} <= set(named) <= {path.stem for path in structure.playbooks()}
