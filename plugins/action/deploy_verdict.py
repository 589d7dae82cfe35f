# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says, on the controller, how the run ended. See the documentation of openlibrary.deploy.deploy_verdict."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import AFTER, ledger_of, surveys_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.command_line import typed
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.verdict import judge, late_of, would


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "plan": {"type": "dict", "required": True},
        "settlement": {"type": "dict", "required": True},
        "balancer": {"type": "dict", "default": {}},
        "told": {"type": "list", "elements": "dict", "default": []},
        "lifted": {"type": "list", "elements": "dict", "default": []},
        "kept_out": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Print the report, and return the sentence that is now true; fail unless the run was good."""
        plan = args["plan"]
        if variables.check_mode and not args["settlement"]["failing"]:
            said = {"msg": would(plan), "report": [], "state_now": would(plan), "next_command": ""}
            return {**said, "outcome": "unchanged", "phase": "verdict"}
        failed = {host: Failure.of(plain) for host, plain in args["settlement"]["failures"].items()}
        ledger = ledger_of(plan, variables).with_failures(failed)
        surveys = surveys_of(AFTER, plan["hosts"], variables)
        late = late_of(args, ledger, surveys, time.time(), variables.check_mode)
        verdict = judge(plan, ledger, args["settlement"], late)
        self.say(verdict.lines)
        return {
            "failed": not verdict.good,
            "msg": verdict.sentence,
            "report": [typed(line, self.running) for line in verdict.lines],
            # Whoever has Ansible's own output reads the end of the run as well.
            "_ansible_verbose_always": True,
            "outcome": "unchanged" if verdict.good else "failed",
            "phase": "verdict",
            "state_now": verdict.state_now,
            "next_command": verdict.next_command,
        }
