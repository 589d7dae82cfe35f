# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""How the hosts' turns went, read from what the roles registered."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.settle import Turn
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Variables

FAILURES = ("preflight_failed", "stage_failed", "turn_failed")
"""The variables under which the roles register a failure; the run goes forward while no host has one."""


RELEASE_PHASES = frozenset({"smoke", "start", "health", "progress", "proof", "version", "in"})
"""The phases in which a proof that fails speaks against the release. In any other, and where a step failed without
having got as far as its proof, the host is to blame."""


def failure_of(step: str, result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What a failed task said."""
    return {
        "step": step,
        "message": result.get("msg") or "it failed and said nothing",
        "served": bool(result.get("served")),
        "host_to_blame": not (result.get("unproven") and result.get("phase") in RELEASE_PHASES),
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
    )
