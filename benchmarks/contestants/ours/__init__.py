"""This collection, as an operator runs it: with the least waits, or with the lab's own values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import hosts
from benchmarks.machine import Command, run
from benchmarks.model import Waits
from lab.book import PLACES
from lab.errors import LabError

LEAST: dict[str, Any] = {
    "deploy_stable_seconds": 1,
    "deploy_ramp": [100],
    "deploy_ramp_hold": 0,
    "deploy_bake": "skip",
    "deploy_gates": [],
}


@dataclass(frozen=True)
class Ours:
    """`settings` stand before those of the lab's inventory."""

    name: str
    label: str
    waits: Waits
    settings: dict[str, Any]
    place: str = "ours"
    current: str = "/opt/openlibrary/openlibrary"

    def setup(self, release: str) -> None:
        log = hosts.PLACE / f"{self.name}.setup.log"
        prepare = self._command("ansible-playbook", "playbooks/prepare.yml")
        # The second of ours finds a fleet that is prepared.
        for command in (*(() if hosts.prepared() else (prepare,)), self.deploy(release)):
            if run(command, log).rc != 0:
                raise LabError(f"{' '.join(command.argv)} failed: {log}")

    def warm(self) -> Command | None:
        return self._command("ansible", "home:web:www", "-m", "ansible.builtin.raw", "-a", "true")

    def deploy(self, release: str) -> Command:
        return self._command("ansible-playbook", "playbooks/deploy.yml", "-e", f"version={release}")

    def rollback(self, release: str) -> Command:
        return self._command("ansible-playbook", "playbooks/rollback.yml", "-e", f"hash={release}")

    def _command(self, program: str, *words: str) -> Command:
        beside = hosts.PLACE / f"{self.name}.json"
        # As variables of hosts, which count before those of the inventory's groups.
        beside.write_text(json.dumps({"all": {"hosts": dict.fromkeys(hosts.FLEET, self.settings)}}))
        inventories = ("--inventory", "inventories/lab", "--inventory", str(beside))
        tools = Path(PLACES.root, ".venv", "bin")
        environment = {**hosts.environment(), "ANSIBLE_CONFIG": str(PLACES.root / "ansible.cfg")}
        return Command((str(tools / program), *inventories, *words), PLACES.root, environment)


# The lab's supervisor has startsecs 1, its haproxy checks each half second and believes the second one.
CONTESTANTS = (
    Ours("ours", "this collection, least waits", Waits(1, 1, 2 * 0.5, 0.5), LEAST),
    Ours("ours-lab", "this collection, the lab's values (ramp, bake, Nagios)", Waits(1, 5, 2 * 0.5, 0.5), {}),
)
