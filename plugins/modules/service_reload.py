# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: service_reload
short_description: Test and reload services that read their configuration from a release
description:
  - With O(state=tested) each service's own test is run on the files of a release before anything is switched to it.
  - With O(state=reloaded) the files are tested once more, each unit is reloaded through systemd, one after another,
    and has to prove that it loaded them. The master keeps its pid, so that no connection is cut; it has new workers,
    and no old one takes a new request; the health address answers 200.
  - A service with a C(haproxy_socket) is a haproxy. Its servers' states are written to its C(state_file) before the
    reload, and the file is removed once haproxy has read it. Whoever was drained or in maintenance has to be so
    afterwards, and weights have to be as they were; what haproxy lost is put back over the socket at once.
  - Before a haproxy is reloaded, the addresses that its new files bind are tried, which its own test does not do. One
    that cannot listen somewhere would pause the running one for two seconds.
  - A unit that does not run is started by O(state=reloaded), on the way back from a reload that it did not survive, and
    by the release that fixes what keeps it from starting. Its C(state_file) is kept until then.
  - All services are handled in one execution. Services of other projects are passed over.
  - A service has loaded a release's files already when the journal of the host says that its last reload went well and
    was for that release, and that the project's link was not touched since.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
notes:
  - Needs root.
  - A process that only ends its old requests after a reload is left alone. It has connections to its servers, which
    are seen as established there.
options:
  state:
    description: What has to be true afterwards.
    type: str
    choices: [tested, reloaded]
    required: true
  release:
    description:
      - The hash of the release whose files are used.
      - With O(state=reloaded) it has to be the current release of the project.
    type: str
    required: true
  services:
    description: The services of this host that read their configuration from a release.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the service is called in messages.
        type: str
        required: true
      project:
        description: The project whose release holds its configuration.
        type: str
        required: true
      test:
        description:
          - The argument list of the program that tests the files. It runs as root, from C(/).
          - C({release}) stands for the absolute path of the release's directory.
        type: list
        elements: str
        required: true
      unit:
        description: The unit of systemd that is reloaded.
        type: str
        required: true
      health_url:
        description: An address that answers 200 when the service is well.
        type: str
        default: ''
      haproxy_socket:
        description: The runtime socket of a haproxy in master-worker mode, with level admin.
        type: path
        default: ''
      state_file:
        description:
          - The file that this haproxy reads its servers' states from (C(server-state-file) with
            C(load-server-state-from-file global)).
        type: path
        default: ''
  test_timeout:
    description: Seconds that a test may take.
    type: float
    default: 60
  reload_timeout:
    description: Seconds until a service must have loaded its files and be well.
    type: float
    default: 30
"""

EXAMPLES = r"""
- name: Test the files before the switch
  openlibrary.deploy.service_reload:
    state: tested
    ticket: {root: /opt/openlibrary, project: olsystem}
    release: 9fceb02d0ae598e95dc970b74767f19372d61af8
    services: "{{ deploy_reloads }}"

- name: Reload after the switch
  openlibrary.deploy.service_reload:
    state: reloaded
    ticket: {root: /opt/openlibrary, project: olsystem}
    release: 9fceb02d0ae598e95dc970b74767f19372d61af8
    services:
      - name: haproxy
        project: olsystem
        test: [haproxy, -c, -f, "{release}/etc/haproxy/haproxy.cfg"]
        unit: haproxy
        haproxy_socket: /run/haproxy/admin.sock
        state_file: /var/lib/haproxy/server-state
"""

RETURN = r"""
tested:
  description: Names of the services whose tests were run and passed.
  returned: success
  type: list
  elements: str
reloaded:
  description: Names of the services that were reloaded, or would be.
  returned: success
  type: list
  elements: str
services:
  description: The services that were reloaded.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    unit:
      description: Its unit.
      type: str
    pid:
      description: Pid of the master, of a haproxy that was reloaded that of its new worker.
      type: int
    put_back:
      description: The servers whose states haproxy lost over the reload, and which were put back.
      type: list
      elements: str
served:
  description: Whether users may have met the failure. They do not where the old files went on being served.
  returned: when a proof failed
  type: bool
blame:
  description: Whom the failure blames, V(release) where a test or proof failed, or V(host).
  returned: on failure
  type: str
log_tail:
  description: What the test said, or the end of the unit's journal.
  returned: on failure
  type: list
  elements: str
outcome:
  description: V(done), V(unchanged), V(would) in check mode, or V(failed).
  returned: always
  type: str
phase:
  description: The step, V(test) or V(reload).
  returned: always
  type: str
