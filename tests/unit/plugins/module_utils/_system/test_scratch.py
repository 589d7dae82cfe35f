# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directories for unfinished work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import LockedError
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import scratch as tidying
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.scratch import file_lock, scratch, sweep


def test_is_gone_afterwards_whatever_happened(tmp_path: Path) -> None:
    def work() -> None:
        with scratch(str(tmp_path), "x") as path:
            inner = Path(path) / "locked"
            inner.mkdir()
            (inner / "file").touch()
            inner.chmod(0o500)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_does_not_replace_what_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise OSError(5, "Input/output error", path)

    monkeypatch.setattr(tidying, "remove_tree", refuse)
    with pytest.raises(ValueError, match="stop"), scratch(str(tmp_path), "x"):
        raise ValueError("stop")
    with pytest.raises(OSError, match="Input/output error"), scratch(str(tmp_path), "x"):
        pass


def test_what_was_renamed_away_stays(tmp_path: Path) -> None:
    with scratch(str(tmp_path), "x") as path:
        Path(path).rename(tmp_path / "done")
    assert [found.name for found in tmp_path.iterdir()] == ["done"]


def test_a_sweep_spares_the_living_and_takes_the_dead(tmp_path: Path) -> None:
    (tmp_path / "x.dead").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "x.link").symlink_to(tmp_path / "other")
    with scratch(str(tmp_path), "x") as path:
        assert sweep(str(tmp_path), "x.") == 1
        assert Path(path).is_dir()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["other", "x.link"]


def test_a_lock_is_refused_at_once_while_another_process_has_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import fcntl, sys\nfile = open(sys.argv[1], 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
        "print(flush=True)\nsys.stdin.read()"
    )
    argv = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(LockedError, match="busy with the mirror"), file_lock(str(path), "the mirror"):
            pass
        other.communicate()
    with file_lock(str(path), "the mirror"):
        assert path.exists()
