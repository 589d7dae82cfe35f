# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, taken_out
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Mark
from tests.support import Host, hash_of, run_module, with_ticket

A, B = hash_of("a"), hash_of("b")
OPEN = {"state": "open", "action": "deploy", "to": B}
GOOD = {"state": "closed", "outcome": "good"}
BROKEN = {"state": "broken", "reason": "the controller died", "run": "", "token": 0, "who": "ann"}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path / "root")
    host.release("a", mark="good")
    host.release("b")
    host.point(f"deploys/openlibrary/{A}")
    return host


def deploy_run(host: Host, step: dict[str, Any], check: bool = False, **more: Any) -> dict[str, Any]:
    run = {"root": host.layout.root, "project": "openlibrary", "run": "run-7", "token": 7, "who": "mek"}
    return run_module("deploy_run", with_ticket({**run, **step, **more}), check=check, diff=True)


def verdicts(host: Host, release: str) -> list[tuple[str, str, str]]:
    record = host.store.record("openlibrary", release)
    assert record is not None
    return [(mark.mark, mark.run, mark.why) for mark in record.marks]


@pytest.mark.parametrize("end", [GOOD, BROKEN])
def test_do_do_again_undo_undo_again_in_check_mode_and_for_real(host: Host, end: dict[str, Any]) -> None:
    for step, held in ((OPEN, True), (end, False)):
        untouched = host.files()
        would = deploy_run(host, step, check=True)
        assert (would["changed"], would["outcome"]) == (True, "would")
        assert host.files() == untouched
        done = deploy_run(host, step)
        assert (done["changed"], done["outcome"]) == (True, "done")
        assert (host.store.lock() is not None) == held == bool(done["lock"])
        assert done.get("closed") is (True if step is GOOD else None)
        assert ("run-7" in done["diff"]["after"], "run-7" in done["diff"]["before"]) == (
            (True, False) if held else ("good" in done["diff"]["after"], True)
        )
        untouched = host.files()
        for check in (True, False):
            again = deploy_run(host, step, check=check)
            assert (again["changed"], again["outcome"]) == (False, "unchanged")
            assert host.files() == untouched


def test_the_lock_says_who_holds_the_host_for_what(host: Host) -> None:
    result = deploy_run(host, OPEN, reason="friday", expect_current=A)
    lock = host.store.lock()
    assert lock is not None
    assert lock.as_dict() == result["lock"]
    assert (lock.run, lock.token, lock.who, lock.project) == ("run-7", 7, "mek", "openlibrary")
    assert (lock.action, lock.to, lock.reason) == ("deploy", B, "friday")
    assert result["current"] == A
    assert [(entry.step, entry.outcome, entry.from_, entry.to) for entry in host.store.entries()] == [
        ("open", "begin", A, B),
        ("open", "done", A, B),
    ]


@pytest.mark.parametrize("check", [True, False])
def test_a_foreign_lock_is_named_and_stays(host: Host, check: bool) -> None:
    deploy_run(host, OPEN)
    result = deploy_run(host, OPEN, run="run-8", token=8, who="ann", check=check)
    assert result["failed"]
    for word in ("mek", "deploy openlibrary", B, "run-7", " ago)", "last step: open done at "):
        assert word in result["msg"]
    assert result["next_command"] == "ansible-playbook playbooks/lock.yml"
    assert '-e break=true -e "reason=' in result["break_command"]
    lock = host.store.lock()
    assert lock is not None
    assert lock.run == "run-7"


@pytest.mark.parametrize(("expected", "refused"), [(A, False), (B, True), ("", True)])
def test_the_lock_is_not_taken_when_current_has_changed_since_the_survey(
    host: Host, expected: str, refused: bool
) -> None:
    result = deploy_run(host, OPEN, expect_current=expected)
    assert result["failed"] == refused
    assert (host.store.lock() is None) == refused
    if refused:
        assert A in result["msg"]
        assert host.steps() == []


def test_no_current_is_something_that_can_be_expected(host: Host) -> None:
    Path(host.layout.current("openlibrary")).unlink()
    assert deploy_run(host, OPEN, expect_current="")["changed"]


@pytest.mark.parametrize(("run", "token"), [("run-6", 6), ("run-8", 7), ("run-7", 7)])
def test_a_token_that_was_used_is_refused(host: Host, run: str, token: int) -> None:
    deploy_run(host, OPEN)
    deploy_run(host, GOOD)
    result = deploy_run(host, OPEN, run=run, token=token)
    assert result["failed"]
    assert "not newer than 7" in result["msg"]
    assert host.store.lock() is None
    assert deploy_run(host, OPEN, run="run-8", token=8)["changed"]


def test_a_run_that_was_killed_while_it_opened_may_try_again(host: Host) -> None:
    deploy_run(host, OPEN)
    host.store.remove_lock()
    journal = Path(host.layout.journal)
    journal.write_text(journal.read_text().splitlines(keepends=True)[0])
    assert deploy_run(host, OPEN)["changed"]
    assert host.steps() == [("open", "begin"), ("open", "begin"), ("open", "done")]


