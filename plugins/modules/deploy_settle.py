# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_settle; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_settle
short_description: Decide what follows a failed turn
description:
  - Runs on the controller and contacts no host.
  - The failed host goes back to what it ran; hosts that were switched before it go back too, last first, if the release
    is to blame. A failure that blames nobody, as of a gate that could not tell, takes them back too and marks nothing.
  - It reads the records that M(openlibrary.deploy.deploy_turn) made on the hosts of the plan, and the surveys that were
    taken after the failure. A host with a turn and no record has failed.
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
options:
  state:
    description:
      - V(looked) sees whether anything failed; where nothing did, that is the decision as well. After a failure
        V(decided) decides, from what the hosts and the balancer said since.
    type: str
    required: true
    choices: [looked, decided]
  plan:
    description: The decision that M(openlibrary.deploy.deploy_plan) returned.
    type: dict
    required: true
  balancer:
    description: The newest result of M(openlibrary.deploy.haproxy_stats); empty without a balancer.
    type: dict
    default: {}
  look:
    description: What this module returned with O(state=looked); a server is down only if it was so by then as well.
    type: dict
    default: {}
  gates:
    description:
      - Results of M(openlibrary.deploy.deploy_gate) with C(moment=after) in a loop over the gates.
      - One that blames the release has every host go back, and the release marked bad. One that fails and blames
        anything else, one that cannot tell and whose entry says stop, and one that nobody saw asked, have every host go
        back in doubt, and nothing marked.
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
  description: The first failure of each host that failed, by host, with its C(step), C(sentence) and C(blame).
  returned: success
  type: dict
notes:
  description: What the journals must keep, a short sentence each, of gates that could not tell or were skipped, say.
  returned: success
  type: list
  elements: str
lift:
  description: The gates at which something that was announced of the run may still stand.
  returned: success
  type: list
  elements: str
why:
  description: What failed, in one line.
  returned: success
  type: str
blame:
  description: Whom the run's failures blame together, V(release), V(host) or V(nobody); empty where nothing failed.
  returned: when decided, or where nothing failed
  type: str
mark_bad:
  description: Whether the release is marked bad.
  returned: when decided, or where nothing failed
  type: bool
keep_out:
  description: Servers of web nodes that cannot be asked, and that must get no traffic when they come back.
  returned: when decided, or where nothing failed
  type: list
  elements: str
waves:
  description: The hosts that go back, those together that do so at the same time.
  returned: with state=decided
  type: list
  elements: list
restores:
  description: Hosts that go back, last turn first, each with the hash that it goes back to and why.
  returned: when decided, or where nothing failed
  type: list
  elements: dict
hosts:
  description: The same by the host's name.
  returned: when decided, or where nothing failed
  type: dict
left:
  description: Hosts that stay as they are, and why.
  returned: when decided, or where nothing failed
  type: list
  elements: dict
balancer:
  description: What the balancer showed, O(balancer).
  returned: success
  type: dict
informs:
  description: The gates that are asked once more at the end of a way back, where they only report.
  returned: when decided, or where nothing failed
  type: list
  elements: str
"""
