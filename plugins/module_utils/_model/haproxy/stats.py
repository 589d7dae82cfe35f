# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What haproxy says in numbers: `show stat` (the same CSV over HTTP as `;csv`) and `show info`.

Columns are found by name, because their positions differ between versions (83 columns in 1.8, 135 in 3.2). Names that
are not known are passed over, missing ones read as unknown. Tried with haproxy 1.8 to 3.2.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from ..errors import DeployError

UNKNOWN_ROW, FRONTEND_ROW, BACKEND_ROW, SERVER_ROW = -1, 0, 1, 2
NUMBERS = (
    "weight",
    "act",
    "bck",
    "scur",
    "qcur",
    "stot",
    "lbtot",
    "econ",
    "eresp",
    "wretr",
    "wredis",
    "cli_abrt",
    "srv_abrt",
    "hrsp_5xx",
    "req_tot",
    "throttle",
    "lastchg",
    "check_code",
    "check_rise",
    "check_fall",
    "check_health",
)


class HaproxyError(DeployError):
    """haproxy cannot be asked, refuses, or answers something that is no answer."""


@dataclass(frozen=True)
class ServerStats:
    """One row of `show stat`. What haproxy leaves out is None, or empty for a text."""

    backend: str
    server: str
    kind: int
    status: str = ""
    check_status: str = ""
    last_chk: str = ""
    tracked: str = ""
    weight: int | None = None
    act: int | None = None
    bck: int | None = None
    scur: int | None = None
    qcur: int | None = None
    stot: int | None = None
    lbtot: int | None = None
    econ: int | None = None
    eresp: int | None = None
    wretr: int | None = None
    wredis: int | None = None
    cli_abrt: int | None = None
    srv_abrt: int | None = None
    hrsp_5xx: int | None = None
    req_tot: int | None = None
    throttle: int | None = None
    lastchg: int | None = None
    check_code: int | None = None
    check_rise: int | None = None
    check_fall: int | None = None
    check_health: int | None = None

    @property
    def name(self) -> str:
        """`backend/server`, as the runtime commands want it."""
        return f"{self.backend}/{self.server}"

    @property
    def sessions(self) -> int:
        """Requests that this server still has to answer: those with it and those in its queue."""
        return (self.scur or 0) + (self.qcur or 0)

    @property
    def full_health(self) -> bool:
        """True at the best health there is, rise + fall - 1; also where haproxy gives no such columns."""
        if self.check_health is None or self.check_rise is None or self.check_fall is None:
            return True
        return self.check_health == self.check_rise + self.check_fall - 1

    def describe(self) -> str:
        """The status with what the last check said, for a person: `DOWN (L4CON, Connection refused)`."""
        checked = self.check_status
        if self.check_code is not None:
            checked = f"{checked}/{self.check_code}"
        facts = ", ".join(fact for fact in (checked, self.last_chk) if fact)
        return f"{self.status} ({facts})" if facts else self.status


@dataclass(frozen=True)
class ProcessInfo:
    """One haproxy process, from `show info`. All counters begin anew when `pid` changes."""

    pid: int
    uptime_sec: int
    version: str


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _row(fields: dict[str, str]) -> ServerStats:
    numbers = {name: _number(fields.get(name)) for name in NUMBERS}
    kind = _number(fields.get("type"))
    return ServerStats(
        backend=fields.get("pxname", ""),
        server=fields.get("svname", ""),
        kind=UNKNOWN_ROW if kind is None else kind,
        status=fields.get("status", "").strip(),
        # haproxy marks a check that is running at this moment with an asterisk before the result of the one before.
        check_status=fields.get("check_status", "").strip("* "),
        last_chk=fields.get("last_chk", "").strip(),
        tracked=fields.get("tracked", ""),
        **numbers,
    )


def parse_stats(text: str) -> tuple[ServerStats, ...]:
    """The rows of servers, backends and frontends in a statistics CSV. Raises HaproxyError for any other text."""
    lines = text.strip().splitlines()
    if not lines or not lines[0].startswith("# pxname,"):
        seen = repr(lines[0][:80]) if lines else "nothing"
        raise HaproxyError(f"haproxy was asked for its statistics and answered {seen}.")
    names = lines[0][2:].split(",")
    rows = (_row(dict(zip(names, values))) for values in csv.reader(lines[1:]) if values)
    return tuple(row for row in rows if row.kind in (FRONTEND_ROW, BACKEND_ROW, SERVER_ROW))


def parse_info(text: str) -> ProcessInfo:
    """The process behind a `show info`. Raises HaproxyError when it names no process id."""
    pairs = (line.partition(":") for line in text.splitlines())
    values = {name.strip(): value.strip() for name, _colon, value in pairs}
    pid = _number(values.get("Pid"))
    if pid is None:
        raise HaproxyError(f"haproxy answered `show info` with {text.strip()[:80]!r}.")
    return ProcessInfo(pid=pid, uptime_sec=_number(values.get("Uptime_sec")) or 0, version=values.get("Version", ""))
