# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a fleet differs from what it should be.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.errors import InputError
from ...module_utils._model.host.lock import describe_entry
from .fleet import project_of, services_of
from .remembered import all_taken_out, underweight, weight_left
from .table import short, table
from .verified import hot_fix_drift, verify_command
from .way_back import way_back


@dataclass(frozen=True)
class HostStatus:
    """One host's line: what it should run, what its link says, what its processes run, and whether it serves.

    ``asked`` is false where the host did not answer, so that nothing of this is known.
    """

    host: str
    wanted: str | None
    current: str | None
    running: str
    haproxy: str
    environment: str
    free_mib: int | None
    drift: tuple[str, ...]
    asked: bool = True


@dataclass(frozen=True)
class FleetStatus:
    """The whole answer."""

    project: str
    wanted: str | None
    rollback: str | None
    hosts: tuple[HostStatus, ...]

    @property
    def deployed(self) -> bool:
        """Whether any host has, or should have, a release of the project."""
        return any(host.wanted or host.current for host in self.hosts)

    @property
    def drift(self) -> tuple[str, ...]:
        """Every difference, with its host."""
        return tuple(f"{host.host}: {text}" for host in self.hosts for text in host.drift)


def fleet_status(
    project: str,
    surveys: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
    usual: str = "",
) -> FleetStatus:
    """Compare link, processes and balancer of every host with the fleet's wanted release.

    Wanted is the release of the last run that ended well; hosts that disagree on it are told from the majority.
    ``usual`` is the inventory's own project.
    """
    wanted, rollback = _wanted(project, surveys)
    by_name = {server["server"]: server for server in servers}
    beside = Beside(_light(surveys, servers), verify_command(project, usual))
    hosts = tuple(
        _host_status(host, project, survey, wanted, by_name, server_names.get(host), beside)
        for host, survey in surveys.items()
    )
    return FleetStatus(project=project, wanted=wanted, rollback=rollback, hosts=hosts)


def other_status(project: str, surveys: Mapping[str, Mapping[str, Any]], usual: str = "") -> FleetStatus:
    """The same for a project beside the one that was asked for: links and processes only, the rest is told once.

    One that was never deployed anywhere has no drift, whatever its services do.
    """
    wanted, rollback = _wanted(project, surveys)
    verify = verify_command(project, usual)
    hosts = tuple(_beside(host, project, survey, wanted, verify) for host, survey in surveys.items())
    return FleetStatus(project=project, wanted=wanted, rollback=rollback, hosts=hosts)


