# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every gate is asked, and what it answers; CONTRIBUTING.md says it for those who write one.

A gate is a module that an entry of `deploy_gates` names. The action deploy_gate asks it, and decides what its answer
stops: a module says what it saw, and fails for nothing that it saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from ..errors import NOBODY
from ..option import SECONDS, Option

READ, ANNOUNCE, JUDGE, LIFT = "read", "announce", "judge", "lift"
ASKS = (READ, ANNOUNCE, JUDGE, LIFT)
PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
VERDICTS = (PASS, FAIL, UNKNOWN)
INFORM = "inform"
PHASE = "gate"
"""The name of the step, in what a gate's module returns."""
MODES = (JUDGE, INFORM)

TIMEOUT = Option(
    "timeout",
    "float",
    "Seconds that O(ask=judge) waits at most until it can tell; with O(mode=inform) it looks once.",
    default=600.0,
    unit=SECONDS,
    least=0,
)
ASKED: tuple[Option, ...] = (
    Option(
        "ask",
        "str",
        "V(read) records what is wrong already, once for a run, as RV(baseline). V(announce) says that O(host) is about"
        " to restart, V(lift) that the run is over. V(judge) says whether O(host), or the whole site without one, is"
        " well.",
        required=True,
        choices=ASKS,
    ),
    Option("host", "str", "What the source calls the host that is asked about; empty for the whole site.", default=""),
    Option("baseline", "dict", "What O(ask=read) returned as RV(baseline). Empty when nothing was known.", default={}),
    Option(
        "since",
        "float",
        "What O(ask=judge) sees must be newer than this, in seconds of the source's own clock; when not given, than its"
        " first reading.",
    ),
    Option("run", "str", "Identifier of the run.", default=""),
    Option("who", "str", "The person behind the run.", default=""),
    Option(
        "mode",
        "str",
        "V(judge) waits for a verdict; V(inform) looks once, waits for nothing, and announces and lifts without a look"
        " at what became of it.",
        default=JUDGE,
        choices=MODES,
    ),
    TIMEOUT,
)


@dataclass(frozen=True)
class Answer:
    """What a gate answers.

    ``verdict`` is pass, fail or unknown; ``msg`` one sentence for a person; ``blame`` (release, host or nobody) whom a
    fail speaks against. ``figures`` is what was measured, for people and machines. ``baseline`` is what ``read`` took.
    ``announces``, of ``read``: whether restarts are to be announced. ``announced``: whether something of this run
    stands at the source afterwards and must be lifted.
    """

    verdict: str
    msg: str
    blame: str = NOBODY
    figures: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Any] = field(default_factory=dict)
    announces: bool = False
    announced: bool = False

    def as_values(self) -> dict[str, Any]:
        """The return values of a module beside ``msg``."""
        return {
            "verdict": self.verdict,
            "blame": self.blame,
            "figures": dict(self.figures),
            "baseline": dict(self.baseline),
            "announces": self.announces,
            "announced": self.announced,
        }
