# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one reading of haproxy proves about a server.

The trap that every rule here avoids: a server that leaves maintenance is `UP` at once, with the
result of the check before, and gets traffic before any check ran. So one reading proves nothing: it takes two that are
more than a check interval apart, both exact `UP` (or exact `DRAIN`) at full health.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from ..errors import InputError
from .state import MAINT, UNKNOWN, ServerAdmin
from .stats import BACKEND_ROW, SERVER_ROW, ProcessInfo, ServerStats

PASSED = ("L4OK", "L6OK", "L7OK", "PROCOK")
COUNTERS = ("scur", "qcur", "stot", "lbtot", "econ", "eresp", "wretr", "wredis", "srv_abrt", "hrsp_5xx")


@dataclass(frozen=True)
class Rules:
    """What an operator allows that is otherwise no proof: servers without a check of their own, and backup servers."""

    allow_no_check: bool = False
    allow_backup: bool = False


@dataclass(frozen=True)
class ServerView:
    """One server as one haproxy process sees it; `admin` is None where there is no socket to ask."""

    stats: ServerStats
    admin: ServerAdmin | None = None

    @property
    def admin_state(self) -> str:
        """ready, drain or maint, or unknown without a socket."""
        return self.admin.state if self.admin else UNKNOWN


@dataclass(frozen=True)
class ProcessReading:
    """Everything that one haproxy process said at one moment. `process` is None where there is no socket to ask."""

    source: str
    rows: tuple[ServerStats, ...]
    admins: tuple[ServerAdmin, ...] = ()
    process: ProcessInfo | None = None

    def views(self, backend: str) -> tuple[ServerView, ...]:
        """The servers of a backend. Raises InputError for a backend that this process does not have."""
        names = sorted({row.backend for row in self.rows if row.kind == SERVER_ROW})
        if backend not in names:
            raise InputError(f"There is no backend {backend!r} behind {self.source}; there are: {', '.join(names)}.")
        admins = {(admin.backend, admin.server): admin for admin in self.admins}
        return tuple(
            ServerView(row, admins.get((row.backend, row.server)))
            for row in self.rows
            if row.kind == SERVER_ROW and row.backend == backend
        )

    def view(self, backend: str, server: str) -> ServerView:
        """One server. Raises InputError for one that this process does not have."""
        views = {view.stats.server: view for view in self.views(backend)}
        if server not in views:
            known = ", ".join(sorted(views))
            raise InputError(f"Backend {backend!r} behind {self.source} has no server {server!r}; it has: {known}.")
        return views[server]

    def backend_requests(self, backend: str) -> int:
        """Sessions that the backend as a whole has had since the process began."""
        return sum(row.stot or 0 for row in self.rows if row.kind == BACKEND_ROW and row.backend == backend)


def check_haproxy_name(text: str, what: str) -> str:
    """`text` if it can be a name in haproxy, else InputError; `what` says in the message what it would name."""
    if not re.fullmatch(r"[A-Za-z0-9_.:-]+", text or ""):
        raise InputError(f"{text!r} is not the name of a haproxy {what}: letters, digits and _ . : - only.")
    return text


def why_not_serving(stats: ServerStats, rules: Rules) -> str:
    """Why a reading does not show the server up and taking its full share; empty when it does."""
    unchecked = stats.status == "no check" or (stats.status == "UP" and not stats.check_status)
    if stats.status not in ("UP", "no check"):
        return f"its status is {stats.describe()}, not exactly UP"
    if unchecked and not rules.allow_no_check:
        return f"it tracks {stats.tracked} and has no check of its own" if stats.tracked else "it has no health check"
    if not stats.weight:
        return "its weight is 0"
    if stats.act != 1 and not (rules.allow_backup and stats.bck == 1):
        return "it is only a backup server" if stats.bck == 1 else "it is not an active server"
    if stats.throttle is not None and stats.throttle != 100:
        return f"it is still in its slow start at {stats.throttle} %"
    return "" if unchecked else _why_check_fails(stats)


def why_not_drained_healthy(stats: ServerStats, rules: Rules) -> str:
    """Why a reading does not show the server drained and at full health; empty when it does."""
    if stats.status != "DRAIN":
        return f"its status is {stats.describe()}, not exactly DRAIN"
    if not stats.check_status:
        return "" if rules.allow_no_check else "it has no health check of its own"
    return _why_check_fails(stats)


def _why_check_fails(stats: ServerStats) -> str:
    if stats.check_status not in PASSED:
        return f"its last check did not pass: {stats.describe()}"
    if not stats.full_health:
        return f"its health is {stats.check_health} of {(stats.check_rise or 0) + (stats.check_fall or 0) - 1}"
    return ""


def fails_check(stats: ServerStats) -> bool:
    """True when the server has a check that does not pass, or that did not so lately."""
    return bool(stats.check_status) and bool(_why_check_fails(stats))


def up_and_serving(stats: ServerStats, rules: Rules) -> bool:
    """True when this reading shows the server up, checked and taking its full share."""
    return not why_not_serving(stats, rules)


def takes_traffic(stats: ServerStats) -> bool:
    """True when haproxy may send new requests to the server, healthy or not."""
    return bool(stats.weight) and (stats.status == "no check" or stats.status.split(" ")[0] == "UP")


def steady_since(first_good: float | None, good: bool, now: float) -> float | None:
    """The time of the first reading of the present unbroken run of good ones, in seconds; None after a bad one."""
    if not good:
        return None
    return now if first_good is None else first_good


def proven(first_good: float | None, now: float, interval: float) -> bool:
    """True when two good readings, with none bad between them, lie more than one check interval (seconds) apart."""
    return first_good is not None and now - first_good > interval


def server_values(views: tuple[ServerView, ...], rules: Rules) -> dict[str, object]:
    """One server as module result, from its views in every process: counters are sums, the rest is the worst view's.

    The weights are the least ones of all processes: what one of them was left at shows.
    """
    worst = next((view for view in views if not up_and_serving(view.stats, rules)), views[0])
    why = why_not_serving(worst.stats, rules)
    states = {view.admin_state for view in views}
    return {
        "backend": worst.stats.backend,
        "server": worst.stats.server,
        "status": worst.stats.status,
        "weight": _least(view.admin.weight if view.admin else view.stats.weight for view in views),
        "configured_weight": _least(view.admin.configured_weight if view.admin else None for view in views),
        "check_status": worst.stats.check_status,
        "check_health": worst.stats.check_health,
        "admin": states.pop() if len(states) == 1 else worst.admin_state,
        "taken_out_by": worst.admin.taken_out_by if worst.admin else "",
        "in_rotation": not why,
        "why": why,
        **{name: _sum(views, name) for name in COUNTERS},
    }


def _sum(views: tuple[ServerView, ...], name: str) -> int | None:
    values = [getattr(view.stats, name) for view in views]
    return None if None in values else sum(values)


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def in_maintenance(view: ServerView) -> bool:
    """True when the server is in maintenance that somebody has to end."""
    return view.admin is not None and view.admin.forced_maint and view.admin_state == MAINT
