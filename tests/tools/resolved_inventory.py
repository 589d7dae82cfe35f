"""Writes an inventory with every template in it resolved: resolved_inventory.py INVENTORY DESTINATION.

testinfra opens its own ssh connections, in a fiftieth of the time of its detour through ansible, from what
ansible-inventory prints; and that leaves templates as they are. Its connections are shared as Ansible's are.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

GIVEN_BY_ANSIBLE = frozenset(
    "ansible_config_file ansible_facts ansible_playbook_python ansible_version group_names groups inventory_dir "
    "inventory_file inventory_hostname inventory_hostname_short playbook_dir".split()
)


def resolve(source: str) -> dict[str, Any]:
    """The inventory as one document in the form of Ansible's YAML inventories, groups made flat."""
    init_plugin_loader([])  # templates have lookups
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[source])
    manager = VariableManager(loader=loader, inventory=inventory)
    hosts = {host.name: _variables(host, loader, manager) for host in inventory.get_hosts()}
    groups = {group: {"hosts": {name: {} for name in names}} for group, names in inventory.get_groups_dict().items()}
    groups.pop("all", None)
    return {"all": {"hosts": hosts, "children": groups}}


def _variables(host: Any, loader: DataLoader, manager: VariableManager) -> dict[str, Any]:
    variables = manager.get_vars(host=host)
    templar = Templar(loader=loader, variables=variables)
    own = {name: templar.template(value) for name, value in variables.items() if name not in GIVEN_BY_ANSIBLE}
    if "ansible_control_path_dir" in own:
        os.makedirs(own["ansible_control_path_dir"], mode=0o700, exist_ok=True)
        own["ansible_ssh_extra_args"] = f"-o ControlPath={own['ansible_control_path_dir']}/%C"
    return own


if __name__ == "__main__":
    destination = sys.argv[2]
    os.makedirs(os.path.dirname(destination), exist_ok=True)
    with open(destination, "w", encoding="utf-8") as stream:
        json.dump(resolve(sys.argv[1]), stream, indent=2)
