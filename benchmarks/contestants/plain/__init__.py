"""A plain playbook of git, deploy_helper, supervisorctl and haproxy, used as their documentation shows."""

from __future__ import annotations

from benchmarks import hosts
from benchmarks.machine import Command
from benchmarks.model import Waits
from lab.book import PLACES


class Plain:
    """It runs with an Ansible of its own, which has community.general."""

    name = place = "plain"
    label = "plain playbook of existing modules"
    current = f"{hosts.BASE}/plain/current"
    waits = Waits(1, checks=2 * 0.5)

    def setup(self, release: str) -> None:
        hosts.seed(self.name, release)

    def warm(self) -> Command | None:
        return self._command("ansible", "all", "-m", "ansible.builtin.raw", "-a", "true")

    def deploy(self, release: str) -> Command:
        return self._command("ansible-playbook", "deploy.yml", "-e", f"release={release}")

    def rollback(self, release: str) -> Command:
        return self._command("ansible-playbook", "roll.yml", "-e", f"release={release}")

    def _command(self, program: str, *words: str) -> Command:
        tools = PLACES.root / ".cache" / "bench" / "bin"
        here = PLACES.root / "benchmarks" / "contestants" / "plain"
        environment = {**hosts.environment(), "ANSIBLE_CONFIG": str(here / "ansible.cfg")}
        return Command((str(tools / program), *words), here, environment)


CONTESTANTS = (Plain(),)
