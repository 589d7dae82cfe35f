# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything about a host that a decision needs, read at once, changing nothing and asking for no lock."""

from __future__ import annotations

import os
import platform
import pwd
import stat
import sysconfig
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .._model.errors import InputError
from .._model.host import survey as decisions
from .._model.host.journal import Entry, last_token, taken_out
from .._model.host.survey import HostFacts, Place, ProjectFacts
from .._model.release.release import Layout, check_project
from .clock import SystemClock
from .interpreter import inspect
from .services import observe_services
from .store import Store


@dataclass(frozen=True)
class Scope:
    """What to look at. ``projects`` empty: all that are there. ``python`` empty: our own."""

    host: str
    projects: tuple[str, ...]
    services: tuple[Mapping[str, Any], ...]
    supervisor_socket: str
    min_free_mib: int
    owner: str
    users: tuple[str, ...]
    python: str


def survey(layout: Layout, scope: Scope, clock: SystemClock) -> dict[str, Any]:
    """The survey of this host, as the contract says. Raises InputError, OSError."""
    store = Store(layout)
    entries = store.entries()
    lock = store.lock()
    projects = [_project(store, name) for name in scope.projects or _projects(layout)]
    services = observe_services(scope.services, layout, scope.supervisor_socket, clock)
    facts = _host(layout, scope, projects)
    version, machine = _interpreter(scope.python)
    return {
        "reachable": True,
        "host": scope.host,
        "time": clock.stamp(),
        "root": layout.root,
        "problems": _problems(layout, facts, projects, entries, services),
        "free_mib": facts.free_mib,
        "python": version,
        "platform": machine,
        "lock": decisions.lock_entry(lock, entries, clock.now()),
        "last_token": last_token(entries, lock),
        "taken_out": taken_out(entries),
        "environments": store.environments(),
        "projects": {each.project: decisions.project_entry(each, entries) for each in projects},
        "services": services,
    }


def _problems(
    layout: Layout,
    facts: HostFacts,
    projects: Sequence[ProjectFacts],
    entries: Sequence[Entry],
    services: Sequence[Mapping[str, Any]],
) -> list[str]:
    problems = decisions.host_problems(layout, facts)
    for project in projects:
        problems += decisions.project_problems(layout, project, entries)
    return problems + decisions.service_problems(services)


def _project(store: Store, project: str) -> ProjectFacts:
    return ProjectFacts(
        project=project,
        current=store.current(project),
        directories=tuple(store.directories(project)),
        records=tuple(store.records(project)),
    )


def _projects(layout: Layout) -> list[str]:
    try:
        names = os.listdir(layout.deploys)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if _is_project(name) and os.path.isdir(os.path.join(layout.deploys, name)))


def _is_project(name: str) -> bool:
    try:
        check_project(name)
    except InputError:
        return False
    return True


def _host(layout: Layout, scope: Scope, projects: Sequence[ProjectFacts]) -> HostFacts:
    paths = [layout.root, layout.deploys]
    for each in projects:
        paths.append(layout.project(each.project))
        paths += [layout.release(each.project, record.hash) for record in each.records]
    return HostFacts(
        host=scope.host,
        prepared=os.path.isdir(layout.deploys),
        free_mib=free_mib(layout.root),
        min_free_mib=scope.min_free_mib,
        missing_users=tuple(user for user in scope.users if not _user_exists(user)),
        owner=scope.owner,
        places=tuple(_place(path) for path in paths if os.path.isdir(path)),
    )


def free_mib(path: str) -> int:
    """MiB that programs without privileges may still fill where ``path`` is, or would be made. Raises OSError."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    usage = os.statvfs(path)
    return usage.f_bavail * usage.f_frsize // (1 << 20)


def _place(path: str) -> Place:
    facts = os.stat(path)
    return Place(path, _user_name(facts.st_uid), stat.S_IMODE(facts.st_mode))


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _interpreter(path: str) -> tuple[str, str]:
    if path:
        found = inspect(path)
        return found.python, found.platform
    version = ".".join(platform.python_version_tuple()[:2])
    return version, sysconfig.get_platform().replace("-", "_").replace(".", "_")
