# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the services of this host really run."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping, Sequence

from .._model.errors import DeployError
from .._model.moment import render_time
from .._model.release.release import Layout, short
from .._model.service.process import (
    ProcessFacts,
    ServiceFacts,
    Wanted,
    common_release,
    drift,
    environment_path,
    location,
    proof_problems,
)
from .._model.service.service import Service, parse_service
from . import proc
from .clock import SystemClock
from .store import Store
from .supervisor import Supervisor
from .wellbeing import HealthCheck, unwell

SERVICE_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "project": {"type": "str", "required": True},
    "port": {"type": "int", "default": 0},
    "health_url": {"type": "str", "default": ""},
    "version_url": {"type": "str", "default": ""},
    "progress_file": {"type": "path", "default": ""},
}

_SECOND_LOOK = 0.3


def real_layout(layout: Layout) -> Layout:
    """The layout under the root's real path, which is what /proc shows. Raises OSError."""
    return Layout(os.path.realpath(layout.root))


def wanted_state(layout: Layout, project: str, release: str, earlier_pid: int = 0) -> Wanted:
    """What processes of ``release`` have to show. Raises DeployError when the release has no record or environment."""
    record = Store(layout).record(project, release)
    if record is None or not record.complete:
        raise DeployError(f"Release {short(release)} of {project} is not complete on this host: it has no record.")
    if not record.environment:
        raise DeployError(f"Release {short(release)} of {project} has no environment, so no service can run it.")
    return Wanted(layout.release(project, release), layout.environment(record.environment), earlier_pid)


def running(supervisor: Supervisor, name: str) -> tuple[ServiceFacts, list[ProcessFacts]]:
    """A service and all of its processes, master first. Raises DeployError, OSError."""
    facts = supervisor.service(name)
    return facts, proc.tree(facts.pid) if facts.pid else []


def observe_services(
    services: Sequence[Mapping[str, Any]],
    layout: Layout,
    supervisor_socket: str,
    clock: SystemClock,
    clear: Callable[[dict[str, Any]], bool] = lambda _entry: False,
) -> list[dict[str, Any]]:
    """One entry a service, as the survey's contract says; what is wrong is in ``problem``, never an exception.

    A problem counts only when it is still there at a second look: a child that is just being started has not yet got
    its directory and environment. What runs as it should is asked also whether it is well. Neither is done where one
    look makes the case ``clear``. Raises InputError for a service that is described wrongly, and OSError.
    """
    real = real_layout(layout)
    supervisor = Supervisor(supervisor_socket)
    parsed = [parse_service(raw) for raw in services]
    entries = [observe(service, real, supervisor) for service in parsed]
    unclear = [index for index, entry in enumerate(entries) if not clear(entry)]
    again = [index for index in unclear if entries[index]["problem"]]
    if again:
        clock.sleep(_SECOND_LOOK)
    for index in again:
        entries[index] = observe(parsed[index], real, supervisor)
    right = [(parsed[index], entries[index]) for index in unclear if not entries[index]["problem"]]
    asked = [HealthCheck(service, entry["release"] or "", entry["pid"]) for service, entry in right]
    for (_service, entry), problem in zip(right, unwell(asked, clock)):
        entry["problem"] = problem
    return entries


def observe(service: Service, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """One look at what one service runs, not at how it does; ``layout`` under its real path. Raises OSError."""
    try:
        facts, processes = running(supervisor, service.name)
    except DeployError as error:
        return entry_of(service, ServiceFacts(service.name, "UNKNOWN", 0, 0, 0, 0), [], layout, error.msg)
    return entry_of(service, facts, processes, layout, _problem(service, facts, processes, layout))


def _problem(service: Service, facts: ServiceFacts, processes: Sequence[ProcessFacts], layout: Layout) -> str:
    current = Store(layout).current(service.project).hash
    if current is None:
        return f"There is no current release of {service.project}."
    try:
        wanted = wanted_state(layout, service.project, current)
    except DeployError as error:
        return error.msg
    sentence = drift(service.name, processes, layout, current) or "; ".join(
        proof_problems(facts, processes, wanted)[:3]
    )
    return sentence and sentence + "."


def entry_of(
    service: Service, facts: ServiceFacts, processes: Sequence[ProcessFacts], layout: Layout, problem: str
) -> dict[str, Any]:
    """The survey's entry for a service; ``layout`` under its real path."""
    details = [_process(process, layout) for process in processes]
    environments = {each["environment"] for each in details}
    return {
        "name": service.name,
        "project": service.project,
        "state": facts.statename,
        "pid": facts.pid,
        "since": render_time(facts.start) if facts.pid and facts.start else None,
        "release": common_release(processes, layout),
        "environment": environments.pop() if len(environments) == 1 else None,
        "processes": details,
        "problem": problem,
    }


def _process(process: ProcessFacts, layout: Layout) -> dict[str, Any]:
    place = location(process.cwd, layout)
    path = environment_path(process, layout.environments)
    return {
        "pid": process.pid,
        "cwd": process.cwd,
        "release": place.release if place else None,
        "environment": layout.locate_environment(path) if path else None,
    }
