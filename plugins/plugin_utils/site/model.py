# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site: what is configured and what was asked for, typed and frozen. Its plain form is what Ansible hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import Reloaded
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service

from .findings import Fault
from .readers import DEPLOY
from .setting import plain


@dataclass(frozen=True)
class Asked:
    """What the operator asked for; empty texts were not given. ``limit`` are the hosts that --limit leaves, None
    without it; ``skip`` the names that are skipped, ``without`` the web nodes that are left out, for the ``reason``;
    ``urgent`` is why the run waits for no verdict."""

    project: str = ""
    version: str = ""
    hash: str = ""
    tag_name: str = ""
    json: str = ""
    run: str = ""
    reason: str = ""
    adopt: bool = False
    break_: bool = False
    skip: tuple[str, ...] = ()
    urgent: str = ""
    without: tuple[str, ...] = ()
    limit: tuple[str, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        own = plain(asdict(self))
        own["break"] = own.pop("break_")
        return dict(own)


@dataclass(frozen=True)
class Project:
    """What is deployed under one name."""

    repository: str = ""
    branch: str = ""
    build: tuple[tuple[str, ...], ...] = ()
    requirements: str = ""
    smoke_imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Balancer:
    """Where a host is a server of haproxy: who runs it, its sockets, the backend, and the host's name there."""

    host: str
    socket: tuple[str, ...]
    backend: str
    server: str = ""

    def asked(self) -> dict[str, Any]:
        """What is asked who serves, as the modules take it."""
        return {"socket": list(self.socket), "backend": self.backend}


NOWHERE = Balancer(host="localhost", socket=(), backend="")
"""Stands in tasks where there is no balancer: they are skipped, but Ansible wants to know where they would run."""


@dataclass(frozen=True)
class GateEntry:
    """An entry of `deploy_gates` on one host; of the ``options`` of its module it has the names alone: values may be
    secrets, and deploy_gate reads them where it hands them on."""

    name: str
    module: str
    when: tuple[str, ...] = ("turn",)
    unknown: str = "stop"
    timeout: float = 600
    via: str = "localhost"
    become: bool = False
    host: str = ""
    options: tuple[str, ...] = ()

    def of_fleet(self) -> dict[str, Any]:
        """What is the same on all hosts of the fleet."""
        return {name: getattr(self, name) for name in ("name", "module", "when", "unknown", "timeout")}

    def of_host(self) -> dict[str, Any]:
        """What each host has for itself."""
        return {"host": self.host, "via": self.via, "become": self.become}


@dataclass(frozen=True)
class HostSite:
    """The settings of one host. Times are in seconds; ``bake`` has the module's names of options; ``gates`` is by the
    name of each gate who asks it, and how."""

    root: str = ""
    deploy_user: str = ""
    service_user: str = ""
    python: str = ""
    supervisor_socket: str = ""
    authorized_keys: tuple[str, ...] = ()
    min_free_mib: int = 0
    services: tuple[Service, ...] = ()
    reloads: tuple[Reloaded, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    drain_timeout: float = 0
    drain_cutoff: float = 0
    warm: tuple[str, ...] = ()
    check_timeout: float = 0
    check_interval: float = 0
    ramp: tuple[int, ...] = ()
    ramp_hold: float = 0
    stop_timeout: float = 0
    start_timeout: float = 0
    health_timeout: float = 0
    stable_seconds: float = 0
    orphan_timeout: float = 0
    build_timeout: float = 0
    environment_timeout: float = 0
    reload_test_timeout: float = 0
    reload_timeout: float = 0
    bake: Mapping[str, Any] = field(default_factory=dict)
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("services", "reloads", "balancers"):
            own[name] = [asdict(each) for each in own[name]]
        own["balancer"] = asdict(self.balancers[0] if self.balancers else NOWHERE)
        return dict(plain(own))


@dataclass(frozen=True)
class Site:
    """Everything that is configured, for one run; secrets are never in it.

    ``own_project`` is the inventory's project, the one that is meant where none is asked for. ``balancer`` is asked who
    serves, None without one. ``varying_gates`` are the names of the gates that not every host has asked alike.
    """

    playbook: str
    who: str
    asked: Asked
    static: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    staging: tuple[str, ...] = ()
    own_project: str = ""
    projects: Mapping[str, Project] = field(default_factory=dict)
    balancer: Balancer | None = None
    min_in_rotation: int = 1
    require_staged: bool = False
    then_restart: str = ""
    pause_after_blue: str = ""
    moving_tag: str = ""
    bake_mode: str = "judge"
    gates: tuple[GateEntry, ...] = ()
    varying_gates: frozenset[str] = frozenset()
    hosts: Mapping[str, HostSite] = field(default_factory=dict)

    @property
    def asks_staging(self) -> tuple[str, ...]:
        """The hosts that are asked what they have run, before a deploy of what must have been tried there."""
        return self.staging if self.playbook == DEPLOY and self.require_staged else ()

    @property
    def asks_beside(self) -> list[dict[str, Any]]:
        """Who is asked beside the hosts that the run is for, each with ``host`` and ``root``: the staging hosts, and
        the balancer's host, with its ``haproxy``, where --limit or the fleet leaves it out."""
        fleet = {*self.static, *self.web, *self.home}
        asked = fleet if self.asked.limit is None else fleet & {*self.asked.limit}
        beside: list[dict[str, Any]] = [{"host": host, "root": self.hosts[host].root} for host in self.asks_staging]
        if self.balancer and self.balancer.host not in asked:
            root = self.hosts.get(self.balancer.host, HostSite()).root
            beside.append({"host": self.balancer.host, "root": root, "haproxy": self.balancer.asked()})
        return beside

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        own: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        asked = own.pop("asked")
        own["request"] = asked.as_dict()
        own["resolves"] = self.playbook == DEPLOY
        own["resolver"] = next(iter(self.home), "localhost")
        own["projects"] = {name: asdict(project) for name, project in self.projects.items()}
        own["has_balancer"] = self.balancer is not None
        own["balancer"] = asdict(self.balancer or NOWHERE)
        own["balancer"].pop("server")
        own["asks_beside"] = self.asks_beside
        varying = own.pop("varying_gates")
        own["gates"] = [{**gate.of_fleet(), "alike": gate.name not in varying} for gate in self.gates]
        own["hosts"] = {
            name: {**host.as_dict(), "builds": name in self.home, "asked": name not in self.asked.without}
            for name, host in self.hosts.items()
        }
        if self.balancer and self.balancer.host in own["hosts"]:
            own["hosts"][self.balancer.host]["haproxy"] = self.balancer.asked()
        return dict(plain(own))


@dataclass(frozen=True)
class Checked:
    """The answer: the site, with defaults where something is wrong, and what there is to say.

    ``faults`` refuse the run, ``warnings`` are said, a line each; ``notes`` are sentences for the operator.
    ``settings`` are each host's values by the names of the settings, without secrets; ``own`` the deploy_* names that
    are the site's own.
    """

    site: Site
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    own: tuple[str, ...] = ()
