# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that are dictionaries, or lists of them: each entry is read, and everything that is wrong with it is said.

What a service must have. A restart (_system/supervisor_service.py) proves of every service that the right release
*runs*: new pid, RUNNING for a while, working directory and environment of every process (_model/service/process.py).
None of that says that it works: a server that hangs or answers 500 passes. What does is an answer of its health_url, a
version_url that names the release, or a progress_file that changes. A port does not: it is looked at before the stop,
for connections, and after it, to be free; nothing looks whether anybody listens again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_project
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import Reloaded, parse_reloads
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service, parse_service

from . import checks
from .findings import Problem
from .model import Balancer, Project
from .near import listed, near
from .readers import ONLY_DEPLOY
from .setting import Check, empty_of, read_value
from .specification_hosts import BALANCER_OPTIONS, PROJECT, PROJECT_NAMES, RELOAD_OPTIONS, SERVICE_OPTIONS

Problems = list[str]

_BALANCER_RULES: dict[str, Check] = {"socket": checks.sockets, "backend": checks.server, "server": checks.server}


def unknown_keys(label: str, given: Mapping[Any, Any], known: Sequence[str]) -> Problems:
    """A sentence for each key that nobody reads: the one that was meant, or those that there are."""
    problems = []
    for key in given:
        close = near(str(key), known)
        if close:
            problems.append(f"{label} has no {key}; did you mean {listed(close, 'or')}?")
        elif key not in known:
            problems.append(f"{label} has no {key}; it may have {listed(known)}.")
    return problems


def read_entry(
    label: str, raw: Mapping[Any, Any], options: Sequence[Option], rules: Mapping[str, Check] | None = None
) -> tuple[dict[str, Any], Problems]:
    """The values of an entry by the names of its options, and what is wrong with it.

    ``rules`` are checks of values of the right type, by the names of their options.
    """
    problems = unknown_keys(label, raw, [option.name for option in options])
    values = {}
    for option in options:
        value = raw.get(option.name)
        values[option.name] = empty_of(option)
        if value is not None and not (option.required and value == ""):
            rule = (rules or {}).get(option.name)
            values[option.name], problem = read_value(f"{label}.{option.name}", option, value, rule)
            problems += [problem] if problem else []
        elif option.required and not near_key(raw, option.name):
            problems.append(f"{label} has no {option.name}, which it needs.")
    return values, problems


def near_key(raw: Mapping[Any, Any], name: str) -> bool:
    """Whether another key was meant to be this one: one sentence about that is enough."""
    return any(near(str(key), [name]) for key in raw)


def label_of(setting: str, raw: Any, number: int) -> str:
    """What a sentence calls an entry of a list: by its name, else by its number, from 1 on."""
    name = raw.get("name") if isinstance(raw, Mapping) else None
    return f"{setting}, {name if isinstance(name, str) and name and name.isprintable() else f'entry {number}'}"


def read_services(raw: Sequence[Any]) -> tuple[tuple[Service, ...], Problems]:
    """The services, and everything that is wrong with them."""
    services: list[Service] = []
    problems: Problems = []
    for number, each in enumerate(raw, 1):
        label = label_of("deploy_services", each, number)
        values, found = read_entry(label, each, SERVICE_OPTIONS)
        if not found:
            try:
                services.append(parse_service(values))
            except InputError as error:
                found.append(f"{label}: {error.msg}")
            else:
                found += unproven(services[-1])
        problems += found
    return tuple(services), problems + _twice("deploy_services", [service.name for service in services]) + _ports(
        services
    )


def unproven(service: Service) -> Problems:
    """Why nothing proves that the service works: see the module's documentation."""
    if service.health_url or service.version_url or service.progress_file:
        return []
    proofs = "a health_url, a version_url or a progress_file"
    return [f"deploy_services, {service.name}: nothing proves that it works; give it {proofs}."]


def _ports(services: Sequence[Service]) -> Problems:
    by_port: dict[int, list[str]] = {}
    for service in services:
        by_port.setdefault(service.port, []).append(service.name)
    return [
        f"deploy_services: {listed(names)} share the port {port}."
        for port, names in by_port.items()
        if port and len(names) > 1
    ]


