# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: supervisor_service
short_description: Restart supervised services and prove what they run
description:
  - Waits until no connection to the services' ports is established, stops them, waits until every process of theirs
    is gone and the ports are free, and starts them again through supervisor's XML-RPC interface.
  - A service counts as restarted when it has a new pid, is RUNNING under the same pid for O(stable_seconds), answers
    its health address, and when working directory and environment of its master and of every worker lie in the wanted
    release, as C(/proc) shows it. A version address has to name the release and a progress file has to change, where
    there are any.
  - All services are restarted in one execution, and they are waited for at the same time.
  - What was restarted may be warmed up by O(warm) before anybody else asks it.
  - C(supervisorctl update) and C(reread) are never used.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
notes:
  - Needs root, and in a container the capability C(SYS_PTRACE), since it reads other users' processes.
options:
  release:
    description:
      - The hash that the services have to run. It has to be the current release already.
      - The default is the current release. Services of other projects have to run the current release of theirs.
    type: str
    default: ''
  services:
    description: The services of this host.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the supervisor program, or C(group:program).
        type: str
        required: true
      project:
        description: The project that the service runs.
        type: str
        required: true
      port:
        description: The TCP port that the service listens on, 0 for none.
        type: int
        default: 0
      health_url:
        description: An address that answers 200 when the service is well.
        type: str
        default: ''
      version_url:
        description: An address that names the release which the service runs, as JSON or text.
        type: str
        default: ''
      progress_file:
        description:
          - A file whose content changes while the service works, a regular one of at most 64 KiB.
          - Anything else, such as a link, counts as no progress.
        type: path
        default: ''
  supervisor_socket:
    description: Supervisor's unix socket.
    type: path
    default: /run/supervisor.sock
  restart:
    description: Whether to restart also a service that already proves the wanted release and is well.
    type: bool
    default: false
  drain:
    description:
      - Whether to wait until no connection to a service's port is established before it is stopped.
      - Only behind a balancer that sends nothing new does that moment come.
    type: bool
    default: true
  drain_timeout:
    description:
      - Seconds to wait for established connections to end. After that it fails and has touched nothing, unless there
        is a O(drain_cutoff).
    type: float
    default: 330
  drain_cutoff:
    description:
      - Seconds after which nobody is waited for any longer; 0 waits for everybody.
      - Connections are waited for so long, never longer than O(drain_timeout). What is left then is cut with the
        restart, counted in RV(cut) and noted in the host's journal.
      - Old processes without a connection, or whose connections were cut, get three seconds to end, whatever
        C(stopwaitsecs) and a server's own graceful time-out say, and are killed then. Those of a service without a
        O(services[].port), or without O(drain), also get what is left of the cut-off. O(stop_timeout) stays the most.
    type: float
    default: 0
  stop_timeout:
    description:
      - Seconds to wait for the old processes to end. What is left then is killed.
      - Choose more than the C(stopwaitsecs) of the programs.
    type: float
    default: 60
  start_timeout:
    description: Seconds from the start until the service is RUNNING and its progress file has changed.
    type: float
    default: 60
  health_timeout:
    description: Seconds from RUNNING until the health address answers 200.
    type: float
    default: 60
  stable_seconds:
    description: Seconds that the service has to be RUNNING under the same pid.
    type: float
    default: 5
  warm:
    description:
      - Paths of pages that each restarted service with a port and a health address answers at 127.0.0.1 once it is
        proven, by plain HTTP, each path as often as the service has workers (processes but the master, at most 32 at
        the same time).
      - That takes five seconds at most, all together, and only informs, in RV(warmed).
    type: list
    elements: str
    default: []
  warm_host:
    description: Host header of the questions of O(warm); the address when empty.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Restart what does not run the current release yet
  openlibrary.deploy.supervisor_service:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    services:
      - name: openlibrary
        project: openlibrary
        port: 7071
        health_url: http://127.0.0.1:7071/health
        version_url: http://127.0.0.1:7071/version

- name: Leave a bad release, be it with a request that never ends
  openlibrary.deploy.supervisor_service:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    drain_cutoff: 20
    warm: [/, /works/1]
    warm_host: openlibrary.org
    services:
      - name: openlibrary
        project: openlibrary
        port: 7071
        health_url: http://127.0.0.1:7071/health

- name: Restart the updater in any case
  openlibrary.deploy.supervisor_service:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    restart: true
    services:
      - name: solr-updater
        project: openlibrary
        progress_file: /opt/openlibrary/shared/solr-updater.offset
"""

RETURN = r"""
outcome:
  description: One of V(done), V(unchanged), V(would) (check mode) and V(failed).
  returned: always
  type: str
phase:
  description:
    - The step, V(restart) on success.
    - On failure one of V(drain), V(stop), V(start), V(health), V(stable), V(progress), V(proof) and V(version).
  returned: always
  type: str
