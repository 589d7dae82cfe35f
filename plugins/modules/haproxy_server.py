# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_server
short_description: Takes servers out of haproxy's rotation and back, losing no request
description:
  - Out of rotation by draining, waiting until haproxy counts no session and no queued request, then maintenance. When
    the sessions do not end in time, the server goes back to what it was, and the step fails.
  - Back into rotation through haproxy's drain state, in which checks run and no traffic comes. Only exact C(DRAIN) at
    full health goes on, with the first weight of the ramp set before it is made ready. Only exact C(UP) counts after
    that, always on two readings further apart than a check interval. A server that fails on the way goes to maint.
  - At the end of the ramp the weight is the configured one, also when somebody had set another over the socket before.
  - A state set over the socket is lost when haproxy reloads. Every state is read back, and set again if it is gone.
    A server that a run had taken out by the journal and that is ready nevertheless is drained first, and then brought
    back as any other.
  - With O(bake), each step of the ramp is measured from the moment in which its traffic begins, and lasts until there
    is a verdict. A server that fails goes to maint at once. M(openlibrary.deploy.haproxy_bake) says what is judged.
  - Several servers move in one execution with O(together), since two executions with a ticket follow each other. Each
    goes its own way, and what becomes of one changes nothing for another.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.haproxy
  - openlibrary.deploy.haproxy.server
  - openlibrary.deploy.haproxy.bake
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
options:
  state:
    description:
      - V(maint) takes it out of rotation and into maintenance.
      - V(drain) takes it out of rotation and leaves its checks running.
      - V(ready) brings it back into rotation.
    type: str
    choices: [maint, drain, ready]
    required: true
  restore:
    description:
      - For O(state=ready), what the server was before it was taken out, which is RV(admin_before) of that step.
      - With V(drain) or V(maint) an operator had taken it out before. It then goes back to that state, in drain checked
        healthy, and not into rotation.
    type: str
    choices: [ready, drain, maint]
    default: ready
  min_in_rotation:
    description:
      - Refuses to take the server out when fewer than this many other servers of the backend are up and serving.
      - A server that takes no traffic may always be taken out.
      - With O(state=ready), a server that lost its maintenance is proven without draining it, when there are fewer.
    type: int
    default: 0
  drain_timeout:
    description: Seconds to wait for the sessions to end.
    type: float
    default: 330.0
  drain_cutoff:
    description:
      - With O(state=maint), seconds after which the sessions that are left are cut, so that the server leaves in any
        case. It is not put back to ready then, whatever fails, unless O(may_return=true). 0 cuts nothing.
    type: float
    default: 0
  may_return:
    description:
      - With O(state=maint), whether the server goes back to ready, and the step fails, when no other server takes
        traffic any more while it drains. If not, its sessions are cut at once, as with O(drain_cutoff).
    type: bool
    default: true
  check_timeout:
    description: Seconds to wait for full health in drain, and again for up after ready. Must exceed a slow start.
    type: float
    default: 60.0
  ramp:
    description:
      - Percentages of the configured weight, rising to 100.
      - Steps that would round down to weight 0 are passed over, so a server with a configured weight of 1 has no ramp.
        Configure a weight of 100 to have one.
      - A backend with a static balancing algorithm takes V([100]) only.
    type: list
    elements: int
    default: [10, 100]
  ramp_hold:
    description: Seconds that the server must stay up at each step of the ramp.
    type: float
    default: 5.0
  require_traffic:
    description: Whether a server fails if it gets no request in a step although its share would be 20 or more.
    type: bool
    default: true
  hurry:
    description:
      - Whether a server comes back at once when the backend has other servers and none of them takes traffic. One check
        that it passes in drain is enough then, it gets its whole weight, and is not baked.
    type: bool
    default: false
  together:
    description: Servers of the same backend that move at the same time. None of them stands in for another.
    type: list
    elements: dict
    default: []
    suboptions:
      server:
        description: Name of the server in the backend.
        type: str
        required: true
      restore:
        description: As O(restore), for this server.
        type: str
        choices: [ready, drain, maint]
        default: ready
  bake:
    description:
      - What a bake of each step of the ramp may do.
      - O(bake.mode=judge) takes the place of O(ramp_hold). It takes the server out again for a fail, and unless
        O(bake.inconclusive=continue) when it cannot tell and another server takes traffic.
      - O(bake.mode=inform) watches for O(ramp_hold) and only reports.
      - O(bake.mode=skip) watches nothing, and says so in the journal.
      - Without it there is none. A server that is found in rotation, or that goes back to V(drain), is not baked.
  ticket:
    description:
      - The ticket with which the run may change the balancer's host. With it the step holds that host and is
        journaled there.
      - Without it the module works by itself, with neither lock nor journal.
    required: false
"""

EXAMPLES = r"""
- name: Take a web node out of rotation
  openlibrary.deploy.haproxy_server:
    balancer: {socket: [/run/haproxy/admin.sock], backend: openlibrary, server: ol-web3}
    state: maint
    min_in_rotation: 1
  delegate_to: ol-www1
  register: out

