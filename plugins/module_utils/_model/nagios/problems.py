# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios' services and the rule of the gate: what is a new problem, what has still to be waited for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping

from ..errors import NOBODY, DeployError, InputError
from ..printable import printable

PHASE = "nagios"
COMMENT = "openlibrary.deploy"
"""How the comment of every downtime of ours begins; the run follows."""

SHOWN_WITHIN = 30.0
"""Seconds within which Nagios must show a downtime that it was told of: it writes its status every few seconds."""

SEVERITY = {"PENDING": 0, "OK": 0, "WARNING": 1, "UNKNOWN": 2, "CRITICAL": 3}
OUTPUT_LENGTH = 160


class NagiosError(DeployError):
    """Nagios cannot be asked, or its answer is not what was asked for: nothing is known, which is never OK."""

    def __init__(self, msg: str, **details: Any) -> None:
        super().__init__(msg, PHASE, "What Nagios thinks is unknown.", blame=NOBODY, **details)


@dataclass(frozen=True)
class Service:
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
        return self.hard and SEVERITY[self.state] > 0 and not self.acknowledged and not self.downtime


@dataclass(frozen=True)
class Downtime:
    """One scheduled downtime; `service` is empty for that of a host itself."""

    host: str
    service: str
    comment: str


@dataclass(frozen=True)
class Reading:
    """What Nagios showed: its clock and when its data were written, in seconds of that clock."""

    clock: float
    updated: float
    services: tuple[Service, ...]

    def of(self, host: str) -> tuple[Service, ...]:
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

    def knows(self, service: Service) -> bool:
        """Whether the service was at least as bad before."""
        return self.had(service.key, service.state)

    def had(self, key: str, state: str) -> bool:
        """Whether the service of this key was at least as bad as this state before. Raises KeyError for no state."""
        return SEVERITY[self.known.get(key, "OK")] >= SEVERITY[state]


@dataclass(frozen=True)
class Judgement:
    """New problems, those that were there before, and clauses about what has still to be waited for."""

    new: tuple[Service, ...]
    old: tuple[Service, ...]
    waiting: tuple[str, ...]
    passive: tuple[str, ...]


def parse_baseline(given: Mapping[str, Any] | None) -> Baseline:
    """From what the module returned for `state=baseline`; empty where there is none. Raises InputError."""
    given = given or {}
    states = given.get("known") or {}
    try:
        for state in states.values():
            SEVERITY[state]
        return Baseline(dict(states), int(given.get("services") or 0))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError("baseline is not what state=baseline returned.", PHASE) from None


def check_reading(reading: Reading, group: str, expected: int, max_age: float) -> None:
    """Raises NagiosError for stale data and for fewer services than expected."""
    age = reading.clock - reading.updated
    if age > max_age:
        raise NagiosError(
            f"Nagios' data are {age:.0f} s old (at most {max_age:g} s are accepted): it has stopped, or it hangs."
        )
    if not reading.services:
        raise NagiosError(
            f"Nagios shows no service of hostgroup {group!r}: the group does not exist or is empty, or the user has no"
            " rights to see it."
        )
    if len(reading.services) < expected:
        raise NagiosError(
            f"Nagios shows {len(reading.services)} services of hostgroup {group!r} and not the {expected} expected: the"
            " answer is incomplete, or its configuration was changed meanwhile."
        )


def known(reading: Reading) -> dict[str, str]:
    """The state of each service that is not OK, handled by somebody or not, for good or only just: what begins before
    the run is not the run's."""
    return {service.key: service.state for service in reading.services if SEVERITY[service.state] > 0}


def public(service: Service) -> dict[str, Any]:
    """A service for the module's result."""
    told = asdict(service)
    return {"host": told["host"], "service": told["name"], **{key: told[key] for key in ("state", "since", "output")}}


def judge(reading: Reading, baseline: Baseline, host: str, since: float) -> Judgement:
    """The rule. Of `host` only results newer than `since` speak, of the others what the baseline does not know.

    Their results are not compared with the baseline's clock: that has whole seconds at best, and what Nagios shows is
    older than its clock by up to its status_update_interval. Without a baseline a problem may be an old one: then
    nothing is new, and what is wrong with `host` keeps it waiting.
    """
    problems = [service for service in reading.services if service.problem]
    unknown = [service for service in problems if not baseline.knows(service)]
    spoken = [service for service in unknown if service.host != host or service.last_check > since]
    own = reading.of(host)
    waiting = [clause for clause in (why_waiting(service, since) for service in own) if clause]
    if not baseline.taken:
        waiting += [f"{told(one)}, and nobody knows since when" for one in spoken if one.host == host]
    return Judgement(
        new=tuple(spoken) if baseline.taken else (),
        old=tuple(service for service in problems if baseline.knows(service)),
        waiting=tuple(waiting) if own else (f"Nagios shows no service of {host}",),
        passive=tuple(service.key for service in own if not service.active and service.last_check <= since),
    )


def why_waiting(service: Service, since: float) -> str:
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
    return "" if service.hard else f"{service.key} is {service.state}, but not for good yet"


def told(service: Service) -> str:
    """A clause for a person."""
    return clause(service.key, service.state, service.output)


def clause(key: str, state: str, output: str) -> str:
    """What is wrong with a service, for a person."""
    return f"{key} is {state} ({output})" if output else f"{key} is {state}"


def new_problems(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What became a problem, or a worse one, between two results of `state=baseline`, a clause each.

    Nothing is new where one of them is no answer: then nobody knows what was, or what is.
    """
    try:
        baseline = parse_baseline(before)
        problems = after.get("problems") or () if baseline.taken else ()
        found = {f"{one['host']}/{one['service']}": one for one in problems}
        new = {key: one for key, one in found.items() if not baseline.had(key, one["state"])}
        return [clause(key, one["state"], one.get("output") or "") for key, one in new.items()]
    except (AttributeError, InputError, KeyError, TypeError):
        return []


def watched(reading: Reading) -> str:
    """How much Nagios watches, and how much of it is a problem, as a sentence."""
    count = sum(service.problem for service in reading.services)
    wrong = f"{count} {'has a problem' if count == 1 else 'have problems'} already" if count else "none has a problem"
    return f"Nagios watches {len(reading.services)} services; {wrong}."


def short_output(text: str) -> str:
    """Plugin output as one short printable line."""
    line = " ".join(printable(text).split())
    return line if len(line) <= OUTPUT_LENGTH else line[: OUTPUT_LENGTH - 3] + "..."


def diff(before: str, after: str) -> dict[str, Any]:
    """What diff mode shows of Nagios."""
    return {"before_header": "Nagios", "after_header": "Nagios", "before": before, "after": after}
