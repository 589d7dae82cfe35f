# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bake measures: haproxy's counters per server, and pages that were asked of two servers in turn.

Which counters count the same thing twice was observed with haproxy 2.6 (and is said in its management guide, 9.1):
`eresp` holds every `srv_abrt`; a 502, 503 or 504 that haproxy itself answers is in `econ` or `eresp` and not in the
server's `hrsp_5xx`; a connection that is reset counts twice in `eresp`, and a 500 that breaks off in `eresp` and in
`hrsp_5xx`, so there are never taken to be more errors than requests. `stot` counts each attempt to connect, `lbtot`
each time the server was chosen, which leaves out what a cookie sends there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Mapping

from ..haproxy.rules import ProcessReading, takes_traffic
from ..haproxy.stats import ServerStats


@dataclass(frozen=True)
class Counters:
    """Counters of one server, summed over processes, or of several servers, or what was added to them."""

    stot: int = 0
    lbtot: int = 0
    hrsp_5xx: int = 0
    econ: int = 0
    eresp: int = 0
    wretr: int = 0
    wredis: int = 0

    @classmethod
    def of(cls, stats: ServerStats) -> Counters:
        """The counters of one row; what haproxy leaves out is 0."""
        return cls(**{field.name: getattr(stats, field.name) or 0 for field in fields(cls)})

    def __add__(self, other: Counters) -> Counters:
        return Counters(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: Counters) -> Counters:
        return Counters(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    @property
    def falls(self) -> bool:
        """Whether any of them became less, which counters never do."""
        return any(getattr(self, field.name) < 0 for field in fields(self))

    @property
    def requests(self) -> int:
        """Requests that were given to the server, each once however often it was tried."""
        return max(self.lbtot, self.stot - self.wretr)

    @property
    def errors(self) -> int:
        """Requests that users saw fail: answers of 500 and more, and none at all."""
        return min(self.requests, self.hrsp_5xx + self.econ + self.eresp)

    @property
    def retries(self) -> int:
        """Requests that had to be tried again, there or with another server."""
        return min(self.requests, self.wretr + self.wredis)


NOTHING = Counters()


@dataclass(frozen=True)
class Probe:
    """One page asked of one server: how long it took (seconds) and what went wrong, empty for an answer below 500."""

    seconds: float
    problem: str = ""


@dataclass(frozen=True)
class Pair:
    """The same page asked of the server and, where one serves, of a reference, whose name is `whose`."""

    server: Probe
    reference: Probe | None = None
    whose: str = ""

    def beside(self, reference: tuple[str, ...]) -> Pair:
        """The pair as it counts beside this reference: another server's answer is none."""
        return self if self.whose in reference else Pair(self.server)


@dataclass(frozen=True)
class Sample:
    """What all haproxy processes say at one moment (`at`, monotonic seconds), and the probes since the sample before.

    `process` identifies the processes: (pid, uptime in seconds) of each. `serving` are the servers that take
    traffic in every process.
    """

    at: float
    process: tuple[tuple[int, int], ...]
    servers: Mapping[str, Counters]
    serving: frozenset[str]
    probes: tuple[Pair, ...] = ()

    def follows(self, before: Sample) -> bool:
        """True when the counters went on since the sample before: no process is another one, and none began anew."""
        if [pid for pid, _uptime in self.process] != [pid for pid, _uptime in before.process]:
            return False
        # `clear counters` by an operator is the same loss without another process.
        anew = any((self.servers.get(name, NOTHING) - then).falls for name, then in before.servers.items())
        return not anew and all(now[1] >= then[1] for now, then in zip(self.process, before.process))

    def since(self, before: Sample, names: tuple[str, ...]) -> Counters:
        """What was added to the counters of these servers since the sample before."""
        return sum((self.servers.get(name, NOTHING) - before.servers.get(name, NOTHING) for name in names), NOTHING)


def sample_of(readings: tuple[ProcessReading, ...], backend: str, at: float, probes: tuple[Pair, ...] = ()) -> Sample:
    """The sample behind one reading of each process. Raises InputError for a backend that is not there."""
    servers: dict[str, Counters] = {}
    out = set()
    for reading in readings:
        for view in reading.views(backend):
            name = view.stats.server
            servers[name] = servers.get(name, NOTHING) + Counters.of(view.stats)
            # Not "up and serving": one failed check of many makes no node a worse reference for a whole bake.
            if not takes_traffic(view.stats):
                out.add(name)
    process = tuple((one.process.pid, one.process.uptime_sec) for one in readings if one.process)
    return Sample(at, process, servers, frozenset(servers) - out, probes)
