"""Debian's Capistrano: as its documentation shows it, and with the proofs that this collection has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import hosts
from benchmarks.machine import Command
from benchmarks.model import Waits


@dataclass(frozen=True)
class Capistrano:
    """`stage` is a file in config/deploy."""

    name: str
    label: str
    waits: Waits
    stage: str

    @property
    def place(self) -> str:
        return self.name

    @property
    def current(self) -> str:
        return f"{hosts.BASE}/{self.name}/current"

    def setup(self, release: str) -> None:
        hosts.seed(self.name, release)

    def warm(self) -> Command | None:
        return None  # its connections end with it

    def deploy(self, release: str) -> Command:
        return self._command("deploy", release)

    def rollback(self, release: str) -> Command:
        """To the release before, which is `release`: it counts back."""
        return self._command("deploy:rollback", release)

    def _command(self, task: str, release: str) -> Command:
        environment = {**hosts.environment(), "BRANCH": release, "BENCH_DEPLOY_TO": f"{hosts.BASE}/{self.name}"}
        return Command(("cap", self.stage, task), Path(__file__).parent, environment)


CONTESTANTS = (
    Capistrano("capistrano", "Capistrano, wait 0", Waits(1), "plain"),
    Capistrano("capistrano-guaranteed", "Capistrano, same guarantees", Waits(1, 1, 2 * 0.5, 0.5), "guaranteed"),
)
