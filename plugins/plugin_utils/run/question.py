# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a gate is asked in a run, in which mode, and whether its answer stops the turn.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.errors import InputError
from ...module_utils._model.gate.contract import ANNOUNCE, INFORM, JUDGE, LIFT, READ
from ...module_utils._model.host.ticket import BACK
from .answer import Heard
from .gates import BEFORE, TURN, Gate, gates_of

GRACE, QUICK = 120.0, 20.0
"""Seconds that a gate has beyond those that it may wait; and those that it has where nothing is waited for."""


@dataclass(frozen=True)
class Question:
    """``host`` is what the source calls the host, empty for the whole site; ``mode`` is judge or inform."""

    gate: Gate
    ask: str
    moment: str
    host: str
    mode: str
    baseline: Mapping[str, Any]
    run: str = ""
    who: str = ""

    @property
    def due(self) -> bool:
        """Whether the gate has anything to say to it: at its moments alone."""
        if self.ask == READ:
            return self.gate.compares
        return self.moment != BEFORE or BEFORE in self.gate.when

    @property
    def before_plan(self) -> bool:
        """Whether it is asked before the plan, which says what was answered."""
        return self.ask == READ or self.moment == BEFORE

    @property
    def gives_up_after(self) -> float | None:
        """Seconds after which the gate gives up; None where it waits for nothing."""
        return self.gate.timeout if self.ask == JUDGE and self.mode == JUDGE else None

    @property
    def longest(self) -> float:
        """Seconds after which it is not listened to any more, be it that its module never returns.

        A gate that gives up by itself does so earlier, with a sentence of its own.
        """
        return QUICK if self.mode == INFORM else (self.gives_up_after or 0.0) + GRACE

    def stops(self, answer: Heard, check: bool) -> bool:
        """Whether the turn fails by the answer. Before and after the turns others decide; on the way back nobody."""
        waited = self.ask in (ANNOUNCE, JUDGE) and self.moment == TURN and self.mode == JUDGE and not check
        return waited and answer.asked and self.gate.stops(answer.verdict)

    def as_args(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the gate's module, from the ``options`` of its entry."""
        return {
            **options,
            "ask": self.ask,
            "host": self.host,
            "baseline": dict(self.baseline),
            "run": self.run,
            "who": self.who,
            "mode": self.mode,
            "timeout": self.gate.timeout,
        }


def question_of(asked: Mapping[str, Any], host: str) -> Question:
    """The question of the task for ``host``, from the arguments of deploy_gate. Raises InputError for no such gate."""
    site, plan, name = asked["site"], asked["plan"], asked["gate"]
    gate = next((one for one in gates_of(site) if one.name == name), None)
    if gate is None:
        raise InputError(f"deploy_gates has no gate {name!r}.", phase="gate")
    about = asked["moment"] == TURN and asked["ask"] in (ANNOUNCE, JUDGE)
    return Question(
        gate=gate,
        ask=asked["ask"],
        moment=asked["moment"],
        host=site["hosts"][host]["gates"][name]["host"] if about else "",
        mode=_mode(asked),
        baseline=plan.get("gates", {}).get("baselines", {}).get(name, {}),
        run=str(plan.get("run") or ""),
        who=str(plan.get("who") or site.get("who") or ""),
    )


def _mode(asked: Mapping[str, Any]) -> str:
    """Whether the gate is waited for: not on the way back, not in a hot fix, and not where the operator skips it."""
    site = asked["site"]
    # Users are served again by then: whether anything still stands is worth a look.
    if asked["ask"] == LIFT:
        return JUDGE
    hurried = asked["direction"] == BACK or site["playbook"] == "rollback" or site["request"]["urgent"]
    return INFORM if hurried or asked["gate"] in site["request"]["skip"] else str(asked["mode"])
