# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates of a site, what a run has of them, and what is kept of what they said.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ...module_utils._model.gate.contract import FAIL, PASS, UNKNOWN
from ...module_utils._model.host.hold import LONGEST_NOTE

BEFORE, TURN, AFTER = "before", "turn", "after"
"""When a gate judges: before anything is touched, after each turn, once every turn is over."""
STOP, CONTINUE = "stop", "continue"
"""What a run does where a gate cannot tell."""


Answer = Mapping[str, Any]
"""What deploy_gate returned."""


@dataclass(frozen=True)
class Gate:
    """An entry of deploy_gates without its options, which nobody reads but its module.

    ``alike``: every host has it asked by the same one, with the same options. Otherwise what it said for one host
    before the run is no baseline for another.
    """

    name: str
    module: str = ""
    when: tuple[str, ...] = (TURN,)
    unknown: str = STOP
    timeout: float = 600.0
    alike: bool = True

    @property
    def compares(self) -> bool:
        """Whether it judges what a run did, for which it takes a baseline before."""
        return TURN in self.when or AFTER in self.when

    def stops(self, verdict: str) -> bool:
        """Whether a run that goes forward stops at this verdict."""
        return verdict == FAIL or (verdict == UNKNOWN and self.unknown == STOP)


def gates_of(site: Mapping[str, Any]) -> tuple[Gate, ...]:
    """The gates of a checked site, in its plain form."""
    return tuple(Gate(**{**gate, "when": tuple(gate["when"])}) for gate in site["gates"])


@dataclass(frozen=True)
class Gates:
    """What a run has of its gates, by their names, in the inventory's order.

    ``judges`` are asked after each turn and ``after`` once every turn is over, not those that the operator skips;
    ``announces`` are told of each turn; ``informs`` only report what became of a way back, or of a hot fix.
    ``baselines`` is what they compare with, of those that took one. ``continues`` are those whose silence stops
    nothing.
    """

    judges: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    announces: tuple[str, ...] = ()
    informs: tuple[str, ...] = ()
    continues: tuple[str, ...] = ()
    baselines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        return asdict(self)


def of_run(gates: Sequence[Gate], read: Mapping[str, Answer], skips: Iterable[str], way_back: bool) -> Gates:
    """What a run has of the ``gates``, by what each answered as it was ``read``, and the names that are skipped.

    On the way forward a gate that could not tell by then whether it wants to be told of turns is told; on a way back,
    as in a hot fix, it would only keep users waiting.
    """
    answers = {gate.name: read.get(gate.name, {}) for gate in gates if TURN in gate.when}
    told = [name for name, one in answers.items() if one.get("announces") is True or (not way_back and _unclear(one))]
    asked = [] if way_back else [gate for gate in gates if gate.name not in set(skips)]
    return Gates(
        judges=tuple(gate.name for gate in asked if TURN in gate.when),
        after=tuple(gate.name for gate in asked if AFTER in gate.when),
        announces=tuple(told),
        informs=tuple(gate.name for gate in gates if gate.compares),
        continues=tuple(gate.name for gate in gates if gate.unknown == CONTINUE),
        baselines={
            gate.name: dict(found)
            for gate in gates
            if gate.alike and (found := read.get(gate.name, {}).get("baseline"))
        },
    )


def _unclear(answer: Answer) -> bool:
    return was_asked(answer) and answer.get("verdict") != PASS


def by_gate(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answers of a loop over gates, by the gate's name; an action that broke says which item it was for."""
    named = ((str(one.get("gate") or one.get(one.get("ansible_loop_var", "item")) or ""), one) for one in answers)
    return {name: one for name, one in named if name}


def step_of(step: str, gate: str) -> str:
    """The name of a step for one gate."""
    return f"{step} {gate}"


def each(results: Mapping[str, Answer | Sequence[Answer]]) -> Iterator[tuple[str, Answer]]:
    """Every result of a turn by the name of its step, those of a loop over gates by the gate's as well."""
    for name, found in results.items():
        if isinstance(found, Mapping):
            yield name, found
        else:
            yield from ((step_of(name, str(one.get("gate"))), one) for one in found)


def of_step(step: str, results: Mapping[str, Answer]) -> dict[str, Answer]:
    """What gates answered in a step, by the gate's name."""
    begin = step_of(step, "")
    return {name.removeprefix(begin): result for name, result in results.items() if name.startswith(begin)}


def standing(announced: Mapping[str, Answer], judged: Mapping[str, Answer]) -> tuple[str, ...]:
    """The gates that were told of a turn, and have not said since that nothing of it stands."""
    told = [name for name, answer in announced.items() if answer.get("announced")]
    return tuple(name for name in told if judged.get(name, {}).get("announced") is not False)


def was_asked(answer: Answer) -> bool:
    """Whether the gate's module ran, or should have: not where it was not its moment, nor without check mode."""
    return answer.get("asked") is not False


def no_answer(answer: Answer | None) -> str:
    """Why a gate cannot tell, in its own words; empty where it passes, or was not asked."""
    if answer is not None and (answer.get("verdict") == PASS or not was_asked(answer)):
        return ""
    return sentence_of(answer or {})


def sentence_of(answer: Answer) -> str:
    """What the gate said, without its name before it."""
    return str(answer.get("msg") or "it gave no answer").removeprefix(f"{answer.get('gate')}: ").strip()


def note_of(text: str) -> str:
    """The text as one printable line, as long as a note may be."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:LONGEST_NOTE]


@dataclass(frozen=True)
class Said:
    """What a gate said of a host that was not ``pass``: ``gate`` is its name in a sentence, ``why`` the figures.

    ``host`` is empty for the whole site."""

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


def said_by_gates(host: str, answers: Iterable[Answer]) -> list[Said]:
    """What gates said of the host; nothing where they passed or were not asked. A stopped run says so itself."""
    return [
        Said(f"the gate {answer.get('gate')}", host, str(answer["verdict"]), sentence_of(answer))
        for answer in answers
        if was_asked(answer) and answer.get("verdict") in (FAIL, UNKNOWN) and not answer.get("failed")
    ]


def gate_notes(said: Sequence[Said]) -> list[str]:
    """One line for each gate and verdict, with the hosts and the first of the reasons."""
    notes = []
    for gate, verdict in dict.fromkeys((one.gate, one.verdict) for one in said):
        alike = [one for one in said if (one.gate, one.verdict) == (gate, verdict)]
        hosts = ", ".join(dict.fromkeys(one.host for one in alike if one.host))
        why = next((f": {one.why}" for one in alike if one.why), "")
        notes.append(note_of(f"{gate} {VERDICTS[verdict]}{f' ({hosts})' if hosts else ''}{why}"))
    return notes
