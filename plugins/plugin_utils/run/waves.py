# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who takes its turn when, and with whom: those that never hold the same host, nor answer each other's proofs.

Controller only (Python 3.11). Nothing here talks to anything. The steps of a wave are gone through in step, each by all
of its hosts; of the next wave nobody begins before the last verdict on this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .fleet import Fleet
from .host_plan import HostPlan
from .request import Request

SHARE = 4
"""On the way back one of so many of the nodes that serve leaves at a time, and one at least."""

Waves = tuple[tuple[str, ...], ...]
"""The hosts of each wave, in the order of the waves."""


@dataclass(frozen=True)
class Mover:
    """A host that takes its turn: its ``part``, whether it ``leaves`` rotation for it, whether it ``serves`` now, and
    whether it must be ``alone``, because it reloads a balancer, or answers what other hosts' proofs may ask."""

    host: str
    part: str
    leaves: bool = False
    serves: bool = False
    alone: bool = False

    @classmethod
    def of(cls, planned: Mapping[str, Any], serving: Collection[str]) -> Mover:
        """The host of a plan, in its plain form; ``serving`` are the hosts that users reach."""
        host = planned["host"]
        return cls(host, planned["part"], planned["balanced"], host in serving, planned["alone"])


def in_waves(movers: Sequence[Mover], spare: int, way_back: bool, singly: bool = False) -> Waves:
    """The movers, which are given static hosts first, then web, then home, each in the order of their turns.

    ``spare`` is how many nodes that serve the fleet can do without. On the way back users must be off a release in
    seconds: nodes that serve nobody go together, and of the others as many as the floor bears, a quarter at most. With
    ``singly`` a web node shares its wave with no other one.
    """
    static = [one for one in movers if one.part == "static"]
    home = [one for one in movers if one.part == "home"]
    waves = [[one] for one in static if one.alone]
    nodes = _of_web([one for one in movers if one.part == "web"], spare, way_back, singly)
    first = [one for one in static if not one.alone]
    if first and nodes and not nodes[0][0].alone:
        nodes = [[*first, *nodes[0]], *nodes[1:]]
    elif first:
        waves.append(first)
    waves += nodes
    for one in home:
        if one.alone or not waves or any(other.alone for other in waves[-1]):
            waves.append([one])
        else:
            waves[-1].append(one)
    return tuple(tuple(one.host for one in wave) for wave in waves)


def _of_web(web: Sequence[Mover], spare: int, way_back: bool, singly: bool) -> list[list[Mover]]:
    """The waves of the web nodes alone."""
    if singly:
        return [[one] for one in web]
    idle = [one for one in web if way_back and one.leaves and not one.serves and not one.alone]
    rest = [one for one in web if one not in idle]
    serving = sum(one.leaves and one.serves for one in rest)
    most = max(1, min(serving // SHARE, spare)) if way_back else 1
    waves: list[list[Mover]] = [idle] if idle else []
    for one in rest:
        last = waves[-1] if waves and waves[-1] is not idle else []
        alike = bool(last) and not one.alone and not last[0].alone and one.leaves == last[0].leaves
        # Where only a link is switched nothing stops, so that any number can go together.
        if alike and (not one.leaves or len(last) < most):
            last.append(one)
        else:
            waves.append([one])
    return waves


def in_order(fleet: Fleet, hosts: Sequence[HostPlan], serving: Collection[str]) -> list[HostPlan]:
    """Static first, then web, at last home; of the web nodes those first that serve nobody, and then stand in."""
    by_host = {host.host: host for host in hosts}
    web = sorted((name for name in fleet.web if name in by_host), key=lambda name: name in serving)
    names = [
        *(name for name in fleet.static if name in by_host and by_host[name].part == "static"),
        *web,
        *(name for name in fleet.home if name in by_host and by_host[name].part == "home"),
    ]
    return [by_host[name] for name in names]


def waves_of(request: Request, hosts: Sequence[HostPlan], serving: Collection[str], spare: int) -> Waves:
    """The waves of a run to whose ``hosts`` the plan gives turns."""
    movers = [Mover.of(host.as_dict(), serving) for host in hosts if host.turn]
    return in_waves(movers, spare, way_back=request.action == "rollback", singly=request.pauses)
