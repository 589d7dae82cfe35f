# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the turn of one host consists of, from the plan as deploy_plan returns it.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from typing import Any, Mapping


def turn_steps(plan: Mapping[str, Any], host: str, unwinding: bool) -> dict[str, Any]:
    """Which steps the turn has. ``expect`` is the release that must be current before, empty for none; on the way back
    any may be."""
    planned = plan["hosts"][host]
    return {
        "balanced": planned["balanced"],
        "reloads": planned["reload"],
        "announces": planned["watched"],
        "judges": planned["watched"] and "nagios" not in plan["skips"],
        "pauses": host == plan["pause_after"] and not unwinding,
        **({} if unwinding else {"expect": planned["current"] or ""}),
    }


def turn_services(plan: Mapping[str, Any], site: Mapping[str, Any], host: str, release: str) -> dict[str, Any]:
    """The services that restart, and the release that they must run: ``release`` unless another project's restart."""
    own = plan["service_project"] == plan["project"]
    proves = release if own else plan["hosts"][host]["proves"]
    mine = [service for service in site["services"] if service["project"] == plan["service_project"]]
    return {"proves": proves, "services": mine if proves else []}


def turn_tickets(plan: Mapping[str, Any], host: str, unwinding: bool) -> dict[str, Any]:
    """What the steps of the turn take. On the way back a step may still run whose connection was lost."""
    tickets = plan["late_tickets" if unwinding else "tickets"]
    ticket = tickets[host]
    return {
        "ticket": ticket,
        "service_ticket": {**ticket, "project": plan["service_project"]},
        "balancer_ticket": tickets.get(plan["balancer"], {}),
    }
