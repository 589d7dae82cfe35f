# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What status.cgi and extinfo.cgi of Nagios 3 and 4 show, read by content. They say 200 to everything."""

from __future__ import annotations

import re
from calendar import timegm
from collections import Counter
from datetime import datetime
from html.parser import HTMLParser
from typing import Sequence
from urllib.parse import parse_qs, urlsplit

from .problems import SEVERITY, Downtime, NagiosError, Status, WatchedService, short_output

FORMATS = {
    "us": "%m-%d-%Y %H:%M:%S",
    "euro": "%d-%m-%Y %H:%M:%S",
    "iso8601": "%Y-%m-%d %H:%M:%S",
    "strict-iso8601": "%Y-%m-%dT%H:%M:%S",
}
"""Nagios' date_format, for times without a zone: they are compared only with the page's own clock, in the same zone."""

_STATE_CELL = re.compile(r"status(OK|WARNING|UNKNOWN|CRITICAL|PENDING)(ACK|SCHED)?", re.IGNORECASE)
_TOTALS_CELL = re.compile(r"serviceTotals(OK|WARNING|UNKNOWN|CRITICAL|PENDING)?", re.IGNORECASE)
_UPDATED = re.compile(r"Last Updated:\s*\w{3} (\w{3}) +(\d+) (\d\d:\d\d:\d\d) \S+ (\d{4})")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_ATTEMPT = re.compile(r"(\d+)/(\d+)")
_DURATION = re.compile(r"(\d+)d\s+(\d+)h\s+(\d+)m\s+(\d+)s")
_TROUBLE = (
    ("do not have permission", "The user has no rights to see this hostgroup in Nagios."),
    ("could not read object configuration", "Nagios' CGI could not read its configuration (its page says Whoops!)."),
    (
        "could not read host and service status",
        "Nagios' CGI could not read the status: Nagios is stopped, or its status file is not readable.",
    ),
    ("whoops", "Nagios' CGI has failed (its page says Whoops!)."),
    ("may not be running", "Nagios says that its monitoring process may not be running."),
    ("doesn't appear to be any service status", "Nagios has no status of any service."),
)


class _Row:
    """One service as it is being read: the cells after its name, and the texts of the icons."""

    def __init__(self, host: str, name: str) -> None:
        self.host = host
        self.name = name
        self.key = (host, name)
        self.icons: list[str] = []
        self.cells: list[str] = []


class _Page(HTMLParser):
    """Collects rows; html.parser gives tags and attribute names in lower case, whatever the page's are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[_Row] = []
        self.totals: dict[str, str] = {}
        self._cell: list[str] | None = None
        self._total = ""
        self._reading = False
        self._link_to: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "td":
            self._begin_cell(given.get("class", ""))
        elif tag == "a":
            self._link(given.get("href", ""))
        elif tag == "img" and self.rows and not self._reading and self._link_to == self.rows[-1].key:
            # The icons of the next host come before its first service, and are none of this one's.
            self.rows[-1].icons.append(given.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        if self._total:
            self.totals[self._total] = self.totals.get(self._total, "") + data

    def _begin_cell(self, kind: str) -> None:
        match = _TOTALS_CELL.fullmatch(kind)
        # Nagios marks a total of none as plain serviceTotals, so that only the marked ones name their state.
        self._total = (match.group(1) or "").upper() if match and not self.rows else ""
        row = self.rows[-1] if self.rows else None
        if row is None:
            return
        if not row.cells and _STATE_CELL.fullmatch(kind):
            self._reading = True
        if self._reading and len(row.cells) < 5:
            self._cell = []

    def _end_cell(self) -> None:
        self._total = ""
        if self._cell is None:
            return
        self.rows[-1].cells.append("".join(self._cell).replace("\xa0", " ").strip())
        self._cell = None
        # The output is the last of five, and may hold anything: what it says ends with its cell.
        self._reading = len(self.rows[-1].cells) < 5

    def _link(self, href: str) -> None:
        self._link_to = None
        parts = urlsplit(href)
        query = parse_qs(parts.query, keep_blank_values=True)
        if self._reading or not parts.path.endswith("extinfo.cgi") or query.get("type") != ["2"]:
            return
        self._link_to = (query.get("host", [""])[0], query.get("service", [""])[0])
        # A link with a fragment leads to the comments of a service, and never begins one.
        if not parts.fragment and (not self.rows or self.rows[-1].key != self._link_to):
            self.rows.append(_Row(*self._link_to))


def parse_services(text: str, group: str, date_format: str) -> Status:
    """The page of `style=detail&limit=0`. Raises NagiosError."""
    page = _parsed(text, "status.cgi")
    clock = _clock(text)
    services = tuple(_service(row, clock, date_format) for row in page.rows)
    _check_totals(page, services, group)
    # The page does not say when Nagios wrote its data: the newest check is the nearest thing.
    newest = max((service.last_check for service in services), default=clock)
    return Status(clock, newest, services)


def parse_downtimes(text: str) -> list[Downtime]:
    """The page `extinfo.cgi?type=6`. Raises NagiosError."""
    _parsed(text, "extinfo.cgi")
    if "HOSTDOWNTIME" not in text.upper():
        raise NagiosError("extinfo.cgi did not answer with the list of downtimes.")
    table = _Downtimes()
    table.feed(text)
    table.close()
    return table.found


class _Downtimes(HTMLParser):
    """Rows of cells: a row with a link to a host is a downtime, the cell after the author's its comment."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Downtime] = []
        self._where = ("", "")
        self._cells: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._where, self._cells, self._open = ("", ""), [], False
        elif tag == "td":
            self._cells.append("")
            self._open = True
        elif tag == "a" and self._open and len(self._cells) <= 2:
            query = parse_qs(urlsplit(dict(attrs).get("href") or "").query)
            if "host" in query and query.get("type", [""])[0] in ("1", "2"):
                self._where = (query["host"][0], query.get("service", [""])[0])

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._open = False
        elif tag == "tr" and self._where[0]:
            # Host, service (where it is one), entry time, author, comment.
            at = 4 if self._where[1] else 3
            if len(self._cells) > at:
                self.found.append(Downtime(*self._where, self._cells[at].strip()))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._cells[-1] += data


