# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: deploy_run
short_description: Opens, closes or breaks the hold of a run on a host
description:
  - With O(state=open) a run takes the host, so that no other run changes it. The lock appears with all of its content
    at once; of several runs that try, exactly one gets it. The run that has it already changes nothing.
  - With O(state=closed) the run records its verdict on the release and gives the host back. A lock that belongs to
    somebody else is never removed; the result says who has it.
  - With O(state=broken) a person removes the lock, whoever holds it. It is refused while a step still runs on the host.
  - A lock never expires by itself.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
options:
  state:
    description: What to do with the hold.
    type: str
    choices: [open, closed, broken]
    required: true
  action:
    description: What the run does. Required with O(state=open).
    type: str
    choices: [deploy, rollback, restart]
  to:
    description:
      - The release that the run brings, a commit hash of 40 lower-case hex digits. Required with O(state=open).
      - With O(state=closed) the release that gets the verdict, by default the one that the lock names.
    type: str
    default: ""
  reason:
    description: Why, for people. Required with O(state=broken).
    type: str
    default: ""
  expect_run:
    description:
      - With O(state=broken) the run that a person has looked at. Any other run keeps its lock.
      - When left out or empty, the lock is broken whoever holds it.
    type: str
  expect_current:
    description:
      - With O(state=open) the release that the survey found current (the empty string when there was none).
      - The lock is not taken when another one is current by now. When left out, any may be.
    type: str
  ready:
    description:
      - With O(state=open) the servers, each as C(backend/server), that the balancer of this host showed ready and at
        their weight when the run was planned.
      - What an earlier run had left out of rotation by the journal is forgotten when it is among them, because somebody
        brought it back.
    type: list
    elements: str
    default: []
  outcome:
    description:
      - How the run ended, required with O(state=closed). V(good) marks the release good, but when a rollback or a
        restart ends so, one that is marked bad stays so; V(failed) marks it bad with
        O(blame_release=true); V(unchanged) says nothing about it.
    type: str
    choices: [good, failed, unchanged]
  blame_release:
    description: Whether the release, and not the host, is to blame for O(outcome=failed).
    type: bool
    default: false
  why:
    description: One sentence on O(outcome), for the mark and the journal.
    type: str
    default: ""
  notes:
    description:
      - With O(state=closed) what the journal keeps of the gates of the run. Each is one line of at most 400 characters.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Take the host
  openlibrary.deploy.deploy_run:
    state: open
    ticket: {root: /opt/openlibrary, project: openlibrary, run: 20261123T180000-deploy, token: 17, who: mek}
    action: deploy
    to: 9fceb02d0ae598e95dc970b74767f19372d61af8
    expect_current: 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed

- name: Give the host back, the release is proven
  openlibrary.deploy.deploy_run:
    state: closed
    outcome: good
    ticket: {root: /opt/openlibrary, project: openlibrary, run: 20261123T180000-deploy, token: 17}

- name: Break a lock that nobody will ever close
  openlibrary.deploy.deploy_run:
    state: broken
    reason: the controller's disk died at 18:10
    ticket: {root: /opt/openlibrary, project: openlibrary, who: mek}
    expect_run: 20261123T180000-deploy
"""

RETURN = r"""
lock:
  description: The lock that is on the host after the step, none when there is none.
  returned: success
  type: dict
  sample: {"run": "20261123T180000-deploy", "token": 17, "who": "mek", "project": "openlibrary", "action": "deploy",
    "to": "9fceb02d0ae598e95dc970b74767f19372d61af8", "since": "2026-11-23T18:00:00.000Z", "reason": ""}
current:
  description: The release that is current.
  returned: with O(state=open)
  type: str
  sample: 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed
forgotten:
  description: Those of O(ready) that an earlier run had left out of rotation by the journal.
  returned: with O(state=open)
  type: list
  elements: str
  sample: []
marked:
  description: The verdict that was recorded, V(good) or V(bad), none when there was nothing to record.
  returned: with O(state=closed)
  type: str
  sample: good
closed:
  description:
    - Whether the run let go of the host in this step. V(false) when the lock was gone or belongs to another run; then
      C(msg) says which, and nothing that the run meant to record here was recorded.
    - In check mode whether it would.
  returned: with O(state=closed)
  type: bool
  sample: true
broken:
  description: The lock that was removed.
  returned: with O(state=broken)
  type: dict
outcome:
  description: V(done), V(unchanged), V(would) in check mode, or V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: open
state_now:
  description: What is true on the host now.
  returned: always
  type: str
  sample: nobody holds this host
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ansible-playbook playbooks/lock.yml
"""

from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.hold import ACTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout, check_hash
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.deploy_run import (
    break_lock,
    close_run,
    open_run,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store

ARGUMENT_SPEC = {
    **TICKET_SPEC,
    "state": {"type": "str", "choices": ["open", "closed", "broken"], "required": True},
    "action": {"type": "str", "choices": list(ACTIONS)},
    "to": {"type": "str", "default": ""},
    "reason": {"type": "str", "default": ""},
    "expect_run": {"type": "str"},
    "expect_current": {"type": "str"},
    "ready": {"type": "list", "elements": "str", "default": []},
    "outcome": {"type": "str", "choices": ["good", "failed", "unchanged"]},
    "blame_release": {"type": "bool", "default": False},
    "why": {"type": "str", "default": ""},
    "notes": {"type": "list", "elements": "str", "default": []},
}

REQUIRED_IF = [
    ("state", "open", ["action", "to"]),
    ("state", "closed", ["outcome"]),
    ("state", "broken", ["reason"]),
]


def run(module: AnsibleModule) -> Result:
    """Hands over to the wanted state."""
    params = module.params
    for name in ("to", "expect_current"):
        if params[name]:
            check_hash(params[name])
    ticket = params["ticket"]
    held = Held(Store(Layout(ticket["root"])), ticket, module.check_mode, SystemClock())
    if params["state"] == "broken":
        return break_lock(held, params["reason"], params["expect_run"] or "")
    result = open_run(held, params) if params["state"] == "open" else close_run(held, params)
    # Holding and letting go is not worth a line on every host; breaking somebody's lock is.
    return replace(result, values={**result.values, "quiet": True})


def main() -> None:
    run_module(run, ARGUMENT_SPEC, required_if=REQUIRED_IF)


if __name__ == "__main__":
    main()
