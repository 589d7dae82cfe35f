# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that do not go together, each a function from what was read to findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import check_tag_names
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request, then_restart_of

from .alike import varying_gates
from .findings import COMMAND_LINE, INVENTORY, Mistake
from .given import HOME, STAGING, STATIC, WEB, Given
from .model import Asked, Balancer, Project
from .names import about
from .near import listed
from .readers import FORWARD, LOCK, ONLY_DEPLOY, RUNS, STATUS, SURVEYS, TAG
from .setting import show
from .specification_gates import GATES
from .values import Read, differing, fleet_value, placed


@dataclass(frozen=True)
class Known:
    """What the combinations are found in."""

    given: Given
    read: Read
    asked: Asked

    @property
    def projects(self) -> dict[str, Project]:
        """The projects by name."""
        return dict(fleet_value(self.read, self.given, "deploy_projects") or {})

    @property
    def project(self) -> str:
        """The project of the run: the one that was asked for, or the site's."""
        return self.asked.project or str(fleet_value(self.read, self.given, "deploy_project"))

    def right(self, host: str, *names: str) -> bool:
        """Whether these settings of the host stand as they were set: of a default nobody wants to hear."""
        return all(self.read.right(host, name) for name in names)

    def unset(self, host: str, name: str) -> bool:
        """Whether the host says nothing of the setting: not rightly, not wrongly, not under a name near to it."""
        meant = any(about(key)[1] == name for key in self.given.hosts.get(host, {}))
        return self.read.right(host, name) and not self.read.hosts[host][name] and not meant


def combination_findings(known: Known) -> list[Mistake]:
    """Everything that does not go together."""
    rules = (
        limits,
        services,
        projects,
        project_of_run,
        balancers,
        places,
        gates,
        rotation,
        staged,
        restarts,
        tags,
    )
    return [placed(finding, known.given) for rule in rules for finding in rule(known)]


def limits(known: Known) -> Iterable[Mistake]:
    """Times of one host that contradict each other."""
    for host, values in known.read.hosts.items():
        seconds, timeout = values["deploy_bake_seconds"], values["deploy_bake_timeout"]
        if timeout < seconds and known.right(host, "deploy_bake_seconds", "deploy_bake_timeout"):
            yield Mistake(
                f"deploy_bake_timeout is {show(timeout)}: it must not be less than deploy_bake_seconds, which is "
                f"{show(seconds)}.",
                (host,),
                readers=FORWARD,
                setting="deploy_bake_timeout",
            )
        interval, check = values["deploy_check_interval"], values["deploy_check_timeout"]
        if check <= 2 * interval and known.right(host, "deploy_check_interval", "deploy_check_timeout"):
            yield Mistake(
                f"deploy_check_timeout is {show(check)}: it must be more than two times deploy_check_interval, which "
                f"is {show(interval)}.",
                (host,),
                readers=RUNS,
                setting="deploy_check_timeout",
            )


def services(known: Known) -> Iterable[Mistake]:
    """Web hosts that would count as deployed without a process that runs anything."""
    for host in known.given.part(WEB):
        if known.unset(host, "deploy_services"):
            yield Mistake(
                "a web host without deploy_services has nothing to run or prove.",
                (host,),
                readers=SURVEYS,
                setting="deploy_services",
            )


def projects(known: Known) -> Iterable[Mistake]:
    """Services and reloads of projects that are not there."""
    if not known.projects:
        return
    for host, values in known.read.hosts.items():
        for name, readers in (("deploy_services", SURVEYS), ("deploy_reloads", RUNS)):
            for entry in values[name]:
                if entry.project not in known.projects:
                    yield Mistake(
                        f"{name}, {entry.name}: there is no project {entry.project!r} in deploy_projects "
                        f"({listed(known.projects)}).",
                        (host,),
                        readers=readers,
                        setting=name,
                    )


def project_of_run(known: Known) -> Iterable[Mistake]:
    """A project that is not there, or that no host would notice."""
    given, playbook = known.given, known.given.playbook
    where = COMMAND_LINE if known.asked.project else INVENTORY
    if playbook not in SURVEYS | {LOCK}:
        return
    if playbook == LOCK and not known.asked.break_:
        return
    if not known.project and all(known.read.right(host, "deploy_project") for host in given.fleet):
        yield Mistake("No project is given: set deploy_project, or say -e project=<name>.", where=COMMAND_LINE)
    if not known.project or playbook == LOCK or not known.projects:
        return
    if known.project not in known.projects:
        yield Mistake(
            f"There is no project {known.project!r} in deploy_projects ({listed(known.projects)}).", where=where
        )
        return
    entries = [
        entry
        for host in given.fleet
        for name in ("deploy_services", "deploy_reloads")
        for entry in known.read.hosts[host][name]
    ]
    wrong = any(
        not known.read.right(host, name) for host in given.fleet for name in ("deploy_services", "deploy_reloads")
    )
    if playbook in RUNS and not wrong and known.project not in {entry.project for entry in entries}:
        yield Mistake(
            f"No host runs a service of {known.project}, and none reloads anything for it: see deploy_services and "
            "deploy_reloads.",
            where=where,
            setting="deploy_services",
        )


