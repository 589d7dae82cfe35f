# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A site whose hosts nobody can reach, and the playbooks run on it: whatever they say, they knew by themselves."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[3]
WEB = ("web1", "web2")
HOSTS = ("build1", *WEB, "edge1")
SECRET = "of course a secret"  # what must never be shown

SITE: dict[str, Any] = {
    "all": {
        "vars": {
            "ansible_host": "127.0.0.1",
            "ansible_port": 1,
            "ansible_user": "shipper",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_timeout": 1,
            "deploy_root": "/srv/shop",
            "deploy_user": "shipper",
            "deploy_service_user": "shop",
            "deploy_python": "/usr/bin/python3",
            "deploy_supervisor_socket": "/run/supervisor.sock",
            "deploy_project": "shop",
            "deploy_projects": {
                "shop": {"repository": "ssh://git@git1/srv/git/shop.git", "branch": "main"},
                "servers": {"repository": "ssh://git@git1/srv/git/servers.git", "branch": "main"},
            },
            "deploy_balancers": [{"host": "edge1", "socket": "/run/haproxy.sock", "backend": "shop"}],
            "deploy_gates": [
                {
                    "name": "nagios",
                    "module": "openlibrary.deploy.nagios_gate",
                    "options": {
                        "url": "http://nagios.example.org/cgi-bin/",
                        "hostgroup": "shop",
                        "url_password": SECRET,
                    },
                }
            ],
        },
        "children": {
            "home": {"hosts": {"build1": {}}},
            "web": {
                "hosts": {host: {} for host in WEB},
                "vars": {
                    "deploy_services": [
                        {"name": "shop", "project": "shop", "port": 8000, "health_url": "http://127.0.0.1:8000/health"}
                    ]
                },
            },
            "www": {
                "hosts": {"edge1": {}},
                "vars": {
                    "deploy_reloads": [
                        {
                            "name": "nginx",
                            "project": "servers",
                            "unit": "nginx",
                            "test": ["nginx", "-c", "{release}/n.conf"],
                        }
                    ]
                },
            },
            "staging": {"hosts": {"dev1": {}}},
        },
    }
}


@dataclass(frozen=True)
class Said:
    """A playbook's end."""

    rc: int
    output: str

    @property
    def asked(self) -> bool:
        """Whether any host was."""
        return "SSH: EXEC" in self.output or "ESTABLISH SSH" in self.output

    @property
    def failure(self) -> str:
        """The one sentence of a run that was refused."""
        said = [line.partition("FAILED: ")[2] for line in self.output.splitlines() if "FAILED: " in line]
        assert len(set(said)) == 1, self.output
        return said[0]


def changed(change: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
    """The site's inventory, after a change."""
    site = copy.deepcopy(SITE)
    if change:
        change(site["all"])
    return site


def play(directory: Path, playbook: str, *words: str, site: dict[str, Any] | None = None, **variables: Any) -> Said:
    """Runs a playbook of this checkout, or any other by its path, on the site; `variables` are extra ones."""
    inventory = directory / "site.json"
    inventory.write_text(json.dumps(site or SITE))
    path = playbook if "/" in playbook else f"playbooks/{playbook}.yml"
    chosen = () if "-i" in words else ("-i", str(inventory))
    command = [str(Path(sys.executable).parent / "ansible-playbook"), path, *chosen, "-vvv", *words]
    command += ["-e", json.dumps(variables)] if variables else []
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {**kept, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Said(done.returncode, done.stdout + done.stderr)
