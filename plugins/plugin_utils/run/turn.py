# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the turn of one host consists of, and whether it may begin. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import SKIP
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK, FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.comparison import (
    bake_of,
    comparison_of,
    is_way_back,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger, Plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    LEFT,
    PAUSED,
    RELOADED,
    RESTARTED,
    RETURNED,
    SWITCHED,
    TURN,
    judged,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.urgent import first_share


def begin(
    plan: Plan, site: t.Mapping[str, t.Any], host: str, release: str, ledger: Ledger, unwinding: bool
) -> dict[str, t.Any]:
    """Whether the host takes its turn, not when a host has failed unless it goes back; and what the turn consists of.

    ``site`` are the host's settings; ``release`` is the hash that it gets.
    """
    failed = {one: record for one in plan["hosts"] if (record := ledger.failed(one))}
    go = unwinding or not failed
    steps, services = turn_steps(plan, host, unwinding), turn_services(plan, site, host, release)
    return {
        "go": go,
        "msg": "its turn begins" if go else f"not touched, because {', '.join(failed)} failed",
        "quiet": go or not any(record.part == TURN for record in failed.values()),
        "must": must(steps, services),
        **turn_traffic(plan, site, host, ledger, unwinding),
        **steps,
        **services,
        **turn_tickets(plan, host, unwinding),
    }


def turn_steps(plan: Plan, host: str, unwinding: bool) -> dict[str, t.Any]:
    """Which steps the turn has.

    ``announces`` and ``judges`` are the gates of these steps. ``expect`` is the release that must be current before,
    empty for none; on the way back any may be.
    """
    planned = plan["hosts"][host]
    watched = plan["gates"] if planned["watched"] else {}
    return {
        "balanced": planned["balanced"],
        "returns": planned["balanced"] or planned["reweigh"],
        "reloads": planned["reload"],
        "announces": list(watched.get("announces", ())),
        # On the way back nobody waits for a gate: it is asked once, at the end of the run, and only reports.
        "judges": [] if is_way_back(plan, unwinding) else list(watched.get("judges", ())),
        "pauses": host == plan["pause_after"] and not unwinding,
        **({} if unwinding else {"expect": planned["current"] or ""}),
    }


def turn_traffic(
    plan: Plan, site: t.Mapping[str, t.Any], host: str, ledger: Ledger, unwinding: bool
) -> dict[str, t.Any]:
    """How the host's traffic comes back: step by step, watched; at once, where users must not wait.

    In a hot fix it is at once but for the first node that has traffic again.
    """
    # What an operator had taken out is as it was, and proves nothing to compare with.
    turns = {one: ledger.get(one, TURN) for one in plan["hosts"] if ledger.done(one)}
    back = {one for one, turn in turns.items() if turn and turn.rotation and turn.rotation.admin == "ready"}
    if is_way_back(plan, unwinding) or (plan["urgent"] and (back or plan["bake"] == SKIP)):
        return {"ramp": [100], "ramp_hold": 0.0}
    if plan["urgent"]:
        return first_share(site, plan["bake"])
    reference = [plan["server_names"][one] for one in comparison_of(host, plan, back, unwinding).reference]
    return {
        "ramp": site["ramp"],
        "ramp_hold": site["ramp_hold"],
        "bake": bake_of(site["bake"], plan["bake"], reference),
    }


def turn_services(plan: Plan, site: t.Mapping[str, t.Any], host: str, release: str) -> dict[str, t.Any]:
    """The services that restart, and the release that they must run: ``release`` unless another project's restart."""
    own = plan["service_project"] == plan["project"]
    proves = release if own else plan["hosts"][host]["proves"]
    mine = [service for service in site["services"] if service["project"] == plan["service_project"]]
    services = mine if proves else []
    return {"proves": proves, "services": services, "restarts": bool(services)}


def turn_tickets(plan: Plan, host: str, unwinding: bool) -> dict[str, t.Any]:
    """What the steps of the turn take. On the way back a step may still run whose connection was lost."""
    tickets = plan["late_tickets" if unwinding else "tickets"]
    direction = {"direction": BACK if unwinding else FORWARD}
    ticket = {**tickets[host], **direction}
    balancer = tickets.get(plan["balancer"])
    return {
        "ticket": ticket,
        "service_ticket": {**ticket, "project": plan["service_project"]},
        "balancer_ticket": {**balancer, **direction} if balancer else {},
    }


def must(steps: t.Mapping[str, t.Any], services: t.Mapping[str, t.Any]) -> list[str]:
    """The steps without which the turn did not happen, by the names of the ledger."""
    needed = {
        LEFT: steps["balanced"],
        SWITCHED: True,  # also where the release is current already: the step looks
        RELOADED: steps["reloads"],
        RESTARTED: services["restarts"],
        RETURNED: steps["returns"],
        **dict.fromkeys(map(judged, steps["judges"]), True),
        PAUSED: steps["pauses"],
    }
    return [step for step, wanted in needed.items() if wanted]
