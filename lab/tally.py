"""Counts what the load saw. Pure: outcomes and samples in, one JSON-able result out."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN_FAILURES = 20


@dataclass(frozen=True)
class Outcome:
    """What became of one request. `lost`: why no whole answer came; `wrong`: why its bytes are not those asked for."""

    at: float  # seconds since the load began, when it was sent
    path: str
    seconds: float
    status: int = 0
    release: str = ""
    lost: str = ""
    wrong: str = ""

    @property
    def ok(self) -> bool:
        return not self.lost and not self.wrong and 200 <= self.status < 300


@dataclass(frozen=True)
class Server:
    """One server of the balancer's backend, as the statistics show it."""

    status: str
    weight: int
    sessions: int = 0

    @property
    def in_rotation(self) -> bool:
        return self.status.startswith("UP") and self.weight > 0


@dataclass(frozen=True)
class Sample:
    """The backend at one moment, in seconds since the load began."""

    at: float
    servers: Mapping[str, Server]


@dataclass
class Tally:
    """Everything that one load saw, in the order in which it was seen."""

    outcomes: list[Outcome] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    samples_failed: int = 0

    def result(self, seconds: float) -> dict[str, Any]:
        """The result of `seconds` of load: what `--json` writes."""
        return {
            "seconds": round(seconds, 3),
            **summarise(self.outcomes),
            "rotation": {**rotation(self.samples), "samples_failed": self.samples_failed},
        }


def parse_servers(text: str, backend: str) -> dict[str, Server]:
    """The servers of `backend` in haproxy's CSV, by name. Columns are found by their names."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    return {
        row["svname"]: Server(row["status"], int(row["weight"] or 0), int(row["scur"] or 0))
        for row in rows
        if row["pxname"] == backend and row["type"] == "2"
    }


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts, latencies in milliseconds, and the first failures word by word."""
    failures = [outcome for outcome in outcomes if not outcome.ok]
    latencies = sorted(outcome.seconds * 1000 for outcome in outcomes if outcome.ok)
    return {
        "sent": len(outcomes),
        "ok": len(outcomes) - len(failures),
        "lost": sum(1 for outcome in outcomes if outcome.lost),
        "not_2xx": _counts(str(each.status) for each in outcomes if not each.lost and not 200 <= each.status < 300),
        "wrong_bytes": sum(1 for outcome in outcomes if outcome.wrong),
        "releases": _counts(outcome.release for outcome in outcomes if outcome.release),
        "latency_ms": {
            "p50": percentile(latencies, 50),
            "p99": percentile(latencies, 99),
            "max": percentile(latencies, 100),
        },
        "failures": [
            {"at": round(each.at, 3), "path": each.path, "status": each.status, "why": each.lost or each.wrong}
            for each in failures[:SHOWN_FAILURES]
        ],
    }


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """The nearest-rank percentile of numbers in ascending order, rounded to 0.1; None of nothing."""
    if not ordered:
        return None
    rank = max(1, math.ceil(len(ordered) * percent / 100))
    return round(ordered[rank - 1], 1)


def rotation(samples: Sequence[Sample]) -> dict[str, Any]:
    """How many servers were in rotation at the least, and each change of a server's status or weight."""
    timeline: list[dict[str, Any]] = []
    last: dict[str, Server] = {}
    for sample in samples:
        for name, server in sample.servers.items():
            if last.get(name) != server:
                timeline.append(
                    {"at": round(sample.at, 2), "server": name, "status": server.status, "weight": server.weight}
                )
                last[name] = server
    counts = [sum(server.in_rotation for server in sample.servers.values()) for sample in samples]
    return {"samples": len(samples), "minimum": min(counts, default=None), "timeline": timeline}


def clean(result: Mapping[str, Any]) -> bool:
    """Whether requests were sent and every one got the whole, right answer."""
    return bool(result["sent"]) and result["sent"] == result["ok"]


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())
