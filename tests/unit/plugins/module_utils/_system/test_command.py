# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running other programs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import command


def test_says_what_the_program_left() -> None:
    argv = [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"]
    outcome = command.run(argv, 30, command.clean_environment())
    assert (outcome.code, outcome.out, outcome.err, outcome.last_line) == (3, b"out\n", b"err\n", "err")


def test_no_word_reaches_a_shell(tmp_path: Path) -> None:
    word = f"; touch {tmp_path}/evil $(touch {tmp_path}/evil)"
    assert command.run(["echo", word], 30, command.clean_environment()).out.decode() == f"{word}\n"
    assert list(tmp_path.iterdir()) == []


def test_what_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    script = (
        "import subprocess; p = subprocess.Popen(['sleep', '60']); "
        f"open({str(marker)!r}, 'w').write(str(p.pid)); p.wait()"
    )
    with pytest.raises(DeployError, match="did not end within 0.8 s"):
        command.run([sys.executable, "-c", script], 0.8, command.clean_environment())
    child = Path(f"/proc/{marker.read_text()}/stat")
    deadline = time.monotonic() + 2
    while child.exists() and child.read_text().split(") ")[1][0] != "Z" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or child.read_text().split(") ")[1][0] == "Z"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(DeployError, match="could not be started"):
        command.run(["/no/such/program"], 5, {})


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    found = command.clean_environment(MINE="1")
    assert "SECRET" not in found
    assert (found["MINE"], found["https_proxy"]) == ("1", "http://proxy:3128")


def test_an_unknown_user() -> None:
    with pytest.raises(InputError, match="no user 'nobody-at-all'"):
        command.as_user("nobody-at-all")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user() -> None:
    outcome = command.run(
        ["id", "-un"], 5, command.clean_environment(), directory="/", become=command.as_user("nobody")
    )
    assert outcome.out == b"nobody\n"


def test_what_a_program_says_is_shown_without_its_colours() -> None:
    outcome = command.Outcome(1, b"one\ttwo\r\n", b"\x1b[31mERROR\x1b[0m: caf\xe9\x00\n")
    assert outcome.text == "one\ttwo\nERROR: caf\ufffd\n"
    assert (outcome.last_line, outcome.tail(1)) == ("ERROR: caf\ufffd", "ERROR: caf\ufffd")
