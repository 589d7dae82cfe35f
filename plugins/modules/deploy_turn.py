# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_turn; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_turn
short_description: Record how the turn of a host went
description:
  - Runs on the controller and asks nothing of any host.
  - A turn does not begin once another host has failed; a failure is only recorded, what follows is decided by
    M(openlibrary.deploy.deploy_settle).
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description: What to record.
    type: str
    required: true
    choices: [begun, done, failed]
  plan:
    description:
      - The decision that M(openlibrary.deploy.deploy_plan) returned. Required with O(state=begun).
      - Failures of its hosts stop this turn; the gates compare with its web nodes.
    type: dict
    default: {}
  forced:
    description: Whether the turn takes the host back after a failure. It begins although a host has failed.
    type: bool
    default: false
  bake:
    description: What the operator has a bake do; a rollback only tells all the same.
    type: str
    choices: [judge, inform, skip]
    default: judge
  since:
    description: When the turn began, in seconds since the epoch.
    type: float
    default: 0.0
  step:
    description: Name of the task that failed.
    type: str
    default: ""
  result:
    description: Result of the task that failed.
    type: dict
    default: {}
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Begin
  openlibrary.deploy.deploy_turn:
    state: begun
    plan: "{{ preflight_plan }}"
  register: turn_begin
"""

RETURN = """
go:
  description: Whether the turn may begin.
  returned: success
  type: bool
since:
  description: When it began, in seconds since the epoch.
  returned: success
  type: float
bake:
  description: What the bake may do, V(judge), V(inform) or V(skip).
  returned: with state=begun
  type: str
bake_reference:
  description: Names, in the balancer's backend, of the servers that the bake compares with; none for fixed limits.
  returned: with state=begun
  type: list
  elements: str
gate_mode:
  description: What the gates may do, V(judge) or, in a rollback and on the way back, V(inform).
  returned: with state=begun
  type: str
seconds:
  description: How long it took.
  returned: success
  type: float
unwinding:
  description: Whether the turn took the host back after a failure.
  returned: success
  type: bool
failure:
  description: What failed, in the form that the verdict reads.
  returned: success
  type: dict
"""
