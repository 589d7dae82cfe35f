# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_verdict; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_verdict
short_description: Say how a run ended
description:
  - Runs on the controller and asks nothing of any host.
  - Prints the table and the one line that is now true; fails when the run failed, with what failed, the state of each
    host, whether users are affected, and what to type next.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  plan:
    description: The decision that M(openlibrary.deploy.deploy_plan) returned.
    type: dict
    required: true
  settlement:
    description: The decision that M(openlibrary.deploy.deploy_settle) returned.
    type: dict
    required: true
  servers:
    description: Servers as M(openlibrary.deploy.haproxy_stats) returned them.
    type: list
    elements: dict
    default: []
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Say what is now true
  openlibrary.deploy.deploy_verdict:
    plan: "{{ preflight_plan }}"
    settlement: "{{ settle_decision }}"
  run_once: true
"""

RETURN = """
state_now:
  description: What is true now.
  returned: success
  type: str
next_command:
  description: What to type next.
  returned: success
  type: str
"""
