# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a host's server left rotation and came back, and what must be said of that. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Result = t.Mapping[str, t.Any]
"""What a step returned."""


@dataclass(frozen=True)
class Rotation:
    """How haproxy showed the host's server at the end of its return; weights are absolute, None where not told."""

    status: str
    admin: str = ""
    weight: int | None = None
    configured_weight: int | None = None

    @property
    def light(self) -> bool:
        """Whether it serves at less than its weight."""
        known = self.weight is not None and self.configured_weight is not None
        return self.admin == "ready" and known and t.cast(int, self.weight) < t.cast(int, self.configured_weight)


def rotation_of(returned: Result) -> Rotation:
    """How haproxy showed the server, by what the step of the return said."""
    return Rotation(
        status=str(returned.get("status") or "-"),
        admin=str(returned.get("admin") or ""),
        weight=returned.get("weight"),
        configured_weight=returned.get("configured_weight"),
    )


def notices_of(host: str, left: Result, returned: Result) -> list[str]:
    """What must be said of a turn although it stopped nothing, by what the steps of these names returned."""
    found = []
    if returned.get("hurried"):
        found.append(f"{host} came back at once, without ramp and bake: no other node served")
    between = left.get("process") and returned.get("process") and left["process"] != returned["process"]
    if between or left.get("reloads") or returned.get("reloads"):
        found.append(f"haproxy was reloaded during the turn of {host}")
    if returned.get("lost"):
        found.append(f"haproxy forgot that {host} was out of rotation: it may have had traffic during the change")
    rotation = rotation_of(returned)
    if rotation.light and not returned.get("failed"):
        found.append(f"{host} came back with weight {rotation.weight} of {rotation.configured_weight}")
    return found