- name: Bring it back, unless an operator had taken it out before
  openlibrary.deploy.haproxy_server:
    balancer: {socket: [/run/haproxy/admin.sock], backend: openlibrary, server: ol-web3}
    state: ready
    restore: "{{ out.admin_before }}"
    ramp: [10, 50, 100]
    bake: {reference: [ol-web4]}
  delegate_to: ol-www1
"""

RETURN = r"""
backend:
  description: Name of the backend.
  returned: success
  type: str
  sample: openlibrary
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ol-web3
admin_before:
  description:
    - What the server was set to before this step, V(ready), V(drain) or V(maint).
    - With O(ticket.run), what it was before the run took it out for the first time.
  returned: when haproxy answered
  type: str
  sample: ready
admin:
  description: What the server is set to now.
  returned: when haproxy answered
  type: str
  sample: maint
status:
  description: Its status in haproxy's words, in the process in which it is worst off.
  returned: when haproxy answered
  type: str
  sample: MAINT
weight:
  description: Its weight, set or configured, whether or not it takes traffic now.
  returned: when haproxy answered
  type: int
  sample: 100
configured_weight:
  description: The weight that haproxy's configuration gives it.
  returned: when haproxy answered
  type: int
  sample: 100
sessions:
  description: Requests that are with the server or wait for it, in all processes.
  returned: when haproxy answered
  type: int
  sample: 0
process:
  description: The process ids of haproxy. Other ones in a later step mean that it was reloaded or restarted.
  returned: when haproxy answered
  type: list
  elements: int
  sample: [812]
lost:
  description:
    - Whether haproxy had lost the maintenance that a run had put the server into; it may have had traffic since then.
    - Found by the journal, so only with O(ticket.run).
  returned: when haproxy answered
  type: bool
  sample: false
reloads:
  description: How often haproxy was reloaded or restarted during this step.
  returned: when haproxy answered
  type: int
  sample: 0
cut:
  description: How many sessions were cut after O(drain_cutoff).
  returned: when haproxy answered
  type: int
  sample: 0
hurried:
  description: Whether it came back in a hurry, see O(hurry).
  returned: when haproxy answered
  type: bool
  sample: false
together:
  description: For each server of O(together) what this module would have returned for it alone, C(failed) included.
  returned: with O(together)
  type: dict
unjournaled:
  description: What the journal of the balancer's host did not take, as sentences. It changes nothing else.
  returned: when haproxy answered
  type: list
  elements: str
  sample: []
served:
  description: Whether the server could get traffic at any moment of the step, so that users may have met what failed.
  returned: on failure with O(state=ready)
  type: bool
  sample: false
bake:
  description: What each step of the ramp showed, in the form of RV(openlibrary.deploy.haproxy_bake#module:bake).
  returned: with O(state=ready), when haproxy answered
  type: list
  elements: dict
blame:
  description:
    - Whom the failure blames. V(release) when the server itself failed on its way back, by haproxy's checks or its
      bake; V(nobody) when a bake could not tell.
    - Else V(host). So it is when haproxy could not be asked, did not do what it accepted, was reloaded again and again,
      or is set up so that nothing can be proven; and whenever a server does not leave.
  returned: on failure
  type: str
  sample: release
move:
  description: How far it got, one of the names in RV(steps), or V(start).
  returned: on failure
  type: str
  sample: check
steps:
  description: What was gone through.
  returned: when haproxy answered
  type: list
  elements: dict
  contains:
    step: {description: "One of V(drain), V(maint), V(watch), V(check), V(weight), V(enter), V(hold).", type: str}
    seconds: {description: How long it took., type: float}
    detail: {description: What was done., type: str}
outcome:
  description: V(done), V(unchanged), V(would) in check mode, or V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: V(out) or V(in); V(bake) when a bake ended it.
  returned: always
  type: str
  sample: out
state_now:
  description: What haproxy shows now.
  returned: always
  type: str
  sample: openlibrary/ol-web3 is MAINT by haproxy, set to maint, 0 sessions
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ""
"""

from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.options import BALANCER
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import TICKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy import PROOF_SPEC
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_server import rotate
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module

RESTORE = {"type": "str", "choices": ["ready", "drain", "maint"], "default": "ready"}
ARGUMENT_SPEC = {
    **argument_spec([replace(TICKET, required=False), BALANCER, BAKE]),
    **PROOF_SPEC,
    "state": {"type": "str", "choices": ["maint", "drain", "ready"], "required": True},
    "restore": RESTORE,
    "together": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"server": {"type": "str", "required": True}, "restore": RESTORE},
    },
    "hurry": {"type": "bool", "default": False},
    "min_in_rotation": {"type": "int", "default": 0},
    "drain_timeout": {"type": "float", "default": 330.0},
    "drain_cutoff": {"type": "float", "default": 0},
    "may_return": {"type": "bool", "default": True},
    "check_timeout": {"type": "float", "default": 60.0},
    "ramp": {"type": "list", "elements": "int", "default": [10, 100]},
    "ramp_hold": {"type": "float", "default": 5.0},
    "require_traffic": {"type": "bool", "default": True},
}


def run(module: AnsibleModule) -> Result:
    """Takes the servers out or brings them back."""
    return rotate(module.params, module.check_mode, SystemClock())


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
