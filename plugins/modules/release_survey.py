# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: release_survey
short_description: Reads everything about a host that a deploy decides from
description:
  - Says which release every project is at and which were good, what the services really run, who holds the host, how
    much room there is, and what is wrong.
  - Changes nothing, asks for no lock, and answers also on a host that was never prepared.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  root:
    description: The deploy root on the host, an absolute path.
    type: path
    required: true
  host:
    description: What the inventory calls the host, for the sentences on what is wrong; the controller puts it in.
    type: str
    default: ""
  projects:
    description: Names of the projects to look at. By default all that have releases on the host.
    type: list
    elements: str
    default: []
  services:
    description:
      - The services of the host as C(deploy_services) has them, each with at least C(name), its program in supervisor,
        and C(project).
    type: list
    elements: dict
    default: []
  supervisor_socket:
    description: Path of supervisor's unix socket.
    type: path
    default: /run/supervisor.sock
  min_free_mib:
    description: MiB that must be free at O(root).
    type: int
    default: 0
  deploy_user:
    description: The user who deploys; a problem when there is none. Not looked for when empty.
    type: str
    default: ""
  service_user:
    description: The user whom services run as; a problem when there is none. Not looked for when empty.
    type: str
    default: ""
  release_owner:
    description: The user whom releases belong to. It is a problem when anybody else may write them.
    type: str
    default: root
  python:
    description: Path of the interpreter that environments are made with. By default the one that runs the module.
    type: path
  haproxy:
    description: The haproxy that runs on the host, whose servers are read as well. Without it none is asked.
    type: dict
    suboptions:
      socket:
        description: Its runtime sockets, one for each process, as M(openlibrary.deploy.haproxy_stats) takes them.
        type: list
        elements: str
        required: true
      backend:
        description: Only the servers of this backend.
        type: str
        required: true
"""

EXAMPLES = r"""
- name: Look at the host
  openlibrary.deploy.release_survey:
    root: /opt/openlibrary
    host: "{{ inventory_hostname }}"
    projects: [openlibrary]
    services: "{{ deploy_services }}"
    min_free_mib: 1024
    deploy_user: deploy
    service_user: openlibrary
  register: __survey
"""

RETURN = r"""
survey:
  description:
    - What was found. C(problems) are full sentences and empty on a host that can be deployed to.
    - C(lock) is none or the lock with its C(age) in seconds and C(last_step); C(last_token) is the highest fencing
      token that the host has seen; C(taken_out) are the balancer's servers that runs took out and nobody brought back,
      with what they were before.
    - Each of C(projects) has its C(current) release, the C(kind) of the link (V(link), V(missing), V(directory),
      V(dangling) or V(foreign)), C(served) (the hashes that are or ever were current here, newest first, at most 50),
      and the C(releases) in the order of completion.
    - C(runs) of a project are what runs did to it here, newest first, at most 50, by the journal. Each has C(run),
      C(token), C(action) (empty where it is not known), C(to) (what it was for), C(before) and C(after) (the releases
      that were current when it began and when it was done), C(closed) (V(good), V(failed), V(unchanged), or empty for a
      run that never ended here), C(left_out) (the hosts without which it went on), C(urgent) (why it waited for no
      gate and hardly for a bake; empty for a run that did) and C(skips) (what it skipped on request).
    - Each of C(services) has its C(state), C(pid), the C(release) and C(environment) that all of its processes run
      (none when they differ), and a C(problem) (it does not run the current release, or it does and is not well by
      its health address, its version address or its progress file).
  returned: success
  type: dict
  sample: {"reachable": true, "host": "ol-web3", "problems": [], "free_mib": 20480, "python": "3.11",
    "platform": "linux_x86_64", "lock": null, "last_token": 17}
balancer:
  description:
    - What M(openlibrary.deploy.haproxy_stats) returns of the backend, C(servers), C(in_rotation), C(process) and
      C(errors) among it. Where haproxy does not answer, C(msg) alone, which says why.
  returned: when O(haproxy) was asked for
  type: dict
outcome:
  description: Always V(unchanged), or V(failed).
  returned: always
  type: str
  sample: unchanged
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: survey
state_now:
  description: What is true on the host now.
  returned: always
  type: str
  sample: openlibrary is at 9fceb02d0ae598e95dc970b74767f19372d61af8
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ""
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout, check_project
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_servers import look
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_survey import Scope, survey

ARGUMENT_SPEC: dict[str, Any] = {
    "root": {"type": "path", "required": True},
    "host": {"type": "str", "default": ""},
    "projects": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "list", "elements": "dict", "default": []},
    "supervisor_socket": {"type": "path", "default": "/run/supervisor.sock"},
    "min_free_mib": {"type": "int", "default": 0},
    "deploy_user": {"type": "str", "default": ""},
    "service_user": {"type": "str", "default": ""},
    "release_owner": {"type": "str", "default": "root"},
    "python": {"type": "path"},
    "haproxy": {
        "type": "dict",
        "options": {
            "socket": {"type": "list", "elements": "str", "required": True},
            "backend": {"type": "str", "required": True},
        },
    },
}


def scope_of(params: dict[str, Any]) -> Scope:
    """The module's parameters, validated. Raises InputError."""
    return Scope(
        host=params["host"],
        projects=tuple(check_project(name) for name in params["projects"]),
        services=tuple(params["services"]),
        supervisor_socket=params["supervisor_socket"],
        min_free_mib=params["min_free_mib"],
        owner=params["release_owner"],
        users=tuple(user for user in (params["deploy_user"], params["service_user"]) if user),
        python=params["python"] or "",
    )


def run(module: AnsibleModule) -> Result:
    """Looks, and says how it looks."""
    scope, asked, clock = scope_of(module.params), module.params["haproxy"], SystemClock()
    found = survey(Layout(module.params["root"]), scope, clock)
    problems = found["problems"]
    answer = {"balancer": look(asked["socket"], asked["backend"], clock)} if asked else {}
    return Result(
        changed=False,
        msg=f"{scope.host}: " + ("; ".join(problems) if problems else "nothing is in the way of a deploy."),
        phase="survey",
        state_now=", ".join(_at(name, each) for name, each in found["projects"].items()),
        values={"survey": found, **answer},
    )


def _at(project: str, entry: dict[str, Any]) -> str:
    return f"{project} is at {entry['current']}" if entry["current"] else f"{project}'s current is {entry['kind']}"


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
