# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_pause; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_pause
short_description: Wait once the first web node is proven
description:
  - Runs on the controller and contacts no host. It says what is true and how to answer.
  - C(go on) goes on. C(unwind), or Ctrl-C, blames nobody (RV(blame)), so that every host goes back and
    nothing is marked bad. Anything else is asked again.
  - With a number of minutes it goes on by itself; at a terminal somebody may answer earlier.
  - In check mode it does not wait.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  after:
    description: How long to wait, V(person) for as long as it takes a person to answer, or a number of minutes.
    type: str
    required: true
  plan:
    description: Result of M(openlibrary.deploy.deploy_plan). Where its C(pause_after) names no host there is no pause.
    type: dict
    required: true
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Pause after blue
  openlibrary.deploy.deploy_pause:
    after: "{{ deploy_pause_after_blue }}"
    plan: "{{ preflight_plan }}"
  when: inventory_hostname == preflight_plan.pause_after
  register: turn_paused
"""

RETURN = """
answer:
  description: How the pause ended, C(go on), C(unwind), or C(time); empty in check mode and where there was none.
  returned: always
  type: str
who:
  description: The person who answered; empty where nobody did.
  returned: always
  type: str
note:
  description: A sentence on that for the journal.
  returned: always
  type: str
blame:
  description: Whom a failure blames; an answer that stops the run says nothing against release or host, V(nobody).
  returned: failure
  type: str
  sample: nobody
ticket:
  description: Whose result this is, for the record of the turn.
  returned: after a pause
  type: dict
  sample: {"run": "20261123T180000Z-3f2a", "host": "ol-web3", "direction": "forward"}
"""
