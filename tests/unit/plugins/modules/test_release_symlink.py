# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import Host, hash_of, run_module, with_ticket

A, B, C = hash_of("a"), hash_of("b"), hash_of("c")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path / "root")
    host.release("a", environment="env-a", mark="good")
    host.release("b", environment="env-b")
    host.point(f"deploys/openlibrary/{A}")
    return host


def switch(host: Host, release: str, check: bool = False, **more: Any) -> dict[str, Any]:
    args = {"root": host.layout.root, "project": "openlibrary", "release": release, **more}
    return run_module("release_symlink", with_ticket(args), check=check, diff=True)


def test_do_do_again_undo_undo_again_in_check_mode_and_for_real(host: Host) -> None:
    for before, after in ((A, B), (B, A)):
        untouched = host.files()
        would = switch(host, after, check=True)
        assert host.files() == untouched
        assert (would["changed"], would["outcome"]) == (True, "would")
        assert would["state_now"] == f"openlibrary is at {before}"
        done = switch(host, after)
        assert (done["changed"], done["outcome"]) == (True, "done")
        assert (done["previous"], done["current"]) == (before, after) == (would["previous"], would["current"])
        assert done["state_now"] == f"openlibrary is at {after}"
        assert done["diff"] == would["diff"]
        assert f"deploys/openlibrary/{before}" in done["diff"]["before"]
        assert f"deploys/openlibrary/{after}" in done["diff"]["after"]
        assert host.current() == after
        untouched = host.files()
        for check in (True, False):
            again = switch(host, after, check=check)
            assert (again["changed"], again["outcome"]) == (False, "unchanged")
            assert again["diff"]["before"] == again["diff"]["after"]
            assert host.files() == untouched
    assert [(entry.from_, entry.to, entry.outcome) for entry in host.store.entries()] == [
        (A, B, "begin"),
        (A, B, "done"),
        (B, A, "begin"),
        (B, A, "done"),
    ]


def test_the_first_release_of_all(host: Host) -> None:
    Path(host.layout.current("openlibrary")).unlink()
    result = switch(host, A, expect="")
    assert (result["previous"], result["current"]) == (None, A)
    assert Path(host.layout.current("openlibrary")).readlink() == Path(f"deploys/openlibrary/{A}")


def test_a_link_to_a_release_that_is_gone_is_replaced(host: Host) -> None:
    host.point(f"deploys/openlibrary/{C}")
    assert switch(host, A)["changed"]
    assert host.current() == A


@pytest.mark.parametrize(
    ("expect", "release", "refused"),
    [(A, B, False), (C, B, True), ("", B, True), (None, B, False), (C, A, False), ("", A, False)],
)
def test_current_must_be_what_was_expected(host: Host, expect: str | None, release: str, refused: bool) -> None:
    result = switch(host, release, expect=expect)
    assert result["failed"] == refused
    assert host.current() == (A if refused else release)
    if refused:
        assert "somebody else switched it" in result["msg"]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("kind", ["directory", "file", "foreign", "dangling"])
def test_an_installation_by_other_means_is_left_alone(host: Host, kind: str, check: bool, tmp_path: Path) -> None:
    path = Path(host.layout.current("openlibrary"))
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "file":
        path.write_text("mine")
    else:
        path.symlink_to(tmp_path if kind == "foreign" else tmp_path / "gone")
    before = host.files()
    result = switch(host, B, check=check)
    assert result["failed"]
    assert str(path) in result["msg"]
    assert "adopted" in result["msg"]
    assert result["next_command"] == "ansible-playbook playbooks/prepare.yml -e adopt=true"
    assert {name: content for name, content in host.files().items() if name != "deploys/flock"} == before


def test_a_release_without_a_complete_record_does_not_exist(host: Host) -> None:
    Path(host.layout.release("openlibrary", C)).mkdir()
    for release in (C, hash_of("d")):
        result = switch(host, release)
        assert result["failed"]
        assert "no complete record" in result["msg"]
    assert host.current() == A
    assert host.steps() == []


@pytest.mark.parametrize(
    ("run", "check", "refused"), [("run-7", True, False), ("", True, True), ("run-7", False, True)]
)
def test_check_mode_of_a_whole_run_foresees_what_it_would_bring(
    host: Host, run: str, check: bool, refused: bool
) -> None:
    if run:
        host.lock()
    result = switch(host, C, check=check, run=run, token=7 if run else 0)
    assert result["failed"] == refused
    if not refused:
        assert result["changed"]
        assert f"deploys/openlibrary/{C}" in result["diff"]["after"]
    assert host.current() == A


def test_what_the_operating_system_refuses_is_named(host: Host) -> None:
    Path(host.layout.journal).mkdir()
    result = switch(host, B)
    assert result["failed"]
    assert result["outcome"] == "failed"
    assert f"The operating system refused at {host.layout.journal}: Is a directory" in result["msg"]
    assert host.current() == A


def test_a_release_whose_environment_is_not_complete_is_refused(host: Host) -> None:
    Path(host.layout.environment_record("env-b")).unlink()
    result = switch(host, B)
    assert result["failed"]
    assert "env-b" in result["msg"]
    assert host.current() == A


@pytest.mark.parametrize("release", ["master", "../../etc", "a; rm -rf /", "", A[:12]])
def test_what_is_no_hash_is_refused(host: Host, release: str) -> None:
    before = host.files()
    assert switch(host, release)["failed"]
    assert host.files() == before


def test_a_project_without_an_environment_is_switched_as_well(host: Host) -> None:
    host.release("c", project="olsystem")
    args = {"root": host.layout.root, "project": "olsystem", "release": C}
    assert run_module("release_symlink", with_ticket(args))["changed"]
    assert host.current("olsystem") == C
    assert host.current() == A


@pytest.mark.parametrize(
    ("run", "token", "refused"), [("run-7", 7, False), ("", 0, True), ("run-6", 6, True), ("run-8", 8, True)]
)
def test_only_the_run_that_holds_the_host_switches(host: Host, run: str, token: int, refused: bool) -> None:
    host.lock()
    result = switch(host, B, run=run, token=token, who="mek")
    assert result["failed"] == refused
    assert host.current() == (A if refused else B)
    if refused:
        assert result["next_command"] == "ansible-playbook playbooks/lock.yml"
    else:
        assert {(entry.run, entry.token, entry.who) for entry in host.store.entries()} == {("run-7", 7, "mek")}


def test_without_diff_mode_there_is_no_diff(host: Host) -> None:
    args = {"root": host.layout.root, "project": "openlibrary", "release": B}
    assert "diff" not in run_module("release_symlink", with_ticket(args))
