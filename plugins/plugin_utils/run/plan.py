# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run will do, decided once for the whole fleet from what its hosts said of themselves.

Controller only (Python 3.11). A *survey* is what the module release_survey returns; a *server* is what haproxy_stats
returns of one. Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ...module_utils._model.bake.limits import JUDGE, SKIP
from ...module_utils._model.errors import InputError
from ...module_utils._model.host.run_history import WENT_WITHOUT
from .findings import Finding, bad_findings, first_findings, host_findings, lock_findings, staged_findings
from .fleet import Fleet, able, hosts_of, serving_names
from .floor import floor_findings, floor_of, left_behind, silence_findings
from .gate_findings import Told, gate_findings, lenient_notes
from .gates import Gates, of_run
from .host_plan import HostPlan, plan_host
from .override import overridden, override_notes
from .remembered import all_taken_out, stale, weight_left
from .request import Request, rollback_release
from .urgent import hot_fix_notes, waived
from .waves import Waves, in_order, waves_of

UNKNOWN = "unknown"
"""Stands for a release that is not known: what it would need of the fleet is judged all the same."""


@dataclass(frozen=True)
class Plan:
    """The decision: ``hosts`` in the order in which they take their turns, ``left_out`` those that take none, because
    they cannot, or because the operator runs it ``without`` them.

    ``service_project`` is the project whose services restart and are proven, ``restart_always`` that they restart even
    where they run the right release. ``pauses`` says that the run waits for somebody once blue is proven;
    ``notes`` is what the journals must keep of the preflight. ``skips`` are the names of what the operator skips, for
    ``reason``; ``bake`` is what a bake may do: judge, inform or skip. ``stale`` are the servers (``backend/server``)
    that journals remember as taken out and that the balancer shows ready: this run ends that memory. ``silence`` is why
    the balancer could not be asked, empty where it could. ``gates`` is what the run has of the site's gates. ``waves``
    are the hosts that take their turns, those together that do so at the same time; ``served``: some node served when
    the run began. ``urgent`` is why it waits for no verdict, ``waived`` what the site would have it wait for, as
    clauses. ``keep_out`` are the servers that leave rotation before the first turn.
    """

    action: str
    project: str
    service_project: str
    release: str | None
    token: int
    balancer: str
    floor: int
    hosts: tuple[HostPlan, ...]
    left_out: tuple[str, ...]
    findings: tuple[Finding, ...]
    restart_always: bool = False
    pauses: bool = False
    notes: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()
    reason: str = ""
    bake: str = JUDGE
    stale: tuple[str, ...] = ()
    silence: str = ""
    gates: Gates = field(default_factory=Gates)
    waves: Waves = ()
    served: bool = False
    without: tuple[str, ...] = ()
    keep_out: tuple[str, ...] = ()
    urgent: str = ""
    waived: tuple[str, ...] = ()

    @property
    def turns(self) -> tuple[str, ...]:
        """The hosts that take a turn, in their order."""
        return tuple(host for wave in self.waves for host in wave)

    @property
    def pause_after(self) -> str:
        """The host after whose turn the run pauses: the first web host that has one and has another one after it."""
        web = [host.host for host in self.hosts if host.part == "web" and host.turn]
        return web[0] if self.pauses and self.action == "deploy" and len(web) > 1 else ""

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
    def _in_order(self) -> list[HostPlan]:
        """The hosts in the order of their turns, those without one last."""
        return sorted(self.hosts, key=lambda host: (not host.turn, host.turn and self.turns.index(host.host)))

    @property
    def keeper(self) -> str:
        """The host that takes the balancer's lock for the run where --limit leaves the balancer out; else empty."""
        names = [host.host for host in self.hosts]
        # Also where no node leaves rotation: one that is lost is kept out.
        needed = self.left_out or any(host.part == "web" for host in self.hosts)
        return names[0] if names and needed and self.balancer and self.balancer not in names else ""

    @property
    def noop(self) -> bool:
        """Whether there is nothing to do on any host, nothing to forget, and nobody who is missing."""
        something = self.left_out or self.stale or any(host.turn or host.unsettled for host in self.hosts)
        return not self.blocked and not something

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        plain = asdict(self)
        plain.update(
            blocked=self.blocked,
            noop=self.noop,
            bases=self.bases,
            full=self.full,
            keeper=self.keeper,
            balancer_at=self.balancer or "localhost",
            pause_after=self.pause_after,
            build_host=next((host.host for host in self.hosts if host.builds), ""),
            environments=self.environments,
            waves=[list(wave) for wave in self.waves],
            turns=list(self.turns),
            members=[] if self.noop else [{"host": host.host, "groups": host.groups} for host in self._in_order],
            hosts={host.host: {**host.as_dict(), "keeps": host.host == self.keeper} for host in self.hosts},
        )
        return plain


@dataclass(frozen=True)
class Beforehand:
    """What others than the fleet's hosts said: ``gates`` what each gate of the site did; ``staging`` the survey of
    every staging host, asked only where a release must have been tested there; ``silence`` is why the balancer could
    not be asked, empty where it could; ``unresolved`` why nobody knows which commit a deploy's version is, empty where
    that is known."""

    gates: Told = field(default_factory=Told)
    staging: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    silence: str = ""
    unresolved: str = ""


NOTHING = Beforehand()


