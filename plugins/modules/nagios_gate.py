# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: nagios_gate
short_description: Asks Nagios whether a host is well after a change
description:
  - A gate for C(deploy_gates) that asks Nagios. It takes the problems that Nagios shows as a baseline, puts a host into
    a downtime, lifts it again, and judges whether there are problems that were not there before. It also works alone;
    then the task itself says what its RV(verdict) stops.
  - A problem is hard, not OK, not acknowledged and in nobody's downtime. It is new when the baseline does not know it
    or knows it as less severe, hard or soft.
  - Whatever is not exactly an answer to the question (Nagios stopped, stale data, a wrong hostgroup, missing rights, a
    page cut off, another server) is never taken for OK; it is V(unknown), each with a sentence of its own. The module
    fails only for options that cannot be right.
  - Commands go through Nagios' external command file. Without O(command_file) nothing is sent.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.gate
  - openlibrary.deploy.gate.nagios
  - openlibrary.deploy.run.attributes
notes:
  - O(ask=read) reads the hostgroup. With O(command_file) it also proves that commands could be sent.
  - O(ask=announce) puts O(host) and its services into a fixed downtime of O(run), whose comment is
    C(openlibrary.deploy <run>) and whose author O(who), and waits until Nagios shows it. Downtimes of O(host) that
    earlier runs left are lifted; whoever calls it holds the host, so that they are over.
  - O(ask=judge) with O(host) lifts its downtimes of O(run), has its services checked at once, and waits until each has
    a hard result newer than O(since), by Nagios' own clock. Services that Nagios does not check itself are heard, but
    not waited for. New problems of O(host) speak against the release, those of other hosts against nobody. Without
    O(baseline) nothing is new, and a problem of O(host) is V(unknown) at once; a Nagios that does not answer is asked
    once more then, and not until the O(timeout).
  - O(ask=judge) without O(host) compares the whole hostgroup with O(baseline), before a run or after it. Results count
    whenever they were taken, no check is asked for, and O(since) plays no part; only a problem that is not hard yet is
    waited for. Downtimes of O(run) that still stand are lifted. Without O(baseline) every problem counts, so that
    C(when=[before]) keeps a run from starting while anything is red. Nobody is to blame.
  - O(ask=lift) ends every downtime of O(run), of whatever host, and no other, be it that Nagios does not show it yet.
"""

EXAMPLES = r"""
- name: Take what is wrong already
  openlibrary.deploy.nagios_gate:
    ask: read
    url: http://monitor/cgi-bin/nagios4/
    hostgroup: openlibrary
  register: before
  failed_when: before.verdict | default('unknown') != 'pass'

- name: Page nobody while the node restarts
  openlibrary.deploy.nagios_gate:
    ask: announce
    url: http://127.0.0.1/cgi-bin/nagios4/
    hostgroup: openlibrary
    command_file: /var/lib/nagios4/rw/nagios.cmd
    host: ol-web3
    run: 20261124-0215
    who: mek
  become: true
  delegate_to: monitor

- name: Go on only without new problems
  openlibrary.deploy.nagios_gate:
    ask: judge
    url: http://127.0.0.1/cgi-bin/nagios4/
    hostgroup: openlibrary
    command_file: /var/lib/nagios4/rw/nagios.cmd
    host: ol-web3
    run: 20261124-0215
    baseline: "{{ before.baseline }}"
    timeout: 120
  become: true
  delegate_to: monitor
  register: judged
  failed_when: judged.verdict | default('unknown') != 'pass'

# The same for each turn of a run: an entry of deploy_gates in the inventory.
# deploy_gates:
#   - name: nagios
#     module: openlibrary.deploy.nagios_gate
#     via: monitor
#     become: true
#     options:
#       url: http://127.0.0.1/cgi-bin/nagios4/
#       hostgroup: openlibrary
#       command_file: /var/lib/nagios4/rw/nagios.cmd
"""

RETURN = r"""
verdict:
  description:
    - V(pass), V(fail) or V(unknown). Only O(ask=judge) answers V(fail); V(unknown) is whatever Nagios cannot tell, and
      a downtime that it does not take.
  returned: success
  type: str
  sample: pass
blame:
  description:
    - Whom a V(fail) speaks against, V(release) where O(host) itself has new problems, else V(nobody). When the module
      fails for an option, V(host).
  returned: always
  type: str
  sample: nobody
baseline:
  description: What O(ask=judge) compares with; empty unless O(ask=read) passes.
  returned: success
  type: dict
  contains:
    known:
      description: State of every service (C(host/service)) that is not OK, for good or just now, handled or not.
      type: dict
    hosts: {description: Nagios' names of the hosts of which it shows a service., type: list, elements: str}
    services: {description: How many services Nagios shows., type: int}
announces:
  description: Whether restarts are to be announced; true for O(ask=read) with O(command_file).
  returned: success
  type: bool
announced:
  description: Whether a downtime of this run stands in Nagios afterwards, or may stand there, and must be lifted.
  returned: success
  type: bool
figures:
  description: What was seen.
  returned: success
  type: dict
  contains:
    services: {description: "How many services Nagios shows, of V(read) and V(judge).", type: int}
    clock:
      description:
        - Nagios' clock in seconds at the last reading, of V(read) and V(judge). With O(source=status) without its zone.
      type: float
    problems:
      description: Of V(read), the problems by the rule of the gate, 20 at most.
      type: list
      elements: dict
      contains: &problem
        host: {description: Nagios' name of the host., type: str}
        service: {description: Name of the service., type: str}
        state: {description: "V(WARNING), V(UNKNOWN) or V(CRITICAL).", type: str}
        since: {description: "Since when, in seconds of Nagios' clock.", type: float}
        output: {description: "What the check said, printable and cut.", type: str}
    since: {description: "Of V(judge), O(since) or the clock of its first reading.", type: float}
    new_problems:
      description: Of V(judge), problems that were not there before, or were less severe, 20 at most.
      type: list
      elements: dict
      contains: *problem
    old_problems:
      description: Of V(judge), problems that were there before, 20 at most.
      type: list
      elements: dict
      contains: *problem
    not_waited_for:
      description: Of V(judge), services of O(host) without a new result that Nagios does not check itself, 20 at most.
      type: list
      elements: str
    waited: {description: "Of V(judge), the seconds that it took.", type: float}
    downtimes:
      description:
        - Of V(announce), how many downtimes of the host and this run Nagios shows afterwards; with O(mode=inform) how
          many it was told of. Of V(lift), how many of this run are left.
      type: int
    earlier_runs:
      description: Of V(announce), earlier runs that had left downtimes of the host, which are lifted.
      type: list
      elements: str
    commands:
      description: What was sent to Nagios; in check mode what would be sent.
      type: list
      elements: str
outcome:
  description: V(done), V(unchanged), V(would) or V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: gate
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

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.nagios_gate import gate

ARGUMENT_SPEC = argument_spec([*ASKED, *OPTIONS])


def run(module: AnsibleModule) -> Result:
    """Does what `ask` says."""
    return gate(module.params, module.check_mode, SystemClock())


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
