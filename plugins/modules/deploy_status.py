# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_status; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_status
short_description: Say who runs what, and name every drift
description:
  - Runs on the controller and contacts no host. It reads the variable C(status_survey) of each host.
  - Every project that the hosts were asked for is shown; what concerns the hosts themselves, and the balancer, once.
  - Where the request has a file C(json), that gets the whole answer.
  - Fails when the fleet differs from what it should be, so that scripts can tell by the exit code.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  site:
    description: What M(openlibrary.deploy.deploy_site) returned.
    type: dict
    required: true
  hosts:
    description: Hosts to look at.
    type: list
    elements: str
    required: true
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
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Say who runs what
  openlibrary.deploy.deploy_status:
    site: "{{ site_checked }}"
    hosts: "{{ ansible_play_hosts_all }}"
  run_once: true
"""

RETURN = """
status:
  description: The comparison for the project that was asked for, host by host, and the drifts of all projects.
  returned: success
  type: dict
projects:
  description: The comparison for each project, by name, with its own drifts and whether it was ever deployed.
  returned: success
  type: dict
surveys:
  description: What each host said.
  returned: success
  type: dict
servers:
  description: What the balancer said.
  returned: success
  type: list
  elements: raw
"""
