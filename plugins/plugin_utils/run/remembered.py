# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What journals remember of runs that took a server out of rotation and died, against what the balancer shows now.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def all_taken_out(surveys: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The servers (``backend/server``) that runs took out and nobody brought back, and what they were before."""
    return {name: before for survey in surveys.values() for name, before in survey.get("taken_out", {}).items()}


def underweight(servers: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """The ready servers that get less traffic than they are configured for: their weight, and the configured one."""
    return {
        name_of(server): (server["weight"], server["configured_weight"])
        for server in servers
        if server.get("admin") == "ready" and server.get("in_rotation") and _is_light(server)
    }


def _is_light(server: Mapping[str, Any]) -> bool:
    """Whether it weighs less than it is configured to, where haproxy tells both."""
    weight, configured = server.get("weight"), server.get("configured_weight")
    return weight is not None and configured is not None and bool(weight < configured)


def weight_left(servers: Iterable[Mapping[str, Any]], taken_out: Mapping[str, str]) -> set[str]:
    """The servers (``backend/server``) that a step which died left ready at less than their weight."""
    return {name for name in underweight(servers) if taken_out.get(name) == "ready"}


def stale(servers: Iterable[Mapping[str, Any]], taken_out: Mapping[str, str]) -> list[str]:
    """What is remembered and not true any more: somebody brought these servers (``backend/server``) back, whole."""
    whole = {name_of(server) for server in servers if server.get("admin") == "ready" and not _is_light(server)}
    return sorted(set(taken_out) & whole)


def name_of(server: Mapping[str, Any]) -> str:
    """``backend/server``, as the journals and haproxy's commands have it."""
    return f"{server.get('backend', '')}/{server['server']}"
