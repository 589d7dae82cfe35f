# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a haproxy would listen, by its configuration: what ``haproxy -c`` does not try.

A haproxy that cannot listen somewhere pauses its predecessor while it tries again, for two seconds in which nobody is
served (MAX_START_RETRIES in haproxy.c).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Sequence

_BIND = re.compile(r"\s*bind\s+(\S+)(.*)")
_ADDRESS = re.compile(
    r"(?:ipv4@)?(?:\*|(?P<v4>[0-9]+(?:\.[0-9]+){3})|\[?(?P<v6>[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)\]?)?"
    r":(?P<port>[0-9]{1,5})\Z"
)
# Listen elsewhere than it says, or where others may listen too.
_SPECIAL = frozenset(("interface", "namespace", "transparent"))


@dataclass(frozen=True)
class Bind:
    """An address of TCP, empty for every one of IPv4; ``line`` is the number of the line that names it."""

    address: str
    port: int
    line: int
    v6only: bool = False

    @property
    def v6(self) -> bool:
        """Whether it is an address of IPv6."""
        return ":" in self.address

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if self.v6 else f"{self.address or '*'}:{self.port}"


def configurations(test: Sequence[str]) -> list[str]:
    """The files that the test of a haproxy names."""
    return [path for option, path in zip(test, test[1:]) if option == "-f"]


def parse_binds(text: str) -> list[Bind]:
    """The addresses that a configuration names as numbers, without those where listening is more than that.

    None where it wants to be the only one that listens: the haproxy that runs does, and hands its sockets over.
    """
    lines = [line.partition("#")[0] for line in text.splitlines()]
    if any(line.strip() == "noreuseport" for line in lines):
        return []
    found = []
    for number, line in enumerate(lines, 1):
        match = _BIND.match(line)
        if not match or _SPECIAL & set(match[2].split()):
            continue
        for word in match[1].split(","):
            address = _ADDRESS.match(word)
            if address:
                place = address["v6"] or address["v4"] or ""
                found.append(Bind(place, int(address["port"]), number, "v6only" in match[2].split()))
    return found
