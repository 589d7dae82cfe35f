# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import (
    DeployError,
    FencedError,
    InputError,
    LockedError,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.hold import (
    check_current,
    check_line,
    check_reason,
    check_wanted,
    decide_open,
    mark_record,
    not_ours,
    taken_meanwhile,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import Lock
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Mark, ReleaseRecord

A, B = "a" * 40, "b" * 40
NOW = 1_795_456_860.0
LOCK = Lock("run-7", 7, "mek", "web", "deploy", B, "2026-11-23T18:00:00.000Z")
MARK = Mark("", "2026-11-23T18:05:00.000Z", "run-7", "mek", "blue answered 500")
RECORD = ReleaseRecord("web", B, "2026-11-23T18:00:00.000Z", "", 1, 1)


def entry(step: str, outcome: str, run: str = "run-7", token: int = 7) -> Entry:
    return Entry("2026-11-23T18:00:01.000Z", run, token, "mek", "web", A, B, step, outcome)


@pytest.mark.parametrize(
    ("lock", "entries", "expected"),
    [
        (None, [], True),
        (LOCK, [entry("open", "begin"), entry("open", "done")], False),
        (replace(LOCK, since="earlier", who="ann"), [], False),
        (None, [entry("open", "done", "run-6", 6), entry("close", "done", "run-6", 6)], True),
        (None, [entry("open", "begin")], True),  # killed before it had the lock
        (None, [entry("open", "begin"), entry("open", "done")], FencedError),
        (None, [entry("open", "begin"), entry("break", "done")], FencedError),
        (None, [entry("open", "begin", "run-6", 7)], FencedError),
        (None, [entry("open", "begin", "run-8", 8)], FencedError),
        (replace(LOCK, run="run-6", token=6), [], LockedError),
        (replace(LOCK, token=6), [], LockedError),
        (replace(LOCK, token=8), [], LockedError),
    ],
)
def test_a_host_is_taken_once_and_by_one(
    lock: Lock | None, entries: list[Entry], expected: bool | type[DeployError]
) -> None:
    if isinstance(expected, bool):
        assert decide_open(lock, LOCK, entries, NOW) is expected
        return
    with pytest.raises(expected) as caught:
        decide_open(lock, LOCK, entries, NOW)
    assert caught.value.phase == "open"


def test_who_holds_the_host_is_told_with_age_and_last_step() -> None:
    other = replace(LOCK, run="run-6", token=6)
    with pytest.raises(LockedError, match=r"1 min 0 s ago.*last step: out failed at 2026-11-23T18:00:01.000Z"):
        decide_open(other, LOCK, [entry("out", "failed", "run-6", 6), entry("in", "done", "run-5", 5)], NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"project": "../x"}, "not a project"),
        ({"to": "master"}, "not a release"),
        ({"run": ""}, "not a run"),
        ({"run": "a b"}, "not a run"),
        ({"run": "-a"}, "not a run"),
        ({"run": "a" * 129}, "not a run"),
        ({"token": 0}, "positive"),
        ({"token": -1}, "positive"),
    ],
)
def test_only_a_whole_lock_can_be_wanted(change: dict[str, object], words: str) -> None:
    assert check_wanted(LOCK) is LOCK
    with pytest.raises(InputError, match=words):
        check_wanted(replace(LOCK, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "current", "refused"),
    [
        (None, A, False),
        (None, None, False),
        (A, A, False),
        ("", None, False),
        (A, B, True),
        ("", A, True),
        (A, None, True),
    ],
)
def test_the_survey_must_still_be_true(expected: str | None, current: str | None, refused: bool) -> None:
    if refused:
        with pytest.raises(DeployError, match="when the host was surveyed"):
            check_current(expected, current)
    else:
        check_current(expected, current)


@pytest.mark.parametrize(
    ("marks", "outcome", "blame", "verdict"),
    [
        ([], "good", False, "good"),
        ([], "failed", True, "bad"),
        ([], "failed", False, None),
        ([], "unchanged", True, None),
        ([("good", "run-1")], "good", False, None),
        ([("bad", "run-1")], "good", False, "good"),
        ([("good", "run-1")], "failed", True, "bad"),
        ([("bad", "run-1")], "failed", True, "bad"),  # another run found it bad too
        ([("bad", "run-7")], "failed", True, None),  # this run said so already
    ],
)
def test_a_verdict_is_given_once(marks: list[tuple[str, str]], outcome: str, blame: bool, verdict: str | None) -> None:
    record = replace(RECORD, marks=tuple(Mark(mark, "", run, "", "") for mark, run in marks))
    judged = mark_record(record, outcome, blame, MARK, "deploy")
    if verdict is None:
        assert judged is None
        return
    assert judged is not None
    assert judged.marks[:-1] == record.marks
    assert judged.newest_mark == replace(MARK, mark=verdict, why=MARK.why if verdict == "bad" else "")


def test_what_is_not_here_gets_no_verdict() -> None:
    assert mark_record(None, "good", False, MARK, "deploy") is None


@pytest.mark.parametrize("action", ["rollback", "restart"])
def test_only_a_deploy_speaks_for_a_release_that_is_marked_bad(action: str) -> None:
    bad = RECORD.with_mark(Mark("bad", "", "run-1", "", "it died"))
    assert mark_record(bad, "good", False, MARK, action) is None
    assert mark_record(bad.with_mark(Mark("good", "", "run-2", "", "")), "good", False, MARK, action) is None
    fresh = mark_record(RECORD, "good", False, MARK, action)
    assert fresh is not None
    assert fresh.good


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[31m", "x" * 501, "a\tb"])
def test_a_line_is_short_and_printable(text: str) -> None:
    with pytest.raises(InputError, match="^why must be one line"):
        check_line("why", text)


def test_a_line_loses_its_outer_blanks() -> None:
    assert check_line("why", "  caf\u00e9 \n") == "caf\u00e9"


def test_breaking_needs_a_reason() -> None:
    assert check_reason(" dead ") == "dead"
    with pytest.raises(InputError, match="needs a reason") as caught:
        check_reason(" ")
    assert '-e "reason=' in caught.value.next_command


def test_the_loser_of_a_race_is_told_what_is_known() -> None:
    assert isinstance(taken_meanwhile(LOCK), LockedError)
    assert "run-7" in taken_meanwhile(LOCK).msg
    assert "changed while this run tried to take it" in taken_meanwhile(None).msg


def test_what_is_not_ours_is_named() -> None:
    assert "no lock" in not_ours(None, "run-8")
    assert "mek, run run-7" in not_ours(LOCK, "run-8")
