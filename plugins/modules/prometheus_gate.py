#!/usr/bin/python
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: prometheus_gate
short_description: Judges a release by a query to Prometheus
description:
  - A gate for C(deploy_gates). It holds the value of a query against a limit, or against the value that the query had
    before the run.
  - O(ask=judge) waits until every target of O(series) has a sample that is newer than O(window) seconds after O(since),
    all by Prometheus' own clock, and judges by the query once. Nothing older counts, although Prometheus shows a
    sample for five minutes as though it were of now. A query whose range is longer than O(window) is refused.
  - A value outside its limits fails, and blames the release where O(host) is given, because then the turn of that host
    is what changed, and nobody otherwise. What was outside before the run proves nothing about the release, so that
    it is V(unknown). Without a O(baseline) it fails and blames nobody, and O(times_baseline) is V(unknown).
  - V(unknown), each with a sentence of its own, is also an empty result, a value that is not a number, a target that is
    down or has no new samples, a warning of Prometheus, a query or a login that it refuses, a clock that went back, an
    answer of another server, and none within O(connect_timeout). They are waited for until O(timeout) is over.
  - O(ask=read) takes the value before the run, and proves that query and series work.
  - It changes nothing. O(ask=announce) and O(ask=lift) do nothing. In check mode and with O(mode=inform) it looks once;
    without O(since) it then judges the last O(window) seconds.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.gate
  - openlibrary.deploy.gate.prometheus
  - openlibrary.deploy.run.reading
"""

EXAMPLES = r"""
# An entry of deploy_gates: three times the errors of before the run, and one in ten seconds, are held against nobody.
# deploy_gates:
#   - name: errors
#     module: openlibrary.deploy.prometheus_gate
#     when: [turn, after]
#     via: monitor
#     timeout: 300
#     options:
#       url: http://127.0.0.1:9090
#       query: sum(rate(haproxy_backend_http_responses_total{proxy="web", code="5xx"}[60s]))
#       series: haproxy_backend_http_responses_total{proxy="web", code="5xx"}
#       window: 60
#       times_baseline: 3
#       slack: 0.1

- name: Take the rate of errors before the run
  openlibrary.deploy.prometheus_gate:
    ask: read
    url: http://monitor:9090
    query: sum(rate(haproxy_backend_http_responses_total{proxy="web", code="5xx"}[60s]))
    series: haproxy_backend_http_responses_total{proxy="web", code="5xx"}
    times_baseline: 3
    slack: 0.1
  register: before

- name: Go on only without new errors
  openlibrary.deploy.prometheus_gate:
    ask: judge
    host: ol-web3
    baseline: "{{ before.baseline }}"
    timeout: 300
    url: http://monitor:9090
    query: sum(rate(haproxy_backend_http_responses_total{proxy="web", code="5xx"}[60s]))
    series: haproxy_backend_http_responses_total{proxy="web", code="5xx"}
    times_baseline: 3
    slack: 0.1
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
  description: What was measured at the last look; null is what was not.
  returned: always
  type: dict
  contains:
    url: {description: The address., type: str}
    query: {description: "The query, cut.", type: str}
    value: {description: The value of the query; of several series the worst., type: float}
    series: {description: The series of the value., type: str}
    most: {description: "The greatest value that is right, of a judgement.", type: float}
    least: {description: "The least value that is right, of a judgement.", type: float}
    before: {description: The value before the run., type: float}
    clock: {description: "Prometheus' clock, in seconds.", type: float}
    newest: {description: "Newest sample of the target furthest behind, in seconds of that clock.", type: float}
    looks: {description: How many looks there were., type: int}
    seconds: {description: How long they took., type: float}
baseline:
  description: For O(baseline), what the query gives before the run; empty when it cannot be told.
  returned: always
  type: dict
  contains:
    clock: {description: "Prometheus' clock, in seconds.", type: float}
    value: {description: The value of the query., type: float}
    right: {description: Whether it is within O(most) and O(least)., type: bool}
    targets: {description: The targets that have the series., type: list, elements: str}
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
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.prometheus_gate import gate

ARGUMENT_SPEC = argument_spec([*ASKED, *OPTIONS])


def run(module: AnsibleModule) -> Result:
    """Does what `ask` says."""
    answer = gate(module.params, module.check_mode, SystemClock())
    return Result(False, answer.msg, PHASE, answer.msg, values=answer.as_values())


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
