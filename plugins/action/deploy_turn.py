# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Begins and records, on the controller, a host's turn. See the documentation of openlibrary.deploy.deploy_turn."""

from __future__ import annotations

import time
import typing as t
from dataclasses import asdict

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK, FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import (
    begun_of,
    ledger_of,
    steps_of,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    BUILD,
    CLOSE,
    OPEN,
    STAGE,
    TURN,
    Ticket,
    failure_of,
    make_record,
    own_results,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.turn import Companion, begin, returning, taken_over


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["begun", "moved", "returning", "recorded"], "required": True},
        "plan": {"type": "dict", "required": True},
        "site": {"type": "dict", "default": {}},
        "release": {"type": "str", "default": ""},
        "unwinding": {"type": "bool", "default": False},
        "waves": {"type": "list", "elements": "list", "default": []},
        "part": {"type": "str", "choices": [OPEN, BUILD, STAGE, TURN, CLOSE], "default": TURN},
        "begun": {"type": "dict", "default": {}},
        "results": {"type": "dict", "default": {}},
        "step": {"type": "str", "default": ""},
        "result": {"type": "dict", "default": {}},
        "earlier": {"type": "dict", "default": {}},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Begin a turn unless a host failed, say how it goes on among those of its wave, or record a part of the run.

        Raises InputError without a plan.
        """
        if "hosts" not in args["plan"]:
            raise InputError("deploy_turn needs what deploy_plan returned.", phase="turn")
        now = time.time()
        if args["state"] == "recorded":
            return recorded(args, variables, now)
        if args["state"] in ("moved", "returning"):
            return among_others(args, variables)
        if "root" not in args["site"]:
            raise InputError("deploy_turn with state=begun needs what deploy_site returned.", phase="turn")
        plan, ledger = args["plan"], ledger_of(args["plan"], variables)
        turn = begin(plan, args["site"], variables.host, args["release"], ledger, args["unwinding"], args["waves"])
        before = [one.as_dict() for one in ledger.of_host(variables.host) if one.part == TURN]
        return {"outcome": "unchanged", "since": now, "records": before, **turn}


def among_others(args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
    """What the host takes over of a step that another host of its wave led; or who of them return to rotation."""
    plan, host, begun = args["plan"], variables.host, args["begun"]
    tickets = {one: Ticket(plan["run"], one, begun["direction"]) for one in begun["wave"]}
    if args["state"] == "moved":
        led = [own_results(ticket, steps_of(one, variables)).get(args["step"]) for one, ticket in tickets.items()]
        moved = taken_over(plan, host, [one for one in led if one])
        return {**moved, "quiet": True, "ticket": asdict(tickets[host])}
    wave = [Companion.of(ticket, begun_of(one, variables), steps_of(one, variables)) for one, ticket in tickets.items()]
    turn = returning(plan, host, wave, begun["direction"] == BACK)
    return {"msg": "comes back", "outcome": "unchanged", "quiet": True, **turn}


def recorded(args: dict[str, t.Any], variables: Variables, now: float) -> dict[str, t.Any]:
    """The record of a part of the run, after the ``earlier`` ones of the same part in the other direction."""
    begun = args["begun"]
    # What comes before the turns is recorded by its rescue alone.
    failed = args["step"] or args["result"] or args["part"] in (OPEN, BUILD, STAGE)
    record = make_record(
        Ticket(args["plan"]["run"], variables.host, BACK if args["unwinding"] else FORWARD),
        args["part"],
        args["results"],
        begun.get("must", ()),
        failure_of(args["step"], args["result"]) if failed else None,
        now - begun.get("since", now),
    )
    # Where the record of a good turn could not be made, the variable is what that task said.
    earlier = begun.get("records") or args["earlier"].get("records") or ()
    records = [*earlier, record.as_dict()]
    return {"msg": "recorded", "outcome": "unchanged", "quiet": True, "records": records}
