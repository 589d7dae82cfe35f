# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reading of Prometheus says: whether its samples are new enough to judge by, and what they are held against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Mapping

from ..errors import NOBODY, InputError
from .before import outside
from .contract import PASS, PHASE, UNKNOWN, Answer
from .prometheus_api import PrometheusError, QuerySample

TARGETS = 200
"""So many targets are followed: a baseline travels with the run."""


@dataclass(frozen=True)
class QueryReading:
    """What Prometheus says at one moment: its clock, each target's newest sample, what the query gives."""

    clock: float
    newest: Mapping[str, float]
    samples: tuple[QuerySample, ...]


@dataclass(frozen=True)
class QueryBaseline:
    """What was there before the run."""

    clock: float
    value: float
    right: bool
    targets: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> QueryBaseline | None:
        """What the answer of ``read`` says; None where there is none. Raises InputError."""
        if not given:
            return None
        try:
            clock, value, right = float(given["clock"]), float(given["value"]), given["right"]
            targets = tuple(map(str, given["targets"]))
        except (KeyError, TypeError, ValueError):
            right = None
        if not isinstance(right, bool) or not math.isfinite(clock) or not math.isfinite(value):
            raise InputError("baseline is not what ask=read returned.", PHASE)
        return cls(clock, value, right, targets)


@dataclass(frozen=True)
class QueryLimits:
    """Between which values the query must be; with a ``factor`` by what it was before the run."""

    least: float | None
    most: float | None
    factor: float | None
    slack: float

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> QueryLimits:
        """What a module's options say."""
        return cls(params["least"], params["most"], params["times_baseline"], params["slack"])

    def against(self, value: float) -> QueryLimits:
        """The same with the greatest value that follows from one of before the run."""
        if self.factor is None:
            return self
        return QueryLimits(None, value * self.factor + self.slack, None, 0.0)

    def worst(self, samples: tuple[QuerySample, ...]) -> QuerySample:
        """The sample that is furthest outside, or nearest to it. Raises PrometheusError where one is no number."""
        if not samples:
            raise PrometheusError(
                "has no result for the query: nothing matches, or too few samples are new (if none means zero, end the"
                " query with `or vector(0)`)"
            )
        for sample in samples:
            if not math.isfinite(sample.value):
                name = f"{sample.name} " if sample.name else ""
                why = "a division by zero, as without traffic"
                raise PrometheusError(f"gives {name}{sample.value:g} for the query, which is not a usable value: {why}")
        return max(samples, key=lambda sample: self._excess(sample.value))

    def _excess(self, value: float) -> float:
        above = value - self.most if self.most is not None else value if self.factor is not None else -math.inf
        below = self.least - value if self.least is not None else -math.inf
        return max(above, below)

    def problem(self, value: float) -> str:
        """Which limit a value breaks; empty where it breaks none."""
        if self.most is not None and value > self.most:
            return f"more than {self.most:g}"
        return f"less than {self.least:g}" if self.least is not None and value < self.least else ""


def check_new(reading: QueryReading, needed: float, before: QueryBaseline | None) -> None:
    """Raises PrometheusError unless each target has a sample of after ``needed``, in seconds of Prometheus' clock."""
    if not reading.newest:
        raise PrometheusError(
            "has no sample of the series: nothing has that name, its target is down, or Prometheus has just started"
        )
    gone = sorted(set(before.targets) - set(reading.newest)) if before else []
    if gone:
        more = f" and {len(gone) - 1} others" if len(gone) > 1 else ""
        raise PrometheusError(f"no longer has a sample of {target(gone[0])}{more}: the target is down")
    # A time that there cannot be, such as NaN, which is neither more nor less than any other, is no new one.
    moments = {name: at if at <= reading.clock + 0.01 else -math.inf for name, at in reading.newest.items()}
    oldest = min(moments, key=lambda name: moments[name])
    if moments[oldest] > needed:
        return
    age, late = reading.clock - moments[oldest], reading.clock - needed
    if late <= 0:
        raise PrometheusError(f"has to gather samples for {-late:.0f} s more")
    raise PrometheusError(
        f"should have a sample of {target(oldest)} from the last {late:.1f} s, and the newest is {age:.1f} s old: the"
        " target is not scraped, or not often enough"
    )


