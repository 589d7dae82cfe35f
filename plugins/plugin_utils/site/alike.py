# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether all hosts have a gate asked alike. Values of options are compared here, and go no further."""

from __future__ import annotations

from typing import Any

from .given import Given
from .specification_gates import GATES
from .values import Read


def varying_gates(given: Given, read: Read) -> frozenset[str]:
    """The gates that hosts of this run ask by other hosts, or with other options, than each other.

    One question about all hosts says nothing of such a gate: what it saw for one was not there for the next.
    """
    asked: dict[str, list[Any]] = {}
    for host in given.acted:
        raw = given.hosts.get(host, {}).get(GATES) if read.right(host, GATES) else None
        for each in raw or ():
            entry = {gate.name: gate for gate in read.hosts[host][GATES]}.get(each.get("name"))
            if entry:
                asked.setdefault(entry.name, []).append((entry.via, entry.become, each.get("options") or {}))
    return frozenset(name for name, ways in asked.items() if any(way != ways[0] for way in ways))
