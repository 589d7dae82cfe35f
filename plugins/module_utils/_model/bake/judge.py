# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bake: whether a server that gets traffic again fails its users more than its reference does.

| what is seen                                  | verdict                                                    |
| --------------------------------------------- | ---------------------------------------------------------- |
| enough errors, and surely above the limits    | fail, at once                                              |
| enough requests and probes after `seconds`    | pass, or fail for errors above the limits, or for latency  |
| too few of them after `timeout`               | inconclusive                                               |
| haproxy begins its counters anew              | starts over, the second time inconclusive                  |

bake_rules holds the limits, bake_figures what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .figures import NOTHING, Counters, Pair, Sample
from .limits import JUDGE, SKIP, STOP, Limits
from .rules import Figures, in_words, why_slower, why_too_little, why_worse

PASSED, FAILED, INCONCLUSIVE, SKIPPED = "pass", "fail", "inconclusive", "skip"

SURELY = 3.0
"""Standard deviations above its limit that a count must lie to be held against a server before the bake is over."""

MAX_RELOADS = 1
"""How often haproxy may be reloaded under a bake, which then starts over, before it cannot tell."""


@dataclass(frozen=True)
class Baking:
    """What a bake knows: of `server` at `percent` of its weight, since `began` (monotonic seconds).

    `start` is the sample at the end of the warm-up, from which on everything is judged; `serving` are the servers that
    served ever since. `users` is what the server answered since its traffic began, warm-up included.
    """

    server: str
    percent: int
    began: float
    start: Sample | None = None
    last: Sample | None = None
    serving: frozenset[str] = frozenset()
    pairs: tuple[Pair, ...] = ()
    users: Counters = NOTHING
    reloads: int = 0

    def count(self, sample: Sample) -> Baking:
        """The memory with one more sample of the same processes."""
        added = sample.since(self.last, (self.server,)) if self.last else NOTHING
        counted = replace(self, last=sample, users=self.users + added)
        if self.start is None:
            return counted
        return replace(counted, pairs=(*self.pairs, *sample.probes), serving=self.serving & sample.serving)

    def warmed_up(self, sample: Sample) -> Baking:
        """The memory with which judging begins."""
        return replace(self, start=sample, serving=sample.serving)

    def figures(self, limits: Limits) -> Figures:
        """The figures since the warm-up; a reference that stopped serving is none."""
        if self.start is None or self.last is None:
            return Figures(self.server, 0.0, NOTHING, (), NOTHING, ())
        reference = tuple(name for name in limits.reference if name in self.serving and name != self.server)
        return Figures(
            server=self.server,
            seconds=self.last.at - self.start.at,
            own=self.last.since(self.start, (self.server,)),
            reference=reference,
            other=self.last.since(self.start, reference),
            pairs=tuple(pair.beside(reference) for pair in self.pairs),
        )

    def lost_reference(self, limits: Limits) -> bool:
        """Whether there was something to compare with, and is no more: then fixed limits blame nobody."""
        there = self.start is not None and any(name in self.start.serving for name in limits.reference)
        return there and not any(name in self.serving for name in limits.reference)

    @property
    def why_not_serving(self) -> str:
        """Why the server cannot pass at this moment, however well it answered; empty when it can."""
        return "" if self.last and self.server in self.last.serving else "it takes no traffic"

    def anew(self, sample: Sample) -> Baking:
        """The memory after the counters began anew."""
        return replace(
            Baking(self.server, self.percent, sample.at), last=sample, users=self.users, reloads=self.reloads + 1
        )


@dataclass(frozen=True)
class BakeVerdict:
    """What a bake found: `said` is pass, fail, inconclusive or skip, `why` the figures in words.

    `users` is what the server answered since its traffic began, warm-up included; `alone` says that no other server
    took traffic.
    """

    server: str
    percent: int
    said: str
    why: str
    users: Counters
    figures: Figures
    alone: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a module's result."""
        return {
            "server": self.server,
            "percent": self.percent,
            "verdict": self.said,
            "why": self.why,
            "user_requests": self.users.requests,
            "user_errors": self.users.errors,
            "figures": self.figures.as_dict(),
        }