def _twice(setting: str, names: Sequence[str]) -> Problems:
    return [f"{setting} names {name} twice." for name in dict.fromkeys(names) if names.count(name) > 1]


def read_reloads(raw: Sequence[Any]) -> tuple[tuple[Reloaded, ...], Problems]:
    """What is reloaded, and everything that is wrong with it."""
    reloads: list[Reloaded] = []
    problems: Problems = []
    for number, each in enumerate(raw, 1):
        label = label_of("deploy_reloads", each, number)
        values, found = read_entry(label, each, RELOAD_OPTIONS)
        if not found:
            try:
                reloads += parse_reloads([values], values["project"])
            except InputError as error:
                found.append(f"{label}: {error.msg}")
        problems += found
    return tuple(reloads), problems + _twice("deploy_reloads", [each.name for each in reloads])


def read_balancers(
    raw: Sequence[Any], host: str, inventory: Sequence[str], fleet: Sequence[str]
) -> tuple[tuple[Balancer, ...], Problems]:
    """Where the ``host`` is a server, and everything that is wrong with it.

    The balancer's host is one of the ``fleet``, whose settings are read: a run takes its lock, too.
    """
    balancers = []
    problems: Problems = []
    for number, each in enumerate(raw, 1):
        label = f"deploy_balancers, entry {number}" if len(raw) > 1 else "deploy_balancers"
        values, found = read_entry(label, each, BALANCER_OPTIONS, _BALANCER_RULES)
        if not found and values["host"] not in inventory:
            close = near(values["host"], inventory)
            meant = f"; did you mean {listed(close, 'or')}?" if close else "."
            found.append(f"{label}.host is {values['host']!r}, which is not a host of the inventory{meant}")
        elif not found and values["host"] not in fleet:
            found.append(f"{label}.host is {values['host']!r}, which is in no group of the fleet; put it into www.")
        if not found:
            values.update(socket=tuple(values["socket"]), server=values["server"] or host)
            balancers.append(Balancer(**values))
        problems += found
    if len(raw) > 1:
        problems.append(f"deploy_balancers has {len(raw)} entries; only one works yet.")
    return tuple(balancers), problems


def read_projects(raw: Mapping[Any, Any]) -> tuple[dict[str, Project], list[Problem]]:
    """The projects, and everything that is wrong with them, with the playbooks that it concerns.

    A project whose parts are wrong is there nevertheless, with defaults: a rollback needs no more than its name.
    """
    projects: dict[str, Project] = {}
    problems: list[Problem] = []
    for name, entry in raw.items():
        try:
            check_project(name)
        except InputError as error:
            problems.append(Problem(f"deploy_projects: {error.msg}", PROJECT_NAMES))
            continue
        projects[name], found = _project(f"deploy_projects.{name}", entry)
        problems += found
    if not raw:
        problems.append(Problem("deploy_projects is empty: there is nothing to deploy.", PROJECT_NAMES))
    return projects, problems


def _project(label: str, raw: Any) -> tuple[Project, list[Problem]]:
    if not isinstance(raw, Mapping):
        takes = f"{label} takes a dictionary with {listed(each.name for each in PROJECT)}."
        return Project(), [Problem(takes, ONLY_DEPLOY)]
    names = [setting.name for setting in PROJECT]
    problems = [Problem(problem, ONLY_DEPLOY) for problem in unknown_keys(label, raw, names)]
    values: dict[str, Any] = {}
    for setting in PROJECT:
        value = raw.get(setting.name)
        values[setting.name] = setting.default
        if value is not None:
            values[setting.name], problem = read_value(
                f"{label}.{setting.name}", setting.option, value, setting.check, setting.example
            )
            problems += [Problem(problem, setting.readers)] if problem else []
        elif setting.option.required and not near_key(raw, setting.name):
            problems.append(Problem(f"{label} has no {setting.name}, which it needs.", setting.readers))
    values["build"] = tuple(tuple(argv) for argv in values["build"])
    values["smoke_imports"] = tuple(values["smoke_imports"])
    return Project(**values), problems
