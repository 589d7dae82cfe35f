# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who waits for a step: when a line about it is due, and what it says.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

FIRST = 5.0
"""Seconds that a step takes before it is worth a line."""
EVERY = 10.0
"""Seconds between two lines about the same step, whoever waits for it."""


@dataclass(frozen=True)
class WaitingHosts:
    """For each host that waits for one step: since when, and when it gives up, None where it does not say; and when a
    line about the step was last said. All of it by one clock."""

    hosts: Mapping[str, tuple[float, float | None]] = field(default_factory=dict)
    said: float | None = None

    def joined(self, host: str, now: float, limit: float | None) -> WaitingHosts:
        """With one host more, which waits for ``limit`` seconds at most."""
        return replace(self, hosts={**self.hosts, host: (now, None if limit is None else now + limit)})

    def left(self, host: str) -> WaitingHosts:
        """Without the host."""
        return replace(self, hosts={name: times for name, times in self.hosts.items() if name != host})

    def told(self, label: str, now: float) -> tuple[WaitingHosts, str]:
        """The line that is due once somebody has waited a while, for all who began about then; none soon after one."""
        for_long = {host: now - since for host, (since, _end) in self.hosts.items() if now - since >= FIRST / 2}
        seconds = max(for_long.values(), default=0.0)
        if seconds < FIRST or (self.said is not None and now - self.said < EVERY):
            return self, ""
        ends = [end - now for host, (_since, end) in self.hosts.items() if host in for_long and end is not None]
        return replace(self, said=now), progress_line(
            ", ".join(sorted(for_long)), label, seconds, min(ends, default=None)
        )

    def render(self) -> str:
        """As text, for the processes that wait."""
        return json.dumps({"hosts": self.hosts, "said": self.said})

    @classmethod
    def parse(cls, text: str) -> WaitingHosts:
        """What render wrote; nobody, where nobody wrote. Raises ValueError."""
        plain = json.loads(text or "{}")
        return cls({host: (since, end) for host, (since, end) in plain.get("hosts", {}).items()}, plain.get("said"))


def progress_line(hosts: str, label: str, seconds: float, left: float | None) -> str:
    """One line of progress; ``left`` are the seconds until the step gives up, where it says when."""
    line = f"    {hosts}: {label}: {seconds:.0f} s"
    return line if left is None else f"{line}, gives up in {max(0.0, left):.0f} s"
