"""Who takes part. A contestant is one file; what it brings along lies in a folder of its name."""

from __future__ import annotations

from typing import Protocol

from benchmarks.machine import Command
from benchmarks.model import Waits


class Contestant(Protocol):
    """One way to deploy. To deploy what is there already is what `noop` measures.

    `place` names its folder on the hosts, `current` is its link to the release there, `waits` are those of one turn.
    """

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def current(self) -> str: ...

    @property
    def waits(self) -> Waits: ...

    def setup(self, release: str) -> None:
        """Makes `release` its current one on the fleet, which serves ours; what it does here is not measured."""

    def warm(self) -> Command | None:
        """What opens its connections before an operation, where they outlive one."""

    def deploy(self, release: str) -> Command:
        """A release to the whole fleet."""

    def rollback(self, release: str) -> Command:
        """Back to a release that is on the hosts."""