def _open(root: Path, run: int, gate: Any, answers: Any) -> None:
    gate.wait()
    args = {"root": str(root), "project": "openlibrary", "run": f"run-{run}", "token": run, "who": "mek", **OPEN}
    answers.put((run, run_module("deploy_run", with_ticket(args))["failed"]))


def test_of_several_runs_that_open_at_once_exactly_one_gets_the_host(host: Host) -> None:
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(3), context.Queue()
    racers = [context.Process(target=_open, args=(Path(host.layout.root), run, gate, answers)) for run in (1, 2, 3)]
    for racer in racers:
        racer.start()
    results = dict(answers.get(timeout=30) for _ in racers)
    for racer in racers:
        racer.join(10)
    winners = [run for run, failed in results.items() if not failed]
    lock = host.store.lock()
    assert lock is not None
    assert winners == [lock.token]
    assert [entry.run for entry in host.store.entries() if entry.outcome == "done"] == [lock.run]


@pytest.mark.parametrize(
    ("end", "marked"),
    [
        ({"outcome": "good", "why": "all gates passed"}, ("good", "run-7", "")),
        (
            {"outcome": "failed", "blame_release": True, "why": "blue answered 500"},
            ("bad", "run-7", "blue answered 500"),
        ),
        ({"outcome": "failed", "why": "the disk is full"}, None),
        ({"outcome": "unchanged"}, None),
    ],
)
def test_the_verdict_is_recorded(host: Host, end: dict[str, Any], marked: tuple[str, str, str] | None) -> None:
    deploy_run(host, OPEN)
    result = deploy_run(host, {"state": "closed", **end})
    assert result["marked"] == (marked[0] if marked else None)
    assert verdicts(host, B) == ([marked] if marked else [])
    assert host.steps()[-2:] == [("close", "begin"), ("close", "done")]
    last = host.store.entries()[-1]
    assert (last.from_, last.to, last.detail.split(":")[0]) == (A, B, end["outcome"])
    assert host.store.lock() is None


def test_a_release_that_is_good_already_is_not_marked_again(host: Host) -> None:
    deploy_run(host, OPEN, to=A, action="restart")
    assert deploy_run(host, GOOD)["marked"] is None
    assert len(verdicts(host, A)) == 1


@pytest.mark.parametrize(
    ("action", "marked", "bad"), [("deploy", "good", False), ("rollback", None, True), ("restart", None, True)]
)
def test_going_back_to_a_release_that_is_marked_bad_does_not_make_it_good(
    host: Host, action: str, marked: str | None, bad: bool
) -> None:
    record = host.store.record("openlibrary", B)
    assert record is not None
    host.store.save_record(record.with_mark(Mark("bad", "2026-11-23T17:30:00.000Z", "run-1", "mek", "it died")))
    deploy_run(host, OPEN, action=action)
    result = deploy_run(host, GOOD)
    after = host.store.record("openlibrary", B)
    assert after is not None
    assert (result["marked"], after.bad, result["closed"]) == (marked, bad, True)
    assert ("stays marked bad" in result["msg"]) is bad


def test_a_release_that_never_came_to_this_host_gets_no_verdict(host: Host) -> None:
    deploy_run(host, OPEN, to=hash_of("c"))
    result = deploy_run(host, {"state": "closed", "outcome": "failed", "blame_release": True, "why": "does not import"})
    assert result["changed"]
    assert result["marked"] is None


@pytest.mark.parametrize("check", [True, False])
def test_a_lock_of_somebody_else_is_not_removed(host: Host, check: bool) -> None:
    deploy_run(host, OPEN)
    before = host.files()
    result = deploy_run(host, GOOD, run="run-8", token=8, check=check)
    assert (result["changed"], result["failed"]) == (False, False)
    assert "belongs to mek, run run-7" in result["msg"]
    assert result["lock"]["run"] == "run-7"
    assert result["closed"] is False
    assert host.files() == before


def test_a_lock_that_is_gone_is_said_to_be_gone(host: Host) -> None:
    result = deploy_run(host, GOOD)
    assert not result["changed"]
    assert "there is no lock" in result["msg"]
    assert result["closed"] is False
    assert verdicts(host, B) == []


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J", "x" * 501])
def test_breaking_needs_a_reason_of_one_line(host: Host, reason: str) -> None:
    deploy_run(host, OPEN)
    result = deploy_run(host, BROKEN, reason=reason)
    assert result["failed"]
    assert "reason" in result["msg"]
    assert host.store.lock() is not None


