#!/usr/bin/python
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: http_gate
short_description: Judges a release by what a page answers
description:
  - A gate for C(deploy_gates). It asks for a page until it answers as it must, in its status and, where given, in one
    value of its JSON, or until O(timeout) is over.
  - With O(ask=judge) it passes as soon as O(times) looks in a row are right. When the time is over and the last look
    was answered with something else it fails, which blames the release where O(host) is given, because then the turn of
    that host is what changed, and nobody otherwise.
  - What was not right before the run proves nothing about the release, so that it is V(unknown) while it stays so.
    Without a O(baseline) it fails and blames nobody. No answer, an answer that is not JSON or has no such value, one
    that is too long (1 MiB), comes from a cache or takes longer than O(connect_timeout) are V(unknown), never right.
  - An answer is as new as the question, and a page has no clock, so that O(since) is not read. Redirects are not
    followed; they are answers like any other.
  - It changes nothing. O(ask=announce) and O(ask=lift) do nothing, and in check mode it looks once.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.gate
  - openlibrary.deploy.gate.http
  - openlibrary.deploy.run.reading
"""

EXAMPLES = r"""
# An entry of deploy_gates: after each turn the queue must be short again.
# deploy_gates:
#   - name: queue
#     module: openlibrary.deploy.http_gate
#     when: [turn]
#     timeout: 120
#     options:
#       url: https://queue.example.org/status
#       value: queue.depth
#       most: 100
#       times: 3
#       url_username: deploy
#       url_password: "{{ vault_queue_password }}"

- name: Take what the page says before the run
  openlibrary.deploy.http_gate:
    ask: read
    url: https://queue.example.org/status
    value: queue.depth
    most: 100
  register: before

- name: Go on only with a short queue
  openlibrary.deploy.http_gate:
    ask: judge
    host: ol-web3
    baseline: "{{ before.baseline }}"
    timeout: 120
    url: https://queue.example.org/status
    value: queue.depth
    most: 100
"""

RETURN = r"""
verdict:
  description: V(pass), V(fail) or V(unknown).
  returned: always
  type: str
  sample: pass
blame:
  description: Whom a V(fail) speaks against, V(release) or V(nobody).
  returned: always
  type: str
  sample: nobody
figures:
  description: What was measured at the last look.
  returned: always
  type: dict
  contains:
    url: {description: The address without its query., type: str}
    status: {description: The status code; V(0) without an answer., type: int}
    value: {description: The value of O(value)., type: raw}
    seconds: {description: How long the answer took., type: float}
    looks: {description: How many looks there were., type: int}
baseline:
  description: For O(baseline), what the page says before the run; empty when it cannot be told.
  returned: always
  type: dict
  contains:
    right: {description: Whether it is as it must be., type: bool}
    status: {description: The status code., type: int}
    value: {description: The value of O(value)., type: raw}
announces:
  description: Always false.
  returned: always
  type: bool
announced:
  description: Always false.
  returned: always
  type: bool
outcome:
  description: V(unchanged), or V(failed) where what was given cannot be right.
  returned: always
  type: str
  sample: unchanged
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: gate
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED, PHASE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.http_gate import gate
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module

ARGUMENT_SPEC = argument_spec([*ASKED, *OPTIONS])


def run(module: AnsibleModule) -> Result:
    """Does what `ask` says."""
    answer = gate(module.params, module.check_mode, SystemClock())
    return Result(False, answer.msg, PHASE, answer.msg, values=answer.as_values())


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
