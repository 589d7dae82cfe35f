# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was done and seen in a run: one record for each host, direction and part of the run, made of the steps' results.

A record takes only results that carry its own ticket: a variable keeps what an earlier step registered, and on the way
back that is what the way forward left. What no step reported did not happen. Pure: no I/O, no clock.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, NOBODY, RELEASE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import FORWARD
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.printable import printable

from .gates import Said, each, of_step, said_by_bake, said_by_gates, sentence_of, standing, step_of
from .rotation import Rotation, notices_of, rotation_of

OPEN, BUILD, STAGE, TURN, CLOSE = "open", "build", "stage", "turn", "close"
"""The parts of a run, in the order in which they begin."""

LEFT, SWITCHED, RELOADED, RESTARTED, RETURNED = "left", "switched", "reloaded", "restarted", "returned"
ANNOUNCED, JUDGED, PAUSED = "announced", "judged", "paused"
OPENED, CLOSED, BALANCER_CLOSED = "opened", "closed", "balancer_closed"
"""The names under which results are handed over; those of gates are lists, with a result for each."""
BESIDE = "_beside"
"""Ends the name of what another host of the wave did for the host."""

WELL = ("done", "unchanged", "would")
"""The outcomes of a step that went well."""

Result = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Ticket:
    """Whose a result or a record is."""

    run: str
    host: str
    direction: str = FORWARD


@dataclass(frozen=True)
class Failure:
    """Why a part of the run did not go on: the ``step`` and its ``sentence``, whom it blames, the end of the ``log``.

    ``lost`` says that the connection was: nobody knows whether the step ran.
    """

    step: str
    sentence: str
    blame: str = HOST
    log: tuple[str, ...] = ()
    state_now: str = ""
    next_command: str = ""
    lost: bool = False

    @classmethod
    def of(cls, plain: t.Mapping[str, t.Any]) -> Failure:
        """The failure behind its plain form."""
        return cls(**{**plain, "log": tuple(plain["log"])})


@dataclass(frozen=True)
class ProvenService:
    """A service that was proven to run a release, by these processes."""

    name: str
    release: str
    pids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Record:
    """How a part of the run went on a host.

    ``done`` are the names of the steps that reported success. ``release`` is the hash that was seen current, empty
    where nobody looked. ``bake`` has a dict for each step of the ramp. ``said`` is what gates said that did not simply
    pass, ``notes`` what people said, ``notices`` what must not be lost although the step went well. ``served``: users
    may have met the release on this host before it failed, ``cut``: so many of their requests were cut off.
    ``announced`` are the gates at which something of the run may still stand. ``released``: the host is free of the
    run's lock; None where nobody knows. ``seconds``: how long it took.
    """

    ticket: Ticket
    part: str
    done: tuple[str, ...] = ()
    failure: Failure | None = None
    release: str = ""
    services: tuple[ProvenService, ...] = ()
    loaded: bool = False
    rotation: Rotation | None = None
    bake: tuple[dict[str, t.Any], ...] = ()
    said: tuple[Said, ...] = ()
    notes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    served: bool = False
    cut: int = 0
    announced: tuple[str, ...] = ()
    released: bool | None = None
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether it went to its end."""
        return self.failure is None

    def as_dict(self) -> dict[str, t.Any]:
        """Plain data, for a task's result."""
        return asdict(self)

    @classmethod
    def of(cls, plain: t.Mapping[str, t.Any]) -> Record:
        """The record behind its plain form. Raises KeyError, TypeError for anything else."""
        failure, rotation = plain["failure"], plain["rotation"]
        return cls(
            **{
                **plain,
                "ticket": Ticket(**plain["ticket"]),
                "failure": Failure.of(failure) if failure else None,
                "services": tuple(ProvenService(**{**one, "pids": tuple(one["pids"])}) for one in plain["services"]),
                "rotation": Rotation(**rotation) if rotation else None,
                "bake": tuple(map(dict, plain["bake"])),
                "said": tuple(Said(**one) for one in plain["said"]),
                **{name: tuple(plain[name]) for name in ("done", "notes", "notices", "announced")},
            }
        )


