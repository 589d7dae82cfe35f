# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What gates say once every turn is over, of the run as a whole; and what they report after a way back.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...module_utils._model.errors import NOBODY, RELEASE
from ...module_utils._model.gate.contract import FAIL, PASS, UNKNOWN
from .gates import Answer, Said, by_gate, said_by_gates, sentence_of, was_asked
from .ledger import Ledger, Plan
from .record import Failure, judged, words


def answers_of_run(plan: Plan, answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answers of this run, by the gate's name: a variable keeps what an earlier run registered."""
    found = by_gate(answers).items()
    return {name: one for name, one in found if (one.get("ticket") or {}).get("run") == plan["run"]}


def stopped(plan: Plan, ledger: Ledger, answers: Iterable[Answer]) -> dict[str, Failure]:
    """The failure of each host whose turn went well, where a gate stops the run after the turns; empty for none.

    A gate that blames the release has every host go back, and the release marked bad. Whatever else it blames, or
    where it cannot tell, every host goes back in doubt: it was asked about all of them, and no one host can be to
    blame. A gate that must be asked and that nobody saw asked has stopped the run as well.
    """
    answered = answers_of_run(plan, answers)
    found = [failure for name in plan["gates"]["after"] if (failure := _failure(plan, name, answered.get(name)))]
    # One proof against the release is enough; what stops in doubt takes nothing from it.
    worst = next((one for one in found if one.blame == RELEASE), found[0] if found else None)
    return {host: worst for host in plan["turns"] if worst and ledger.done(host)}


def _failure(plan: Plan, name: str, answer: Answer | None) -> Failure | None:
    if answer is None or not was_asked(answer):
        return Failure("Record", f"no proof that {words(judged(name))} once every turn was over", NOBODY)
    verdict = answer.get("verdict")
    if verdict == FAIL:
        blame = RELEASE if answer.get("blame") == RELEASE else NOBODY
        return Failure(f"Gate {name}", sentence_of(answer), blame)
    lenient = verdict == UNKNOWN and name in plan["gates"]["continues"]
    return None if verdict == PASS or lenient else Failure(f"Gate {name}", sentence_of(answer), NOBODY)


def said(plan: Plan, answers: Iterable[Answer]) -> list[Said]:
    """What the gates could not tell although the run went on, for the journals."""
    mine = answers_of_run(plan, answers)
    lenient = [
        one for name, one in mine.items() if name in plan["gates"]["continues"] and one.get("verdict") == UNKNOWN
    ]
    return said_by_gates("", lenient)


def lifted(names: Collection[str], answers: Iterable[Answer]) -> list[str]:
    """What could not be lifted, a sentence each; ``names`` are the gates that were to lift."""
    answered = by_gate(answers)
    found = {name: answered.get(name, {}) for name in names}
    return [
        f"what this run announced may still stand at the gate {name}: {sentence_of(one)}"
        for name, one in found.items()
        if was_asked(one) and (one.get("verdict") != PASS or one.get("announced"))
    ]


def told(plan: Plan, answers: Iterable[Answer]) -> list[str]:
    """What the gates report after a way back, for which nobody waited."""
    mine = answers_of_run(plan, answers).items()
    found = {name: one for name, one in mine if was_asked(one) and one.get("verdict") != PASS}
    unclear = "it cannot tell what is wrong now: "
    return [f"{name}: {unclear * (one.get('verdict') != FAIL)}{sentence_of(one)}" for name, one in found.items()]
