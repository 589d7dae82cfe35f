# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many nodes must serve while one is out, and who would be missing.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .findings import Finding
from .fleet import serving_names
from .host_plan import HostPlan
from .request import Request


def floor_of(request: Request, able: set[str]) -> int:
    """How many other nodes must serve while one is out; ``able`` are those that serve, or will after their turn.

    A rollback is for the worst hour: with too few nodes left it goes on with those that there are. So does a run that
    is to go on without a node.
    """
    if request.action == "rollback" or request.without:
        return max(0, min(request.min_in_rotation, len(able) - 1))
    return request.min_in_rotation


def floor_findings(
    hosts: Sequence[HostPlan],
    floor: int,
    server_names: Mapping[str, str],
    servers: Sequence[Mapping[str, Any]],
    left: set[str],
    keep_out: Collection[str] = (),
) -> list[Finding]:
    """A node that serves may only leave while enough others do; where it is the last one, that is said.

    ``left`` are the servers that a dead run left out, ``keep_out`` those that this one takes out before any turn.
    """
    findings = []
    serving = serving_names(servers) - set(keep_out)
    if not serving and serving_names(servers):
        alone = f"without {', '.join(sorted(serving_names(servers)))} no node serves: users meet errors"
        findings.append(Finding(host="", sentence=f"{alone} until another one is back", blocking=False))
    states = ", ".join(f"{server['server']} {server.get('status')}" for server in servers) or "none"
    ready = {server["server"] for server in servers if server.get("admin") == "ready"} | left
    for host in hosts:
        name = server_names.get(host.host, "")
        if not host.balanced:
            continue
        others = (serving | _standing_in(hosts, host, server_names, ready)) - {name}
        if name not in {server["server"] for server in servers}:
            findings.append(Finding(host=host.host, sentence=f"the balancer has no server {name!r} (it has: {states})"))
        elif name in serving and not others and not floor:
            sentence = "no other node serves: users meet errors while it is out for its restart"
            findings.append(Finding(host=host.host, sentence=sentence, blocking=False))
        elif name in serving and len(others) < floor:
            findings.append(
                Finding(
                    host=host.host,
                    sentence=f"cannot leave rotation: {len(serving - {name})} other node(s) would serve and "
                    f"deploy_min_in_rotation is {floor} (haproxy: {states})",
                    floor=True,
                )
            )
    return findings


def silence_findings(
    request: Request, hosts: Sequence[HostPlan], surveys: Mapping[str, Mapping[str, Any]], silence: str
) -> list[Finding]:
    """What follows from a balancer that cannot be asked, for the reason in ``silence``: nobody leaves rotation.

    Where nobody has to, the run goes on: it may bring the configuration without which haproxy does not run. Where the
    balancer's host is down that is a finding already, with its reason.
    """
    if not silence:
        return []
    needed = ", ".join(host.host for host in hosts if host.balanced)
    down = request.balancer in surveys and not surveys[request.balancer].get("reachable")
    if down and not needed:
        return []
    why = "" if down else f": {silence.rstrip('.')}"
    rest = f". {needed} cannot leave rotation without it" if needed else ""
    sentence = f"the balancer does not answer{why}{rest}"
    return [Finding(host=request.balancer, sentence=sentence, blocking=bool(needed))]


def left_behind(taken_out: Mapping[str, str]) -> set[str]:
    """The servers that an earlier run took out and did not bring back: the turn of this one does."""
    return {name.rpartition("/")[2] for name, before in taken_out.items() if before == "ready"}


def _standing_in(
    hosts: Sequence[HostPlan], host: HostPlan, server_names: Mapping[str, str], ready: set[str]
) -> set[str]:
    """The servers whose turn comes earlier, and which nobody has taken out by hand: they will serve by then."""
    earlier = hosts[: hosts.index(host)]
    return {server_names[other.host] for other in earlier if other.balanced} & ready
