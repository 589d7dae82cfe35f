# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_plan; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_plan
short_description: Decide what a run will do on the whole fleet
description:
  - Runs on the controller and contacts no host.
  - Decides, from what the hosts answered to M(openlibrary.deploy.release_survey), which release every host gets and in
    which order.
  - It reads the variable C(preflight_survey) of each host.
  - All reasons not to start come in one message.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  site:
    description: What M(openlibrary.deploy.deploy_site) returned.
    type: dict
    required: true
  hosts:
    description: Hosts that take part.
    type: list
    elements: str
    required: true
  resolved:
    description: Result of M(openlibrary.deploy.release_resolve), for a deploy. Where it failed, that is a finding.
    type: dict
    default: {}
  balancer:
    description:
      - What M(openlibrary.deploy.release_survey) returned as C(balancer) on the host that runs it; empty without one,
        or where that host is among O(beside).
    type: dict
    default: {}
  beside:
    description: Results of M(openlibrary.deploy.release_survey) in a loop over C(asks_beside) of O(site).
    type: list
    elements: dict
    default: []
  gates_read:
    description:
      - Results of M(openlibrary.deploy.deploy_gate) with C(ask=read) in a loop over the gates. What they say is
        reported. One that passed has recorded what is wrong already; of any other it is unknown.
      - Where its baseline has C(hosts), every host that restarts must be among them, by the name that O(site) has for
        it at the gate.
    type: list
    elements: dict
    default: []
  gates_before:
    description: Results of M(openlibrary.deploy.deploy_gate) with C(moment=before) in a loop over the gates.
    type: list
    elements: dict
    default: []
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Decide what will be done
  openlibrary.deploy.deploy_plan:
    site: "{{ site_checked }}"
    hosts: "{{ ansible_play_hosts_all }}"
    resolved: "{{ preflight_resolved }}"
    balancer: "{{ hostvars[site_checked.balancer.host].preflight_survey.balancer | default({}) }}"
  run_once: true
  register: preflight_plan
"""

RETURN = """
run:
  description: Identity of the run.
  returned: success
  type: str
since:
  description: When the run began, in seconds since the epoch.
  returned: success
  type: float
errors_before:
  description: What users had met of haproxy before the run, by its own counters; empty where it could not be asked.
  returned: success
  type: dict
gates:
  description: What the run has of the site's gates, by their names.
  returned: success
  type: dict
  contains:
    judges: {description: Those that are asked after each turn., type: list, elements: str}
    after: {description: Those that are asked once every turn is over., type: list, elements: str}
    announces: {description: Those that are told of each turn., type: list, elements: str}
    informs: {description: "Those that report what became of a way back, or of a hot fix.", type: list, elements: str}
    continues: {description: Those whose silence stops nothing., type: list, elements: str}
    baselines: {description: "What they compare with, by the gate's name.", type: dict}
who:
  description: The person behind the run.
  returned: success
  type: str
token:
  description: Fencing token of the run.
  returned: success
  type: int
tickets:
  description: >-
    The option C(ticket) of every module that changes a host in this run, by the host's name; the balancer's is there
    too where a run is limited to others.
  returned: success
  type: dict
late_tickets:
  description: >-
    The same tickets for what follows a failure. With them a step waits, up to the host's C(deploy_orphan_timeout) in
    seconds, for a step of this run whose connection was lost.
  returned: success
  type: dict
action:
  description: What the run is, V(deploy), V(rollback) or V(restart).
  returned: success
  type: str
project:
  description: The project that is deployed, rolled back or restarted.
  returned: success
  type: str
own_project:
  description: The project that is meant where none is asked for.
  returned: success
  type: str
service_project:
  description: The project whose services restart and are proven; not RV(project) with C(deploy_then_restart).
  returned: success
  type: str
surveyed:
  description: The projects that hosts are asked about, RV(project) first.
  returned: success
  type: list
  elements: str
release:
  description: Hash that the fleet gets; none in a restart.
  returned: success
  type: str
