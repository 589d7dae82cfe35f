# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_settle; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_settle
short_description: Decide what follows a failed turn
description:
  - Runs on the controller and asks nothing of any host.
  - The failed host goes back to what it ran; hosts that were switched before it go back too, last first, if the release
    is to blame. A failure in C(doubt), as of a gate that could not tell, takes them back too and marks nothing.
  - It reads the variables C(preflight_failed), C(stage_failed), C(turn_failed), C(turn_done), C(settle_survey),
    C(balancer_returned), C(monitoring_judged) and C(turn_paused) of the hosts.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description: Only see whether anything failed, or decide.
    type: str
    required: true
    choices: [looked, decided]
  plan:
    description: The decision that M(openlibrary.deploy.deploy_plan) returned.
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
- name: Decide what goes back
  openlibrary.deploy.deploy_settle:
    state: decided
    plan: "{{ preflight_plan }}"
  run_once: true
  register: settle_decision
"""

RETURN = """
failing:
  description: Whether anything failed.
  returned: success
  type: bool
ending:
  description: How the run ends for the journals, V(good) or V(failed).
  returned: success
  type: str
failures:
  description: What failed, by host.
  returned: success
  type: dict
notes:
  description: What the journals must keep, a short sentence each, of gates that could not tell or were skipped, say.
  returned: success
  type: list
  elements: str
loaded:
  description: Hosts on which something loaded the files of the release before the run failed.
  returned: success
  type: list
  elements: str
lift:
  description: Whether a downtime of the run may still stand in Nagios although every turn went well.
  returned: success
  type: bool
keep_out:
  description: Servers of web nodes that cannot be asked, and that must get no traffic when they come back.
  returned: when decided
  type: list
  elements: str
mark_bad:
  description: Whether the release is marked bad.
  returned: when decided
  type: bool
blame_release:
  description: Whether the release is to blame; hosts that were switched go back then.
  returned: when decided
  type: bool
why:
  description: What failed, in one line.
  returned: success
  type: str
restores:
  description: Hosts that go back, last turn first, each with the hash that it goes back to and why.
  returned: when decided
  type: list
  elements: dict
hosts:
  description: The same by the host's name.
  returned: when decided
  type: dict
left:
  description: Hosts that stay as they are, and why.
  returned: when decided
  type: list
  elements: dict
"""
