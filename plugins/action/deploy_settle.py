# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, what follows a failed turn. See the documentation of openlibrary.deploy.deploy_settle."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import in_rotation
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gates import note_of
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.report import short
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.settle import Settlement, settle
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import (
    downtime_left,
    forward_failure,
    notes_of,
    turn_of,
)


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["looked", "decided"], "required": True},
        "plan": {"type": "dict", "required": True},
        "servers": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Say whether anything failed; or decide what goes back."""
        plan = args["plan"]
        failures = {host: found for host in plan["hosts"] if (found := forward_failure(variables, host))}
        answer = {
            "failing": bool(failures),
            "ending": "failed" if failures else "good",
            "failures": failures,
            "why": reason(failures),
            "notes": notes_of(plan, variables),
            "lift": any(downtime_left(host, variables) for host in plan["hosts"]),
            "loaded": loaded_on(plan["hosts"], variables) if failures else [],
            "outcome": "unchanged",
            "quiet": True,
        }
        if args["state"] == "looked":
            return {"msg": "something failed" if failures else "every turn went well", **answer}
        settlement = settle(
            [turn_of(host, plan, variables) for host in plan["turns"]],
            plan["project"],
            {host: variables.result(host, "settle_survey").get("survey", {}) for host in plan["hosts"]},
            in_rotation({host: plan["server_names"].get(host, host) for host in plan["turns"]}, args["servers"]),
        )
        self.say(settlement_lines(settlement))
        smoke = any(blames_release(found) for found in failures.values() if found["stage"] == "stage")
        blamed = settlement.blame_release or smoke
        return {
            "msg": "decided what goes back",
            **answer,
            **settlement.as_dict(),
            # A rollback's target was good before: what fails then speaks against the hour, not against the release.
            "mark_bad": blamed and plan["action"] == "deploy" and not variables.check_mode,
            "keep_out": keep_out(plan, settlement),
        }


def loaded_on(hosts: t.Iterable[str], variables: Variables) -> list[str]:
    """The hosts on which something loaded the release's files, to be asked before anything goes back."""
    return [host for host in hosts if variables.result(host, "reload_done").get("reloaded")]


def reason(failures: t.Mapping[str, t.Mapping[str, t.Any]]) -> str:
    """The first failure, as short as a journal takes it."""
    for host, failure in failures.items():
        return note_of(f"{host}: {failure['message']}")
    return ""


def blames_release(failure: t.Mapping[str, t.Any]) -> bool:
    """Whether the failure is a proof against the release; doubt is none."""
    return not (failure["host_to_blame"] or failure["doubt"])


def keep_out(plan: dict[str, t.Any], settlement: Settlement) -> list[str]:
    """The servers of web nodes that cannot be asked: coming back by themselves, they must not get traffic unproven."""
    left_out = plan["left_out"] if plan["action"] == "rollback" else []
    lost = [item.host for item in settlement.left if item.lost and plan["hosts"][item.host]["part"] == "web"]
    return [plan["server_names"][host] for host in [*left_out, *lost] if host in lost or host in plan["web"]]


def settlement_lines(settlement: Settlement) -> list[str]:
    """The decision, a line a host."""
    lines = [f"  {item.host} goes back to {short(item.to)}: {item.why}" for item in settlement.restores]
    lines += [f"  {item.host} stays as it is: {item.why}" for item in settlement.left]
    return ["", "Decided:", *lines] if lines else []
