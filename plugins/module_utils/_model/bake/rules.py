# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a bake holds against a server: its figures beside those of its reference, and the limits that they exceed.

Errors, retries and probes that went wrong are shares of what was asked; each is held against the share of the
reference over the same seconds, or against a fixed limit where there is no reference. How long pages take is told by
probes of both in turn, and not by haproxy's `rtime`, which is an average over the last 1,024 requests (management
guide, 9.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Any

from .figures import Counters, Pair
from .limits import Limits


@dataclass(frozen=True)
class Share:
    """So many of so many; `names` whose they are."""

    names: str
    count: int
    of: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; 0 of nothing is 0."""
        return self.count / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.count} of {self.of} ({100 * self.rate:.1f} %)"


@dataclass(frozen=True)
class Figures:
    """What was counted of the server and, where one serves, of its reference since the warm-up; times in seconds."""

    server: str
    seconds: float
    own: Counters
    reference: tuple[str, ...]
    other: Counters
    pairs: tuple[Pair, ...]

    def shares(self, name: str) -> tuple[Share, Share | None]:
        """The server's share of `errors` or `retries`, and the reference's."""
        own = Share(self.server, getattr(self.own, name), self.own.requests)
        whose = ", ".join(self.reference)
        return own, Share(whose, getattr(self.other, name), self.other.requests) if self.reference else None

    def probed(self) -> tuple[Share, Share | None]:
        """The server's share of probes that went wrong, and the reference's."""
        own = Share(self.server, sum(bool(pair.server.problem) for pair in self.pairs), len(self.pairs))
        asked = [pair.reference for pair in self.pairs if pair.reference]
        if not self.reference or not asked:
            return own, None
        return own, Share(", ".join(self.reference), sum(bool(one.problem) for one in asked), len(asked))

    @property
    def timed(self) -> tuple[Pair, ...]:
        """The pairs whose times say something: both were answered."""
        return tuple(
            pair
            for pair in self.pairs
            if not pair.server.problem and bool(pair.reference) == bool(self.reference)
            if not (pair.reference and pair.reference.problem)
        )

    def medians(self) -> tuple[float | None, float | None]:
        """How long a page takes of the server and of the reference, in seconds; None where no probe tells."""
        own = [pair.server.seconds for pair in self.timed]
        other = [pair.reference.seconds for pair in self.timed if pair.reference]
        return median(own) if own else None, median(other) if other else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a module's result."""
        own, other = self.medians()
        return {
            "seconds": round(self.seconds, 1),
            "requests": self.own.requests,
            "errors": self.own.errors,
            "retries": self.own.retries,
            "reference": list(self.reference),
            "reference_requests": self.other.requests,
            "reference_errors": self.other.errors,
            "reference_retries": self.other.retries,
            "probes": len(self.pairs),
            "median": None if own is None else round(own, 4),
            "reference_median": None if other is None else round(other, 4),
        }


def why_worse(figures: Figures, limits: Limits, deviations: float = 0.0) -> str:
    """Why more goes wrong with the server than may; empty when it does not.

    A count must lie so many standard `deviations` above what the limits allow.
    """
    kinds = (
        ("requests failed", figures.shares("errors")),
        ("requests had to be tried again", figures.shares("retries")),
        ("probes went wrong", figures.probed()),
    )
    for what, (own, other) in kinds:
        if _is_worse(own, other, limits, deviations):
            return f"{own} {what}{_against(other, limits)}"
    return ""


def _is_worse(own: Share, other: Share | None, limits: Limits, deviations: float) -> bool:
    allowed = max(limits.absolute, limits.relative * other.rate if other else 0.0)
    expected = min(1.0, allowed) * own.of
    # Errors that come by chance, each by itself, scatter by this much around what is expected (binomial).
    scatter = sqrt(expected * (1.0 - min(1.0, allowed)))
    return own.count >= limits.min_errors and own.count > expected + deviations * scatter


def _against(other: Share | None, limits: Limits) -> str:
    if other is None:
        return f", more than {100 * limits.absolute:g} %"
    return f", of {other.names} {other} in the same time"


def why_slower(figures: Figures, limits: Limits) -> str:
    """Why the server's pages take longer than they may; empty when they do not, or too few probes tell."""
    own, other = figures.medians()
    if own is None or len(figures.timed) < limits.probe_pairs:
        return ""
    if other is None:
        slow = own > limits.latency_ceiling
        return f"its pages take {_time(own)}, longer than {limits.latency_ceiling:g} s" if slow else ""
    slow = own > other * limits.latency_relative and own - other > limits.latency_absolute
    whose = ", ".join(figures.reference)
    return f"its pages are slower: {_time(own)}, of {whose} {_time(other)} (median of probes)" if slow else ""


def why_too_little(figures: Figures, limits: Limits) -> str:
    """Why there is too little to tell; empty when there is enough."""
    due = limits.requests
    if figures.own.requests < due:
        return f"too little traffic: {figures.own.requests} requests in {figures.seconds:.0f} s, {due} are needed"
    if figures.reference and figures.other.requests < due:
        whose = ", ".join(figures.reference)
        return f"too little traffic to compare with: {figures.other.requests} requests of {whose}, {due} are needed"
    if limits.probe_paths and len(figures.timed) < limits.probe_pairs:
        return f"only {len(figures.timed)} of {limits.probe_pairs} pairs of probes were answered"
    return ""


def in_words(figures: Figures) -> str:
    """The figures as a clause."""
    own, other = figures.shares("errors")
    words = []
    if own.of:
        words.append(f"{own} requests failed" + (f", of {other.names} {other}" if other else ""))
    mine, theirs = figures.medians()
    if mine is not None:
        words.append(f"a page takes {_time(mine)}" + ("" if theirs is None else f", there {_time(theirs)}"))
    return "; ".join(words) or "it had no requests"


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
