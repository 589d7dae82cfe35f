# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_verdict; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_verdict
short_description: Say how a run ended
description:
  - Runs on the controller and contacts no host.
  - A run is good only if every host of the plan proved its target, or had nothing to prove, and let go of the run. A
    record, step or proof that is missing is a failure.
  - Prints the report and returns it with the one sentence that is now true. It fails when the run was not good, with
    what failed, the state of each host, what users met, and what to type next.
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
  balancer:
    description: The result of M(openlibrary.deploy.haproxy_stats); empty without a balancer.
    type: dict
    default: {}
  told:
    description: >-
      Results of M(openlibrary.deploy.deploy_gate) in a loop over the gates at the end of a way back, where they only
      report.
    type: list
    elements: dict
    default: []
  lifted:
    description: Results of M(openlibrary.deploy.deploy_gate) with C(ask=lift) in a loop over the gates.
    type: list
    elements: dict
    default: []
  kept_out:
    description: The results of M(openlibrary.deploy.haproxy_server) with which servers were kept out of rotation.
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
report:
  description: All that was printed, a line each.
  returned: always
  type: list
  elements: str
state_now:
  description: What is true now.
  returned: always
  type: str
next_command:
  description: What to type next.
  returned: always
  type: str
"""
