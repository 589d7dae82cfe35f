# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin deploy_gate; what runs on a host is the module of the gate."""

from __future__ import annotations

DOCUMENTATION = """
---
module: deploy_gate
short_description: Ask a gate of the site, whatever module is behind it
description:
  - A gate is an entry of the variable C(deploy_gates). Its module, which may be of any collection, runs where the task
    is delegated to, and answers whether a run may begin, whether a turn went well, or whether the whole run did.
  - The options of the entry are read here from the variable of the task's host and from nowhere else, so that no
    password is part of a loop, of a registered result or of a message.
  - No answer, a lost host, and an answer that cannot be read are V(unknown).
  - Only O(moment=turn) fails the task, with RV(verdict=fail), and with V(unknown) where the entry says stop; not in
    check mode, and not in a turn that only informs. What the others say M(openlibrary.deploy.deploy_plan) and
    M(openlibrary.deploy.deploy_settle) take into account.
  - On the way back, in a rollback, and where the operator skips it, the gate informs and is not waited for.
notes:
  - In a loop ansible-core 2.21 reaches a host of whose C(ansible_connection) the inventory says nothing as it reached
    the host before. A gate that would so be asked from the wrong host is not asked, which is V(unknown).
extends_documentation_fragment:
  - openlibrary.deploy.run.reading
attributes:
  check_mode:
    description: A gate whose module does not run in check mode is not asked, and stops nothing.
    support: partial
options:
  gate:
    description: Name of the entry in C(deploy_gates).
    type: str
    required: true
  ask:
    description:
      - V(read) records what is wrong already, V(announce) says that the host is about to restart, V(judge) asks whether
        all is well, V(lift) ends what was announced in the run.
    type: str
    required: true
    choices: [read, announce, judge, lift]
  moment:
    description:
      - When it is asked. V(turn) is about the task's host, the others are about the whole site.
      - A gate is not asked V(before) where its entry does not say so, nor V(after) in a run in which a host has failed.
    type: str
    choices: [before, turn, after]
    default: turn
  site:
    description: What M(openlibrary.deploy.deploy_site) returned.
    type: dict
    required: true
  plan:
    description: The decision that M(openlibrary.deploy.deploy_plan) returned; empty before there is one.
    type: dict
    default: {}
  mode:
    description: V(judge) waits for a verdict, V(inform) looks once.
    type: str
    choices: [judge, inform]
    default: judge
  direction:
    description: Whether the host's turn goes forward or back; the result carries it.
    type: str
    choices: [forward, back]
    default: forward
author: Open Library developers (@openlibrary)
"""

EXAMPLES = """
- name: Ask the gates about the host
  openlibrary.deploy.deploy_gate:
    gate: "{{ gate_name }}"
    ask: judge
    site: "{{ site_checked }}"
    plan: "{{ preflight_plan }}"
  delegate_to: "{{ site_checked.hosts[inventory_hostname].gates[gate_name].via }}"
  loop: "{{ turn_begin.judges }}"
  loop_control:
    loop_var: gate_name
    break_when: gate_judged is failed
  register: gate_judged
"""

RETURN = """
gate:
  description: Its name.
  returned: always
  type: str
ask:
  description: What it was asked.
  returned: always
  type: str
asked:
  description: Whether it was asked; not where it was not its moment, nor where its module has no check mode.
  returned: always
  type: bool
verdict:
  description: V(pass), V(fail) or V(unknown).
  returned: always
  type: str
blame:
  description: Whom a fail speaks against, V(release), V(host) or V(nobody).
  returned: always
  type: str
msg:
  description: One printable line, without what is secret in the options.
  returned: always
  type: str
figures:
  description: What was measured; nothing where it is more than 16 KiB.
  returned: always
  type: dict
baseline:
  description: What was wrong already, as the gate takes it back.
  returned: with ask=read
  type: dict
announces:
  description: Whether restarts are to be announced in this run.
  returned: with ask=read
  type: bool
announced:
  description: Whether something of this run stands at the source; none where the gate did not say.
  returned: always
  type: bool
ticket:
  description: The run, the host whose turn it is, and the direction.
  returned: always
  type: dict
"""