hosts:
  description: What is done on each host, by name, in the order of the turns.
  returned: success
  type: dict
  contains:
    part: {description: "V(static), V(web) or V(home).", type: str}
    current: {description: Hash that is current before the turn; none where there is none., type: str}
    to: {description: Hash that is current after the turn., type: str}
    before: {description: "The same as RV(hosts.current), empty where there is none.", type: str}
    target: {description: "The same as RV(hosts.to), empty where there is none.", type: str}
    keeps: {description: Whether the host is RV(keeper)., type: bool}
    turn: {description: Whether the host has a turn., type: bool}
    switch: {description: Whether the host is switched., type: bool}
    reload: {description: Whether something on the host reads its configuration from the release anew., type: bool}
    restart: {description: Whether services restart., type: bool}
    reweigh: {description: Whether the turn only gives the host's server its weight back., type: bool}
    proves: {description: "Hash that the services of RV(service_project) must run after the turn, or empty.", type: str}
    services: {description: How many services of RV(service_project) the host has., type: int}
    balanced: {description: Whether the host must be out of rotation during its turn., type: bool}
    watched: {description: Whether gates are told of the turn and asked after it., type: bool}
    builds: {description: Whether the host builds the release., type: bool}
turns:
  description: Hosts with a turn, in order.
  returned: success
  type: list
  elements: str
waves:
  description: The same hosts, those together that take their turns at the same time.
  returned: success
  type: list
  elements: list
served:
  description: Whether some node served when the run began.
  returned: success
  type: bool
members:
  description: Every host of the run with the groups that it joins, in the order of the turns.
  returned: success
  type: list
  elements: dict
web:
  description: All web nodes of the fleet, also those that take no part.
  returned: success
  type: list
  elements: str
server_names:
  description: What the balancer calls each web node, by the host's name.
  returned: success
  type: dict
balancer:
  description: Host of the balancer; empty without one.
  returned: success
  type: str
balancer_at:
  description: The same, and C(localhost) without one, for tasks that are skipped then.
  returned: success
  type: str
keeper:
  description: Host that takes the balancer's lock for the run where the balancer takes no part; empty where it does.
  returned: success
  type: str
floor:
  description: Nodes that must serve while another one is out.
  returned: success
  type: int
without:
  description: Web nodes that the operator leaves out.
  returned: success
  type: list
  elements: str
keep_out:
  description: Their servers in the balancer, which leave rotation before the first turn.
  returned: success
  type: list
  elements: str
urgent:
  description: Why the run waits for no verdict; empty for a run that does.
  returned: success
  type: str
waived:
  description: What it does not wait for although the site would have it so, as clauses.
  returned: success
  type: list
  elements: str
left_out:
  description: Hosts that take no part, because they cannot or are RV(without).
  returned: success
  type: list
  elements: str
build_host:
  description: Host that builds the release; empty where none does.
  returned: success
  type: str
bases:
  description: Releases that the hosts which lack the new one have; the new one is shipped as a difference to them.
  returned: success
  type: list
  elements: str
full:
  description: Whether a host needs the release whole.
  returned: success
  type: bool
environments:
  description: Environments that every host has.
  returned: success
  type: list
  elements: str
restart_always:
  description: Whether services restart that run the right release already.
  returned: success
  type: bool
pause_after:
  description: Host after whose turn the run pauses; empty where it does not.
  returned: success
  type: str
skips:
  description: What the operator overrides.
  returned: success
  type: list
  elements: str
reason:
  description: Why.
  returned: success
  type: str
bake:
  description: What a bake may do in this run, V(judge), V(inform) or V(skip).
  returned: success
  type: str
findings:
  description: What was found that does not stop the run.
  returned: success
  type: list
  elements: dict
notes:
  description: What the journals must keep of the preflight, a sentence each.
  returned: success
  type: list
  elements: str
stale:
  description: Servers (C(backend/server)) that are remembered as taken out by a run, and that the balancer shows ready.
  returned: success
  type: list
  elements: str
silence:
  description: Why the balancer could not be asked, although the run goes on; empty where it could.
  returned: success
  type: str
noop:
  description: Whether there is nothing to do, on any host, and no host that could not take part.
  returned: success
  type: bool
"""
