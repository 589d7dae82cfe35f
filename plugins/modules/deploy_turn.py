# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_turn; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_turn
short_description: Say what the turn of a host consists of, and record how it went
description:
  - Runs on the controller and contacts no host.
  - A turn does not begin once another host has failed; a failure is only recorded, what follows is decided by
    M(openlibrary.deploy.deploy_settle).
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description:
      - V(begun) begins a turn, V(recorded) records how a part of the run went.
      - V(returning) says who of those that take their turns together has the balancer bring their servers back.
      - V(moved) takes over what the balancer did with the host's server in O(step), which another host of them led.
    type: str
    required: true
    choices: [begun, moved, returning, recorded]
  plan:
    description:
      - The decision that M(openlibrary.deploy.deploy_plan) returned.
      - Failures of its hosts stop a turn that is about to begin; the gates compare with its web nodes.
    type: dict
    required: true
  site:
    description:
      - The host's settings, from the C(hosts) that M(openlibrary.deploy.deploy_site) returned. Required with
        O(state=begun).
    type: dict
    default: {}
  release:
    description: Hash that the services must run after the turn; empty before there is anything to restart.
    type: str
    default: ""
  unwinding:
    description: Whether the turn takes the host back after a failure. It begins although a host has failed.
    type: bool
    default: false
  waves:
    description: Lists of the hosts that take their turns together, with O(state=begun).
    type: list
    elements: list
    default: []
  part:
    description: The part of the run that is recorded.
    type: str
    choices: [open, build, stage, turn, close]
    default: turn
  begun:
    description: What this module returned as the turn began.
    type: dict
    default: {}
  results:
    description:
      - The results of the steps, by name. Those that carry another ticket than this host's, for this run and direction,
        are left over from another turn, and are passed over.
      - Of a loop over gates the results of all of them, as a list.
    type: dict
    default: {}
  step:
    description: Name of the task that failed; with O(state=moved) the step, V(left) or V(returned).
    type: str
    default: ""
  result:
    description: Result of the task that failed.
    type: dict
    default: {}
  earlier:
    description: What this module returned for the same part in the other direction.
    type: dict
    default: {}
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Begin
  openlibrary.deploy.deploy_turn:
    state: begun
    plan: "{{ preflight_plan }}"
    site: "{{ site_checked.hosts[inventory_hostname] }}"
    release: "{{ preflight_plan.hosts[inventory_hostname].to }}"
  register: turn_begin

- name: Record what the turn proved
  openlibrary.deploy.deploy_turn:
    state: recorded
    plan: "{{ preflight_plan }}"
    begun: "{{ turn_begin }}"
    results:
      switched: "{{ switch_done | default({}) }}"
      restarted: "{{ restart_services | default({}) }}"
  register: turn_record
"""

RETURN = """
go:
  description: Whether the turn may begin.
  returned: with state=begun
  type: bool
since:
  description: When it began, in seconds since the epoch.
  returned: with state=begun
  type: float
balanced:
  description: Whether the host leaves rotation for the turn.
  returned: with state=begun
  type: bool
reloads:
  description: Whether something on the host reads its configuration from the release anew.
  returned: with state=begun
  type: bool
announces:
  description: The gates that are told of the turn, by name.
  returned: with state=begun
  type: list
  elements: str
judges:
  description: The gates that are asked after the turn, by name; not those that the operator skips.
  returned: with state=begun
  type: list
  elements: str
pauses:
  description: Whether the run waits after the turn; never on the way back.
  returned: with state=begun
  type: bool
expect:
  description: Hash that must be current before the host is switched; empty for none.
  returned: with state=begun, unless O(unwinding)
  type: str
services:
  description: The services that restart, as O(site) has them.
  returned: with state=begun
  type: list
  elements: dict
restarts:
  description: Whether there are any.
  returned: with state=begun
  type: bool
proves:
  description: Hash that they must run afterwards; empty where none restarts.
  returned: with state=begun
  type: str
ticket:
  description: The option C(ticket) of the modules that change the host.
  returned: with state=begun
  type: dict
service_ticket:
  description: The same for those that restart services, which may be another project's.
  returned: with state=begun
  type: dict
balancer_ticket:
  description: The same for those that change the balancer; empty without one.
  returned: with state=begun
  type: dict
bake:
  description:
    - The bake of this turn, as M(openlibrary.deploy.haproxy_server) takes it, with what it may do and the servers that
      it compares with; none for fixed limits.
  returned: with state=begun, unless on the way back, which has none
  type: dict
must:
  description: The steps without which the turn did not happen, by the names of O(results).
  returned: with state=begun
  type: list
  elements: str
returns:
  description: Whether the host returns to rotation, or to its whole weight there.
  returned: with state=begun
  type: bool
ramp:
  description: Percent of its weight with which the host's traffic comes back; all at once on the way back.
  returned: with state=begun
  type: list
  elements: int
ramp_hold:
  description: Seconds that a step is held.
  returned: with state=begun
  type: float
drain_cutoff:
  description: Seconds after which sessions that are left are cut; 0 where none are.
  returned: with state=begun
  type: float
may_return:
  description: Whether a host that leaves goes back to ready where nobody else serves any more.
  returned: with state=begun
  type: bool
hurry:
  description: Whether the host comes back at once where nobody else serves.
  returned: with state=begun
  type: bool
wave:
  description: The hosts that take their turns together, this one among them.
  returned: with state=begun, state=returning
  type: list
  elements: str
direction:
  description: C(forward), or C(back) where the host is taken back.
  returned: with state=begun, state=returning
  type: str
leads:
  description: Whether it is this host that has the balancer move the servers of all.
  returned: with state=begun, state=returning
  type: bool
follows:
  description: Whether another host has it move that of this one.
  returned: with state=begun, state=returning
  type: bool
together:
  description: The servers of the others, as M(openlibrary.deploy.haproxy_server) takes them; none unless RV(leads).
  returned: with state=begun, state=returning
  type: list
  elements: dict
restore:
  description: What the server was before it was taken out.
  returned: with state=returning
  type: str
records:
  description:
    - The record of this part of the run on the host, after those of O(earlier); with state=begun those that it has.
    - Each has the C(ticket) (run, host, direction), the C(part), the steps that were C(done), the C(failure) with its
      blame, and what was proven.
  returned: always
  type: list
  elements: dict
"""
