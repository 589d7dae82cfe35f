# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""What a run will do, decided once for the whole fleet from what its hosts said of themselves.

Controller only (Python 3.11). A *survey* is what the module release_survey returns; a *server* is what haproxy_stats
returns of one. Nothing here talks to anything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from .findings import Finding, bad_findings, host_findings, lock_findings
from .fleet import Fleet, able, project_of, releases_of, services_of, serving_names
from .request import Request, rollback_release


@dataclass(frozen=True)
class HostPlan:
    """What the run will do on one host; ``have`` and ``environments`` are what is complete there.

    ``unsettled`` says that the release runs, but that the run which brought it never ended: this one ends it.
    """

    host: str
    part: str
    current: str | None
    to: str | None
    switch: bool
    restart: bool
    unsettled: bool = False
    builds: bool = False
    have: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def turn(self) -> bool:
        """Whether anything changes here."""
        return self.switch or self.restart

    @property
    def balanced(self) -> bool:
        """Whether the turn needs the host out of rotation: what nothing restarts goes on serving."""
        return self.part == "web" and self.restart

    @property
    def groups(self) -> list[str]:
        """The run's inventory groups that the host belongs to."""
        return ["deploy_hosts"] + ["deploy_turns"] * self.turn + ["deploy_build"] * self.builds


@dataclass(frozen=True)
class Plan:
    """The decision: ``hosts`` in the order in which they take their turns, ``skipped`` those that cannot take one."""

    action: str
    project: str
    release: str | None
    token: int
    balancer: str
    floor: int
    hosts: tuple[HostPlan, ...]
    skipped: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Whether the run must not start."""
        return any(finding.blocking for finding in self.findings)

    @property
    def bases(self) -> list[str]:
        """The releases that the missing one can be shipped as a difference to, one for each host that lacks it."""
        lacking = [host for host in self.hosts if self.release not in host.have]
        return sorted({host.current for host in lacking if host.current in host.have and host.current})

    @property
    def full(self) -> bool:
        """Whether a host needs the release whole."""
        return any(self.release not in host.have and host.current not in host.have for host in self.hosts)

    @property
    def environments(self) -> list[str]:
        """The environments that every host has already."""
        return sorted(set.intersection(*(set(host.environments) for host in self.hosts))) if self.hosts else []

    @property
    def keeper(self) -> str:
        """The host that takes the balancer's lock for the run where --limit leaves the balancer out; else empty."""
        balanced = [host.host for host in self.hosts if host.balanced]
        return balanced[0] if balanced and self.balancer not in {host.host for host in self.hosts} else ""

    @property
    def noop(self) -> bool:
        """Whether there is nothing to do on any host."""
        return not self.blocked and not any(host.turn or host.unsettled for host in self.hosts)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        plain = asdict(self)
        plain.update(
            blocked=self.blocked,
            noop=self.noop,
            bases=self.bases,
            full=self.full,
            keeper=self.keeper,
            build_host=next((host.host for host in self.hosts if host.builds), ""),
            environments=self.environments,
            turns=[host.host for host in self.hosts if host.turn],
            members=[] if self.noop else [{"host": host.host, "groups": host.groups} for host in self.hosts],
            hosts={host.host: {**asdict(host), "turn": host.turn, "balanced": host.balanced} for host in self.hosts},
        )
        return plain


def make_plan(
    request: Request,
    fleet: Fleet,
    surveys: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
    now: float,
) -> Plan:
    """The plan for the run.

    The token is the time of the decision (``now``, seconds since the epoch) in milliseconds, or more where a host has
    seen more: so it rises also on a host that was not asked because of --limit.

    ``surveys`` by host, for the hosts that take part; ``servers`` as the balancer shows them; ``server_names`` gives
    the balancer's name of each web host. Raises InputError where the release that was asked for cannot be had.
    """
    project = request.project
    reachable = {host: survey for host, survey in surveys.items() if survey.get("reachable")}
    if request.action == "rollback":
        reachable = {host: survey for host, survey in reachable.items() if able(survey)}
    release = request.release or None
    if request.action == "rollback" and not lock_findings(surveys):
        release = rollback_release(request, reachable)
    left = _left_behind(reachable) - {server["server"] for server in servers if server.get("admin") == "ready"}
    hosts = [
        _host_plan(request, fleet, host, survey, release, server_names.get(host) in left)
        for host, survey in reachable.items()
    ]
    serving = serving_names(servers)
    floor = _floor(request, serving | {server_names[host.host] for host in hosts if host.part == "web"})
    ordered = _order(fleet, hosts, {host for host, name in server_names.items() if name in serving}, request.action)
    findings = [
        *host_findings(request, fleet, surveys),
        *bad_findings(request, reachable, release),
        *_floor_findings(ordered, floor, server_names, servers, left),
    ]
    return Plan(
        action=request.action,
        project=project,
        release=release,
        token=max([int(now * 1000), *(1 + int(survey.get("last_token") or 0) for survey in reachable.values())]),
        balancer=request.balancer,
        floor=floor,
        hosts=tuple(ordered),
        skipped=tuple(host for host in surveys if host not in reachable),
        findings=tuple(findings),
    )


