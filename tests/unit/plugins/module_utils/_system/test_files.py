# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import multiprocessing
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system import files


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    files.write_atomic(str(path), "one", 0o640)
    files.write_atomic(str(path), "caf\u00e9\udcff\r\n", 0o644)
    assert path.read_bytes() == b"caf\xc3\xa9\xff\r\n"
    assert files.read_text(str(path)) == "caf\u00e9\udcff\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert names(tmp_path) == ["record.json"]


def test_a_crash_before_the_rename_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    files.write_atomic(str(path), "old")
    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="crash"):
        files.write_atomic(str(path), "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["record.json"]


def crash(*_: Any) -> None:
    raise OSError("crash")


def test_what_is_not_there_reads_as_none(tmp_path: Path) -> None:
    assert files.read_text(str(tmp_path / "nothing")) is None
    assert files.read_link(str(tmp_path / "nothing")) is None
    assert files.read_link(str(tmp_path)) is None
    with pytest.raises(IsADirectoryError):
        files.read_text(str(tmp_path))


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    path = str(tmp_path / "lock.json")
    assert files.create_exclusive(path, "first")
    assert not files.create_exclusive(path, "second")
    assert files.read_text(path) == "first"
    assert names(tmp_path) == ["lock.json"]


def _race(path: str, mine: str, gate: Any, won: Any) -> None:
    gate.wait()
    if files.create_exclusive(path, mine * 5000):
        won.put(mine)


def test_of_several_processes_exactly_one_takes_the_name(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        path = str(tmp_path / f"lock-{attempt}")
        gate, won = context.Barrier(4), context.Queue()
        racers = [context.Process(target=_race, args=(path, mine, gate, won)) for mine in "abcd"]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(10)
        winner = won.get(timeout=5)
        assert won.empty()
        assert files.read_text(path) == winner * 5000


def test_a_link_is_made_and_moved(tmp_path: Path) -> None:
    link = tmp_path / "current"
    files.replace_link(str(link), "deploys/a")
    assert link.readlink() == Path("deploys/a")
    files.replace_link(str(link), "deploys/b")
    assert files.read_link(str(link)) == "deploys/b"
    assert names(tmp_path) == ["current"]


def test_a_link_never_replaces_a_directory(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(IsADirectoryError):
        files.replace_link(str(tmp_path / "current"), "deploys/a")
    assert (tmp_path / "current").is_dir()
    assert names(tmp_path) == ["current"]


def _die_at_rename(link: str) -> None:
    os.replace = lambda *_: os._exit(9)
    files.replace_link(link, "new")


def test_a_process_killed_between_link_and_rename_leaves_the_old_current(tmp_path: Path) -> None:
    link = tmp_path / "current"
    files.replace_link(str(link), "old")
    killed = multiprocessing.get_context("fork").Process(target=_die_at_rename, args=(str(link),))
    killed.start()
    killed.join(10)
    assert killed.exitcode == 9
    assert link.readlink() == Path("old")
    left = [name for name in names(tmp_path) if name != "current"]
    assert [name.startswith(".current.") for name in left] == [True]
    files.replace_link(str(link), "new")
    assert link.readlink() == Path("new")


def test_lines_are_appended(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.jsonl")
    files.append_line(path, "one\n")
    files.append_line(path, "two \u00e9\n")
    assert files.read_text(path) == "one\ntwo \u00e9\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_line_after_a_torn_one_stands_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('one\n{"to')
    files.append_line(str(path), "two\n")
    assert path.read_text() == 'one\n{"to\ntwo\n'


def watch(monkeypatch: pytest.MonkeyPatch, calls: list[str], name: str) -> None:
    """Notes in ``calls`` whenever os.<name> is called."""
    real = getattr(os, name)

    def watched(*args: Any) -> Any:
        calls.append(name)
        return real(*args)

    monkeypatch.setattr(os, name, watched)


def test_a_line_is_one_write_and_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    watch(monkeypatch, calls, "write")
    watch(monkeypatch, calls, "fsync")
    files.append_line(str(tmp_path / "journal.jsonl"), "x" * 100_000 + "\n")
    assert calls[:2] == ["write", "fsync"]
    assert calls.count("write") == 1


def test_half_a_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    with pytest.raises(OSError, match="No space left"):
        files.append_line(str(tmp_path / "journal.jsonl"), "a line\n")


def test_removing_twice_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_text("x")
    files.remove(str(path))
    files.remove(str(path))
    assert not path.exists()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_file(path: Path) -> None:
    (path.parent / "other").write_text("secret")
    path.symlink_to("other")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def _large(path: Path) -> None:
    path.write_bytes(b"x" * 65537)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_fifo, "is no regular file"),
        (Path.mkdir, "is no regular file"),
        (_link, "is a link"),
        (_link_to_file, "is a link"),
        (_socket, "cannot be opened"),
        (_large, "is larger than 65536 bytes"),
    ],
)
def test_a_file_of_somebody_else_neither_hangs_nor_fills_memory(
    tmp_path: Path, make: Callable[[Path], None], problem: str
) -> None:
    path = tmp_path / "p"
    make(path)
    content, found = files.read_foreign(str(path), 65536)
    assert content is None
    assert found.startswith(f"{path} {problem}")


def test_a_file_of_somebody_else_is_read_when_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "p"
    assert files.read_foreign(str(path), 65536) == (None, f"{path} does not exist")
    path.write_bytes(b"x" * 65536)
    assert files.read_foreign(str(path), 65536) == (b"x" * 65536, "")
