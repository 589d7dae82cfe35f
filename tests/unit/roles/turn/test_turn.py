# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role as Ansible runs it, for a site without a balancer: what is left out must not be asked for its settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import TURN, Failure, Record, Ticket

CHECKOUT = Path(__file__).resolve().parents[4]
PLANNED = {
    "reload": False,
    "reweigh": False,
    "to": "b" * 40,
    "part": "web",
    "switch": True,
    "current": "a" * 40,
    "balanced": False,
    "watched": True,
}
PLAN = {
    "run": "r1",
    "turns": ["green", "blue"],
    "waves": [["green"], ["blue"]],
    "served": False,
    "action": "deploy",
    "balancer": "",
    "project": "shop",
    "service_project": "shop",
    "restart_always": False,
    "web": ["blue", "green"],
    "hosts": {"blue": PLANNED, "green": PLANNED},
    "pause_after": "",
    "gates": {"announces": ["watch"], "judges": ["watch"], "baselines": {}},
    "skips": [],
    "bake": "judge",
    "urgent": "",
    "server_names": {"blue": "blue", "green": "green"},
    "tickets": {"blue": {"root": "/opt/shop", "project": "shop"}},
}
HOST = {
    "root": "/opt/shop",
    "services": [],
    "reloads": [],
    "balancers": [],
    "balancer": {"host": "localhost"},
    "bake": {"seconds": 7.0},
    "ramp": [10, 100],
    "ramp_hold": 5.0,
    "drain_cutoff": 20.0,
    "warm": [],
    "gates": {"watch": {"host": "blue", "via": "localhost", "become": False}},
}
SITE = {
    "playbook": "deploy",
    "has_balancer": False,
    "balancer": {"host": "localhost", "socket": [], "backend": ""},
    "hosts": {"blue": HOST},
}


@pytest.fixture(scope="module", name="registered")
def _registered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What blue registered in a turn that does not begin, because green had failed."""
    place = tmp_path_factory.mktemp("site")
    failed = Record(Ticket("r1", "green"), TURN, failure=Failure("Switch", "no")).as_dict()
    hosts = {"blue": {"ansible_connection": "local"}, "green": {"turn_record": {"records": [failed]}}}
    settings = {"preflight_plan": PLAN, "site_checked": SITE}
    keep = {"content": "{{ hostvars['blue'] | to_json }}", "dest": f"{place}/registered.json", "mode": "0600"}
    asked = {"name": "openlibrary.deploy.balancer", "rolespec_validate": False}
    tasks = [{"name": "Ask", "ansible.builtin.import_role": asked}, {"name": "Keep", "ansible.builtin.copy": keep}]
    roles = [{"role": "openlibrary.deploy.turn"}]
    play = {"name": "Turn", "hosts": "blue", "gather_facts": False, "roles": roles, "tasks": tasks}
    (place / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts, "vars": settings}}))
    (place / "play.yml").write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", place / "hosts.yml", place / "play.yml"],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_HOME": str(place / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((place / "registered.json").read_text())
    return found


def test_nothing_is_done_and_nothing_fails(registered: dict[str, Any]) -> None:
    assert registered["turn_begin"]["go"] is False
    assert registered.get("turn_record", {}).get("skipped", True), registered["turn_record"]
    assert registered["balancer_stats"]["skipped"] is True


def test_the_bake_of_the_site_reaches_the_turn(registered: dict[str, Any]) -> None:
    bake = registered["turn_begin"]["bake"]
    assert (bake["mode"], bake["seconds"], bake["reference"]) == ("judge", 7.0, ["green"])
