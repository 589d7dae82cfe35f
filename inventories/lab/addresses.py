#!/usr/bin/env python3
"""How the lab's hosts are reached, from the address book: an inventory script, run once for each playbook.

Templates in the inventory would say the same, and Ansible would resolve them for every task of every host.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.book import HOSTS, PLACES

SSH_OPTIONS = (
    f"UserKnownHostsFile={PLACES.known_hosts}",
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    f"IdentityAgent={PLACES.agent_socket}",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
)


def words(*options: str) -> str:
    """ssh's options as the words of a command line."""
    return shlex.join(word for option in options for word in ("-o", option))


def inventory() -> dict[str, Any]:
    """The variables, in the form of Ansible's inventory scripts."""
    return {
        "_meta": {"hostvars": {host.name: {"ansible_port": host.ssh_port} for host in HOSTS}},
        "all": {
            "hosts": [host.name for host in HOSTS],
            "vars": {
                "ansible_host": "127.0.0.1",
                "ansible_control_path_dir": str(PLACES.runtime / "cp"),
                "ansible_ssh_common_args": words(*SSH_OPTIONS),
                "lab_ssh_args": words(*SSH_OPTIONS),
            },
        },
        # It reaches the git server with the operator's own key, through the forwarded agent.
        "home": {"vars": {"ansible_ssh_common_args": words(*SSH_OPTIONS, f"ForwardAgent={PLACES.agent_socket}")}},
    }


if __name__ == "__main__":
    json.dump(inventory(), sys.stdout)
