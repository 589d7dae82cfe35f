# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hosts of a run proved, and what they did not, from the plan and the ledger alone. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger, Plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    BALANCER_CLOSED,
    CLOSE,
    CLOSED,
    LEFT,
    OPENED,
    RELOADED,
    RETURNED,
    SWITCHED,
    TURN,
    Failure,
    Record,
    words,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.table import short


def unproven(plan: Plan, ledger: Ledger) -> dict[str, str]:
    """What a host did not prove that it had to, by host; nothing where the run is good."""
    found = {host: _gap(plan, host, ledger) for host in plan["hosts"]}
    return {host: gap for host, gap in found.items() if gap}


def unproven_turns(plan: Plan, ledger: Ledger) -> dict[str, Failure]:
    """The same of turns alone, to be asked before the run is closed as good; nobody is to blame."""
    turns = [turn for host in plan["turns"] if (turn := ledger.get(host, TURN))]
    found = {turn.ticket.host: _turn_gap(plan, turn, plan["hosts"][turn.ticket.host]["to"]) for turn in turns}
    return {host: Failure("Proof", gap, NOBODY) for host, gap in found.items() if gap}


def not_back(plan: Plan, ledger: Ledger, hosts: t.Mapping[str, t.Mapping[str, t.Any]]) -> dict[str, Failure]:
    """The failure of each of the ``hosts``, which were to go back ``to`` a release, that did not prove it."""
    found = {}
    for host, restore in hosts.items():
        back = ledger.back(host)
        if back is None:
            found[host] = Failure("Record", "it is unknown how it went back")
        elif back.failure or (gap := _turn_gap(plan, back, restore["to"])):
            found[host] = back.failure or Failure("Proof", f"on the way back {gap}")
    return found


def _gap(plan: Plan, host: str, ledger: Ledger) -> str:
    """The first thing that nobody saw on the host; empty where all was proven, or there is nothing to prove."""
    planned, close, turn = plan["hosts"][host], ledger.get(host, CLOSE), ledger.get(host, TURN)
    if close is None or OPENED not in close.done or (planned["turn"] and turn is None):
        return f"unknown what happened on {host}"
    if close.released is None:
        return f"unknown whether {host} is still locked: it did not say that the run let go of it"
    if CLOSED not in close.done:
        return f"the run lost {host} before its end, and could not note there how it ended"
    return _turn_gap(plan, turn, planned["to"]) if turn else _other_release(host, close.release, planned["to"])


def _turn_gap(plan: Plan, turn: Record, to: str | None) -> str:
    """The first thing that nobody saw in a turn to the release ``to``; empty where all was proven."""
    host = turn.ticket.host
    planned = plan["hosts"][host]
    missing = [step for step in _steps(planned) if step not in turn.done]
    if missing:
        return f"no proof that {' and '.join(map(words, missing))} on {host}"
    other = _other_release(host, turn.release, to)
    if other or not (planned["services"] and planned["proves"]):
        return other
    proves = to if plan["service_project"] == plan["project"] else planned["proves"]
    right = [one for one in turn.services if one.release == proves and one.pids]
    if len(right) != len(turn.services) or len(right) != planned["services"]:
        return f"only {len(right)} of {planned['services']} services of {host} proved {short(proves)}"
    return ""


def _other_release(host: str, seen: str, to: str | None) -> str:
    return "" if seen == (to or "") else f"{host} shows {short(seen)} as current, not {short(to)}"


def _steps(planned: t.Mapping[str, t.Any]) -> list[str]:
    """The steps that the plan gives to the turn of a host, whatever the turn made of it."""
    steps = {
        LEFT: planned["balanced"],
        SWITCHED: planned["turn"],
        RELOADED: planned["reload"],
        RETURNED: planned["balanced"] or planned["reweigh"],
    }
    return [step for step, wanted in steps.items() if wanted]


def held(plan: Plan, ledger: Ledger) -> list[str]:
    """The hosts that may still be locked by the run: they did not say otherwise."""
    found = [host for host in plan["hosts"] if not _free(ledger.get(host, CLOSE))]
    keeper = ledger.get(plan["keeper"], CLOSE) if plan["keeper"] else None
    if plan["keeper"] and not (keeper and BALANCER_CLOSED in keeper.done):
        found.append(plan["balancer"])
    return found


def _free(close: Record | None) -> bool:
    return close is not None and close.released is True


def proof(plan: Plan, ledger: Ledger) -> str:
    """What was proven, as a clause: processes, and hosts that have none."""
    pids = {host: processes(plan, host, ledger) for host in plan["hosts"]}
    hosts = [host for host, count in pids.items() if count]
    if not hosts:
        return "where no process runs it"
    return f"proven from {sum(pids.values())} processes on {len(hosts)} of them"


def processes(plan: Plan, host: str, ledger: Ledger) -> int:
    """How many processes proved the release on the host, in its turn or before the run."""
    turn, planned = ledger.get(host, TURN), plan["hosts"][host]
    if turn:
        return sum(len(one.pids) for one in turn.services)
    return int(planned["proven_before"])
