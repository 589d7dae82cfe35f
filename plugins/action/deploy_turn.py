# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records, on the controller, how a host's turn went. See the documentation of openlibrary.deploy.deploy_turn."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gates import bake_of, gate_of, nagios_mode
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.turn import (
    turn_services,
    turn_steps,
    turn_tickets,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failed_step, failure_of


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["begun", "done", "failed"], "required": True},
        "plan": {"type": "dict", "default": {}},
        "site": {"type": "dict", "default": {}},
        "release": {"type": "str", "default": ""},
        "forced": {"type": "bool", "default": False},
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
    """Whether this host takes its turn, not when another host has failed, unless ``forced``; and what it consists of.

    Raises InputError without a plan.
    """
    plan, site, forced = args["plan"], args["site"], args["forced"]
    if "hosts" not in plan or "root" not in site:
        raise InputError("deploy_turn with state=begun needs what deploy_plan and deploy_site returned.", phase="turn")
    failures = {host: found for host in plan["hosts"] if (found := failed_step(variables, host))}
    go = forced or not failures
    done = {host for host in plan["hosts"] if variables.result(host, "turn_done")}
    gate = gate_of(variables.host, plan, done, forced)
    worth_a_line = any(found["stage"] == "turn" for found in failures.values())
    return {
        "go": go,
        "since": now,
        "msg": "its turn begins" if go else f"not touched, because {', '.join(failures)} failed",
        "outcome": "unchanged",
        "quiet": go or not worth_a_line,
        "gate_mode": nagios_mode(gate, plan["skips"]),
        "bake": bake_of(gate, site["bake"], plan["bake"], [plan["server_names"][host] for host in gate.reference]),
        **turn_steps(plan, variables.host, forced),
        **turn_services(plan, site, variables.host, args["release"]),
        **turn_tickets(plan, variables.host, forced),
    }
