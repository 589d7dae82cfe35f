# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shared by the tests of a run's ledger: what the steps hand over, their records, and how the run ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.action import deploy_settle, deploy_verdict
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import record as run
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    Failure,
    Record,
    Ticket,
    failure_of,
    make_record,
)
from tests.controller import decide

REGISTERS = {
    run.OPEN: "preflight_record",
    run.BUILD: "stage_build_record",
    run.STAGE: "stage_record",
    run.TURN: "turn_record",
    run.CLOSE: "settle_record",
}
DIED = failure_of("Restart and prove", {"msg": "app died", "blame": "release", "log_tail": "last words"})
DOUBT = failure_of("Return to rotation", {"msg": "3 of 100", "blame": "nobody"})
GONE = failure_of("Restart and prove", {"msg": "gone", "host_down": True, "blame": "host"})
STUCK = failure_of("Switch", {"msg": "disk full", "next_command": "df"})

Plan = Mapping[str, Any]


def said(plan: Plan, host: str, direction: str = FORWARD, **values: Any) -> dict[str, Any]:
    """What a step of the host's turn returns that went well."""
    ticket = {"run": plan["run"], "host": host, "direction": direction}
    return {"outcome": "done", "failed": False, "changed": True, "ticket": ticket, **values}


def gate(plan: Plan, host: str, name: str = "watch", **values: Any) -> dict[str, Any]:
    """What a gate answers about the host, that all is well unless ``values`` say otherwise."""
    usual = {"gate": name, "asked": True, "verdict": "pass", "blame": "nobody", "msg": "all is well", "announced": None}
    return said(plan, host, **{**usual, **values})


def needed(plan: Plan, host: str) -> set[str]:
    """The steps that the host's turn must have, from the plan alone."""
    planned = plan["hosts"][host]
    steps = {run.SWITCHED}
    steps |= {run.LEFT, run.RETURNED} if planned["balanced"] else set()
    steps |= {run.RETURNED} if planned["reweigh"] else set()
    steps |= {run.RELOADED} if planned["reload"] else set()
    return steps | ({run.RESTARTED} if planned["services"] and planned["proves"] else set())


def steps(plan: Plan, host: str, direction: str = FORWARD) -> dict[str, dict[str, Any]]:
    """What the steps of the host's turn return when all is well."""
    planned = plan["hosts"][host]
    release = planned["to" if direction == FORWARD else "current"]
    proves = release if plan["service_project"] == plan["project"] else planned["proves"]
    rotation = {"status": "UP", "admin": "ready", "weight": 100, "configured_weight": 100, "process": [7]}
    services = [
        {"name": f"app{number}", "release": proves, "proven": True, "pids": [10 * number + 1, 10 * number + 2]}
        for number in range(planned["services"])
    ]
    values: dict[str, dict[str, Any]] = {
        run.LEFT: {"admin_before": "ready", "process": [7]},
        run.SWITCHED: {"current": release},
        run.RELOADED: {"reloaded": True},
        run.RESTARTED: {"services": services},
        run.RETURNED: {**rotation, "bake": [{"server": host, "verdict": "pass"}]},
    }
    wanted = needed(plan, host)
    return {name: said(plan, host, direction, **each) for name, each in values.items() if name in wanted}


def turn(
    plan: Plan,
    host: str,
    failed: Failure | None = None,
    direction: str = FORWARD,
    without: Collection[str] = (),
    seconds: float = 4.2,
    **results: Mapping[str, Any],
) -> Record:
    """The record of the host's turn; ``results`` stand in place of those that went well, ``without`` are left out.

    With a failure there are none unless they are given.
    """
    usual = {} if failed else {name: each for name, each in steps(plan, host, direction).items() if name not in without}
    ticket = Ticket(plan["run"], host, direction)
    return make_record(ticket, run.TURN, {**usual, **results}, needed(plan, host), failed, seconds)


def failed(plan: Plan, host: str, part: str, failure: Failure) -> Record:
    """The record of a part that failed."""
    return make_record(Ticket(plan["run"], host), part, {}, (), failure)


def close(plan: Plan, host: str, **results: Mapping[str, Any]) -> Record:
    """The record of the host's end, which let go of it unless ``results`` say otherwise."""
    usual = {
        run.OPENED: said(plan, host, current=plan["hosts"][host]["current"]),
        run.CLOSED: said(plan, host, closed=True, lock=None, marked="good"),
    }
    if host == plan["keeper"]:
        usual[run.BALANCER_CLOSED] = said(plan, host, closed=True, lock=None)
    return make_record(Ticket(plan["run"], host), run.CLOSE, {**usual, **results})


def good(plan: Plan) -> list[Record]:
    """The records of a run in which every turn succeeded."""
    return [*(turn(plan, host) for host in plan["turns"]), *(close(plan, host) for host in plan["hosts"])]


def ledger(plan: Plan, *records: Record) -> Ledger:
    """The ledger of these records."""
    return Ledger(plan["run"], records)


def registered(
    records: Iterable[Record], surveys: Mapping[str, Mapping[str, Any]] | None = None, name: str = "settle_survey"
) -> dict[str, dict[str, Any]]:
    """The variables of each host, as the roles register them."""
    found: dict[str, dict[str, Any]] = {}
    for one in records:
        mine = found.setdefault(one.ticket.host, {}).setdefault(REGISTERS[one.part], {"records": []})
        mine["records"].append(one.as_dict())
    for host, survey in (surveys or {}).items():
        found.setdefault(host, {})[name] = {"survey": survey}
    return found


def settle(
    plan: Plan,
    records: Iterable[Record],
    surveys: Mapping[str, Mapping[str, Any]] | None = None,
    servers: Iterable[Mapping[str, Any]] = (),
    state: str = "decided",
    *,
    balancer: Mapping[str, Any] | None = None,
    look: Mapping[str, Any] | None = None,
    gates: Iterable[Mapping[str, Any]] = (),
    **task_vars: Any,
) -> tuple[dict[str, Any], list[str]]:
    """What the run decides at the end of its turns, and what it prints; ``gates`` is what they said of the run."""
    args = {"state": state, "plan": plan, "balancer": balancer or {"servers": list(servers)}, "look": look or {}}
    args["gates"] = list(gates)
    return decide(deploy_settle.ActionModule, args, registered(records, surveys), **task_vars)


def verdict(
    plan: Plan,
    records: Iterable[Record],
    settlement: Mapping[str, Any] | None = None,
    surveys: Mapping[str, Mapping[str, Any]] | None = None,
    servers: Iterable[Mapping[str, Any]] = (),
    check: bool = False,
    **args: Any,
) -> tuple[dict[str, Any], list[str]]:
    """How the run ends, and what it prints; the settlement is that of the records unless it is given."""
    records = list(records)
    given = {
        "plan": plan,
        "settlement": settlement or settle(plan, records)[0],
        "balancer": {"servers": list(servers)},
        **args,
    }
    variables = registered(records, surveys, "settle_late_survey")
    return decide(deploy_verdict.ActionModule, given, variables, ansible_check_mode=check)
