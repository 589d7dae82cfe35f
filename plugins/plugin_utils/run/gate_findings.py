# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gates say before a run: what stops it, and what its operator should know.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...module_utils._model.gate.contract import FAIL, PASS, UNKNOWN
from .findings import Finding
from .gates import AFTER, BEFORE, CONTINUE, TURN, Answer, Gate, no_answer, sentence_of, was_asked
from .host_plan import HostPlan
from .request import Request


@dataclass(frozen=True)
class Told:
    """What the gates answered before the run, by name: as they were ``read``, and whether it may begin, ``before``.

    ``names`` is what each gate calls each host: by the gate, then by the host.
    """

    read: Mapping[str, Answer] = field(default_factory=dict)
    before: Mapping[str, Answer] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def gate_findings(request: Request, told: Told, hosts: Sequence[HostPlan]) -> list[Finding]:
    """What every gate says: to begin with, and of what it will have to judge on the ``hosts`` of the plan."""
    found = []
    watched = [host.host for host in hosts if host.watched]
    turns = any(host.turn for host in hosts)
    for gate in request.gates:
        needed = (TURN in gate.when and watched) or (AFTER in gate.when and turns)
        found += _before(request, gate, told.before.get(gate.name)) if BEFORE in gate.when else []
        found += _read(request, gate, told.read.get(gate.name)) if needed else []
        found += _unwatched(request, gate, told, watched) if TURN in gate.when and gate.alike else []
    return found


def lenient_notes(request: Request, findings: Sequence[Finding]) -> list[str]:
    """What the journals must keep of the ``findings``: a run that goes on, as the site has it, with a gate in doubt."""
    if request.informed_only:
        return []
    lenient = {gate.name for gate in request.gates if gate.unknown == CONTINUE} - request.skip
    return [f"went on (unknown: continue): {one.line}" for one in findings if one.skip in lenient and not one.blocking]


def _before(request: Request, gate: Gate, answer: Answer | None) -> list[Finding]:
    """What a gate says that judges before anything is touched."""
    said = answer or {}
    if not was_asked(said):
        return [_note(gate, sentence_of(said))]
    verdict = said.get("verdict") if said.get("verdict") in (PASS, FAIL) else UNKNOWN
    if verdict == PASS:
        return [_note(gate, sentence_of(said))]
    doubt = "" if verdict == FAIL else "it cannot tell whether the run may begin: "
    return [_stop(request, gate, f"{doubt}{sentence_of(said)}", gate.stops(str(verdict)))]


def _read(request: Request, gate: Gate, answer: Answer | None) -> list[Finding]:
    """What a gate shows already: it is known from now on. Its silence stops what it has to judge."""
    unknown = no_answer(answer)
    if unknown:
        return [_stop(request, gate, f"it cannot tell what is wrong already: {unknown}", gate.stops(UNKNOWN))]
    return [_note(gate, sentence_of(answer or {}))]


def _unwatched(request: Request, gate: Gate, told: Told, watched: Sequence[str]) -> list[Finding]:
    """Hosts whose turn the gate could not judge, found before anything is touched and not when others have changed."""
    seen = told.read.get(gate.name, {}).get("baseline", {}).get("hosts")
    if not isinstance(seen, (list, Mapping)):
        return []
    names = told.names.get(gate.name, {})
    return [
        Finding(
            host=host,
            sentence=f"the gate {gate.name} does not watch {names.get(host, host)!r}: it could not judge this host's"
            " turn (host of its entry in deploy_gates)",
            blocking=request.action != "rollback" and gate.stops(UNKNOWN),
            skip=gate.name,
        )
        for host in watched
        if names.get(host, host) not in seen
    ]


def _stop(request: Request, gate: Gate, sentence: str, stops: bool) -> Finding:
    """What stops a run that goes forward; a rollback is never kept waiting."""
    return Finding(gate.name, sentence, blocking=stops and request.action != "rollback", skip=gate.name)


def _note(gate: Gate, sentence: str) -> Finding:
    return Finding(gate.name, sentence, blocking=False)
