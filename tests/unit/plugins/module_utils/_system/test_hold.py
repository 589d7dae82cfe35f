# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import fcntl
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import (
    DeployError,
    FencedError,
    InputError,
    LockedError,
    ProofError,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, parse_journal
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import flocked, hold
from tests.support import FakeClock, Host, hash_of

A, B = hash_of("a"), hash_of("b")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "root")


def params(host: Host, **more: Any) -> dict[str, Any]:
    return {"root": host.layout.root, "project": "openlibrary", "run": "run-7", "token": 7, "who": "mek", **more}


def alone(host: Host) -> dict[str, Any]:
    return params(host, run="", token=0, who="")


def test_a_step_is_journaled_before_and_after(host: Host) -> None:
    host.lock()
    clock = FakeClock()
    with hold(params(host), False, clock) as held:
        with held.step("switch", A, B, "why"):
            assert host.steps() == [("switch", "begin")]
            clock.sleep(2)
        held.note("bake", "skipped")
    assert host.store.entries() == [
        Entry("2026-11-23T18:00:00.000Z", "run-7", 7, "mek", "openlibrary", A, B, "switch", "begin", "why"),
        Entry("2026-11-23T18:00:02.000Z", "run-7", 7, "mek", "openlibrary", A, B, "switch", "done", "why"),
        Entry("2026-11-23T18:00:02.000Z", "run-7", 7, "mek", "openlibrary", "", "", "bake", "note", "skipped"),
    ]


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (DeployError("it is broken"), "it is broken"),
        (OSError(28, "No space"), "[Errno 28] No space"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_step_that_fails_is_journaled_as_failed(host: Host, error: BaseException, detail: str) -> None:
    host.lock()
    with pytest.raises(type(error)), hold(params(host), False, FakeClock()) as held, held.step("switch", A, B):
        raise error
    assert host.steps() == [("switch", "begin"), ("switch", "failed")]
    assert host.store.entries()[-1].detail == detail


def fill(host: Host, error: BaseException | None = None) -> None:
    """From here on the journal takes nothing, as on a full disk. Raises the error, if there is one."""
    Path(host.layout.journal).rename(host.layout.journal + ".full")
    Path(host.layout.journal).symlink_to("/dev/full")
    if error:
        raise error


def in_time(host: Host) -> list[tuple[str, str]]:
    """What the journal took before the disk was full."""
    entries = parse_journal(Path(host.layout.journal + ".full").read_text())
    return [(entry.step, entry.outcome) for entry in entries]


@pytest.mark.parametrize("blame", ["release", "host", "nobody"])
def test_a_journal_that_takes_nothing_does_not_replace_what_went_wrong(host: Host, blame: str) -> None:
    host.lock()
    with (
        pytest.raises(DeployError, match="it died") as caught,
        hold(params(host), False, FakeClock()) as held,
        held.step("restart", A, B, starts_release=True),
    ):
        fill(host, DeployError("it died", blame=blame))
    assert in_time(host) == [("restart", "begin")]
    result = caught.value.as_result()
    assert (result["blame"], result["msg"]) == (blame, "it died")
    assert result["unjournaled"] == "the journal has no entry that the restart is failed (No space left on device)"


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt(), ZeroDivisionError()])
def test_nor_any_other_exception(host: Host, error: BaseException) -> None:
    host.lock()
    with pytest.raises(type(error)) as caught, hold(params(host), False, FakeClock()) as held, held.step("out"):
        fill(host, error)
    assert caught.value is error


def test_a_disk_that_is_full_since_the_release_was_started_blames_the_release(host: Host) -> None:
    host.lock()
    with (
        pytest.raises(ProofError, match="Release bbbbbbbbbb has filled the disk of") as caught,
        hold(params(host), False, FakeClock()) as held,
        held.step("restart", A, B, starts_release=True),
    ):
        fill(host)
    assert in_time(host) == [("restart", "begin")]
    assert (caught.value.blame, caught.value.phase) == ("release", "restart")
    assert "No space left on device" in caught.value.as_result()["unjournaled"]


def test_a_disk_that_is_full_in_a_step_that_starts_nothing_blames_no_release(host: Host) -> None:
    host.lock()
    with (
        pytest.raises(OSError, match="No space left"),
        hold(params(host), False, FakeClock()) as held,
        held.step("switch", A, B),
    ):
        fill(host)


def test_a_disk_that_was_full_before_blames_no_release(host: Host) -> None:
    host.lock()
    host.store.append(Entry("2026-11-23T18:00:00.000Z", "", 0, "mek", "site", "", "", "out", "note"))
    fill(host)
    with (
        pytest.raises(OSError, match="No space left"),
        hold(params(host), False, FakeClock()) as held,
        held.step("restart", A, B, starts_release=True),
    ):
        pytest.fail("began although it was not written down")


