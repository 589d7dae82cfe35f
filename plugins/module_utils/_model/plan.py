# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""What a run will do, decided once for the whole fleet from what its hosts said of themselves.

Controller only (Python 3.11). A *survey* is what the module release_survey returns; a *server* is what haproxy_stats
returns of one. Nothing here talks to anything.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from .errors import InputError

ACTIONS = ("deploy", "rollback", "restart")
FULL_HASH = re.compile(r"[0-9a-f]{40}")
PREFIX = re.compile(r"[0-9a-f]{7,40}")
PROJECT = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Fleet:
    """Which host plays which part; the order within ``web`` is the order of the rollout, blue first."""

    static: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    home: tuple[str, ...] = ()

    def part(self, host: str) -> str:
        """``static``, ``web`` or ``home``: a host in several groups takes its turn as the most careful one."""
        if host in self.web:
            return "web"
        return "static" if host in self.static else "home"


@dataclass(frozen=True)
class Request:
    """What the operator asked for."""

    action: str
    project: str
    release: str = ""
    allow_bad: bool = False
    min_in_rotation: int = 1


@dataclass(frozen=True)
class Finding:
    """A reason not to start, or (with ``blocking`` false) something that the operator should know."""

    host: str
    sentence: str
    blocking: bool = True


@dataclass(frozen=True)
class HostPlan:
    """What the run will do on one host; ``have`` are the releases and ``environments`` those that are complete there."""

    host: str
    part: str
    current: str | None
    to: str | None
    switch: bool
    restart: bool
    builds: bool = False
    have: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def turn(self) -> bool:
        """Whether anything changes here."""
        return self.switch or self.restart

    @property
    def groups(self) -> list[str]:
        """The run's inventory groups that the host belongs to."""
        return ["deploy_hosts"] + ["deploy_turns"] * self.turn + ["deploy_build"] * self.builds


@dataclass(frozen=True)
class Plan:
    """The decision: ``hosts`` in the order in which they take their turns."""

    action: str
    project: str
    release: str | None
    token: int
    floor: int
    hosts: tuple[HostPlan, ...]
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
    def noop(self) -> bool:
        """Whether there is nothing to do on any host."""
        return not self.blocked and not any(host.turn for host in self.hosts)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        plain = asdict(self)
        plain.update(
            blocked=self.blocked,
            noop=self.noop,
            bases=self.bases,
            full=self.full,
            build_host=next((host.host for host in self.hosts if host.builds), ""),
            environments=sorted(set.intersection(*(set(host.environments) for host in self.hosts)) if self.hosts else ()),
            turns=[host.host for host in self.hosts if host.turn],
            members=[] if self.noop else [{"host": host.host, "groups": host.groups} for host in self.hosts],
            hosts={host.host: {**asdict(host), "turn": host.turn} for host in self.hosts},
        )
        return plain


def check_request(
    action: str, project: str, version: str, projects: Mapping[str, Any], fleet: Fleet, limited: bool
) -> None:
    """Refuse, before any host is asked, what can never be right.

    Raises InputError with one sentence.
    """
    if not isinstance(project, str) or not PROJECT.fullmatch(project) or project not in projects:
        known = ", ".join(sorted(projects)) or "none"
        raise InputError(f"There is no project {project!r} in deploy_projects (known: {known}).")
    if action == "deploy" and limited:
        raise InputError(
            "deploy takes no --limit: the fleet gets one release, and the guards are on every host. "
            "rollback and restart honour it."
        )
    if action == "rollback" and version and not PREFIX.fullmatch(version):
        raise InputError(f"hash={version!r} is not a commit hash: give 7 to 40 hex digits, lower case.")
    missing = [name for name in ("web", "static", "home") if not getattr(fleet, name)]
    if action == "deploy" and missing:
        raise InputError(f"The inventory has no host for: {', '.join(missing)}. Nothing was asked of any host.")
    if not (fleet.web or fleet.static or fleet.home):
        raise InputError("The inventory has no host to work on.")


