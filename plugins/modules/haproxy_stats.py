# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_stats
short_description: Reads haproxy and waits until servers serve
description:
  - Reads the servers of haproxy from its runtime sockets or from its statistics page, and judges each of them.
  - A server is up and serving when its status is exactly C(UP), its weight is above 0, it is active and past its slow
    start, and its last check passed at full health.
  - Never changes anything.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.haproxy
  - openlibrary.deploy.haproxy.socket
  - openlibrary.deploy.haproxy.url
  - openlibrary.deploy.run.reading
options:
  backend:
    description: Only the servers of this backend.
    type: str
  servers:
    description: Only the servers with these names.
    type: list
    elements: str
  state:
    description:
      - V(present) reads once.
      - V(serving) waits until each of the servers is up and serving on two readings further apart than
        O(check_interval). In check mode too, because waiting changes nothing.
    type: str
    choices: [present, serving]
    default: present
  timeout:
    description: Seconds that O(state=serving) waits at most. It has to be longer than O(check_interval).
    type: float
    default: 60.0
"""

EXAMPLES = r"""
- name: Read the web backend
  openlibrary.deploy.haproxy_stats:
    socket: [/run/haproxy/admin.sock]
    backend: openlibrary

- name: Go on only when both web nodes serve
  openlibrary.deploy.haproxy_stats:
    url: https://balancer.example.org/admin?stats
    url_username: ops
    url_password: "{{ haproxy_password }}"
    backend: openlibrary
    servers: [ol-web3, ol-web4]
    state: serving
    timeout: 30
"""

RETURN = r"""
servers:
  description:
    - One entry for each server. With several processes the counters are sums, and the rest is what the process says in
      which the server is worst off. A number that haproxy does not give is null.
  returned: when haproxy answered
  type: list
  elements: dict
  contains:
    backend: {description: Name of the backend., type: str}
    server: {description: Name of the server., type: str}
    status: {description: The status in haproxy's words., type: str}
    weight: {description: The weight that is set. Without a socket the one in use., type: int}
    configured_weight:
      description: The weight that haproxy's configuration gives it. Null without a socket.
      type: int
    scur: {description: Sessions now., type: int}
    qcur: {description: Requests that wait for this server., type: int}
    stot: {description: Sessions since the process began., type: int}
    lbtot: {description: How often it was chosen since the process began., type: int}
    econ: {description: Failed connections., type: int}
    eresp: {description: Failed responses., type: int}
    wretr: {description: Retries., type: int}
    wredis: {description: Requests sent to another server instead., type: int}
    srv_abrt: {description: Transfers that the server aborted., type: int}
    hrsp_5xx: {description: Responses with a status of 500 or more., type: int}
    check_status: {description: Result of the last health check., type: str}
    check_health: {description: Health between 0 and rise + fall - 1., type: int}
    admin: {description: "V(ready), V(drain) or V(maint); V(unknown) without a socket.", type: str}
    taken_out_by: {description: Who took it out of rotation. Empty when nobody did or without a socket., type: str}
    in_rotation: {description: Whether this reading shows it up and serving in every process., type: bool}
    why: {description: Why it is not in rotation. Empty when it is., type: str}
in_rotation:
  description: How many of the servers are up and serving.
  returned: when haproxy answered
  type: int
  sample: 2
process:
  description: The haproxy processes; empty without a socket. Counters start again when V(pid) changes.
  returned: when haproxy answered
  type: list
  elements: dict
  contains:
    source: {description: The socket., type: str}
    pid: {description: The process id., type: int}
    uptime_sec: {description: Seconds since it began., type: int}
    version: {description: Version of haproxy., type: str}
errors:
  description:
    - What users met at O(backend), or at all backends, by haproxy's counters since its processes began. Null is what
      haproxy does not tell.
    - Taken at two moments, they tell what users met in between.
  returned: when haproxy answered
  type: dict
  contains:
    process: {description: The process ids; empty without a socket., type: list, elements: int}
    uptime: {description: Seconds since the youngest of them began., type: int}
    requests: {description: Requests that have ended., type: int}
    backend_5xx: {description: "Answers with 5xx, whether a server gave them or haproxy itself.", type: int}
    servers_5xx: {description: Those that servers gave., type: int}
    without_server:
      description: Requests that found no server, or none that was free in time. haproxy answers them with 503.
      type: int
    broken: {description: Answers that broke off., type: int}
    frontend_5xx:
      description: Answers with 5xx at all frontends, whatever they belong to.
      type: int
outcome:
  description: V(unchanged) or V(failed).
  returned: always
  type: str
  sample: unchanged
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: haproxy
state_now:
  description: What haproxy shows now.
  returned: always
  type: str
  sample: openlibrary/ol-web3 UP, openlibrary/ol-web4 DRAIN
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ""
"""

from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.options import SOCKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy import PROOF_SPEC
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_page import URL_SPEC
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_stats import read_or_wait
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module

ARGUMENT_SPEC = {
    **argument_spec([replace(SOCKET, required=False)]),
    **PROOF_SPEC,
    **URL_SPEC,
    "backend": {"type": "str"},
    "servers": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "serving"], "default": "present"},
    "timeout": {"type": "float", "default": 60.0},
}


def run(module: AnsibleModule) -> Result:
    """Reads, and waits where asked."""
    return read_or_wait(module.params, SystemClock())


def main() -> None:
    run_module(
        run,
        ARGUMENT_SPEC,
        required_one_of=[("socket", "url")],
        mutually_exclusive=[("socket", "url")],
        required_together=[("url_username", "url_password")],
    )


if __name__ == "__main__":
    main()