@pytest.mark.parametrize(
    ("locked", "run", "token", "error"),
    [
        (True, "run-7", 7, None),
        (True, "run-6", 6, FencedError),
        (True, "run-8", 8, LockedError),
        (True, "", 0, LockedError),
        (False, "run-7", 7, FencedError),
        (False, "", 0, None),
    ],
)
def test_only_the_holder_gets_in(
    host: Host, locked: bool, run: str, token: int, error: type[DeployError] | None
) -> None:
    if locked:
        host.lock()
    if error is None:
        with hold(params(host, run=run, token=token), False, FakeClock()) as held, held.step("out"):
            pass
        assert host.steps() == [("out", "begin"), ("out", "done")]
        return
    with pytest.raises(error) as caught, hold(params(host, run=run, token=token), False, FakeClock()):
        pytest.fail("was let in")
    assert type(caught.value) is error
    assert host.steps() == []


def test_the_fence_is_asked_before_every_inner_step(host: Host) -> None:
    host.lock()
    with hold(params(host), False, FakeClock()) as held:
        with held.step("out"):
            pass
        host.store.remove_lock()
        with pytest.raises(FencedError), held.step("switch", A, B):
            pytest.fail("went on without the lock")
    assert host.steps() == [("out", "begin"), ("out", "done")]


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("run", ["", "run-7", "run-8"])
def test_check_mode_asks_for_nothing_and_writes_nothing(host: Host, locked: bool, run: str) -> None:
    if locked:
        host.lock()
    before = host.files()
    with hold(params(host, run=run), True, FakeClock()) as held, held.step("switch", A, B):
        held.note("switch", "nothing")
    assert host.files() == before


def test_a_host_that_is_not_prepared_says_so(tmp_path: Path) -> None:
    missing = {"root": str(tmp_path / "nothing"), "project": "openlibrary"}
    with pytest.raises(DeployError, match="not prepared") as caught, hold(missing, False, FakeClock()):
        pytest.fail("was let in")
    assert "prepare.yml" in caught.value.next_command
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("change", [{"root": "relative"}, {"root": "/"}, {"project": "../x"}])
def test_wrong_input_touches_nothing(host: Host, change: dict[str, str]) -> None:
    before = host.files()
    with pytest.raises(InputError), hold(params(host, **change), False, FakeClock()):
        pytest.fail("was let in")
    assert host.files() == before


def _hold_flock(path: str, holding: Any, leave: Any) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    holding.set()
    leave.wait(10)


@pytest.fixture
def other(host: Host) -> Any:
    """Another process that is in the middle of a step on this host."""
    context = multiprocessing.get_context("fork")
    holding, leave = context.Event(), context.Event()
    process = context.Process(target=_hold_flock, args=(host.layout.flock, holding, leave))
    process.start()
    assert holding.wait(10)
    yield leave
    leave.set()
    process.join(10)


@pytest.mark.parametrize(("more", "seconds"), [({}, 5), ({"flock_wait": 340.0}, 340), ({"flock_wait": 0.0}, 0)])
def test_another_step_on_this_host_is_waited_for(
    host: Host, other: Any, more: dict[str, float], seconds: float
) -> None:
    clock = FakeClock()
    step = {**alone(host), **more}
    with pytest.raises(LockedError, match="Another step still runs on this host"), hold(step, False, clock):
        pytest.fail("was let in")
    assert seconds <= sum(clock.slept) < seconds + 0.2
    assert host.steps() == []


@pytest.mark.parametrize("wait", [-1.0, float("nan"), float("inf")])
def test_a_wait_that_never_ends_is_refused(host: Host, wait: float) -> None:
    with pytest.raises(InputError, match="flock_wait"), hold(params(host, flock_wait=wait), False, FakeClock()):
        pytest.fail("was let in")


@pytest.mark.parametrize("earlier", [None, 0o644, 0o666])
def test_only_root_can_hold_the_flock(host: Host, earlier: int | None) -> None:
    flock = Path(host.layout.flock)
    if earlier is not None:
        flock.touch()
        flock.chmod(earlier)
    with hold(alone(host), False, FakeClock()):
        assert flock.stat().st_mode & 0o777 == 0o600


class Leaving(SystemClock):
    """A clock that lets the other process go when somebody waits."""

    def __init__(self, leave: Any) -> None:
        self.leave = leave

    def sleep(self, seconds: float) -> None:
        self.leave.set()
        super().sleep(min(seconds, 0.02))


def test_a_step_begins_when_the_other_one_ends(host: Host, other: Any) -> None:
    with hold(alone(host), False, Leaving(other)) as held, held.step("out"):
        pass
    assert host.steps() == [("out", "begin"), ("out", "done")]


def test_the_flock_ends_with_the_step_whatever_happened(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), hold(alone(host), False, FakeClock()):
        raise ZeroDivisionError
    clock = FakeClock()
    with flocked(host.layout, clock):
        assert clock.slept == []


def test_a_step_by_itself_is_journaled_although_nobody_said_who_is_behind_it(host: Host) -> None:
    with hold(alone(host), False, FakeClock()) as held, held.step("out"):
        pass
    assert {entry.who for entry in host.store.entries()} == {"unknown"}
