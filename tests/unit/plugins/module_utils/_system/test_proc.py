# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/proc, a made-up one and the real one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import Kin, ProcessFacts
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import proc

TICKS = os.sysconf("SC_CLK_TCK")
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1B9F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1B9F 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 0100007F:D431 0100007F:1B9F 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0100007F:1B9F 0100007F:D433 06 00000000:00000000 03:00001745 00000000     0        0 0 3 0
"""
TCP6 = """  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 0000000000000000FFFF00000100007F:1B9F 0000000000000000FFFF00000100007F:D435 01 00000000:00000000 00:0 0 0
"""


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(TCP)
    (tmp_path / "net/tcp6").write_text(TCP6)
    (tmp_path / "uptime").write_text("1 1")
    return tmp_path


def add(root: Path, pid: int, state: str = "S", name: str = "python") -> Path:
    base = root / str(pid)
    base.mkdir()
    fields = ["0"] * 16
    (base / "stat").write_text(f"{pid} ({name}) {state} 1 {pid - 1} {' '.join(fields)} {5 * TICKS} 0 0\n")
    (base / "cmdline").write_bytes(b"gunicorn\0--bind\0x y\0")
    (base / "environ").write_bytes(b"OLD_VIRTUAL_ENV=/no\0VIRTUAL_ENV=/srv/venvs/e1\0PATH=/bin\0")
    (base / "cwd").symlink_to("/srv/release (deleted)")
    return base


def test_a_process_is_read(root: Path) -> None:
    add(root, 42, name="a) (b")
    facts = ProcessFacts(42, 1, 41, "/srv/release (deleted)", ("gunicorn", "--bind", "x y"), "/srv/venvs/e1", 5.0)
    assert proc.read_process(42, str(root)) == facts
    assert proc.kins(str(root)) == [Kin(42, 1, 41, 5.0)]


@pytest.mark.parametrize("gone", ["stat", "cwd", "cmdline", "environ"])
def test_a_process_that_vanishes_meanwhile_is_left_out(root: Path, gone: str) -> None:
    (add(root, 42) / gone).unlink()
    add(root, 43)
    assert [process.pid for process in proc.children(1, str(root))] == [43]


def test_zombies_and_half_read_processes_are_left_out(root: Path) -> None:
    add(root, 42, state="Z")
    (add(root, 43) / "stat").write_text("")
    assert proc.kins(str(root)) == []
    assert (proc.read_process(42, str(root)), proc.read_process(43, str(root))) == (None, None)


def test_a_tree_is_the_master_what_is_below_it_and_its_group(root: Path) -> None:
    for pid, ppid, group in ((40, 1, 40), (41, 40, 40), (42, 1, 40), (43, 1, 43), (44, 43, 43), (39, 41, 39)):
        base = add(root, pid)
        (base / "stat").write_text(f"{pid} (x) S {ppid} {group} {' '.join(['0'] * 16)} {5 * TICKS} 0 0\n")
    (root / "43/cmdline").unlink()  # of a stranger nothing else is read
    assert [process.pid for process in proc.tree(40, str(root))] == [40, 41, 39, 42]
    assert [process.pid for process in proc.children(40, str(root))] == [41]


def test_another_process_under_the_same_pid_is_not_the_one_that_was_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, 42)
    seen = proc.kins(str(root))
    monkeypatch.setattr(proc, "kins", lambda _proc: [*seen, Kin(42, 1, 41, 4.0)])
    assert [process.pid for process in proc.tree(42, str(root))] == [42]


def test_connections_are_counted_by_local_port_and_state(root: Path) -> None:
    assert proc.established(7071, str(root)) == 2
    assert proc.established(0xD431, str(root)) == 1
    assert proc.established(80, str(root)) == 0
    assert (proc.listening(7071, str(root)), proc.listening(0xD431, str(root))) == (True, False)


def test_a_host_without_ipv6(root: Path) -> None:
    (root / "net/tcp6").unlink()
    assert proc.established(7071, str(root)) == 1


def test_the_real_one(tmp_path: Path) -> None:
    environment = {"VIRTUAL_ENV": "/srv/venvs/e1"}
    code = "print('up', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        facts = proc.read_process(child.pid)
        assert facts is not None
        assert (facts.ppid, facts.cwd, facts.virtual_env) == (os.getpid(), os.path.realpath(tmp_path), "/srv/venvs/e1")
        assert facts.argv == (sys.executable, "-c", code)
        assert facts in proc.children(os.getpid())
        child.communicate(b"\n", timeout=10)
    assert proc.read_process(child.pid) is None


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_real_connection(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        server.listen()
        port = server.getsockname()[1]
        assert (proc.listening(port), proc.established(port)) == (True, 0)
        with socket.create_connection((address, port), timeout=5):
            assert proc.established(port) == 1
    assert not proc.listening(port)


def test_the_age_of_a_process() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        time.sleep(0.2)
        age = proc.age(child.pid)
        child.kill()
    assert age is not None
    assert 0.1 < age < 10
    assert proc.age(child.pid) is None
