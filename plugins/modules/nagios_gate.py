# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: nagios_gate
short_description: Asks Nagios whether a host is well after a change
description:
  - Takes the problems that Nagios shows as a baseline, puts a host into a downtime, lifts it again, and judges whether
    there are problems that were not there before.
  - A problem is hard, not OK, not acknowledged and in nobody's downtime. It is new when the baseline does not know it
    or knows it as less severe, hard or soft. Of O(host) only results newer than O(since) count, by Nagios' own clock.
  - Whatever is not exactly an answer to the question (Nagios stopped, stale data, a wrong hostgroup, missing rights, a
    page cut off, another server) is never taken for OK; each has a sentence of its own.
  - Commands go through Nagios' external command file. Without O(nagios.command_file) nothing is sent.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.nagios
  - openlibrary.deploy.run.attributes
options:
  state:
    description:
      - V(baseline) reads the group; with O(nagios.command_file) it also proves that commands could be sent.
      - V(announced) puts O(host) and its services into a fixed downtime of this run, and waits until Nagios shows it.
        Downtimes of O(host) that earlier runs left are lifted; whoever calls it holds the host, so that they are over.
      - V(judged) lifts this run's downtimes, has the services of O(host) checked at once, and waits for the verdict.
        Services that Nagios does not check itself are heard, but not waited for.
      - V(lifted) ends every downtime of this run, and no other, be it that Nagios does not show it yet.
    type: str
    choices: [baseline, announced, judged, lifted]
    required: true
  url_password:
    description: Password of the CGIs.
    type: str
  host:
    description: Nagios' name of the host, for O(state=announced) and O(state=judged).
    type: str
  run:
    description: Identifier of the run; the comment of its downtimes is C(openlibrary.deploy <run>).
    type: str
  who:
    description: The person behind the run, author of the downtimes.
    type: str
    default: ""
  baseline:
    description: What O(state=baseline) returned. When empty nothing is new, and a problem of O(host) is unknown.
    type: dict
    default: {}
  since:
    description:
      - Nagios' clock, in its own seconds as RV(clock), that results of O(host) must be newer than.
      - When not given, Nagios' clock at the first reading.
    type: float
  mode:
    description:
      - V(judge) fails for new problems; only those of O(host) blame the release, those of others blame nobody.
      - V(inform) fails for nothing that Nagios shows or cannot tell, and waits for nothing. O(state=judged) looks once;
        O(state=announced) and O(state=lifted) send their commands without a look at what became of them, the former
        goes on without a downtime where Nagios cannot be asked.
    type: str
    choices: [judge, inform]
    default: judge
  direction:
    description:
      - Whether the host is on its way to the run's release, or on the way back, as in the C(ticket) of other modules.
      - V(back) means O(mode=inform), whatever is given there.
    type: str
    choices: [forward, back]
    default: forward
"""

EXAMPLES = r"""
- name: Take what is wrong already
  openlibrary.deploy.nagios_gate:
    state: baseline
    nagios: {url: "http://monitor/cgi-bin/nagios4/", hostgroup: openlibrary}
  register: baseline

- name: Page nobody while the node restarts
  openlibrary.deploy.nagios_gate:
    state: announced
    nagios: &nagios
      url: http://127.0.0.1/cgi-bin/nagios4/
      hostgroup: openlibrary
      command_file: /var/lib/nagios4/rw/nagios.cmd
      timeout: 120
    host: ol-web3
    run: 20261124-0215
    who: mek
  become: true
  delegate_to: monitor

- name: Go on only without new problems
  openlibrary.deploy.nagios_gate:
    state: judged
    nagios: *nagios
    host: ol-web3
    run: 20261124-0215
    baseline: "{{ baseline }}"
  become: true
  delegate_to: monitor
"""

RETURN = r"""
problems:
  description: The problems by the rule of the gate.
  returned: with state=baseline
  type: list
  elements: dict
  contains: &problem
    host: {description: Nagios' name of the host., type: str}
    service: {description: Name of the service., type: str}
    state: {description: "V(WARNING), V(UNKNOWN) or V(CRITICAL).", type: str}
    since: {description: "Since when, in seconds of Nagios' clock.", type: float}
    output: {description: "What the check said, printable and cut.", type: str}
known:
  description: State of every service (C(host/service)) that is not OK for good, handled by somebody or not.
  returned: with state=baseline
  type: dict
hosts:
  description: Nagios' names of the hosts of which it shows a service.
  returned: with state=baseline
  type: list
  elements: str
services:
  description: How many services Nagios shows.
  returned: with state=baseline and state=judged
  type: int
  sample: 9
clock:
  description: Nagios' clock in seconds; with O(nagios.source=status) without its zone.
  returned: with state=baseline and state=judged
  type: float
downtimes:
  description:
    - How many downtimes of this run Nagios shows afterwards; with O(mode=inform) how many it was told of.
  returned: with state=announced and state=lifted
  type: int
earlier_runs:
  description: Earlier runs that had left downtimes of the host, which are lifted.
  returned: with state=announced
  type: list
  elements: str
verdict:
  description: V(pass), V(fail) or V(unknown).
  returned: with state=judged
  type: str
  sample: pass
why:
  description: The new problems, or what could not be told, as a clause; empty with V(pass).
  returned: with state=judged
  type: str
new_problems:
  description: Problems that were not there before, or were less severe.
  returned: with state=judged
  type: list
  elements: dict
  contains: *problem
old_problems:
  description: Problems that were there before.
  returned: with state=judged
  type: list
  elements: dict
  contains: *problem
not_waited_for:
  description: Services of the host without a new result that Nagios does not check itself.
  returned: with state=judged
  type: list
  elements: str
waited:
  description: Seconds that the judgement took.
  returned: with state=judged
  type: float
commands:
  description: What would be sent to Nagios.
  returned: in check mode, where something would be sent
  type: list
  elements: str
blame:
  description:
    - Whom the failure speaks against. V(release) where the host has new problems; V(nobody) where others have, and
      where nothing is known; V(host) where what was given cannot be right.
  returned: on failure
  type: str
  sample: nobody
outcome:
  description: V(done), V(unchanged), V(would) or V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: nagios
state_now:
  description: What Nagios shows now.
  returned: always
  type: str
  sample: Nagios shows no new problem since ol-web3 came back.
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ""
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK, FORWARD
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.nagios_gate import gate

ARGUMENT_SPEC = {
    **argument_spec([NAGIOS]),
    "state": {"type": "str", "choices": ["baseline", "announced", "judged", "lifted"], "required": True},
    "url_password": {"type": "str", "no_log": True},
    "host": {"type": "str"},
    "run": {"type": "str"},
    "who": {"type": "str", "default": ""},
    "baseline": {"type": "dict", "default": {}},
    "since": {"type": "float"},
    "mode": {"type": "str", "choices": ["judge", "inform"], "default": "judge"},
    "direction": {"type": "str", "choices": [FORWARD, BACK], "default": FORWARD},
}


def run(module: AnsibleModule) -> Result:
    """Does what `state` says."""
    return gate(module.params, module.check_mode, SystemClock())


def main() -> None:
    run_module(
        run,
        ARGUMENT_SPEC,
        required_if=[
            ("state", "announced", ("host", "run")),
            ("state", "judged", ("host", "run")),
            ("state", "lifted", ("run",)),
        ],
    )


if __name__ == "__main__":
    main()