state_now:
  description: What the services of this host run now.
  returned: always
  type: str
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
blame:
  description: Whom the failure blames, V(release), V(host), or V(nobody) where somebody stopped a service meanwhile.
  returned: on failure
  type: str
services:
  description: The services in the order of the parameter.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    pid:
      description: Pid of its master.
      type: int
    pids:
      description: Pids of the master and of every process below it.
      type: list
      elements: int
    release:
      description: The hash that all of them run.
      type: str
    environment:
      description: Name of the environment that all of them run from.
      type: str
    seconds:
      description: How long the restart took, 0 for a service that was not restarted.
      type: float
    proven:
      description: Whether the wanted release is proven.
      type: bool
restarted:
  description: Names of the services that were restarted, or would be.
  returned: success
  type: list
  elements: str
killed:
  description: Pids of old processes that did not end by themselves.
  returned: when something was restarted, or was to be
  type: list
  elements: int
cut:
  description: How many connections had not ended at the O(drain_cutoff).
  returned: when something was restarted, or was to be
  type: int
warmed:
  description: What came of O(warm).
  returned: when something was asked
  type: dict
  contains:
    paths:
      description: The paths.
      type: list
      elements: str
    asked:
      description: How many questions there were, to all workers together.
      type: int
    answered:
      description: How many of them were answered with a status below 400.
      type: int
    slowest:
      description: Seconds that the slowest of these answers took.
      type: float
    problems:
      description: What went wrong, each once with how often, at most six lines.
      type: list
      elements: str
unjournaled:
  description: What the host's journal could not take, such as on a full disk.
  returned: when there is such a thing
  type: str
log_tail:
  description: The last lines that the failed service has written since its start, printable.
  returned: on failure
  type: list
  elements: str
"""

from typing import Any, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import CUT
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout, check_hash, short
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import runs_other
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import (
    Service,
    Timeouts,
    parse_service,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.warm import (
    check_question,
    warmed_sentence,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.service_stop import connections
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.services import (
    SERVICE_OPTIONS,
    observe_services,
    real_layout,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.supervisor import Supervisor
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.supervisor_service import (
    Restart,
    describe_service,
    summary,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.warm import warm

PHASE = "restart"
ARGUMENT_SPEC = {
    **TICKET_SPEC,
    "release": {"type": "str", "default": ""},
    "services": {"type": "list", "elements": "dict", "required": True, "options": SERVICE_OPTIONS},
    "supervisor_socket": {"type": "path", "default": "/run/supervisor.sock"},
    "restart": {"type": "bool", "default": False},
    "drain": {"type": "bool", "default": True},
    "drain_timeout": {"type": "float", "default": 330},
    "drain_cutoff": {"type": "float", "default": 0},
    "stop_timeout": {"type": "float", "default": 60},
    "start_timeout": {"type": "float", "default": 60},
    "health_timeout": {"type": "float", "default": 60},
    "stable_seconds": {"type": "float", "default": 5},
    "warm": {"type": "list", "elements": "str", "default": []},
    "warm_host": {"type": "str", "default": ""},
}


def wanted_releases(
    layout: Layout, services: Sequence[Service], project: str, release: str, check: bool
) -> dict[str, str]:
    """The hash that each project's services have to run. Raises DeployError, unless check mode skipped the switch."""
    releases = {}
    for name in {service.project for service in services}:
        current = Store(layout).current(name).hash
        wanted = release if release and name == project else current
        if not wanted or (wanted != current and not check):
            raise DeployError(
                f"The services of {name} start the current release, which is {current or 'not set'}"
                + (f", not {wanted}." if wanted else "."),
                phase=PHASE,
                state_now="no service was touched",
            )
        releases[name] = wanted
    return releases


def needs_restart(job: Restart, service: Service, entry: dict[str, Any], always: bool, check: bool) -> bool:
    """Whether a service is to restart: always, or if it does not prove its release or is not well.

    Raises DeployError before anything is touched where supervisor, or the release, would let nothing be proven. In
    check mode the release may not be there yet.
    """
    release = job.releases[service.project]
    if not always and not entry["problem"] and entry["release"] == release:
        return False
    try:
        job.wanted(service)
        if entry["problem"] and not runs_other(entry, release):
            job.look(service)
    except DeployError:
        if not check:
            raise
    return True