def make_record(
    ticket: Ticket,
    part: str,
    results: t.Mapping[str, Result | t.Sequence[Result]],
    must: t.Collection[str] = (),
    failed: Failure | None = None,
    seconds: float = 0.0,
) -> Record:
    """The record of a part of the run, from the ``results`` that its steps handed over, by name.

    ``must`` are the steps without which it did not happen: one that nobody reported is a failure.
    """
    own = own_results(ticket, results)
    judgements = of_step(JUDGED, own)
    done = tuple(name for name, result in own.items() if went_well(name, result))
    missing = [name for name in must if name not in done]
    if failed is None and missing:
        failed = Failure("Record", f"no proof that {' and '.join(map(words, missing))}", NOBODY)
    returned, left = own.get(RETURNED, {}), own.get(LEFT, {})
    good_return = RETURNED in done
    return Record(
        ticket=ticket,
        part=part,
        done=done,
        failure=failed,
        release=str(own.get(SWITCHED if SWITCHED in done else OPENED, {}).get("current") or ""),
        services=_services(own.get(RESTARTED, {})) if RESTARTED in done else (),
        loaded=bool(own.get(RELOADED, {}).get("reloaded")),
        rotation=rotation_of(returned) if good_return else None,
        bake=tuple(dict(step) for step in returned.get("bake") or ()),
        said=(
            *(said_by_bake(ticket.host, returned.get("bake") or ()) if good_return else ()),
            *said_by_gates(ticket.host, judgements.values()),
        ),
        notes=tuple(filter(None, [str(own.get(PAUSED, {}).get("note") or "")])),
        notices=(
            *notices_of(ticket.host, left, returned),
            *_unjournaled(ticket.host, own.values()),
        ),
        served=good_return or any(bool(result.get("served")) for result in own.values()),
        cut=sum(int(own.get(step, {}).get("cut") or 0) for step in (LEFT, RESTARTED)),
        announced=standing(of_step(ANNOUNCED, own), judgements),
        released=_released(ticket.run, own[CLOSED]) if CLOSED in own else None,
        seconds=round(seconds, 1),
    )


def own_results(ticket: Ticket, results: t.Mapping[str, Result | t.Sequence[Result]]) -> dict[str, Result]:
    """The results of this ticket, by the names of the steps; a step that another host led stands under its own name."""
    own = {name: result for name, result in each(results) if is_of(ticket, result)}
    return {name.removesuffix(BESIDE): result for name, result in own.items()}


def went_well(step: str, result: Result) -> bool:
    """Whether the step did what it had to."""
    return not has_failed(result) and not _has_lost(step, result)


def judged(gate: str) -> str:
    """The step in which a gate judges the turn."""
    return step_of(JUDGED, gate)


def is_of(ticket: Ticket, result: Result) -> bool:
    """Whether the result is one of this ticket's: what was skipped has none."""
    return bool(result) and result.get("ticket") == asdict(ticket)


def has_failed(result: Result) -> bool:
    """Whether the step failed, also where its task goes on all the same: a module that crashed has no outcome."""
    ran = bool(result) and not result.get("skipped")
    return ran and (bool(result.get("failed")) or result.get("outcome") not in WELL)


def _has_lost(step: str, result: Result) -> bool:
    """Whether the host was not the run's any more as it was to be closed: nothing was recorded there."""
    return step == CLOSED and not result.get("closed")


def failure_of(step: str, result: Result) -> Failure:
    """What a failed task said, of a loop the item that failed.

    Whom it blames it says itself; or else the host, but nobody where the action that asks a gate broke.
    """
    result = next((one for one in result.get("results") or () if one.get("failed")), result)
    blame, gate = result.get("blame"), result.get("gate") or result.get("gate_name")
    return Failure(
        step=f"Gate {gate}" if gate else step,
        sentence=_line(sentence_of(result) if gate else result.get("msg")) or "it failed without a message",
        blame=str(blame) if blame in (RELEASE, HOST, NOBODY) else NOBODY if gate else HOST,
        log=tuple(_lines(result.get("log_tail") or ())),
        state_now=_line(result.get("state_now")),
        next_command=_line(result.get("next_command")),
        lost=bool(result.get("host_down")),
    )


def _lines(text: str | t.Iterable[t.Any]) -> list[str]:
    """The lines of a log, which a module returns as one text or line by line, without what a terminal acts on."""
    whole = text if isinstance(text, str) else "\n".join(map(str, text))
    return printable(whole).splitlines()


def _line(text: t.Any) -> str:
    """The text as one printable line; empty for none."""
    return " ".join(printable(str(text or "")).split())


def words(step: str) -> str:
    """The step as a clause."""
    name, _blank, gate = step.partition(" ")
    if name == JUDGED:
        return f"the gate {gate} was asked"
    return {
        LEFT: "it left rotation",
        SWITCHED: "current was switched",
        RELOADED: "its configuration was loaded",
        RESTARTED: "its services were restarted and proven",
        RETURNED: "it returned to rotation",
        PAUSED: "the run paused",
        OPENED: "the run took it",
    }.get(step, step)


def _services(result: Result) -> tuple[ProvenService, ...]:
    return tuple(
        ProvenService(
            str(one.get("name")), str(one.get("release") or ""), tuple(int(pid) for pid in one.get("pids") or ())
        )
        for one in result.get("services") or ()
        if one.get("proven")
    )


def _unjournaled(host: str, results: t.Iterable[Result]) -> list[str]:
    """What a journal did not take of steps that went well otherwise."""
    said = [result.get("unjournaled") or () for result in results]
    lines = [line for one in said for line in ([one] if isinstance(one, str) else one)]
    return [f"what was done for {host} could not be journaled: {_line(line)}" for line in lines]


def _released(run: str, closed: Result) -> bool | None:
    """Whether the host is free of the run's lock, by the step that lets go; None where that step gave no answer."""
    if closed.get("closed"):
        return True
    if "lock" not in closed:
        return None
    lock = closed["lock"] or {}
    return bool(lock.get("run") != run)