def _parsed(text: str, cgi: str) -> _Page:
    if not text.strip():
        raise NagiosError(f"{cgi} answered with nothing.")
    head = text.lower().partition("extinfo.cgi?type=2")[0]
    for sign, sentence in _TROUBLE:
        if sign in head:
            raise NagiosError(sentence)
    if "produced by nagios" not in head and "last updated:" not in head:
        raise NagiosError(
            f"{cgi} answered with a page that is not Nagios': an error page, a login page or another server."
        )
    if "</html>" not in text.lower()[-2000:]:
        raise NagiosError(f"The page of {cgi} is cut off: its end is missing.")
    page = _Page()
    page.feed(text)
    page.close()
    return page


def _clock(text: str) -> float:
    match = _UPDATED.search(text)
    if not match or match.group(1) not in _MONTHS:
        raise NagiosError("status.cgi does not say when its page was made.")
    month, day, moment, year = match.groups()
    number = _MONTHS.index(month) + 1
    return _seconds(datetime.strptime(f"{year}-{number}-{day} {moment} +0000", "%Y-%m-%d %H:%M:%S %z"))


def _seconds(moment: datetime) -> float:
    return float(timegm(moment.timetuple()))


def _service(row: _Row, clock: float, date_format: str) -> WatchedService:
    where = f"{row.host}/{row.name}"
    if len(row.cells) != 5 or row.cells[0].upper() not in SEVERITY:
        raise NagiosError(f"The row of {where} on the page of status.cgi cannot be read.")
    state, checked, lasted, attempt, output = row.cells
    state = state.upper()
    tries, duration = _ATTEMPT.search(attempt), _DURATION.search(lasted)
    icons = " ".join(row.icons).lower()
    if not tries:
        raise NagiosError(f"The attempt {short_output(attempt)!r} of {where} cannot be read.")
    days, hours, minutes, seconds = map(int, duration.groups()) if duration else (0, 0, 0, 0)
    last = _moment(checked, date_format, where)
    if last > clock + 3600:
        raise NagiosError(
            f"The last check of {where} lies in the future: date_format is not Nagios', or its clock has gone back."
        )
    return WatchedService(
        host=row.host,
        name=row.name,
        state=state,
        hard=state == "OK" or int(tries.group(1)) >= int(tries.group(2)),
        acknowledged="has been acknowledged" in icons,
        downtime="scheduled downtime" in icons,
        active="active checks of the service have been disabled" not in icons
        and "checks of this service have been disabled" not in icons,
        last_check=last,
        since=clock - (((days * 24 + hours) * 60 + minutes) * 60 + seconds),
        output=short_output(output),
    )


def _moment(text: str, date_format: str, where: str) -> float:
    if text.strip().upper() == "N/A":
        return 0.0
    try:
        return _seconds(datetime.strptime(f"{text.strip()} +0000", f"{FORMATS[date_format]} %z"))
    except ValueError:
        raise NagiosError(
            f"The last check {short_output(text)!r} of {where} is not in the date_format {date_format!r}."
        ) from None


def _check_totals(page: _Page, services: Sequence[WatchedService], group: str) -> None:
    """The page counts its services by state itself, above the rows: a row too few or too many is found by that."""
    counted = Counter(service.state for service in services)
    stated = {state: int(text) for state, text in page.totals.items() if text.strip().isdigit()}
    if any(counted[state] != number for state, number in stated.items()) or any(
        state not in stated for state in counted
    ):
        raise NagiosError(
            f"The rows of status.cgi for hostgroup {group!r} are not those that the page itself counts"
            f" ({len(services)} rows, {sum(stated.values())} counted): the page is incomplete or not to be trusted."
        )
