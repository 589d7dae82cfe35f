# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_plan; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_plan
short_description: Decide what a run will do on the whole fleet
description:
  - Runs on the controller and asks nothing of any host.
  - Checks the request; then decides, from what the hosts answered to M(openlibrary.deploy.release_survey), which
    release every host gets and in which order.
  - It reads the variables C(preflight_survey) and C(deploy_reloads) of each host, and C(deploy_project).
  - All reasons not to start come in one message.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description: Only check the request, or make the plan.
    type: str
    choices: [checked, made]
    default: made
  action:
    description: What the run is.
    type: str
    required: true
    choices: [deploy, rollback, restart]
  project:
    description: Name of the project.
    type: str
    required: true
  projects:
    description: All projects by name.
    type: dict
    required: true
  version:
    description: What the operator asked for.
    type: str
    default: ""
  resolved:
    description: Result of M(openlibrary.deploy.release_resolve), for a deploy.
    type: dict
    default: {}
  static:
    description: Hosts that are switched first.
    type: list
    elements: str
    default: []
  web:
    description: Web nodes, blue first.
    type: list
    elements: str
    default: []
  home:
    description: Hosts whose turn comes last.
    type: list
    elements: str
    default: []
  hosts:
    description: Hosts that take part.
    type: list
    elements: str
    default: []
  servers:
    description: Servers as M(openlibrary.deploy.haproxy_stats) returned them.
    type: list
    elements: dict
    default: []
  balancer:
    description: Host that runs haproxy. Its lock is taken too where C(--limit) leaves it out.
    type: str
    default: ""
  min_in_rotation:
    description: Nodes that must serve while another one is out.
    type: int
    default: 1
  allow_bad:
    description: Whether to roll back to a release that is marked bad.
    type: bool
    default: false
  then_restart:
    description:
      - Another project whose services restart, and are proven, in the turns of a deploy or rollback of O(project).
      - V(true) means the inventory's C(deploy_project), V(false) or nothing means none.
    type: raw
    default: ""
  pause:
    description:
      - How long a deploy waits once the first web node is proven; V(person), or a number of minutes. Nothing means not.
      - V(person) is refused where no terminal is there to answer.
    type: str
    default: ""
  nagios:
    description:
      - Result of M(openlibrary.deploy.nagios_gate) with C(state=baseline); empty or skipped where there is no Nagios.
      - Problems in it are only told. Where it failed nobody knows what is wrong already.
      - Every host that restarts must be among its C(hosts), by the name in the host's variable C(deploy_nagios_name).
    type: dict
    default: {}
  nagios_unknown:
    description: Whether a deploy or restart starts when Nagios could not tell. A rollback always does.
    type: str
    choices: [stop, continue]
    default: stop
  staging:
    description: Hosts on which a release is tried before it is deployed.
    type: list
    elements: str
    default: []
  require_staged:
    description: Whether to refuse a deploy whose release was never current on any host of O(staging).
    type: bool
    default: false
  staged:
    description: Result of M(openlibrary.deploy.release_survey) in a loop over O(staging).
    type: dict
    default: {}
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Decide what will be done
  openlibrary.deploy.deploy_plan:
    action: restart
    project: openlibrary
    projects: "{{ deploy_projects }}"
    web: "{{ groups['web'] }}"
    hosts: "{{ ansible_play_hosts_all }}"
  run_once: true
  register: preflight_plan
"""

RETURN = """
run:
  description: Identity of the run.
  returned: success
  type: str
token:
  description: Fencing token of the run.
  returned: success
  type: int
release:
  description: Hash that the fleet gets.
  returned: success
  type: str
hosts:
  description: What is done on each host, by name.
  returned: success
  type: dict
  contains:
    to: {description: Hash that is current after the turn., type: str}
    switch: {description: Whether the host is switched., type: bool}
    reload: {description: Whether something on the host reads its configuration from the release anew., type: bool}
    restart: {description: Whether services restart., type: bool}
    proves: {description: "Hash that the services of RV(service_project) must run after the turn, or empty.", type: str}
    services: {description: How many services of RV(service_project) the host has., type: int}
    balanced: {description: Whether the host must be out of rotation during its turn., type: bool}
service_project:
  description: The project whose services restart and are proven; not O(project) with O(then_restart).
  returned: success
  type: str
restart_always:
  description: Whether services restart that run the right release already.
  returned: success
  type: bool
pause_after:
  description: Host after whose turn the run pauses; empty where it does not.
  returned: success
  type: str
notes:
  description: What the journals must keep of the preflight, a sentence each.
  returned: success
  type: list
  elements: str
turns:
  description: Hosts with a turn, in order.
  returned: success
  type: list
  elements: raw
left_out:
  description: Hosts that cannot take part.
  returned: success
  type: list
  elements: str
noop:
  description: Whether there is nothing to do.
  returned: success
  type: bool
"""