def _host_plan(
    request: Request, fleet: Fleet, host: str, survey: Mapping[str, Any], release: str | None, left_behind: bool
) -> HostPlan:
    current = project_of(survey, request.project).get("current")
    wanted = current if request.action == "restart" else release
    services = services_of(survey, request.project)
    proven = all(service.get("release") == wanted and not service.get("problem") for service in services)
    return HostPlan(
        host=host,
        part=fleet.part(host),
        current=current,
        to=wanted,
        switch=wanted is not None and current != wanted,
        restart=bool(services) and (request.action == "restart" or left_behind or not proven or current != wanted),
        unsettled=request.action != "restart"
        and current == release != project_of(survey, request.project).get("wanted"),
        builds=host in fleet.home[:1],
        have=tuple(releases_of(survey, request.project)),
        environments=tuple(survey.get("environments", ())),
    )


def _order(fleet: Fleet, hosts: Sequence[HostPlan], serving: set[str], action: str) -> list[HostPlan]:
    """Static first, then web, at last home; a rollback begins with the nodes that serve nobody."""
    by_host = {host.host: host for host in hosts}
    web = [name for name in fleet.web if name in by_host]
    if action == "rollback":
        web.sort(key=lambda name: name in serving)
    names = [
        *(name for name in fleet.static if name in by_host and by_host[name].part == "static"),
        *web,
        *(name for name in fleet.home if name in by_host and by_host[name].part == "home"),
    ]
    return [by_host[name] for name in names]


def _floor(request: Request, able: set[str]) -> int:
    """How many other nodes must serve while one is out; ``able`` are those that serve, or will after their turn.

    A rollback is for the worst hour: with too few nodes left it goes on with those that there are.
    """
    if request.action == "rollback":
        return max(0, min(request.min_in_rotation, len(able) - 1))
    return request.min_in_rotation


def _floor_findings(
    hosts: Sequence[HostPlan],
    floor: int,
    server_names: Mapping[str, str],
    servers: Sequence[Mapping[str, Any]],
    left_behind: set[str],
) -> list[Finding]:
    """A node that serves may only leave while enough others do."""
    findings = []
    serving = serving_names(servers)
    states = ", ".join(f"{server['server']} {server.get('status')}" for server in servers) or "none"
    ready = {server["server"] for server in servers if server.get("admin") == "ready"} | left_behind
    for host in hosts:
        name = server_names.get(host.host, "")
        if not host.balanced:
            continue
        if name not in {server["server"] for server in servers}:
            findings.append(Finding(host=host.host, sentence=f"the balancer has no server {name!r} (it has: {states})"))
        elif name in serving and len((serving | _standing_in(hosts, host, server_names, ready)) - {name}) < floor:
            findings.append(
                Finding(
                    host=host.host,
                    sentence=f"cannot leave rotation: {len(serving - {name})} other node(s) would serve and "
                    f"deploy_min_in_rotation is {floor} (haproxy: {states})",
                )
            )
    return findings


def _left_behind(surveys: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The servers that an earlier run took out and did not bring back: the turn of this one does."""
    taken = {name: before for survey in surveys.values() for name, before in survey.get("taken_out", {}).items()}
    return {name.rpartition("/")[2] for name, before in taken.items() if before == "ready"}


def _standing_in(
    hosts: Sequence[HostPlan], host: HostPlan, server_names: Mapping[str, str], ready: set[str]
) -> set[str]:
    """The servers whose turn comes earlier, and which nobody has taken out by hand: they will serve by then."""
    earlier = hosts[: hosts.index(host)]
    return {server_names[other.host] for other in earlier if other.balanced} & ready