def other_projects(project: str, surveys: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The projects that hosts were asked for besides this one, in the order of the inventory."""
    named = dict.fromkeys(name for survey in surveys.values() for name in survey.get("projects", {}))
    return [name for name in named if name != project]


def _wanted(project: str, surveys: Mapping[str, Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """The release that the fleet should have, and the one that a rollback would take it to."""
    asked = {host: survey for host, survey in surveys.items() if survey.get("reachable")}
    found = [project_of(survey, project) for survey in asked.values()]
    return _majority(each.get("wanted") or each.get("current") for each in found), _rollback(project, asked)


def _rollback(project: str, surveys: Mapping[str, Mapping[str, Any]]) -> str | None:
    try:
        return way_back(project, surveys).release
    except InputError:
        return None


def _majority(values: Any) -> str | None:
    counted = Counter(value for value in values if value)
    return counted.most_common(1)[0][0] if counted else None


@dataclass(frozen=True)
class Beside:
    """What is the same for all hosts: what is said of each server, by its name, that gets less traffic than it should,
    ``light``; and the command that verifies a hot fix."""

    light: Mapping[str, str]
    verify: str


def _host_status(
    host: str,
    project: str,
    survey: Mapping[str, Any],
    wanted: str | None,
    servers: Mapping[str, Mapping[str, Any]],
    server_name: str | None,
    beside: Beside,
) -> HostStatus:
    found = project_of(survey, project)
    services = services_of(survey, project)
    server = servers.get(server_name or "", {})
    drift = [
        *survey.get("problems", ()),
        *_link_drift(survey, found.get("current"), wanted),
        *_load_drift(project, found),
        *hot_fix_drift(found, beside.verify),
        *(text for service in services for text in _service_drift(service, found.get("current"))),
        *_balancer_drift(server_name, server, beside.light),
        *_lock_drift(survey.get("lock")),
    ]
    return HostStatus(
        host=host,
        wanted=wanted,
        current=found.get("current"),
        running=_running(services),
        haproxy=str(server.get("status", "?")) if server_name else "-",
        environment=_environment(found),
        free_mib=survey.get("free_mib"),
        drift=tuple(drift),
        asked=bool(survey.get("reachable")),
    )


def _beside(host: str, project: str, survey: Mapping[str, Any], wanted: str | None, verify: str) -> HostStatus:
    found = project_of(survey, project)
    services = services_of(survey, project)
    drift = [
        *_link_drift(survey, found.get("current"), wanted),
        *_load_drift(project, found),
        *hot_fix_drift(found, verify),
        *(text for service in services for text in _service_drift(service, found.get("current")) if wanted),
    ]
    return HostStatus(
        host=host,
        wanted=wanted,
        current=found.get("current"),
        running=_running(services),
        haproxy="-",
        environment=_environment(found),
        free_mib=survey.get("free_mib"),
        drift=tuple(f"{project}: {text}" for text in drift),
        asked=bool(survey.get("reachable")),
    )


def _link_drift(survey: Mapping[str, Any], current: str | None, wanted: str | None) -> list[str]:
    if not survey.get("reachable") or current == wanted:
        return []
    return [f"current is {short(current)}, should be {short(wanted)}"]


def _load_drift(project: str, found: Mapping[str, Any]) -> list[str]:
    """By the journal; a project from which nothing reads its configuration has no such thing."""
    loaded, current = found.get("loaded"), found.get("current")
    if loaded is None or loaded == current:
        return []
    again = f"ansible-playbook playbooks/restart.yml -e project={project}"
    return [f"unknown whether {short(current)} was loaded by what reads its configuration from it: {again}"]


def _service_drift(service: Mapping[str, Any], current: str | None) -> list[str]:
    if service.get("problem"):
        return [f"{service['name']}: {service['problem']}"]
    if service.get("release") != current:
        return [f"{service['name']} runs {_runs(service)}, current is {short(current)}"]
    return []


def _light(surveys: Mapping[str, Mapping[str, Any]], servers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is said of each server, by its name, that gets less traffic than it should."""
    left = weight_left(servers, all_taken_out(surveys))
    return {
        name.rpartition("/")[2]: f"has weight {weight} of {configured} in the balancer"
        + ", left by a run that died; the next run restores it" * (name in left)
        for name, (weight, configured) in underweight(servers).items()
    }


def _balancer_drift(server_name: str | None, server: Mapping[str, Any], light: Mapping[str, str]) -> list[str]:
    if not server_name:
        return []
    if server.get("in_rotation"):
        return [light[server_name]] if server_name in light else []
    return [f"out of rotation: {server.get('why') or server.get('status') or 'the balancer does not know it'}"]


def _lock_drift(lock: Mapping[str, Any] | None) -> list[str]:
    return [f"locked by {describe_entry(lock)}"] if lock else []


def _running(services: Sequence[Mapping[str, Any]]) -> str:
    """What the services run, those that run the same together."""
    releases = dict.fromkeys(service.get("release") for service in services if service.get("release"))
    words = []
    for release in releases:
        alike = [service for service in services if service.get("release") == release]
        count = sum(len(service.get("processes", ())) for service in alike)
        words.append(f"{', '.join(service['name'] for service in alike)}: {count} of {short(release)}")
    words += [f"{service['name']}: {_runs(service)}" for service in services if not service.get("release")]
    return "; ".join(words) or "-"


def _runs(service: Mapping[str, Any]) -> str:
    if service.get("release"):
        return short(service["release"])
    return str(service.get("state") or "unknown")


def _environment(found: Mapping[str, Any]) -> str:
    for entry in found.get("releases", ()):
        if entry["hash"] == found.get("current"):
            return str(entry.get("environment") or "-")
    return "-"


def status_lines(status: FleetStatus, others: Sequence[FleetStatus] = ()) -> list[str]:
    """The table, the way back, the other projects shorter, and every drift."""
    rows = [
        (
            host.host,
            short(host.current),
            host.running,
            host.haproxy,
            host.environment,
            "-" if host.free_mib is None else f"{host.free_mib / 1024:.1f} GiB",
            _word(host),
        )
        for host in status.hosts
    ]
    lines = table(("host", "current", "running", "haproxy", "environment", "free", ""), rows)
    lines += ["", *_way_back(status)]
    for other in others:
        lines += _other_lines(other)
    lines += [""] * bool(others and _drift(status, others))
    return lines + [f"DRIFT {text}" for text in _drift(status, others)]


def _other_lines(status: FleetStatus) -> list[str]:
    if not status.deployed:
        return ["", f"{status.project}: never deployed"]
    rows = [(host.host, short(host.current), host.running, _word(host)) for host in status.hosts]
    return ["", *table(("host", status.project, "running", ""), rows), *_way_back(status)]


def _way_back(status: FleetStatus) -> list[str]:
    back = status.rollback or "no release that was good on all hosts"
    return [f"wanted: {status.project} {status.wanted or 'nothing yet'}", f"rollback would go to: {back}"]


def _word(host: HostStatus) -> str:
    if host.drift:
        return "DRIFT"
    return "ok" if host.asked else "?"


def _drift(status: FleetStatus, others: Sequence[FleetStatus]) -> list[str]:
    return [text for each in (status, *others) for text in each.drift]
