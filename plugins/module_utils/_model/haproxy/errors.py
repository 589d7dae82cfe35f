# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users met at the balancer, by its own counters: what servers answered, and what haproxy answered for them.

Which row of `show stat` counts what was observed with haproxy 2.2.0 and 2.6.12, which agree; econ and srv_abrt are said
so in haproxy's management guide, 9.1:

| what happens to a request         | user gets  | server          | BACKEND         | FRONTEND    |
| --------------------------------- | ---------- | --------------- | --------------- | ----------- |
| the server answers with 5xx       | that       | hrsp_5xx        | hrsp_5xx        | hrsp_5xx    |
| no server, or none free in time   | 503        | nothing         | econ, hrsp_5xx  | hrsp_5xx    |
| the connection is refused         | 503        | econ            | econ, hrsp_5xx  | hrsp_5xx    |
| no answer in time                 | 504        | eresp           | eresp, hrsp_5xx | hrsp_5xx    |
| the server hangs up before it     | 502        | eresp           | eresp, hrsp_5xx | hrsp_5xx    |
| reset before it (2.2)             | nothing    | eresp, srv_abrt | eresp, srv_abrt | nothing     |
| the answer breaks off             | a part     | eresp, srv_abrt | eresp, srv_abrt | 2.6: status |
| a rule of the backend refuses it  | 5xx        | nothing         | dreq, hrsp_5xx  | hrsp_5xx    |
| a rule of the frontend refuses it | 5xx        | nothing         | nothing         | hrsp_5xx    |
| refused, redispatched, answered   | the answer | wredis          | wredis          | nothing     |

So the 5xx of the BACKEND row are all that its users got, whoever answered. Its econ is that of its servers and one for
each request that found no server. A 500 that breaks off counts in hrsp_5xx and in srv_abrt. `req_tot` counts requests
as they end; `stot` takes its place where a version has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping

from .rules import ProcessReading
from .stats import BACKEND_ROW, FRONTEND_ROW, SERVER_ROW, ServerStats

SILENT = "the balancer could not be asked"
MIXED = "one of several haproxy processes was restarted in between"
UNCOUNTED = "haproxy counts no answers of this backend, which is not in mode http"


@dataclass(frozen=True)
class Errors:
    """Counters of all haproxy processes since each of them began; None for what haproxy does not tell.

    `process` are the process ids, empty without a socket, and `uptime` the seconds of the youngest of them. `requests`
    are those of the backend that have ended. `backend_5xx` are answers with 5xx to its users, whoever answered;
    `servers_5xx` those that came from its servers. `without_server` requests found no server, or none that was free in
    time. `broken` answers broke off. `frontend_5xx` is of all frontends, so whatever else haproxy serves is in it.
    """

    process: tuple[int, ...] = ()
    uptime: int | None = None
    requests: int | None = None
    backend_5xx: int | None = None
    servers_5xx: int | None = None
    without_server: int | None = None
    frontend_5xx: int | None = None
    broken: int | None = None

    @classmethod
    def of(cls, readings: Iterable[ProcessReading], backend: str) -> Errors:
        """The counters behind one reading of each process, of one backend, or of all where the name is empty."""
        readings = tuple(readings)
        rows = [row for reading in readings for row in reading.rows]
        own = [row for row in rows if row.kind == BACKEND_ROW and backend in ("", row.backend)]
        servers = [row for row in rows if row.kind == SERVER_ROW and backend in ("", row.backend)]
        processes = [reading.process for reading in readings if reading.process]
        econ, servers_econ = _sum(own, "econ"), _sum(servers, "econ")
        return cls(
            process=tuple(process.pid for process in processes),
            uptime=min((process.uptime_sec for process in processes), default=None),
            requests=sum((row.stot or 0) if row.req_tot is None else row.req_tot for row in own) if own else None,
            backend_5xx=_sum(own, "hrsp_5xx") if own else None,
            servers_5xx=_sum(servers, "hrsp_5xx"),
            # They are read one after the other, so that a moment may lie between them.
            without_server=None if not own or econ is None or servers_econ is None else max(0, econ - servers_econ),
            frontend_5xx=_sum((row for row in rows if row.kind == FRONTEND_ROW), "hrsp_5xx"),
            broken=_sum(own, "srv_abrt") if own else None,
        )

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Errors:
        """The counters that `as_dict` rendered; what is missing is None."""
        counters = {name: given.get(name) for name in COUNTERS}
        return cls(process=tuple(given.get("process") or ()), **counters)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a module's result."""
        return {**vars(self), "process": list(self.process)}

    def follows(self, before: Errors) -> bool:
        """True when the counters went on since `before`: no other process, and none that began anew."""
        pairs = [(getattr(self, name), getattr(before, name)) for name in COUNTERS]
        anew = any((now is None) != (then is None) or (now or 0) < (then or 0) for now, then in pairs)
        return self.process == before.process and not anew


COUNTERS = ("uptime", "requests", "backend_5xx", "servers_5xx", "without_server", "frontend_5xx", "broken")


@dataclass(frozen=True)
class Met:
    """What users met of a backend between two readings.

    `failed` of `requests` got a 5xx or an answer that broke off, `without_server` of them because no server was there;
    `elsewhere` are further answers with 5xx at haproxy's frontends. `partial`: haproxy was restarted in between, and
    what it had counted before that is lost. `unknown` is why nothing can be said, empty where something can.
    """

    requests: int = 0
    failed: int = 0
    without_server: int = 0
    elsewhere: int = 0
    partial: bool = False
    unknown: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return dict(vars(self))


def since(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Met:
    """What was added between two values `errors` of haproxy_stats; None or empty where haproxy could not be asked.

    Read by HTTP, which tells no process, a restart only shows when a counter has become less.
    """
    if not before or not after:
        return Met(unknown=SILENT)
    then, now = Errors.parse(before), Errors.parse(after)
    if now.backend_5xx is None or now.requests is None:
        return Met(unknown=UNCOUNTED)
    partial = not now.follows(then)
    if partial and len(now.process) > 1 and set(now.process) & set(then.process):
        return Met(unknown=MIXED)
    # What began in between has counted nothing but what came in between.
    base = Errors(now.process) if partial else then
    added = {name: (getattr(now, name) or 0) - (getattr(base, name) or 0) for name in COUNTERS}
    failed = min(added["requests"], added["backend_5xx"] + added["broken"])
    return Met(
        requests=added["requests"],
        failed=failed,
        # Who hung up while there was no server got no answer.
        without_server=min(added["without_server"], failed),
        elsewhere=max(0, added["frontend_5xx"] - added["backend_5xx"]),
        partial=partial,
    )


def sentence(met: Met) -> str:
    """The rest of a sentence about users: `423 of 1,924 requests failed (400 found no server)`."""
    if met.unknown:
        return f"unknown: {met.unknown}"
    said = f"{met.failed:,} of {met.requests:,} requests failed" if met.requests else "no request came"
    if met.without_server:
        said += f" ({met.without_server:,} found no server)"
    if met.partial:
        said += ", counted since haproxy was restarted in between; what was before that is lost"
    if met.elsewhere:
        said += f"; {met.elsewhere:,} further answers with 5xx at haproxy's frontends, its own or of other backends"
    return said


def _sum(rows: Iterable[ServerStats], name: str) -> int | None:
    values = [getattr(row, name) for row in rows]
    return None if None in values else sum(values)
