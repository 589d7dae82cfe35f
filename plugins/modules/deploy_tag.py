# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_tag; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_tag
short_description: Find the one commit that the whole fleet serves
description:
  - Runs on the controller and contacts no host. It reads the variable C(tag_survey) of each host.
  - Fails, and names every reason, unless every host is at the same release of the project, its services are proven to
    run it, the web nodes are in rotation, and no run holds a host.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  site:
    description: What M(openlibrary.deploy.deploy_site) returned.
    type: dict
    required: true
  hosts:
    description: The hosts of the fleet, all of which must serve the commit.
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
- name: Find what the fleet serves
  openlibrary.deploy.deploy_tag:
    site: "{{ site_checked }}"
    hosts: "{{ ansible_play_hosts_all }}"
    balancer: "{{ hostvars[site_checked.balancer.host].tag_survey.balancer | default({}) }}"
  run_once: true
  register: tag_served
"""

RETURN = """
commit:
  description: The commit.
  returned: success
  type: str
home:
  description: The host that pushes the tag.
  returned: success
  type: str
who:
  description: The person at the controller.
  returned: success
  type: str
when:
  description: The time at the controller, in UTC.
  returned: success
  type: str
"""