def answer(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], todo: Sequence[Service], values: dict[str, Any]
) -> Result:
    """What the module returns."""
    names = [service.name for service in todo]
    if not names:
        proven = ", ".join(entry["name"] for entry in after)
        msg = f"Nothing restarted: {proven} proven already." if proven else "There is no service to restart."
    else:
        msg = "; ".join((f"{' and '.join(names)} restarted and proven", *remarks(values))) + "."
    diff = {
        "before": "".join(describe_service(entry) + "\n" for entry in before),
        "after": "".join(describe_service(entry) + "\n" for entry in after),
    }
    state_now = "; ".join(describe_service(entry) for entry in after)
    return Result(bool(names), msg, PHASE, state_now=state_now, diff=diff, values=dict(values, restarted=names))


def remarks(values: dict[str, Any]) -> list[str]:
    """What there is to say of a restart besides that it is done."""
    said = []
    if values["killed"]:
        said.append(f"old processes that did not end were killed: {', '.join(map(str, values['killed']))}")
    if values["cut"]:
        said.append(f"connections that did not end in time were cut: {values['cut']}")
    if "warmed" in values:
        said.append(warmed_sentence(values["warmed"]))
    return said


def would_restart(before: Sequence[dict[str, Any]], todo: Sequence[Service], releases: dict[str, str]) -> Result:
    """The answer of check mode."""
    projects = {service.name: service.project for service in todo}
    coming = [
        f"{each['name']} is RUNNING with a new pid on {short(releases[each['project']])}"
        if each["name"] in projects
        else describe_service(each)
        for each in before
    ]
    return Result(
        True,
        f"{' and '.join(projects)} would be restarted.",
        PHASE,
        state_now="; ".join(describe_service(entry) for entry in before),
        diff={
            "before": "".join(describe_service(each) + "\n" for each in before),
            "after": "".join(c + "\n" for c in coming),
        },
        values={"restarted": list(projects), "services": [summary(each, 0, not each["problem"]) for each in before]},
    )


def run(module: AnsibleModule) -> Result:
    """Observes, decides, and restarts unless in check mode."""
    params, check, clock = module.params, module.check_mode, SystemClock()
    services = parse_services(params["services"])
    check_question(params["warm"], params["warm_host"])
    limits = limits_of(params)
    release = check_hash(params["release"]) if params["release"] else ""
    with hold(params["ticket"], check, clock) as held:
        layout = real_layout(held.layout)
        releases = wanted_releases(layout, services, held.project, release, check)
        job = Restart(layout, Supervisor(params["supervisor_socket"]), releases, limits, clock)
        always = params["restart"] and not check
        before = observe_services(
            params["services"],
            layout,
            params["supervisor_socket"],
            clock,
            lambda entry: always or runs_other(entry, releases[entry["project"]]),
        )
        seen = zip(services, before)
        todo = [each for each, entry in seen if needs_restart(job, each, entry, params["restart"], check)]
        if not todo:
            return answer(before, before, todo, {"services": [summary(each, 0, True) for each in before]})
        if check:
            return would_restart(before, todo, releases)
        return restart(params, held, job, before, todo)


def restart(
    params: dict[str, Any], held: Held, job: Restart, before: Sequence[dict[str, Any]], todo: Sequence[Service]
) -> Result:
    """Restarts ``todo``, and warms it up. Raises DeployError, OSError."""
    if params["drain"]:
        job.ending.drain(todo)
    runs = {entry["release"] for entry in before if entry["project"] == held.project}
    from_ = runs.pop() if len(runs) == 1 else None
    names = " ".join(each.name for each in todo)
    with held.step(PHASE, from_, job.releases.get(held.project), names, starts_release=True):
        if job.ending.cut:
            held.note(CUT, connections(job.ending.cut))
        restarted = {each["name"]: each for each in job.restart(todo)}
    after = [restarted.get(each["name"], each) for each in before]
    values: dict[str, Any] = {"services": [summary(each, each.get("seconds", 0), True) for each in after]}
    asked = [service for service in todo if service.port and service.health_url]
    if params["warm"] and asked:
        processes = {name: len(entry["processes"]) for name, entry in restarted.items()}
        values["warmed"] = warm(asked, processes, params["warm"], params["warm_host"], job.clock)
    return answer(before, after, todo, {**values, **job.ending.losses})


def parse_services(raw: Sequence[dict[str, Any]]) -> list[Service]:
    """The services of the parameter. Raises InputError."""
    services = [parse_service(each) for each in raw]
    if len({service.name for service in services}) != len(services):
        raise InputError("A service is named twice.", phase=PHASE)
    return services


def limits_of(params: dict[str, Any]) -> Timeouts:
    """The time-outs of the parameters, in seconds. Raises InputError."""
    if params["drain_cutoff"] < 0:
        raise InputError("The drain_cutoff is less than 0 seconds.", phase=PHASE)
    return Timeouts(
        drain=params["drain_timeout"],
        stop=params["stop_timeout"],
        start=params["start_timeout"],
        stable=params["stable_seconds"],
        health=params["health_timeout"],
        cutoff=params["drain_cutoff"],
    )


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
