"""The floor: a script for this very fleet, over ssh connections that are open. It has no plan, lock or way back."""

from __future__ import annotations

from pathlib import Path

from benchmarks import hosts
from benchmarks.machine import Command
from benchmarks.model import Waits


class Floor:
    """What the same proofs cost where nothing else is done."""

    name = place = "floor"
    label = "hand-written ssh, same proofs"
    current = f"{hosts.BASE}/floor/current"
    waits = Waits(1, 1, 2 * 0.5, 0.5)

    def setup(self, release: str) -> None:
        hosts.seed(self.name, release)

    def warm(self) -> Command | None:
        return self._command("open")

    def deploy(self, release: str) -> Command:
        return self._command("deploy", release)

    def rollback(self, release: str) -> Command:
        return self._command("rollback", release)

    def _command(self, *words: str) -> Command:
        return Command(("./floor.sh", *words), Path(__file__).parent, hosts.environment())


CONTESTANTS = (Floor(),)
