# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, what follows a failed turn. See the documentation of openlibrary.deploy.deploy_settle."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import FAILED, ledger_of, surveys_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import after
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import failures, unknown
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.proof import unproven_turns
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.settle import (
    down_in,
    found,
    lines,
    seen_again,
    settle,
)


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["looked", "decided"], "required": True},
        "plan": {"type": "dict", "required": True},
        "balancer": {"type": "dict", "default": {}},
        "look": {"type": "dict", "default": {}},
        "gates": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Say whether anything failed; decide what goes back, which is nothing where nothing failed."""
        plan, balancer = args["plan"], args["balancer"]
        servers = balancer.get("servers", ())
        down = down_in(args["look"].get("balancer", {}).get("servers", servers), servers)
        surveys = surveys_of(FAILED, plan["hosts"], variables)
        ledger = ledger_of(plan, variables)
        late = unknown(plan, ledger)
        if not variables.check_mode:  # with --check nothing is proven, and nothing has to be
            late = {**late, **unproven_turns(plan, ledger), **seen_again(plan, ledger, down, surveys)}
        ledger = ledger.with_failures(late)
        if not failures(plan, ledger) and not variables.check_mode:
            ledger = ledger.with_failures(after.stopped(plan, ledger, args["gates"]))
        state = found(plan, ledger, after.said(plan, args["gates"]))
        answer = {"outcome": "unchanged", "quiet": True, "balancer": balancer, **state}
        if args["state"] == "looked" and answer["failing"]:
            return {"msg": "something failed", **answer}
        settlement = settle(plan, ledger, surveys, servers)
        if variables.check_mode:
            settlement = replace(settlement, mark_bad=False)
        self.say(lines(settlement))
        msg = "decided what goes back" if answer["failing"] else "every turn succeeded"
        return {"msg": msg, **answer, **settlement.as_dict(plan)}