state_now:
  description: What the services of this host run with now.
  returned: always
  type: str
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
"""

from typing import Any, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import loaded
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_hash, short
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import (
    PHASE,
    TEST_PHASE,
    Reloaded,
    detail_of,
    parse_reloads,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.service_reload import Reload

RELOAD_OPTIONS = {
    "name": {"type": "str", "required": True},
    "project": {"type": "str", "required": True},
    "test": {"type": "list", "elements": "str", "required": True},
    "unit": {"type": "str", "required": True},
    "health_url": {"type": "str", "default": ""},
    "haproxy_socket": {"type": "path", "default": ""},
    "state_file": {"type": "path", "default": ""},
}
ARGUMENT_SPEC = {
    **TICKET_SPEC,
    "state": {"type": "str", "choices": ["tested", "reloaded"], "required": True},
    "release": {"type": "str", "required": True},
    "services": {"type": "list", "elements": "dict", "required": True, "options": RELOAD_OPTIONS},
    "test_timeout": {"type": "float", "default": 60},
    "reload_timeout": {"type": "float", "default": 30},
}


def test(held: Held, job: Reload, services: Sequence[Reloaded], release: str) -> Result:
    """Tests the release's files; changes nothing, so that check mode does the same with a release that is here."""
    directory = held.layout.release(held.project, release)
    names = [service.name for service in services]
    if release not in {record.hash for record in held.store.records(held.project)}:
        missing(held, release)
        msg = f"{' and '.join(names)} would test the files of {short(release)}."
        return Result(False, msg, TEST_PHASE, values={"tested": [], "reloaded": [], "services": []})
    for service in services:
        job.test(service, directory)
    msg = f"{' and '.join(names)} accept the files of {short(release)}."
    state = "nothing was switched or reloaded"
    return Result(False, msg, TEST_PHASE, state, values={"tested": names, "reloaded": [], "services": []})


def missing(held: Held, release: str) -> None:
    """Raises DeployError for a release that is not here, unless an earlier step would bring it but for check mode."""
    if not (held.check_mode and held.run):
        raise DeployError(
            f"Release {release} of {held.project} is not on this host.",
            phase=TEST_PHASE,
            state_now="nothing was tested or reloaded",
            next_command="ansible-playbook playbooks/status.yml",
        )


def reload(held: Held, job: Reload, services: Sequence[Reloaded], release: str) -> Result:
    """Reloads what has not loaded the release's files, unless in check mode."""
    detail = detail_of(services)
    before = loaded(held.store.entries(), held.project, detail) or None
    current = held.store.current(held.project).hash
    if current != release and not held.check_mode:
        raise DeployError(
            f"{held.project} is at {current or 'no release'}, not at {release}: something else would be loaded.",
            phase=PHASE,
            state_now="nothing was reloaded",
            next_command="ansible-playbook playbooks/status.yml",
        )
    if before == release == current:
        return answer(services, before, release, [], f"{detail_text(services)} loaded {short(release)} before.")
    if held.check_mode:
        msg = f"{detail_text(services)} would be reloaded with {short(release)}."
        return answer(services, before, release, None, msg)
    directory = held.layout.release(held.project, release)
    with held.step(PHASE, before, release, detail):
        for service in services:
            job.test(service, directory)
        done = [job.reload(service, directory) for service in services]
    msg = f"{detail_text(services)} reloaded with {short(release)}."
    put_back = [server for each in done for server in each["put_back"]]
    if put_back:
        msg = f"{msg[:-1]}; haproxy had lost the states of {', '.join(put_back)}, which were put back."
    return answer(services, before, release, done, msg)


def answer(
    services: Sequence[Reloaded], before: str | None, release: str, done: list[dict[str, Any]] | None, msg: str
) -> Result:
    """What the module returns; ``done`` is None for what check mode would do, empty where there was nothing to do."""
    names = [service.name for service in services] if done is None or done else []
    old, new = (
        "".join(f"{service.name}: {hash_ or 'unknown'}\n" for service in services)
        for hash_ in (before, release if names else before)
    )
    running = before if not done else release
    return Result(
        changed=bool(names),
        msg=msg,
        phase=PHASE,
        state_now=f"{detail_text(services)} run with the files of {running or 'a release that no journal names'}",
        diff={"before": old, "after": new},
        values={"tested": names if done else [], "reloaded": names, "services": done or []},
    )


def detail_text(services: Sequence[Reloaded]) -> str:
    """The services for a sentence."""
    return " and ".join(service.name for service in services)


def run(module: AnsibleModule) -> Result:
    """Reads, decides, and acts unless in check mode."""
    params = module.params
    release = check_hash(params["release"])
    services = parse_reloads(params["services"], params["ticket"]["project"])
    clock = SystemClock()
    with hold(params["ticket"], module.check_mode, clock) as held:
        if not services:
            values: dict[str, Any] = {"tested": [], "reloaded": [], "services": []}
            phase = PHASE if params["state"] == "reloaded" else TEST_PHASE
            return Result(False, f"Nothing on this host reads from {held.project}.", phase, values=values)
        job = Reload(params["reload_timeout"], params["test_timeout"], clock)
        act = reload if params["state"] == "reloaded" else test
        return act(held, job, services, release)


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
