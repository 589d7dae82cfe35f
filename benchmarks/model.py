"""What the bench measures, and what it makes of it. Pure: measures in, medians and times to safety out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from lab.tally import Server

# What is done, in this order, and what the report calls it.
OPERATIONS = {
    "deploy": "warm deploy",
    "rollback": "rollback",
    "noop": "nothing to do",
    "deploy-loaded": "warm deploy under load",
    "rollback-loaded": "rollback under load",
    "rollback-hung": "rollback under load, a request hanging on each web node",
}


@dataclass(frozen=True)
class Waits:
    """The waits of one web node's turn that are there on purpose, in seconds.

    `startsecs` is supervisor's, `stable` how long a pid is watched, `checks` haproxy's way to full health, and
    `reading` the check interval between two readings. Stable seconds and checks may run at once.
    """

    startsecs: float
    stable: float = 0
    checks: float = 0
    reading: float = 0

    @property
    def seconds(self) -> float:
        return self.startsecs + max(self.stable, self.checks) + self.reading


@dataclass(frozen=True)
class Sample:
    """The web nodes at one moment, in seconds since the operation began: what haproxy and what each node itself says.

    `releases` has the nodes whose version URL answered.
    """

    at: float
    servers: Mapping[str, Server]
    releases: Mapping[str, str]

    def serves(self, release: str) -> bool:
        """Whether a node in rotation answers with it."""
        return any(server.in_rotation and self.releases.get(name) == release for name, server in self.servers.items())


@dataclass(frozen=True)
class Measure:
    """One operation of one contestant. What was not measured is None.

    Seconds of wall and processor time, bytes that came to a web node, KiB of disk that the release takes there, remote
    executions by host, requests of the load, seconds until no node on the bad release was in rotation any more.
    """

    contestant: str
    operation: str
    number: int
    ok: bool
    seconds: float
    controller: float
    machine: float
    executions: Mapping[str, int] = field(default_factory=dict)
    bytes: int | None = None
    disk_kib: int | None = None
    sent: int | None = None
    lost: int | None = None
    wrong: int | None = None
    safe: float | None = None


@dataclass(frozen=True)
class Spread:
    """Several values of the same thing."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread | None:
    """None of no values."""
    return Spread(median(values), min(values), max(values)) if values else None


def safe_after(samples: Sequence[Sample], bad: str) -> float | None:
    """When the release `bad` had left rotation for good: the first look after the last one that saw it there.

    None where the last look still saw it, or nobody looked.
    """
    seen = [number for number, sample in enumerate(samples) if sample.serves(bad)]
    after = seen[-1] + 1 if seen else 0
    return samples[after].at if after < len(samples) else None


def summary(measures: Iterable[Measure]) -> dict[str, dict[str, dict[str, Any]]]:
    """By contestant and operation: the spread of each figure over the rounds that went well, and how many did not."""
    groups: dict[tuple[str, str], list[Measure]] = {}
    for measure in measures:
        groups.setdefault((measure.contestant, measure.operation), []).append(measure)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (contestant, operation), group in groups.items():
        found.setdefault(contestant, {})[operation] = _summary(group)
    return found


def _summary(group: Sequence[Measure]) -> dict[str, Any]:
    well = [measure for measure in group if measure.ok]
    figures: dict[str, Any] = {"rounds": len(group), "failed": len(group) - len(well)}
    for name in ("seconds", "controller", "machine", "bytes", "disk_kib", "safe"):
        values = [value for value in (getattr(measure, name) for measure in well) if value is not None]
        if found := spread(values):
            figures[name] = {"median": found.median, "least": found.least, "most": found.most}
    # Of what users lose, and of what is run on a host, the worst round counts, also one that failed.
    for name in ("sent", "lost", "wrong"):
        values = [value for value in (getattr(measure, name) for measure in group) if value is not None]
        if values:
            figures[name] = sum(values)
    hosts = sorted({host for measure in well for host in measure.executions})
    figures["executions"] = {host: max(measure.executions.get(host, 0) for measure in well) for host in hosts}
    return figures


def above(executions: Mapping[str, int], limits: Mapping[str, int]) -> dict[str, int]:
    """The hosts on which more was run than `limits` allow, with the count."""
    return {host: executions[host] for host, limit in limits.items() if executions.get(host, 0) > limit}
