# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose login prepare.yml uses: -u before the inventory, which is the other way round everywhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[4]
INVENTORY = """
prepared ansible_host=127.0.0.1 ansible_port=1 ansible_user='{{ deploy_user }}' deploy_user=shipper
plain ansible_host=127.0.0.1 ansible_port=1
[all:vars]
ansible_ssh_common_args=-F none -o BatchMode=yes
"""
PREPARE = yaml.safe_load((CHECKOUT / "playbooks/prepare.yml").read_text())
TASK = {"name": "Try", "ansible.builtin.ping": {}}


def logins(folder: Path, *words: str) -> set[str]:
    """As whom ssh logs in to the hosts, in a play with the variables of prepare.yml; None where ssh is to choose."""
    variables = next(play["vars"] for play in PREPARE if "ansible_user" in play.get("vars", {}))
    (folder / "hosts").write_text(INVENTORY)
    play = {"name": "Log in", "hosts": "all", "gather_facts": False, "vars": variables, "tasks": [TASK]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-vvv", "-i", "hosts", "play.yml", *words],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible/collections"),
            "ANSIBLE_HOME": str(folder / "home"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 4, done.stdout + done.stderr
    return {line.rpartition(" ")[2] for line in done.stdout.splitlines() if "SSH CONNECTION FOR USER" in line}


@pytest.mark.parametrize(
    ("words", "users"),
    [
        ((), {"shipper", "None"}),
        (("-u", "root"), {"root"}),
        (("-u", "root", "-e", "ansible_user=other"), {"other"}),
    ],
)
def test_who_logs_in(tmp_path: Path, words: tuple[str, ...], users: set[str]) -> None:
    assert logins(tmp_path, *words) == users
