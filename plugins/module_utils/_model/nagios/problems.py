# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios' services and the rule of the gate: what is a new problem, what has still to be waited for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from ..errors import NOBODY, DeployError, InputError
from ..gate.contract import PHASE
from ..printable import printable

COMMENT = "openlibrary.deploy"
"""How the comment of every downtime of ours begins; the run follows."""

SHOWN_WITHIN = 30.0
"""Seconds within which Nagios must show a downtime that it was told of: it writes its status every few seconds."""

SEVERITY = {"PENDING": 0, "OK": 0, "WARNING": 1, "UNKNOWN": 2, "CRITICAL": 3}
OUTPUT_LENGTH = 160
SHOWN = 20
"""Services that figures name at most: the rest is to be seen in Nagios."""
NAMED = 10
"""Services that a sentence names at most."""


class NagiosError(DeployError):
    """Nagios cannot be asked, or its answer is not what was asked for: nothing is known, which is never OK."""

    def __init__(self, msg: str, **details: Any) -> None:
        super().__init__(msg, PHASE, "What Nagios sees is unknown.", blame=NOBODY, **details)


@dataclass(frozen=True)
class WatchedService:
    """One service. Times are seconds of Nagios' own clock, 0 for never; `downtime` is true in anybody's downtime,
    `active` is false where Nagios itself does not check (only others send results)."""

    host: str
    name: str
    state: str
    hard: bool
    acknowledged: bool
    downtime: bool
    active: bool
    last_check: float
    since: float
    output: str

    @property
    def key(self) -> str:
        return f"{self.host}/{self.name}"

    @property
    def problem(self) -> bool:
        """The rule of the gate: hard, not OK, not acknowledged, in nobody's downtime."""
        return self.hard and self.counts

    @property
    def counts(self) -> bool:
        """Whether it is a problem as soon as it is hard."""
        return SEVERITY[self.state] > 0 and not self.acknowledged and not self.downtime


@dataclass(frozen=True)
class Downtime:
    """One scheduled downtime; `service` is empty for that of a host itself."""

    host: str
    service: str
    comment: str


@dataclass(frozen=True)
class Status:
    """What Nagios showed: its clock and when its data were written, in seconds of that clock."""

    clock: float
    updated: float
    services: tuple[WatchedService, ...]

    def of(self, host: str) -> tuple[WatchedService, ...]:
        return tuple(service for service in self.services if service.host == host)


@dataclass(frozen=True)
class Baseline:
    """What was known before the run: how bad each service was that was not OK, how many services there were; none of
    them where Nagios could not be asked."""

    known: Mapping[str, str]
    services: int

    @property
    def taken(self) -> bool:
        """Whether there is one: without it nobody can say what is new."""
        return self.services > 0

    def knows(self, service: WatchedService) -> bool:
        """Whether the service was at least as bad before."""
        return SEVERITY[self.known.get(service.key, "OK")] >= SEVERITY[service.state]


@dataclass(frozen=True)
class Judgement:
    """New problems, those that were there before, those of which nobody knows since when they are there, and clauses
    about what has still to be waited for."""

    new: tuple[WatchedService, ...] = ()
    old: tuple[WatchedService, ...] = ()
    undated: tuple[WatchedService, ...] = ()
    waiting: tuple[str, ...] = ()
    passive: tuple[str, ...] = ()


def parse_baseline(given: Mapping[str, Any] | None) -> Baseline:
    """From what the module returned as `baseline`; empty where there is none. Raises InputError."""
    given = given or {}
    states = given.get("known") or {}
    try:
        for state in states.values():
            SEVERITY[state]
        return Baseline(dict(states), int(given.get("services") or 0))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError("baseline is not what ask=read returned.", PHASE) from None


def check_reading(status: Status, group: str, expected: int, max_age: float) -> None:
    """Raises NagiosError for stale data and for fewer services than expected."""
    age = status.clock - status.updated
    if age > max_age:
        raise NagiosError(
            f"Nagios' data are {age:.0f} s old (at most {max_age:g} s are accepted): it has stopped, or it hangs."
        )
    if not status.services:
        raise NagiosError(
            f"Nagios shows no service of hostgroup {group!r}: the group does not exist or is empty, or the user has no"
            " rights to see it."
        )
    if len(status.services) < expected:
        raise NagiosError(
            f"Nagios shows {len(status.services)} services of hostgroup {group!r} and not the {expected} expected: the"
            " answer is incomplete, or its configuration was changed meanwhile."
        )


