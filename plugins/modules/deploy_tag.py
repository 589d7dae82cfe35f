# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_tag; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_tag
short_description: Find the one commit that the whole fleet serves
description:
  - Runs on the controller and asks nothing of any host. It reads the variable C(tag_survey) of each host.
  - Fails, and names every reason, unless every host is at the same release of the project, its services are proven to
    run it, the web nodes are in rotation, and no run holds a host.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description: Whether only the request is checked, before any host is asked, or what is served is found.
    type: str
    choices: [checked, served]
    default: served
  project:
    description: Name of the project.
    type: str
    required: true
  projects:
    description: The projects that there are, by name.
    type: dict
    required: true
  name:
    description: Name of the tag that the operator gave.
    type: str
    default: ""
  moving:
    description: Name of the tag that moves along.
    type: str
    default: ""
  hosts:
    description: The hosts of the fleet, all of which must serve the commit.
    type: list
    elements: str
    default: []
  web:
    description: Web nodes behind the balancer.
    type: list
    elements: str
    default: []
  home:
    description: Hosts that can push a tag.
    type: list
    elements: str
    default: []
  servers:
    description: Servers as M(openlibrary.deploy.haproxy_stats) returned them.
    type: list
    elements: dict
    default: []
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Find what the fleet serves
  openlibrary.deploy.deploy_tag:
    project: openlibrary
    projects: "{{ deploy_projects }}"
    hosts: "{{ ansible_play_hosts_all }}"
    home: [ol-home]
  run_once: true
  register: tag_served
"""

RETURN = """
commit:
  description: The commit.
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