def target(name: str) -> str:
    """A target in a sentence."""
    return name or "the series"


@dataclass(frozen=True)
class QueryTrial:
    """What is asked about: by which query, held against which limits, for which host, with what of before the run."""

    address: str
    query: str
    limits: QueryLimits
    window: float
    host: str
    before: QueryBaseline | None

    @property
    def hopeless(self) -> bool:
        """Whether no reading can be judged by, so that none is waited for."""
        return self.limits.factor is not None and not self.before

    def taken(self, reading: QueryReading) -> Answer:
        """The answer of ``read``. Raises PrometheusError."""
        check_new(reading, reading.clock - self.window, None)
        if len(reading.newest) > TARGETS:
            raise PrometheusError(f"has the series of {len(reading.newest)} targets; at most {TARGETS} can be followed")
        worst = self.limits.worst(reading.samples)
        if self.limits.factor is not None and worst.value < 0:
            raise PrometheusError(f"gives {worst.value:g} for the query: times_baseline needs a value of 0 or more")
        problem = self.limits.problem(worst.value)
        baseline = {
            "clock": reading.clock,
            "value": worst.value,
            "right": not problem,
            "targets": sorted(reading.newest),
        }
        aside = f", {problem} already before the run" if problem else ""
        figures = self.figures(reading, worst, 1, 0.0)
        return Answer(PASS, f"{self._said(worst)}{aside}.", figures=figures, baseline=baseline)

    def judged(self, reading: QueryReading, since: float | None, looks: int, seconds: float) -> Answer:
        """Pass or fail. Raises PrometheusError for what cannot be judged by.

        Without ``since`` the last seconds are judged, as somebody does who looks once.
        """
        if reading.clock < max(since or 0.0, self.before.clock if self.before else 0.0):
            raise PrometheusError("has a clock that went back: it was set, or another server answers")
        check_new(reading, reading.clock - self.window if since is None else since + self.window, self.before)
        if self.hopeless:
            raise PrometheusError("was not asked before the run, so that there is nothing to compare with")
        limits = self.limits.against(self.before.value) if self.before else self.limits
        worst = limits.worst(reading.samples)
        problem = limits.problem(worst.value)
        figures = {**self.figures(reading, worst, looks, seconds), "most": limits.most, "least": limits.least}
        if not problem:
            return Answer(PASS, f"{self._said(worst)}{self._compared()}.", figures=figures)
        told = f"{self._said(worst)}, {problem}{self._compared()}"
        verdict, blame, msg = outside(told, self.host, self.before.right if self.before else None)
        return Answer(verdict, msg, blame, figures)

    def unknown(self, why: str, reading: QueryReading | None, looks: int, seconds: float) -> Answer:
        """The answer of whoever could not tell."""
        tried = f" (the last of {looks} looks in {seconds:.0f} s)" if looks > 1 else ""
        msg = f"Prometheus at {self.address} {why}{tried}."
        return Answer(UNKNOWN, msg, NOBODY, self.figures(reading, self._seen(reading), looks, seconds))

    def _seen(self, reading: QueryReading | None) -> QuerySample | None:
        try:
            return self.limits.worst(reading.samples) if reading else None
        except PrometheusError:
            return None

    def _said(self, worst: QuerySample) -> str:
        name = f" for {worst.name}" if worst.name else ""
        return f"Prometheus at {self.address} gives {worst.value:g}{name}"

    def _compared(self) -> str:
        return f" (before the run {self.before.value:g})" if self.before and self.limits.factor is not None else ""

    def figures(
        self, reading: QueryReading | None, worst: QuerySample | None, looks: int, seconds: float
    ) -> Mapping[str, Any]:
        """What was measured."""
        newest = min(reading.newest.values()) if reading and reading.newest else None
        return {
            "url": self.address,
            "query": " ".join(self.query.split())[:500],
            "value": worst.value if worst else None,
            "series": worst.name if worst else "",
            "before": self.before.value if self.before else None,
            "clock": reading.clock if reading else None,
            "newest": newest,
            "looks": looks,
            "seconds": round(seconds, 1),
        }
