# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each run did to a project on one host, as its journal tells: way_back.py makes the fleet's past of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

from .journal import Entry

MOST_RUNS = 50
"""How many runs a survey names."""
WENT_WITHOUT = "left out: "
"""How the note of a run begins that went on without hosts; their names follow, with commas between them."""
HOT_FIX = "urgent: "
"""How the note of a run begins that waited for no verdict; why follows."""
OVERRODE = "skip="
"""How the note of a run begins that skipped something on request; its name follows, and a blank."""


@dataclass
class _Run:
    """What is known of a run while its entries are read; ``after`` is None while nobody has seen it."""

    run: str
    token: int
    before: str
    action: str = ""
    to: str = ""
    after: str | None = None
    closed: str = ""
    left_out: list[str] = field(default_factory=list)
    urgent: str = ""
    skips: list[str] = field(default_factory=list)


def run_history(entries: Iterable[Entry], project: str, current: str | None) -> list[dict[str, Any]]:
    """The runs of ``project`` on this host, newest first, at most ``MOST_RUNS``.

    Each has its ``run``, ``token``, ``action`` (empty where it is not known) and ``to``, the release that it was for;
    ``before`` and ``after``, the releases that were current when it began and when it was done, None for none;
    ``closed``: good, failed, unchanged, or empty for a run that never ended here; ``left_out``, the hosts without which
    it went on; ``urgent``, why it waited for no verdict, empty for a run that did; ``skips``, what it skipped on
    request. ``current`` is the release that is current now.

    What a run left is what its last switch proved or its end found; where it died on the way, what was found next.
    """
    found: dict[tuple[str, int], _Run] = {}
    seen = ""
    for entry in entries:
        if entry.project != project:
            continue
        if entry.step in ("open", "switch") and entry.outcome == "begin":
            seen = entry.from_
            for each in found.values():
                each.after = seen if each.after is None else each.after
        if entry.run:
            _read(found.setdefault((entry.run, entry.token), _Run(entry.run, entry.token, seen)), entry)
        if entry.step in ("switch", "adopt") and entry.outcome == "done":
            seen = entry.to
    return [_plain(each, current) for each in reversed(list(found.values())[-MOST_RUNS:])]


def _read(run: _Run, entry: Entry) -> None:
    step = (entry.step, entry.outcome)
    if step == ("open", "begin"):
        run.action, run.to, run.after = entry.detail, entry.to, entry.from_
    elif step in (("switch", "begin"), ("switch", "failed")):
        run.after = None
    elif step == ("switch", "done"):
        run.after = entry.to
    elif step == ("close", "begin"):
        run.after = entry.from_
    elif step == ("close", "done"):
        run.closed = entry.detail.partition(":")[0]
    elif step == ("gate", "note"):
        _read_note(run, entry.detail)


def _read_note(run: _Run, note: str) -> None:
    if note.startswith(WENT_WITHOUT):
        run.left_out = note[len(WENT_WITHOUT) :].split(", ")
    elif note.startswith(HOT_FIX):
        run.urgent = note[len(HOT_FIX) :]
    elif note.startswith(OVERRODE):
        run.skips.append(note[len(OVERRODE) :].partition(" ")[0])


def _plain(run: _Run, current: str | None) -> dict[str, Any]:
    after = current if run.after is None else run.after
    return {
        "run": run.run,
        "token": run.token,
        "action": run.action,
        "to": run.to or None,
        "before": run.before or None,
        "after": after or None,
        "closed": run.closed,
        "left_out": list(run.left_out),
        "urgent": run.urgent,
        "skips": list(run.skips),
    }
