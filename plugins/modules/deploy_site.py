# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_site; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_site
short_description: Check the request and every setting of the site, before any host is asked
description:
  - Runs on the controller and contacts no host.
  - Reads every C(deploy_*) variable of every host of the inventory. What was asked for (C(version), C(hash), C(skip)
    and so on) counts from C(-e) and from the C(vars) of a play that imports the playbook, never from the inventory.
  - Everything that is wrong is said at once. Rollback, restart, lock, status, tag and prepare are refused only for what
    they read; other faults of the site are warnings there.
  - The result is the only place that later steps take settings from. It holds no secrets.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  playbook:
    description: Name of the playbook that begins.
    type: str
    required: true
    choices: [config, deploy, lock, prepare, restart, rollback, status, tag]
  parts:
    description: Hosts by the part that they play.
    type: dict
    required: true
    suboptions:
      static:
        description: Hosts that serve static files; they are switched first.
        type: list
        elements: str
        default: []
      web:
        description: Web nodes behind the balancer, blue first.
        type: list
        elements: str
        default: []
      home:
        description: Hosts whose turn comes last; the first one builds the releases.
        type: list
        elements: str
        default: []
      staging:
        description: Hosts on which a release is tried before it is deployed.
        type: list
        elements: str
        default: []
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Check the request and the site
  openlibrary.deploy.deploy_site:
    playbook: deploy
    parts:
      static: "{{ groups['www'] }}"
      web: "{{ groups['web'] }}"
      home: "{{ groups['home'] }}"
  run_once: true
  register: site_checked
"""

RETURN = """
playbook:
  description: Name of the playbook.
  returned: success
  type: str
request:
  description: What was asked for, by the name of the variable.
  returned: success
  type: dict
  sample: {version: v1.2, project: openlibrary, skip: [bake], reason: nothing to measure at night}
who:
  description: The person behind the run.
  returned: success
  type: str
  sample: mek@laptop
static:
  description: Hosts that serve static files.
  returned: success
  type: list
  elements: str
web:
  description: Web nodes, blue first.
  returned: success
  type: list
  elements: str
home:
  description: Hosts whose turn comes last.
  returned: success
  type: list
  elements: str
staging:
  description: Hosts on which a release is tried before it is deployed.
  returned: success
  type: list
  elements: str
asks_beside:
  description:
    - Who is asked beside the hosts that the run is for, each with C(host) and C(root). Staging hosts are asked what
      they have run; the balancer's host is among them, with its C(haproxy), where C(--limit) leaves it out.
  returned: success
  type: list
  elements: dict
own_project:
  description: The project that is meant where none is asked for.
  returned: success
  type: str
resolves:
  description: Whether the version that was asked for is to be resolved.
  returned: success
  type: bool
resolver:
  description: The host that does so.
  returned: success
  type: str
projects:
  description: The projects, by name.
  returned: success
  type: dict
has_balancer:
  description: Whether there is a balancer.
  returned: success
  type: bool
balancer:
  description: The host, sockets and backend that are asked who serves, nothing of it true unless RV(has_balancer).
  returned: success
  type: dict
min_in_rotation:
  description: Nodes that must serve while another one is out.
  returned: success
  type: int
require_staged:
  description: Whether a deploy is refused whose release was never current on a staging host.
  returned: success
  type: bool
then_restart:
  description: Another project whose services restart in the turns of this run; empty for none.
  returned: success
  type: str
pause_after_blue:
  description: How long a deploy waits once the first web node is proven, V(person) or minutes; empty for not at all.
  returned: success
  type: str
moving_tag:
  description: The tag that moves along.
  returned: success
  type: str
bake_mode:
  description: What a bake may do, V(judge), V(inform) or V(skip).
  returned: success
  type: str
gates:
  description:
    - The gates, in the inventory's order, with what is the same of each on all hosts of the fleet.
    - Neither here nor in RV(hosts) are the options of their modules, which may be secrets.
  returned: success
  type: list
  elements: dict
  sample: [{name: nagios, module: openlibrary.deploy.nagios_gate, when: [turn], unknown: stop, timeout: 600}]
hosts:
  description:
    - The settings of each host, by its name.
    - C(balancer) is where it is a server, C(builds) whether it is of RV(home), C(asked) whether the run asks it
      anything; C(gates) are C(host), C(via) and C(become) of each gate.
  returned: success
  type: dict
"""
