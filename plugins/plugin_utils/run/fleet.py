# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts that hosts play, and how to read what a host or the balancer said.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fleet:
    """Which host plays which part; the order within ``web`` is the order of the rollout, blue first.

    ``reloads`` are the hosts on which something reads its configuration from the project's release; ``answers`` those
    with a service that listens on a port.
    """

    static: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @classmethod
    def of(cls, site: Mapping[str, Any]) -> Fleet:
        """The fleet of a checked site, in its plain form."""
        parts = {name: tuple(site[name]) for name in ("static", "web", "home")}
        hosts = dict.fromkeys(host for part in parts.values() for host in part)
        project = site["request"]["project"]
        reloads = [host for host in hosts if any(each["project"] == project for each in site["hosts"][host]["reloads"])]
        answers = [host for host in hosts if any(each["port"] for each in site["hosts"][host]["services"])]
        return cls(**parts, reloads=tuple(reloads), answers=tuple(answers))

    def part(self, host: str) -> str:
        """``static``, ``web`` or ``home``: a host in several groups takes its turn as the most careful one."""
        if host in self.web:
            return "web"
        return "static" if host in self.static else "home"


def able(survey: Mapping[str, Any]) -> bool:
    """Whether the host can take a turn: it answers, its disk can be written, its supervisor is there."""
    return bool(
        survey.get("reachable")
        and survey.get("free_mib") != 0
        and all(service.get("state") != "UNKNOWN" for service in survey.get("services", ()))
    )


def project_of(survey: Mapping[str, Any], project: str) -> Mapping[str, Any]:
    """What the host said of the project; empty where it said nothing."""
    found: Mapping[str, Any] = survey.get("projects", {}).get(project, {})
    return found


def releases_of(survey: Mapping[str, Any], project: str) -> dict[str, Mapping[str, Any]]:
    """The project's complete releases on the host, by hash."""
    return {entry["hash"]: entry for entry in project_of(survey, project).get("releases", ()) if entry.get("completed")}


def services_of(survey: Mapping[str, Any], project: str) -> list[Mapping[str, Any]]:
    """What the host said of the project's services."""
    return [service for service in survey.get("services", ()) if service["project"] == project]


def serving_names(servers: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of the servers that the balancer sends traffic to."""
    return {server["server"] for server in servers if server.get("in_rotation")}


def server_names(site: Mapping[str, Any]) -> dict[str, str]:
    """What the balancer calls each web node of a checked site, in its plain form."""
    balancers = {host: site["hosts"][host]["balancers"] for host in site["web"]}
    return {host: entries[0]["server"] for host, entries in balancers.items() if entries}


def hosts_of(names: Mapping[str, str], servers: Container[str]) -> set[str]:
    """The hosts whose ``names`` in the balancer are among the ``servers``."""
    return {host for host, name in names.items() if name in servers}


def in_rotation(names: Mapping[str, str], servers: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """Whether the balancer sends traffic to each of the hosts whose ``names`` there are given."""
    serving = serving_names(servers)
    return {host: name in serving for host, name in names.items()}