def make_plan(
    request: Request,
    fleet: Fleet,
    surveys: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
    now: float,
    beforehand: Beforehand = NOTHING,
) -> Plan:
    """The plan for the run at ``now`` (seconds since the epoch), from ``surveys`` by host, ``servers`` as the balancer
    shows them, and what it calls each web host. A release that cannot be had is a finding like the others."""
    surveys = {host: survey for host, survey in surveys.items() if host not in request.without}
    reachable = _taking_part(request, surveys)
    release, of_release = _release(request, fleet, surveys, reachable, beforehand.unresolved)
    taken = all_taken_out(reachable)
    left = left_behind(taken) - {server["server"] for server in servers if server.get("admin") == "ready"}
    hosts = _host_plans(request, fleet, reachable, servers, server_names, release, left)
    left_out = (*(host for host in surveys if host not in reachable), *request.without)
    keep_out = tuple(server_names[host] for host in request.without if host in server_names)
    serving = serving_names(servers) - {*keep_out}
    floor = floor_of(request, serving | {server_names[host.host] for host in hosts if host.part == "web"})
    serves = hosts_of(server_names, serving)
    ordered = in_order(fleet, hosts, serves)
    findings = [
        *host_findings(request, fleet, surveys),
        *of_release,
        *bad_findings(request, reachable, release),
        *(staged_findings(request, release, beforehand.staging) if release else ()),
        *first_findings(request.project, ordered),
        *silence_findings(request, ordered, surveys, beforehand.silence),
        *(() if beforehand.silence else floor_findings(ordered, floor, server_names, servers, left, keep_out)),
        *gate_findings(request, beforehand.gates, ordered),
    ]
    return Plan(
        action=request.action,
        project=request.project,
        service_project=request.service_project,
        release=release,
        token=_token(now, reachable),
        balancer=request.balancer,
        floor=floor,
        hosts=tuple(ordered),
        left_out=left_out,
        findings=tuple(overridden(findings, request)),
        restart_always=request.restart_always,
        pauses=request.pauses and not request.urgent,
        notes=_notes(request, findings, left_out),
        skips=tuple(request.in_order(request.skip)),
        reason=request.reason,
        bake=SKIP if "bake" in request.skip else request.bake,
        stale=tuple(stale(servers, taken)),
        silence=beforehand.silence,
        gates=of_run(request.gates, beforehand.gates.read, request.skip, request.informed_only),
        waves=waves_of(request, ordered, serves, spare=len(serving) - floor),
        served=bool(serving),
        without=request.without,
        keep_out=keep_out,
        urgent=request.urgent,
        waived=waived(request),
    )


def _host_plans(
    request: Request,
    fleet: Fleet,
    reachable: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
    release: str | None,
    left: set[str],
) -> list[HostPlan]:
    """What the run will do on each host; ``left`` are the servers that a dead run left out."""
    meant = release if release or request.action == "restart" else UNKNOWN
    light = {name.rpartition("/")[2] for name in weight_left(servers, all_taken_out(reachable))}
    return [
        plan_host(request, fleet, host, survey, meant, server_names.get(host) in left, server_names.get(host) in light)
        for host, survey in reachable.items()
    ]


def _release(
    request: Request,
    fleet: Fleet,
    surveys: Mapping[str, Mapping[str, Any]],
    reachable: Mapping[str, Mapping[str, Any]],
    unresolved: str,
) -> tuple[str | None, list[Finding]]:
    """The release that the fleet gets, if that can be said; why it cannot where nothing else is the reason, or what has
    to be said of it."""
    if request.action == "deploy" and not request.release:
        # Home down is a finding already, and the reason.
        down = any(not surveys[host].get("reachable") for host in fleet.home[:1] if host in surveys)
        return None, [] if down else [Finding(host="", sentence=unresolved or "The version was not resolved.")]
    # What a locked host has may be about to change, and where no host answers nobody knows a release.
    if request.action == "rollback" and (lock_findings(surveys) or not reachable):
        return None, []
    if request.action != "rollback":
        return request.release or None, []
    try:
        found = rollback_release(request, reachable)
    except InputError as error:
        return None, [Finding(host="", sentence=error.msg)]
    return found.release, [Finding(host="", sentence=found.why, blocking=False)] if found.why else []


def _token(now: float, surveys: Mapping[str, Mapping[str, Any]]) -> int:
    """The time of the decision (``now``, seconds since the epoch) in milliseconds, or more where a host has seen more.

    So it rises also on a host that was not asked because of --limit.
    """
    return max([int(now * 1000), *(1 + int(survey.get("last_token") or 0) for survey in surveys.values())])


def _notes(request: Request, findings: Sequence[Finding], left_out: Sequence[str]) -> tuple[str, ...]:
    """What the journals must keep of the preflight.

    Who is left out tells the next rollback, which may come before those hosts are back, that this one has no end yet.
    """
    without = [f"{WENT_WITHOUT}{', '.join(left_out)}"] if left_out else []
    lenient = lenient_notes(request, findings)
    return (*hot_fix_notes(findings, request), *override_notes(findings, request), *lenient, *without)


def _taking_part(request: Request, surveys: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The surveys of the hosts that answer; a rollback goes on without those that cannot take a turn."""
    return {
        host: survey
        for host, survey in surveys.items()
        if survey.get("reachable") and (request.action != "rollback" or able(survey))
    }