def test_a_broken_lock_leaves_a_trace_in_its_run(host: Host) -> None:
    deploy_run(host, OPEN)
    result = deploy_run(host, BROKEN)
    assert result["broken"]["run"] == "run-7"
    begin, done = host.store.entries()[-2:]
    assert (begin.step, begin.outcome, done.outcome) == ("break", "begin", "done")
    assert (begin.run, begin.token, begin.who) == ("run-7", 7, "ann")
    assert "held by mek" in begin.detail
    assert "the controller died" in begin.detail
    assert deploy_run(host, {"state": "closed", "outcome": "good"})["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_only_the_lock_of_the_run_that_was_looked_at_is_broken(host: Host, check: bool) -> None:
    deploy_run(host, OPEN)
    before = host.files()
    result = deploy_run(host, BROKEN, expect_run="run-6", check=check)
    assert result["failed"]
    for word in ("run run-6 does not hold it any more", "mek", "run-7", "last step: open done at "):
        assert word in result["msg"]
    assert result["lock"]["run"] == "run-7"
    assert host.files() == before
    assert deploy_run(host, BROKEN, expect_run="run-7", check=check)["changed"]


def test_a_lock_that_cannot_be_read_can_be_broken_only(host: Host) -> None:
    Path(host.layout.lock).write_text("{")
    assert "cannot be read" in deploy_run(host, OPEN)["msg"]
    assert not deploy_run(host, GOOD)["changed"]
    assert deploy_run(host, BROKEN)["changed"]
    assert deploy_run(host, OPEN)["changed"]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "master"},
        {"to": ""},
        {"token": 0},
        {"run": ""},
        {"run": "a b"},
        {"run": "x\n"},
        {"who": "me\x1b"},
        {"project": "../x"},
        {"expect_current": "main"},
        {"action": "destroy"},
        {"ready": ["web1"]},
        {"ready": ["web/web1 before=ready"]},
    ],
)
def test_wrong_input_takes_nothing(host: Host, change: dict[str, Any]) -> None:
    before = host.files()
    result = deploy_run(host, {**OPEN, **change})
    assert result["failed"]
    assert result["msg"]
    assert host.files() == before


def test_what_an_earlier_run_left_out_ends_when_the_balancer_shows_it_otherwise(host: Host) -> None:
    for name, before, outcome in (("web1", "ready", "done"), ("web2", "maint", "begin"), ("web3", "ready", "done")):
        detail = f"web/{name} before={before}"
        for each in {"begin", outcome}:
            host.store.append(Entry("", "run-6", 6, "ann", "openlibrary", "", "", "out", each, detail))
    ready = {"ready": ["web/web1", "web/web2", "web/web9"]}
    untouched = host.files()
    would = deploy_run(host, OPEN, check=True, **ready)
    assert (would["forgotten"], host.files()) == (["web/web1", "web/web2"], untouched)
    assert deploy_run(host, OPEN, **ready)["forgotten"] == ["web/web1", "web/web2"]
    assert taken_out(host.store.entries()) == {"web/web3": "ready"}
    # What a run has done itself it does not forget when it is begun anew.
    host.store.append(Entry("", "run-7", 7, "mek", "openlibrary", "", "", "out", "begin", "web/web1 before=ready"))
    assert deploy_run(host, OPEN, **ready)["forgotten"] == []
    assert taken_out(host.store.entries()) == {"web/web1": "ready", "web/web3": "ready"}


def test_a_host_that_is_not_prepared_says_so(tmp_path: Path) -> None:
    args = {"root": str(tmp_path / "none"), "project": "openlibrary", "run": "r", "token": 1, **OPEN}
    result = run_module("deploy_run", with_ticket(args))
    assert "not prepared" in result["msg"]
    assert result["next_command"] == "ansible-playbook playbooks/prepare.yml"


@pytest.mark.parametrize("outcome", ["good", "failed", "unchanged"])
def test_what_the_gates_said_is_journaled_before_the_run_is_closed(host: Host, outcome: str) -> None:
    deploy_run(host, OPEN)
    notes = ["the bake was skipped (blue)", " mek said go on ", ""]
    end = {"state": "closed", "outcome": outcome, "notes": notes}
    untouched = host.files()
    assert deploy_run(host, end, check=True)["outcome"] == "would"
    assert host.files() == untouched
    assert deploy_run(host, end)["closed"]
    written = [(entry.step, entry.outcome, entry.detail) for entry in host.store.entries()][2:]
    assert written[:2] == [("gate", "note", "the bake was skipped (blue)"), ("gate", "note", "mek said go on")]
    assert [step for step, _outcome, _detail in written[2:]] == ["close", "close"]


@pytest.mark.parametrize("note", ["x" * 401, "two\nlines", "\x1b[31m"])
def test_a_note_that_is_no_line_is_refused_and_nothing_is_closed(host: Host, note: str) -> None:
    deploy_run(host, OPEN)
    before = host.files()
    result = deploy_run(host, GOOD, notes=["well", note])
    assert result["failed"] and "400" in result["msg"]
    assert host.files() == before


def test_a_run_that_lost_the_host_notes_nothing(host: Host) -> None:
    deploy_run(host, OPEN)
    deploy_run(host, BROKEN)
    before = host.files()
    assert deploy_run(host, GOOD, notes=["late"])["closed"] is False
    assert host.files() == before
