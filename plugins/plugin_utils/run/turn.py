# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the turn of one host consists of, and whether it may begin. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import SKIP
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY, ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import READY
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
    Ticket,
    judged,
    own_results,
    went_well,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.urgent import first_share

BEFORE_RETURN = (LEFT, SWITCHED, RELOADED, RESTARTED)
"""What a host has behind it when it may return to rotation."""


def begin(
    plan: Plan,
    site: t.Mapping[str, t.Any],
    host: str,
    release: str,
    ledger: Ledger,
    unwinding: bool,
    waves: t.Sequence[t.Sequence[str]] = (),
) -> dict[str, t.Any]:
    """Whether the host takes its turn, not when a host has failed unless it goes back; and what the turn consists of.

    ``site`` are the host's settings; ``release`` is the hash that it gets; ``waves`` are those of the direction.
    """
    failed = {one: record for one in plan["hosts"] if (record := ledger.failed(one))}
    go = unwinding or not failed
    steps, services = turn_steps(plan, host, unwinding), turn_services(plan, site, host, release)
    quick = is_way_back(plan, unwinding)
    return {
        "go": go,
        "msg": "its turn begins" if go else f"not touched, because {', '.join(failed)} failed",
        "quiet": go or not any(record.part == TURN for record in failed.values()),
        "drain_cutoff": site["drain_cutoff"] if quick or plan["urgent"] else 0.0,
        "may_return": not quick,
        "hurry": quick or plan["served"],
        "must": must(steps, services),
        **turn_wave(plan, host, waves, BACK if unwinding else FORWARD),
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


def turn_wave(plan: Plan, host: str, waves: t.Sequence[t.Sequence[str]], direction: str) -> dict[str, t.Any]:
    """Whom the host takes its turn with, and who of them has the balancer move their servers.

    Two steps at one balancer follow each other, so one host of the wave moves all: it ``leads``, ``together`` are the
    others' servers, and who ``follows`` takes over what became of its own.
    """
    wave = next((list(wave) for wave in waves if host in wave), [host])
    moving = [one for one in wave if plan["hosts"][one]["balanced"]]
    leads = moving[:1] == [host]
    return {
        "wave": wave,
        "direction": direction,
        "leads": leads,
        "follows": host in moving and not leads,
        "together": [{"server": plan["server_names"][one]} for one in moving[1:]] if leads else [],
    }


@dataclass(frozen=True)
class Companion:
    """A host of a wave, as far as it got: what its turn must have by now is ``done``. ``left`` is what became of its
    server, in the module's words."""

    host: str
    moves: bool
    done: bool
    left: t.Mapping[str, t.Any]

    @classmethod
    def of(cls, ticket: Ticket, begun: t.Mapping[str, t.Any], results: t.Mapping[str, t.Any]) -> Companion:
        """The host that ``ticket`` names, by what it registered as its turn began and since."""
        own = own_results(ticket, results)
        wanted = [step for step in begun.get("must") or () if step in BEFORE_RETURN]
        done = bool(begun.get("go")) and all(step in own and went_well(step, own[step]) for step in wanted)
        return cls(ticket.host, bool(begun.get("returns")), done, own.get(LEFT, {}))


def returning(plan: Plan, host: str, wave: t.Sequence[Companion], unwinding: bool) -> dict[str, t.Any]:
    """Who of a wave has the balancer bring their servers back. Raises ProofError where the host must not come back.

    On the way forward nobody comes back where anything failed beside it; on the way back whoever is proven does.
    """
    failed = [one.host for one in wave if not one.done]
    if failed and not is_way_back(plan, unwinding):
        raise ProofError(
            f"{host} does not return: {', '.join(failed)} failed at the same time.",
            phase="in",
            state_now=f"{host} runs the new release, proven, and is out of rotation",
            blame=NOBODY,
        )
    moving = [one for one in wave if one.done and one.moves]
    leads = [one.host for one in moving[:1]] == [host]
    before = {one.host: str(one.left.get("admin_before") or READY) for one in moving}
    others = [{"server": plan["server_names"][one.host], "restore": before[one.host]} for one in moving[1:]]
    return {
        "wave": [one.host for one in wave],
        "direction": BACK if unwinding else FORWARD,
        "leads": leads,
        "follows": not leads,
        "restore": before.get(host, READY),
        "together": others if leads else [],
    }


def taken_over(plan: Plan, host: str, results: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """What the balancer did with the host's server, by the result of whoever led. Raises ProofError without one."""
    name = plan["server_names"][host]
    for result in results:
        if name in (result.get("together") or {}):
            return dict(result["together"][name])
    said = next((str(result["msg"]) for result in results if result.get("msg")), "the step was not gone through")
    raise ProofError(
        f"It is unknown what became of {name} at the balancer: {said.rstrip('.')}.", phase="turn", blame=NOBODY
    )


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
    """The services that restart, and the release that they must run: ``release`` unless another project's restart.

    ``warm`` are the pages that they answer before users come.
    """
    own = plan["service_project"] == plan["project"]
    proves = release if own else plan["hosts"][host]["proves"]
    mine = [service for service in site["services"] if service["project"] == plan["service_project"]]
    services = mine if proves else []
    warm = site["warm"] if plan["hosts"][host]["part"] == "web" else []
    return {"proves": proves, "services": services, "restarts": bool(services), "warm": warm}


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
