# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_bake
short_description: Watches a server that has traffic and says whether it fails its users
description:
  - Counts, by haproxy's own counters, the requests of the server that failed (answers of 500 and more, connections and
    responses that failed, aborts of the server) and those that had to be tried again. Asks pages of the server and of
    its reference in turn to compare how long they take.
  - The verdict is V(fail) when there are enough errors (O(bake.min_errors)) whose share exceeds O(bake.absolute) and
    O(bake.relative) times the reference's share over the same seconds; after O(bake.seconds), or before that when the
    share exceeds them by more than chance explains (three standard deviations). It is V(fail) too when its pages are
    slower by O(bake.latency_absolute) and O(bake.latency_relative). Without a reference O(bake.absolute) and
    O(bake.latency_ceiling) count alone.
  - With too little to tell after O(bake.timeout), or a server that takes no traffic then, it is V(inconclusive). So it
    is when the reference stops serving meanwhile and a fixed limit is exceeded.
    When haproxy is reloaded in between, its counters begin anew and so does the bake, once; the second time it is
    V(inconclusive).
  - Never changes anything. M(openlibrary.deploy.haproxy_server) bakes each step of its ramp in the same way.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.haproxy
  - openlibrary.deploy.haproxy.server
  - openlibrary.deploy.haproxy.bake
  - openlibrary.deploy.run.reading
options:
  bake:
    description: How it is watched. In doubt the only server that takes traffic passes.
"""

EXAMPLES = r"""
- name: Watch a web node for a minute
  openlibrary.deploy.haproxy_bake:
    balancer: {socket: [/run/haproxy/admin.sock], backend: openlibrary, server: ol-web3}
    bake: {reference: [ol-web4], seconds: 60, probe_paths: ["/", "/search?q=test"]}
  delegate_to: ol-www1
"""

RETURN = r"""
bake:
  description: The verdict, as a list of one; haproxy_server returns one for each step of its ramp.
  returned: when haproxy answered
  type: list
  elements: dict
  contains:
    server: {description: Name of the server., type: str}
    percent: {description: The percentage of its configured weight that it had., type: int}
    verdict: {description: "V(pass), V(fail), V(inconclusive) or V(skip).", type: str}
    why: {description: The figures in words., type: str}
    user_requests: {description: "Requests that it was given, warm-up included.", type: int}
    user_errors: {description: "Those of them that failed, warm-up included.", type: int}
    figures:
      description: What was judged.
      type: dict
      contains:
        seconds: {description: How long it was watched after the warm-up., type: float}
        requests: {description: Requests of the server., type: int}
        errors: {description: Those that failed., type: int}
        retries: {description: Those that had to be tried again., type: int}
        reference: {description: Servers that it was compared with., type: list, elements: str}
        reference_requests: {description: Their requests., type: int}
        reference_errors: {description: Those that failed., type: int}
        reference_retries: {description: Those that had to be tried again., type: int}
        probes: {description: Pairs of probes., type: int}
        median: {description: "Seconds that a page took, null where no probe tells.", type: float}
        reference_median: {description: "Seconds that it took there, null where no probe tells.", type: float}
blame:
  description: V(release) when the verdict is V(fail), V(nobody) when it is V(inconclusive), else V(host).
  returned: on failure
  type: str
  sample: release
outcome:
  description: V(unchanged) or V(failed).
  returned: always
  type: str
  sample: unchanged
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: bake
state_now:
  description: What was found.
  returned: always
  type: str
  sample: "The bake of openlibrary/ol-web3 says pass: 0 of 420 (0.0 %) requests failed."
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ""
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.options import BALANCER
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import argument_spec
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy import PROOF_SPEC
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_bake import bake
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module

ARGUMENT_SPEC = {**PROOF_SPEC, **argument_spec([BALANCER, BAKE])}


def run(module: AnsibleModule) -> Result:
    """Watches until there is a verdict."""
    return bake(module.params, SystemClock())


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
