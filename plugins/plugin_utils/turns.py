# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the hosts' turns went, read from what the roles registered."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gates import (
    gate_notes,
    note_of,
    said_by_bake,
    said_by_nagios,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.settle import Turn
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Variables

FAILURES = ("preflight_failed", "stage_failed", "turn_failed")
"""The variables under which the roles register a failure; the run goes forward while no host has one."""


RELEASE_PHASES = frozenset(
    {"smoke", "test", "start", "reload", "health", "progress", "proof", "version", "in", "bake", "nagios"}
)
"""The phases in which a proof that fails speaks against the release. In any other, and where a step failed without
having got as far as its proof, the host is to blame."""


def failure_of(step: str, result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What a failed task said. ``doubt``: a gate could not tell, or a person said unwind; nobody is to blame.

    ``bake`` is what the bake measured before it failed, a dict for each step of the ramp.
    """
    doubt = bool(result.get("doubt"))
    proven_against = result.get("unproven") and result.get("phase") in RELEASE_PHASES
    return {
        "step": step,
        "message": result.get("msg") or "it failed and said nothing",
        "served": bool(result.get("served")),
        "host_to_blame": not (doubt or proven_against),
        "doubt": doubt,
        "bake": list(result.get("bake") or ()),
        "state_now": result.get("state_now", ""),
        "next_command": result.get("next_command", ""),
        "log_tail": lines_of(result.get("log_tail") or ()),
    }


def lines_of(text: str | t.Iterable[str]) -> list[str]:
    """The lines of a log, which a module returns as one text or line by line."""
    return text.splitlines() if isinstance(text, str) else [str(line) for line in text]


def failed_step(variables: Variables, host: str) -> dict[str, t.Any]:
    """The first failure that was recorded for the host, with its ``stage``; empty where there is none."""
    for name in FAILURES:
        failure = variables.result(host, name).get("failure")
        if failure:
            return {**failure, "stage": name.partition("_")[0]}
    return {}


def forward_failure(variables: Variables, host: str) -> dict[str, t.Any]:
    """The first failure of the host, with what users met of it, to be asked before anything goes back.

    Whatever fails once the host is back in rotation, such as Nagios, says nothing of its traffic: the bake does.
    """
    failure = failed_step(variables, host)
    returned = variables.result(host, "balancer_returned")
    if failure.get("stage") != "turn" or not returned or returned.get("failed"):
        return failure
    return {**failure, "served": True, "bake": failure.get("bake") or bake_of(variables, host)}


def notes_of(plan: t.Mapping[str, t.Any], variables: Variables) -> list[str]:
    """What the journals must keep: of the preflight, of gates that did not simply pass, and who answered a pause.

    To be asked before anything goes back: on the way back the gates are asked again.
    """
    # What was skipped on request the preflight has noted, with the reason.
    baked = [] if "bake" in plan.get("skips", ()) else plan["hosts"]
    said = [
        *(said_by_bake(host, bake_of(variables, host)) for host in baked),
        *(said_by_nagios(host, variables.result(host, "monitoring_judged")) for host in plan["hosts"]),
    ]
    paused = [str(variables.result(host, "turn_paused").get("note") or "") for host in plan["hosts"]]
    notes = [*plan.get("notes", ()), *gate_notes([one for many in said for one in many]), *paused]
    return [note for note in dict.fromkeys(map(note_of, notes)) if note]


def downtime_left(host: str, variables: Variables) -> bool:
    """Whether the host's downtime may stand although its turn is over: only a gate that passed has seen it lifted."""
    announced = variables.result(host, "monitoring_announced").get("downtimes")
    return bool(announced) and variables.result(host, "monitoring_judged").get("verdict") != "pass"


def bake_of(variables: Variables, host: str) -> list[dict[str, t.Any]]:
    """What the bake said of a host that came back into rotation; empty where it stopped the run."""
    returned = variables.result(host, "balancer_returned")
    return [] if returned.get("failed") else list(returned.get("bake") or ())


def unwinding_failure(variables: Variables, host: str) -> dict[str, t.Any]:
    """What failed while the host was taken back; empty where nothing did, or it was not."""
    recorded = variables.result(host, "turn_failed")
    return dict(recorded.get("failure") or {}) if recorded.get("unwinding") else {}


def turn_of(host: str, plan: t.Mapping[str, t.Any], variables: Variables) -> Turn:
    """How far the host came in its turn."""
    planned = plan["hosts"][host]
    failure = failed_step(variables, host)
    status = "done" if variables.result(host, "turn_done") else "waiting"
    return Turn(
        host=host,
        part=planned["part"],
        status="failed" if failure.get("stage") == "turn" else status,
        current=planned["current"],
        to=planned["to"],
        host_to_blame=bool(failure.get("host_to_blame")),
        doubt=bool(failure.get("doubt")),
        service_project=plan.get("service_project", ""),
        proves=planned.get("proves", ""),
    )
