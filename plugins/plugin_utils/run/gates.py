# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gates compare with, what they may do, and what is kept of what they said.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.bake.limits import INFORM, JUDGE

LONGEST_NOTE = 400
"""Characters that a note may have; a journal takes no more than a line."""


@dataclass(frozen=True)
class Gate:
    """``reference`` are the hosts to compare a host with, none for fixed limits; ``mode`` is judge or inform."""

    reference: tuple[str, ...] = ()
    mode: str = JUDGE


def is_way_back(plan: Mapping[str, Any], unwinding: bool) -> bool:
    """Whether a turn takes its host off a release: users must be off it in seconds, so that nothing is waited for.

    There is no ramp and no bake then, and gates are asked once at the end, where they only report.
    """
    return unwinding or plan["action"] == "rollback"


def gate_of(host: str, plan: Mapping[str, Any], done: Collection[str], unwinding: bool = False) -> Gate:
    """How the gates treat the turn of ``host``, which is about to begin.

    ``plan`` as deploy_plan returns it; ``done`` are the hosts whose turns went well in this run. Servers that do not
    serve by then are left out by the bake itself.
    """
    if is_way_back(plan, unwinding):
        return Gate(mode=INFORM)
    planned = plan["hosts"]
    if host not in planned or planned[host]["part"] != "web":
        return Gate()
    # With --limit the others are in the inventory's group alone.
    web = [*(name for name in planned if planned[name]["part"] == "web"), *plan["web"]]
    others = [name for name in dict.fromkeys(web) if name != host]
    proven = [name for name in others if name in done]
    switched = {name for name in planned if planned[name]["switch"]}
    # A restart, and a deploy that finds the release current on every web node: there is no old and new to compare.
    if not switched & {host, *others}:
        return Gate(reference=(*proven, *(name for name in others if name not in done)))
    if planned[host]["current"] is None:
        return Gate()
    old = [name for name in others if name in switched and planned[name]["current"] is not None]
    return Gate(reference=tuple(proven or old))


def bake_of(asked: Mapping[str, Any], mode: str, servers: Sequence[str]) -> dict[str, Any]:
    """The bake of a turn (a module's option `bake`), from the site's limits, ``asked``, and what the plan lets it do.

    ``mode`` is judge, inform or skip. ``servers`` are the names, in the balancer's backend, of the hosts that it
    compares with.
    """
    return {**asked, "mode": mode, "reference": list(servers)}


def nagios_mode(gate: Gate, skips: Collection[str]) -> str:
    """Whether Nagios may stop the turn: judge or inform. Skipped, it is told of the turn and stops nothing."""
    return INFORM if "nagios" in skips else gate.mode


def note_of(text: str) -> str:
    """The text as one printable line, as long as a note may be."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:LONGEST_NOTE]


@dataclass(frozen=True)
class Said:
    """What a gate said of a host that was not ``pass``: ``gate`` is its name in a sentence, ``why`` the figures."""

    gate: str
    host: str
    verdict: str
    why: str


VERDICTS = {
    "fail": "found a fault, and the run went on",
    "inconclusive": "could not tell, and the run went on",
    "unknown": "could not tell, and the run went on",
    "skip": "was skipped",
}


def said_by_bake(host: str, steps: Sequence[Mapping[str, Any]]) -> list[Said]:
    """What the bake of the host said, the worst of its ``steps`` (one a step of the ramp); empty where all passed."""
    by_verdict = {str(step.get("verdict")): step for step in reversed(steps)}
    worst = next((name for name in ("fail", "inconclusive", "skip") if name in by_verdict), "")
    return [Said("the bake", host, worst, str(by_verdict[worst].get("why") or ""))] if worst else []


def said_by_nagios(host: str, judged: Mapping[str, Any]) -> list[Said]:
    """What Nagios said of the host; empty where it saw nothing new, or was not asked. A stopped run says so itself."""
    verdict = judged.get("verdict")
    if verdict not in ("fail", "unknown") or judged.get("failed"):
        return []
    return [Said("Nagios", host, str(verdict), str(judged.get("why") or judged.get("msg") or ""))]


def gate_notes(said: Sequence[Said]) -> list[str]:
    """One line for each gate and verdict, with the hosts and the first of the reasons."""
    notes = []
    for gate, verdict in dict.fromkeys((one.gate, one.verdict) for one in said):
        alike = [one for one in said if (one.gate, one.verdict) == (gate, verdict)]
        hosts = ", ".join(dict.fromkeys(one.host for one in alike))
        why = next((f": {one.why}" for one in alike if one.why), "")
        notes.append(note_of(f"{gate} {VERDICTS[verdict]} ({hosts}){why}"))
    return notes