def make_plan(
    request: Request,
    fleet: Fleet,
    surveys: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
) -> Plan:
    """The plan for the run.

    ``surveys`` by host, for the hosts that take part; ``servers`` as the balancer shows them; ``server_names`` gives the
    balancer's name of each web host. Raises InputError where the release that was asked for cannot be had.
    """
    project = request.project
    reachable = {host: survey for host, survey in surveys.items() if survey.get("reachable")}
    release = request.release or None
    if request.action == "rollback":
        release = rollback_release(request, reachable)
    hosts = [_host_plan(request, fleet, host, survey, release) for host, survey in reachable.items()]
    floor = _floor(request, [host for host in hosts if host.part == "web"])
    serving = {server["server"] for server in servers if server.get("in_rotation")}
    ordered = _order(fleet, hosts, {host for host, name in server_names.items() if name in serving}, request.action)
    findings = [
        *_host_findings(request, fleet, surveys),
        *_bad_findings(request, reachable, release),
        *_floor_findings(ordered, floor, serving, server_names, servers),
    ]
    return Plan(
        action=request.action,
        project=project,
        release=release,
        token=1 + max((int(survey.get("last_token") or 0) for survey in reachable.values()), default=0),
        floor=floor,
        hosts=tuple(ordered),
        findings=tuple(findings),
    )


def rollback_release(request: Request, surveys: Mapping[str, Mapping[str, Any]]) -> str:
    """The full hash to roll back to: the one whose prefix was given, or the fleet's previous good release.

    Raises InputError when it is unknown, ambiguous, not complete on every host, or marked bad.
    """
    have = {host: _releases(survey, request.project) for host, survey in surveys.items()}
    if request.release:
        wanted = _by_prefix(request.release, have)
    else:
        wanted = _previous_good(request.project, surveys)
    lacking = sorted(host for host, releases in have.items() if wanted not in releases)
    if lacking:
        raise InputError(
            f"Release {wanted} is not complete on {', '.join(lacking)}; nothing was changed. "
            "Deploy it (-e version=<hash>) or choose another: ansible-playbook playbooks/status.yml"
        )
    bad = sorted(host for host, releases in have.items() if releases[wanted].get("bad"))
    if bad and not request.allow_bad:
        why = have[bad[0]][wanted].get("why") or "no reason recorded"
        raise InputError(
            f"Release {wanted} is marked bad on {', '.join(bad)} ({why}); nothing was changed. "
            "Choose another, or add -e allow_bad=true."
        )
    return wanted


def _by_prefix(prefix: str, have: Mapping[str, Mapping[str, Any]]) -> str:
    matches = sorted({hash_ for releases in have.values() for hash_ in releases if hash_.startswith(prefix)})
    if not matches:
        raise InputError(f"No host has a release that begins with {prefix}; nothing was changed.")
    if len(matches) > 1:
        raise InputError(f"{prefix} is ambiguous: it begins {', '.join(matches)}. Nothing was changed; give more digits.")
    return matches[0]


def _previous_good(project: str, surveys: Mapping[str, Mapping[str, Any]]) -> str:
    previous = {host: _project(survey, project).get("previous_good") for host, survey in surveys.items()}
    known = {hash_ for hash_ in previous.values() if hash_}
    if not known:
        raise InputError("No host knows an earlier good release; nothing was changed. Name one with -e hash=<commit>.")
    if len(known) > 1 or None in previous.values():
        listed = "; ".join(f"{host}: {hash_ or 'none'}" for host, hash_ in sorted(previous.items()))
        raise InputError(
            f"The hosts' previous good releases differ ({listed}); nothing was changed. Name one with -e hash=<commit>."
        )
    return str(known.pop())


