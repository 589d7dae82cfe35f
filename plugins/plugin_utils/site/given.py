# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is given to the check: variables as Ansible resolved them, the groups, the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .readers import BESIDE

HOME, WEB, STATIC, STAGING = "home", "web", "static", "staging"
FLEET_PARTS = (STATIC, WEB, HOME)
"""The parts of the fleet, in the order of their turns. Staging hosts are beside it."""


@dataclass(frozen=True)
class Unreadable:
    """A variable whose template fails; ``reason`` is Ansible's, without the name of the variable."""

    reason: str


def unreadable_in(value: Any) -> Unreadable | None:
    """The first part of a value that could not be resolved; None where all of it could."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return next((found for each in value if (found := unreadable_in(each))), None)
    return value if isinstance(value, Unreadable) else None


@dataclass(frozen=True)
class Given:
    """Everything that a run was started with.

    ``parts``: hosts of home, web, static and staging, in the inventory's order. ``hosts``: of every host of the
    inventory its variables that begin with deploy_, resolved, or Unreadable. ``groups``: hosts by group, to name them.
    ``extra``: all variables of -e; ``play``: the vars of the play that imports the playbook. ``inventory_requests``: by
    name of a request variable the hosts for which the inventory sets it. ``limit``: the hosts that --limit leaves, None
    without it, and ``unmatched_limits`` its patterns that match none. ``missing_sources``: inventories that are not
    there.
    ``who``: who makes the run where deploy_who does not say it.
    """

    playbook: str
    parts: Mapping[str, Sequence[str]]
    hosts: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    play: Mapping[str, Any] = field(default_factory=dict)
    inventory_requests: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limit: Sequence[str] | None = None
    unmatched_limits: Sequence[str] = ()
    missing_sources: Sequence[str] = ()
    who: str = "unknown"

    def part(self, name: str) -> list[str]:
        """The hosts of one part."""
        return list(self.parts.get(name) or ())

    @property
    def fleet(self) -> list[str]:
        """The hosts of the fleet, each once."""
        return list(dict.fromkeys(host for part in FLEET_PARTS for host in self.part(part)))

    @property
    def everyone(self) -> list[str]:
        """The hosts whose settings are read: the fleet and the staging hosts."""
        return list(dict.fromkeys([*self.fleet, *self.part(STAGING)]))

    @property
    def acted(self) -> list[str]:
        """The hosts that the playbook acts on: those that --limit leaves of its groups."""
        hosts = self.everyone if self.playbook in BESIDE else self.fleet
        return hosts if self.limit is None else [host for host in hosts if host in set(self.limit)]
