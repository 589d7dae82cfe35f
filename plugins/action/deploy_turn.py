# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records, on the controller, how a host's turn went. See the documentation of openlibrary.deploy.deploy_turn."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gates import bake_allowed, gate_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failed_step, failure_of


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["begun", "done", "failed"], "required": True},
        "plan": {"type": "dict", "default": {}},
        "forced": {"type": "bool", "default": False},
        "bake": {"type": "str", "choices": ["judge", "inform", "skip"], "default": "judge"},
        "since": {"type": "float", "default": 0.0},
        "step": {"type": "str", "default": ""},
        "result": {"type": "dict", "default": {}},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Begin a turn unless an earlier one failed; or record its end."""
        now = time.time()
        if args["state"] == "begun":
            return begin(args, variables, now)
        answer = {"quiet": True, "msg": "recorded", "outcome": "unchanged", "unwinding": args["forced"]}
        answer["seconds"] = round(now - args["since"], 1)
        if args["state"] == "failed":
            answer["failure"] = failure_of(args["step"], args["result"])
        return answer


def begin(args: dict[str, t.Any], variables: Variables, now: float) -> dict[str, t.Any]:
    """Whether this host takes its turn, not when another host has failed, unless ``forced``; and how gates treat it.

    Raises InputError without a plan.
    """
    plan = args["plan"]
    if "hosts" not in plan:
        raise InputError("deploy_turn with state=begun needs the plan that deploy_plan returned.", phase="turn")
    failures = {host: found for host in plan["hosts"] if (found := failed_step(variables, host))}
    go = args["forced"] or not failures
    done = {host for host in plan["hosts"] if variables.result(host, "turn_done")}
    gate = gate_of(variables.host, plan, done, args["forced"])
    worth_a_line = any(found["stage"] == "turn" for found in failures.values())
    return {
        "go": go,
        "since": now,
        "msg": "its turn begins" if go else f"not touched, because {', '.join(failures)} failed",
        "outcome": "unchanged",
        "quiet": go or not worth_a_line,
        "gate_mode": gate.mode,
        "bake": bake_allowed(gate, args["bake"]),
        "bake_reference": [variables.server_name(host) for host in gate.reference],
    }