def known(status: Status) -> dict[str, str]:
    """The state of each service that is not OK, handled by somebody or not, for good or only just: what begins before
    the run is not the run's."""
    return {service.key: service.state for service in status.services if SEVERITY[service.state] > 0}


def public(service: WatchedService) -> dict[str, Any]:
    """A service for the module's result."""
    told = asdict(service)
    return {"host": told["host"], "service": told["name"], **{key: told[key] for key in ("state", "since", "output")}}


def judge(status: Status, baseline: Baseline, host: str, since: float) -> Judgement:
    """The rule. Of `host` only results newer than `since` speak, of the others what the baseline does not know.

    Their results are not compared with the baseline's clock: that has whole seconds at best, and what Nagios shows is
    older than its clock by up to its status_update_interval. Without a baseline a problem may be an old one: then
    nothing is new, and what is wrong with `host` keeps it waiting.
    """
    if not host:
        return judge_all(status, baseline)
    problems = [service for service in status.services if service.problem]
    unknown = [service for service in problems if not baseline.knows(service)]
    spoken = [service for service in unknown if service.host != host or service.last_check > since]
    undated = [service for service in spoken if service.host == host and not baseline.taken]
    own = status.of(host)
    waiting = [clause for clause in (why_waiting(service, since) for service in own) if clause]
    waiting += [f"{told(one)}, since an unknown time" for one in undated]
    return Judgement(
        new=tuple(spoken) if baseline.taken else (),
        old=tuple(service for service in problems if baseline.knows(service)),
        undated=tuple(undated),
        waiting=tuple(waiting) if own else (f"Nagios shows no service of {host}",),
        passive=tuple(service.key for service in own if not service.active and service.last_check <= since),
    )


def judge_all(status: Status, baseline: Baseline) -> Judgement:
    """The rule for the whole hostgroup: what Nagios shows, whenever it was checked.

    Nobody said that a certain host has just changed, so that there is nothing that a result must be newer than. Without
    a baseline every problem counts: who asks before a run wants to know whether anything is wrong.
    """
    bad = [service for service in status.services if service.counts]
    unknown = [service for service in bad if not baseline.knows(service)]
    return Judgement(
        new=tuple(service for service in unknown if service.hard),
        old=tuple(service for service in bad if service.hard and baseline.knows(service)),
        waiting=tuple(not_yet(service) for service in unknown if not service.hard),
    )


def why_waiting(service: WatchedService, since: float) -> str:
    """Why nothing can be said of this service yet; empty when something can.

    One that Nagios does not check itself cannot be asked for a result and may get one once a day: what it says is
    heard, but it is not waited for.
    """
    fresh = service.last_check > since
    if not service.active and not fresh:
        return ""
    if service.state == "PENDING":
        return f"{service.key} was never checked"
    if not fresh:
        return f"{service.key} has no result newer than the return of the host"
    return "" if service.hard else not_yet(service)


def not_yet(service: WatchedService) -> str:
    """A clause about a soft state."""
    return f"{service.key} is {service.state}, but only soft yet"


def told(service: WatchedService) -> str:
    """A clause for a person."""
    return f"{service.key} is {service.state}{f' ({service.output})' if service.output else ''}"


def listed(clauses: Sequence[str]) -> str:
    """The clauses as a part of a sentence, the first of them where they are many."""
    more = len(clauses) - NAMED
    return "; ".join([*clauses[:NAMED], *([f"and {more} more"] if more > 0 else [])])


def shown(services: Sequence[WatchedService]) -> list[dict[str, Any]]:
    """The first of the services, for the figures."""
    return [public(service) for service in services[:SHOWN]]


def watched(status: Status, problems: Sequence[WatchedService]) -> str:
    """How much Nagios watches, and what of it is a problem, as a sentence."""
    count = len(problems)
    wrong = f"{count} {'has a problem' if count == 1 else 'have problems'} already" if count else "none has a problem"
    names = f": {listed([f'{service.key} is {service.state}' for service in problems])}" if problems else ""
    return f"Nagios watches {len(status.services)} services; {wrong}{names}."


def short_output(text: str) -> str:
    """Plugin output as one short printable line."""
    line = " ".join(printable(text).split())
    return line if len(line) <= OUTPUT_LENGTH else line[: OUTPUT_LENGTH - 3] + "..."


def diff(before: str, after: str) -> dict[str, Any]:
    """What diff mode shows of Nagios."""
    return {"before_header": "Nagios", "after_header": "Nagios", "before": before, "after": after}
