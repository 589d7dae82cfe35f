# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each run did on a host."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.run_history import MOST_RUNS, run_history

A, B, C = "a" * 40, "b" * 40, "c" * 40
PROJECT = "openlibrary"


def entry(token: int, step: str, outcome: str, from_: str = "", to: str = "", detail: str = "", **more: str) -> Entry:
    named = {"project": PROJECT, "run": f"run-{token}" if token else "", **more}
    return Entry("", named["run"], token, "mek", named["project"], from_, to, step, outcome, detail)


def opened(token: int, from_: str, to: str, action: str = "deploy", **more: str) -> list[Entry]:
    return [entry(token, "open", outcome, from_, to, action, **more) for outcome in ("begin", "done")]


def switched(token: int, from_: str, to: str, *outcomes: str) -> list[Entry]:
    return [entry(token, "switch", outcome, from_, to) for outcome in outcomes or ("begin", "done")]


def closed(token: int, from_: str, to: str, detail: str = "good", *outcomes: str) -> list[Entry]:
    return [entry(token, "close", outcome, from_, to, detail) for outcome in outcomes or ("begin", "done")]


WHOLE = [*opened(1, A, B), *switched(1, A, B), *closed(1, B, B)]
UNWOUND = [*opened(2, B, C), *switched(2, B, C), *switched(2, C, B), *closed(2, B, C, "failed: it died")]


def told(entries: list[Entry], current: str | None = B, *names: str) -> list[tuple[Any, ...]]:
    """The runs, newest first, by some of their fields."""
    keys = names or ("token", "before", "after", "closed")
    return [tuple(run[key] for key in keys) for run in run_history(iter(entries), PROJECT, current)]


@pytest.mark.parametrize(
    ("entries", "current", "runs"),
    [
        ([], A, []),
        (WHOLE, B, [(1, A, B, "good")]),
        (WHOLE + UNWOUND, B, [(2, B, B, "failed"), (1, A, B, "good")]),
        ([*opened(1, "", B), *switched(1, "", B), *closed(1, B, B)], B, [(1, None, B, "good")]),
        # Killed before the switch, in the middle of it, and after it.
        ([*WHOLE, *opened(2, B, C)], B, [(2, B, B, ""), (1, A, B, "good")]),
        ([*opened(2, B, C), *switched(2, B, C, "begin")], B, [(2, B, B, "")]),
        ([*opened(2, B, C), *switched(2, B, C, "begin")], C, [(2, B, C, "")]),
        ([*opened(2, B, C), *switched(2, B, C)], C, [(2, B, C, "")]),
        # What the next run found settles it.
        ([*opened(2, B, C), *switched(2, B, C, "begin"), *opened(3, C, A)], A, [(3, C, C, ""), (2, B, C, "")]),
        # A switch that failed left whatever the end found.
        ([*opened(2, B, C), *switched(2, B, C, "begin", "failed"), *closed(2, B, C, "bad")], A, [(2, B, B, "bad")]),
        # Killed while it was closed.
        ([*opened(1, A, B), *switched(1, A, B), *closed(1, B, B, "good", "begin")], B, [(1, A, B, "")]),
        # Broken by hand, moved by hand.
        ([*opened(1, A, B), entry(1, "break", "begin"), entry(1, "break", "done")], A, [(1, A, A, "")]),
        ([*switched(0, A, B), *opened(1, B, C), *closed(1, B, C, "unchanged")], B, [(1, B, B, "unchanged")]),
        ([entry(0, "adopt", "done", "", A), entry(1, "install", "begin", "", B)], A, [(1, A, A, "")]),
        # Another project's run is another past.
        ([*WHOLE, *opened(2, C, C, project="olsystem")], B, [(1, A, B, "good")]),
    ],
)  # fmt: skip
def test_each_run_with_what_it_found_and_what_it_left(
    entries: list[Entry], current: str | None, runs: list[tuple[Any, ...]]
) -> None:
    assert told(entries, current) == runs


def test_a_run_says_what_it_was_and_whom_it_went_on_without() -> None:
    notes = [entry(1, "gate", "note", detail="left out: green, home"), entry(1, "gate", "note", detail="blue: slow")]
    entries = [*opened(1, B, A, "rollback"), *switched(1, B, A), *notes, *closed(1, A, A)]
    assert told(entries, A, "run", "action", "to", "left_out") == [("run-1", "rollback", A, ["green", "home"])]
    restart = [*opened(2, A, "", "restart"), *closed(2, A, "")]
    assert told(restart, A, "action", "to", "before", "after", "left_out") == [("restart", None, A, A, [])]


def test_a_run_says_why_it_was_urgent_and_what_it_skipped() -> None:
    details = ("urgent: down: all of it", "skip=bake (night): no node", "skip=bad (x): y", "not waited for: nagios")
    notes = [entry(1, "gate", "note", detail=detail) for detail in details]
    entries = [*opened(1, A, B), *switched(1, A, B), *notes, *closed(1, B, B), *opened(2, B, C)]
    assert told(entries, B, "urgent", "skips") == [("", []), ("down: all of it", ["bake", "bad"])]


def test_the_newest_runs_are_told() -> None:
    entries = [each for token in range(1, MOST_RUNS + 11) for each in opened(token, A, A)]
    tokens = [run["token"] for run in run_history(entries, PROJECT, A)]
    assert tokens == list(range(MOST_RUNS + 10, 10, -1))