class Judge:
    """The baker of haproxy_steps.Wish: measures a step of the ramp against the limits, and says what it found."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.mode = limits.mode
        self.first_only = limits.first_only

    def stops(self, verdict: BakeVerdict) -> bool:
        """Whether a verdict must end what is under way. In doubt the only server that takes traffic goes on."""
        if self.mode != JUDGE:
            return False
        doubt = verdict.said == INCONCLUSIVE and not verdict.alone
        return verdict.said == FAILED or (doubt and self._limits.inconclusive == STOP)

    @property
    def demands_traffic(self) -> bool:
        """Whether a server with too few requests does not pass."""
        return self.mode == JUDGE and self._limits.inconclusive == STOP and self._limits.requests > 0

    def begin(self, server: str, percent: int, now: float, users: Counters = NOTHING) -> Baking:
        """The memory of a bake that begins as traffic comes; `now` in monotonic seconds, `users` met it before."""
        return Baking(server, percent, now, users=users)

    def advance(self, baking: Baking, sample: Sample) -> tuple[Baking, BakeVerdict | None]:
        """The memory after a sample, and the verdict once there is one."""
        if self.mode == SKIP:
            return baking, self._verdict(baking, SKIPPED, "")
        if baking.last and not sample.follows(baking.last):
            if baking.reloads >= MAX_RELOADS:
                return baking, self._verdict(baking, INCONCLUSIVE, reloaded_too_often())
            return baking.anew(sample), None
        baking = baking.count(sample)
        if baking.start is None:
            over = sample.at - baking.began >= self._limits.warmup
            return (baking.warmed_up(sample) if over else baking), None
        return baking, self._judge(baking)

    def undecided(self, baking: Baking, why: str) -> BakeVerdict:
        """The verdict on a bake that something else ended."""
        return self._verdict(baking, INCONCLUSIVE, why)

    def _judge(self, baking: Baking) -> BakeVerdict | None:
        limits, figures = self._limits, baking.figures(self._limits)
        lacking = why_too_little(figures, limits) or baking.why_not_serving
        over = figures.seconds >= limits.seconds
        last = figures.seconds >= limits.timeout or (over and not lacking)
        # Every look but the last is one of many: chance alone would exceed a limit at one of them.
        fault = why_worse(figures, limits, 0.0 if last else SURELY) or (why_slower(figures, limits) if over else "")
        if fault:
            lost = baking.lost_reference(limits)
            said, why = (INCONCLUSIVE, f"its reference stopped serving, and {fault}") if lost else (FAILED, fault)
            return self._verdict(baking, said, why)
        if not last:
            return None
        if lacking:
            return self._verdict(baking, INCONCLUSIVE, f"{lacking}; {in_words(figures)}")
        return self._verdict(baking, PASSED, in_words(figures))

    def _verdict(self, baking: Baking, said: str, why: str) -> BakeVerdict:
        figures = baking.figures(self._limits)
        alone = baking.last is not None and not baking.last.serving - {baking.server}
        return BakeVerdict(baking.server, baking.percent, said, why, baking.users, figures, alone)


def closing(verdict: BakeVerdict, baking: Baking, sample: Sample | None) -> BakeVerdict:
    """The verdict with what users met until now, a while after it was given on `baking`."""
    if sample and baking.last and sample.follows(baking.last):
        baking = baking.count(sample)
    return replace(verdict, users=baking.users)


def reloaded_too_often() -> str:
    """Why counters tell nothing that began anew again and again."""
    return f"haproxy was reloaded {MAX_RELOADS + 1} times during the bake, so its counters cannot be compared"


def limits_for(limits: Limits, hold: float) -> Limits:
    """The limits for a step that is held so many seconds: what only reports, or is skipped, takes none of its own."""
    return limits if limits.mode == JUDGE else limits.during(hold)