def _project(survey: Mapping[str, Any], project: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = survey.get("projects", {}).get(project, {})
    return found


def _releases(survey: Mapping[str, Any], project: str) -> dict[str, Mapping[str, Any]]:
    return {entry["hash"]: entry for entry in _project(survey, project).get("releases", ()) if entry.get("completed")}


def _host_plan(
    request: Request, fleet: Fleet, host: str, survey: Mapping[str, Any], release: str | None
) -> HostPlan:
    current = _project(survey, request.project).get("current")
    wanted = current if request.action == "restart" else release
    services = [service for service in survey.get("services", ()) if service["project"] == request.project]
    proven = all(service.get("release") == wanted and not service.get("problem") for service in services)
    return HostPlan(
        host=host,
        part=fleet.part(host),
        current=current,
        to=wanted,
        switch=wanted is not None and current != wanted,
        restart=bool(services) and (request.action == "restart" or not proven or current != wanted),
        builds=host in fleet.home[:1],
        have=tuple(_releases(survey, request.project)),
        environments=tuple(survey.get("environments", ())),
    )


def _order(fleet: Fleet, hosts: Sequence[HostPlan], serving: set[str], action: str) -> list[HostPlan]:
    """Static first, then web, at last home. A rollback begins with the nodes that serve nobody: it costs nothing there."""
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


def _floor(request: Request, web: Sequence[HostPlan]) -> int:
    """How many other nodes must serve while one is out.

    A rollback is for the worst hour: with too few nodes left it goes on with those that there are.
    """
    if request.action == "rollback":
        return max(0, min(request.min_in_rotation, len(web) - 1))
    return request.min_in_rotation


def _host_findings(
    request: Request, fleet: Fleet, surveys: Mapping[str, Mapping[str, Any]]
) -> list[Finding]:
    findings = []
    spare = request.action == "rollback" and any(
        survey.get("reachable") and fleet.part(host) == "web" for host, survey in surveys.items()
    )
    for host, survey in surveys.items():
        blocking = request.action != "rollback" or not (survey.get("reachable") or (spare and fleet.part(host) != "static"))
        findings += [Finding(host=host, sentence=text, blocking=blocking) for text in survey.get("problems", ())]
        if request.action == "restart" and survey.get("reachable") and not _project(survey, request.project).get("current"):
            findings.append(Finding(host=host, sentence=f"there is no release of {request.project} to restart"))
    return findings + _lock_findings(surveys)


def _bad_findings(
    request: Request, surveys: Mapping[str, Mapping[str, Any]], release: str | None
) -> list[Finding]:
    """A deploy of a release that failed before; a rollback to one was refused when its release was chosen."""
    if request.action != "deploy" or request.allow_bad:
        return []
    bad = {host: _releases(survey, request.project).get(release or "", {}) for host, survey in surveys.items()}
    hosts = sorted(host for host, entry in bad.items() if entry.get("bad"))
    if not hosts:
        return []
    why = bad[hosts[0]].get("why") or "no reason recorded"
    sentence = f"release {release} is marked bad ({why}); if that is mended: -e allow_bad=true"
    return [Finding(host=", ".join(hosts), sentence=sentence)]


def _lock_findings(surveys: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """One finding for each run that holds hosts, in the words of the host that it took first."""
    locked = {host: survey["lock"] for host, survey in surveys.items() if survey.get("lock")}
    by_run: dict[str, list[str]] = {}
    for host in sorted(locked, key=lambda name: str(locked[name].get("since"))):
        by_run.setdefault(str(locked[host].get("run")), []).append(host)
    return [Finding(host=", ".join(hosts), sentence=lock_sentence(locked[hosts[0]])) for hosts in by_run.values()]


def lock_sentence(lock: Mapping[str, Any]) -> str:
    """Who holds a host, since when, and how far that run had come."""
    age = int(lock.get("age") or 0)
    return (
        f"locked by {lock.get('who')} since {lock.get('since')} ({age // 60} min {age % 60} s): {lock.get('action')} of "
        f"{lock.get('project')} to {str(lock.get('to') or '?')[:12]}, run {lock.get('run')}, "
        f"last step: {lock.get('last_step') or 'none'}. If that run is dead: "
        "ansible-playbook playbooks/lock.yml -e break=true -e reason='...'"
    )


def _floor_findings(
    hosts: Sequence[HostPlan],
    floor: int,
    serving: set[str],
    server_names: Mapping[str, str],
    servers: Sequence[Mapping[str, Any]],
) -> list[Finding]:
    """A node that serves may only leave while enough others do."""
    findings = []
    states = ", ".join(f"{server['server']} {server.get('status')}" for server in servers) or "none"
    ready = {server["server"] for server in servers if server.get("admin") == "ready"}
    for host in hosts:
        name = server_names.get(host.host, "")
        if host.part != "web" or not host.turn:
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


def _standing_in(
    hosts: Sequence[HostPlan], host: HostPlan, server_names: Mapping[str, str], ready: set[str]
) -> set[str]:
    """The servers whose turn comes before this one's, and which nobody has taken out by hand: they will serve by then."""
    earlier = hosts[: hosts.index(host)]
    return {server_names[other.host] for other in earlier if other.part == "web" and other.turn} & ready
