# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal of a host: what happened, and the only source of what ran before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

from ..errors import InputError
from .lock import Lock

OUT, IN, CUT = "out", "in", "cut"
OUTCOMES = ("begin", "done", "failed", "note")
ADMIN_STATES = ("ready", "drain", "maint")
_TEXTS = ("time", "run", "who", "project", "from", "to", "step", "outcome", "detail")


@dataclass(frozen=True)
class Entry:
    """One line of the journal. ``from_`` and ``to`` are release hashes or empty; ``time`` is ISO text."""

    time: str
    run: str
    token: int
    who: str
    project: str
    from_: str
    to: str
    step: str
    outcome: str
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields under the names that the file and results use (``from`` without the underscore)."""
        return {("from" if name == "from_" else name): value for name, value in vars(self).items()}


def render_entry(entry: Entry) -> str:
    """One line with its end. JSON escapes what would break a line. Raises InputError for an unknown outcome."""
    if entry.outcome not in OUTCOMES:
        raise InputError(f"{entry.outcome!r} is not an outcome of the journal.")
    return json.dumps(entry.as_dict(), separators=(",", ":")) + "\n"


def parse_journal(text: str) -> list[Entry]:
    """The entries of a journal file in order; lines that a crash tore are passed over."""
    return [entry for entry in map(_parse_line, text.split("\n")) if entry is not None]


def _parse_line(line: str) -> Entry | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("token"), int):
        return None
    if not all(isinstance(fields.get(name), str) for name in _TEXTS):
        return None
    values = {("from_" if name == "from" else name): fields[name] for name in _TEXTS}
    return Entry(token=fields["token"], **values)


def switched_to(entries: Iterable[Entry], project: str) -> list[str]:
    """The hashes that were current on this host, in order, each time that they came to be; adoption counts.

    What a switch found as current was current too, also when nothing tells how it came to be: before the first entry,
    or by somebody's hand.
    """
    history: list[str] = []
    for entry in entries:
        if entry.project == project and entry.step in ("switch", "adopt") and entry.outcome == "done" and entry.to:
            if entry.from_ and history[-1:] != [entry.from_]:
                history.append(entry.from_)
            history.append(entry.to)
    return history


def wanted(entries: Iterable[Entry], project: str) -> str | None:
    """What this host should run: the release of the newest run that was closed as good here, or that was adopted."""
    releases = [
        entry.to
        for entry in entries
        if entry.project == project
        and entry.outcome == "done"
        and (entry.step == "adopt" or (entry.step == "close" and entry.detail == "good"))
    ]
    return releases[-1] if releases and releases[-1] else None


def loaded(entries: Iterable[Entry], project: str, detail: str = "") -> str | None:
    """The release whose files were loaded by what reads its configuration from it; None where nothing ever did.

    Empty where nobody knows.
    ``detail`` names whom the last reload must have been for, when given. A process does not tell which files it has
    read. The journal does: the last reload went well, and since then the link was not touched, so that whatever started
    the service anew has read the same files. A switch, a reload that failed and one that died on the way leave nothing
    known; one reload too many loses no connection.
    """
    known = None
    for entry in entries:
        if entry.project != project or entry.outcome == "note":
            continue
        if entry.step == "reload":
            known = entry.to if entry.outcome == "done" and detail in ("", entry.detail) else ""
        elif entry.step in ("switch", "adopt") and known is not None:
            known = ""
    return known


def steps_of(entries: Iterable[Entry], run: str) -> list[Entry]:
    """What one run did on this host, in order."""
    return [entry for entry in entries if entry.run == run]


def taken_out(entries: Iterable[Entry]) -> dict[str, str]:
    """The servers (``backend/server``) that runs took out and nobody brought back, and what they were before.

    That is ``ready``, or ``drain`` or ``maint`` where an operator had them so. Without this a run that finds a server
    out again, or one that a dead run left out, would take a run's maintenance for an operator's.

    A step that failed proves nothing: a server counts as put back by a note of ``out``, which is written once haproxy
    shows it so. And a journal does not see what people do: whoever sees it otherwise ends it with such a note.
    """
    found: dict[str, str] = {}
    for entry in entries:
        name, state = _rotated(entry)
        if (entry.step, entry.outcome) in ((IN, "done"), (OUT, "note")):
            found.pop(name, None)
        elif state and (entry.step, entry.outcome) == (OUT, "begin"):
            # Only what was seen ready, or was ready by this journal, is written down as ready.
            found[name] = state if state == "ready" else found.get(name, state)
    return found


def left_by_others(entries: Sequence[Entry], run: str) -> dict[str, str]:
    """Like `taken_out`, without the servers that ``run`` itself took out or brought back."""
    own = {_rotated(entry)[0] for entry in entries if entry.run == run}
    return {name: before for name, before in taken_out(entries).items() if name not in own}


def rotation_detail(name: str, before: str) -> str:
    """The detail of steps `out` and `in`, for a server (``backend/server``) and what it was before any run."""
    return f"{name} before={before}"


def _rotated(entry: Entry) -> tuple[str, str]:
    name, marker, state = entry.detail.partition(" before=")
    return (name, state) if marker and state in ADMIN_STATES else ("", "")


def last_step(entries: Iterable[Entry], run: str) -> str:
    """How far a run got on this host, for a person: its newest step with outcome and time; empty when it did none."""
    steps = steps_of(entries, run) if run else []
    return f"{steps[-1].step} {steps[-1].outcome} at {steps[-1].time}" if steps else ""


def last_token(entries: Iterable[Entry], lock: Lock | None) -> int:
    """The highest fencing token that this host has seen, 0 when none."""
    return max([entry.token for entry in entries] + [lock.token if lock else 0, 0])