def balancers(known: Known) -> Iterable[Mistake]:
    """Web hosts without a balancer, or with another one's name."""
    names: dict[tuple[str, str], list[str]] = {}
    places: dict[Balancer, list[str]] = {}
    for host in known.given.part(WEB):
        if known.unset(host, "deploy_balancers"):
            yield Mistake(
                "a web host without deploy_balancers cannot be taken out of rotation.",
                (host,),
                readers=RUNS,
                setting="deploy_balancers",
            )
        for each in known.read.hosts[host]["deploy_balancers"]:
            names.setdefault((each.backend, each.server), []).append(host)
            places.setdefault(Balancer(each.host, each.socket, each.backend), []).append(host)
    for (backend, server), hosts in names.items():
        if len(hosts) > 1:
            yield Mistake(
                f"{listed(hosts)} are all called {server} in the backend {backend}; set server in deploy_balancers.",
                tuple(hosts),
                readers=SURVEYS,
                setting="deploy_balancers",
            )
    if len(places) > 1:
        told = "; ".join(f"{each.backend} on {each.host} for {listed(hosts)}" for each, hosts in places.items())
        hosts = [host for each in places.values() for host in each]
        yield Mistake(
            f"The web hosts have {len(places)} balancers ({told}); only one works yet.",
            tuple(dict.fromkeys(hosts)),
            readers=SURVEYS,
            setting="deploy_balancers",
        )


def places(known: Known) -> Iterable[Mistake]:
    """Hosts that would take more than one turn."""
    given = known.given
    for host in given.fleet:
        parts = [part for part in (WEB, STATIC, HOME) if host in given.part(part)]
        if len(parts) > 1:
            yield Mistake(
                f"it is in more than one of web, www and home ({listed(_group(part) for part in parts)}).",
                (host,),
                readers=RUNS | {STATUS, TAG},
            )


def _group(part: str) -> str:
    return "www" if part == STATIC else part


def gates(known: Known) -> Iterable[Mistake]:
    """Gates that are not the same on all hosts of the fleet: each is asked by one plan for all of them."""
    entries = {
        host: {gate.name: gate.of_fleet() for gate in known.read.hosts[host][GATES]}
        for host in known.given.fleet
        if known.right(host, GATES)
    }
    for name in dict.fromkeys(name for each in entries.values() for name in each):
        values = {host: each.get(name) for host, each in entries.items()}
        if concerned := differing(values, known.given):
            yield Mistake(_disagreement(name, values.values()), concerned, "", FORWARD, GATES, name)
    for name in sorted(varying_gates(known.given, known.read)):
        if {"before", "after"} & {when for each in entries.values() if name in each for when in each[name]["when"]}:
            sentence = (
                f"{GATES}, {name}: before and after a run it is asked once, for all hosts: its via, become and options"
                " must be the same on every host of the fleet, or its when turn alone."
            )
            yield Mistake(sentence, tuple(known.given.fleet), "", FORWARD, GATES)


def _disagreement(name: str, values: Collection[Mapping[str, Any] | None]) -> str:
    there = [value for value in values if value is not None]
    if len(there) < len(values):
        return f"{GATES}, {name} is not on every host of the fleet, and must be."
    keys = [key for key in there[0] if any(value[key] != there[0][key] for value in there)]
    return f"{GATES}, {name}: {listed(keys)} must be the same on every host of the fleet."


def rotation(known: Known) -> Iterable[Mistake]:
    """A floor that no node could ever leave. A rollback goes below it by itself."""
    web = known.given.part(WEB)
    floor = fleet_value(known.read, known.given, "deploy_min_in_rotation")
    if web and floor >= len(web) and all(known.right(host, "deploy_min_in_rotation") for host in web):
        alone = "; with a single one set 0" if len(web) == 1 else ""
        yield Mistake(
            f"deploy_min_in_rotation is {floor}: it must be less than the number of web hosts, {len(web)}{alone}.",
            tuple(web),
            readers=FORWARD,
            setting="deploy_min_in_rotation",
        )


def staged(known: Known) -> Iterable[Mistake]:
    """A test that no host could make."""
    required = fleet_value(known.read, known.given, "deploy_require_staged")
    if required and not known.given.part(STAGING) and not ("staged" in known.asked.skip or known.asked.urgent):
        yield Mistake(
            "deploy_require_staged is true and the inventory has no staging host.",
            tuple(known.given.fleet),
            readers=ONLY_DEPLOY,
            setting="deploy_require_staged",
        )


def restarts(known: Known) -> Iterable[Mistake]:
    """A project whose restart makes no sense."""
    try:
        then_restart(known)
    except InputError as error:
        yield Mistake(error.msg, tuple(known.given.fleet), readers=RUNS, setting="deploy_then_restart")


def then_restart(known: Known) -> str:
    """The project whose services restart as well; empty for none. Raises InputError."""
    if known.given.playbook not in RUNS or not known.projects:
        return ""
    value = fleet_value(known.read, known.given, "deploy_then_restart")
    usual = str(fleet_value(known.read, known.given, "deploy_project"))
    return then_restart_of(value, Request(known.given.playbook, known.project), known.projects, usual)


def tags(known: Known) -> Iterable[Mistake]:
    """Two tags of one name."""
    moving = fleet_value(known.read, known.given, "deploy_moving_tag")
    try:
        check_tag_names(known.asked.tag_name, moving)
    except InputError as error:
        if known.asked.tag_name:
            yield Mistake(error.msg, where=COMMAND_LINE, readers=frozenset({TAG}), setting="deploy_moving_tag")
