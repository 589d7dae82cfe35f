# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong, as it is found, and how it is shown: once for all hosts that share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .readers import ALL

COMMAND_LINE, PLAY, INVENTORY = "command line", "vars of the play", "inventory"
_FIRST = (COMMAND_LINE, PLAY, INVENTORY)


@dataclass(frozen=True)
class Fault:
    """One line for a person: where it is wrong (a host, groups, the command line), and what."""

    where: str
    sentence: str

    @property
    def line(self) -> str:
        """The line."""
        return f"{self.where}: {self.sentence}"


class Problem(NamedTuple):
    """What is wrong with a value, the playbooks that it concerns, and the entry that has it where it is one of a list
    whose entries stand each for itself."""

    sentence: str
    readers: frozenset[str]
    entry: str = ""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong. ``hosts`` have it, none where it is nobody's own; ``where`` says it then.

    ``readers`` are the playbooks that it concerns; ``setting`` is the one that it is about, empty without one, and
    ``entry`` the gate of `deploy_gates`, empty where it is about no single one.
    """

    sentence: str
    hosts: tuple[str, ...] = ()
    where: str = ""
    readers: frozenset[str] = ALL
    setting: str = ""
    entry: str = ""


def merged(findings: Iterable[Mistake], groups: Mapping[str, Sequence[str]]) -> tuple[Fault, ...]:
    """A line for each different sentence, sorted by where it belongs, the command line first."""
    hosts: dict[tuple[str, str], dict[str, None]] = {}
    for finding in findings:
        hosts.setdefault((finding.where, finding.sentence), {}).update(dict.fromkeys(finding.hosts))
    faults = [Fault(where or name_hosts(found, groups), text) for (where, text), found in hosts.items()]
    return tuple(sorted(faults, key=_rank))


def _rank(fault: Fault) -> tuple[int, str]:
    return (_FIRST.index(fault.where) if fault.where in _FIRST else len(_FIRST), fault.where)


def name_hosts(hosts: Iterable[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The hosts in few words: the groups of two and more that they cover, and the others by name."""
    left = list(dict.fromkeys(hosts))
    named: list[str] = []
    for group in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        members = set(groups[group])
        if len(members) > 1 and members <= set(left):
            named.append(group)
            left = [host for host in left if host not in members]
    return ", ".join(sorted([*named, *left])) or INVENTORY
