# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Progress lines of hosts that wait at once, alone and in a run of ansible-playbook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import progress
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import waiting

CHECKOUT = Path(__file__).resolve().parents[5]


@pytest.fixture(name="said")
def _said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is said, a hundred times as fast as in a run, and by each meeting that a test names itself."""
    said: list[str] = []
    monkeypatch.setattr(progress, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(waiting, "FIRST", 0.05)
    monkeypatch.setattr(waiting, "EVERY", 0.1)
    monkeypatch.setattr(progress, "display", SimpleNamespace(display=said.append))
    monkeypatch.setattr(progress, "meeting_place", lambda label: str(tmp_path / label))
    return said


def until(said: list[str], count: int) -> None:
    deadline = time.monotonic() + 10
    while len(said) < count and time.monotonic() < deadline:
        time.sleep(0.005)


def test_hosts_share_a_line_and_after_the_step_nothing_is_said(said: list[str]) -> None:
    with progress.Progress("blue", "Switch", 60.0), progress.Progress("green", "Switch", 60.0):
        until(said, 3)
    count = len(said)
    assert count >= 3 and said[-1] == "    blue, green: Switch: 0 s, gives up in 60 s"
    time.sleep(0.2)
    assert len(said) == count


def test_hosts_that_wait_for_something_else_have_a_line_of_their_own(said: list[str]) -> None:
    with progress.Progress("blue", "Switch", None), progress.Progress("green", "Restart", None):
        until(said, 2)
    assert set(said[:2]) == {"    blue: Switch: 0 s", "    green: Restart: 0 s"}


def test_a_quick_step_says_nothing(said: list[str]) -> None:
    with progress.Progress("blue", "Switch", None):
        pass
    assert said == []


@pytest.mark.parametrize("broken", ["a folder that is not there", "what others wrote is cut off"])
def test_without_the_file_each_host_speaks_for_itself(
    said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str
) -> None:
    place = tmp_path / "gone/file" if "folder" in broken else tmp_path / "torn"
    if place.name == "torn":
        place.write_text('{"hosts": {"bl')
    monkeypatch.setattr(progress, "meeting_place", lambda label: str(place))
    with progress.Progress("blue", "Switch", None), progress.Progress("green", "Switch", None):
        until(said, 2)
    assert set(said[:2]) == {"    blue: Switch: 0 s", "    green: Switch: 0 s"}


ACTION = """
import pathlib
import time
from itertools import pairwise

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import progress, remote_step
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import waiting

progress.LOOK_EVERY, waiting.FIRST, waiting.EVERY = 0.1, 2.0, 3.0


class ActionModule(remote_step.RemoteStep):
    timeouts = ("limit",)

    def before(self, args, task_vars):
        here = pathlib.Path(args["here"])
        (here / task_vars["inventory_hostname"]).touch()
        while len(list(here.iterdir())) < 4:
            time.sleep(0.05)
        time.sleep(float(args["seconds"]))
        return args

    def _execute_module(self, **asked):
        return {"changed": False}
"""
PLAYBOOK = """
- name: Try
  hosts: all
  gather_facts: false
  tasks:
    - name: Stage
      slow: {seconds: "{{ seconds }}", limit: 60, here: HERE}
"""
SECONDS = {"a": 5.0, "b": 5.0, "c": 5.0, "d": 1.0}
"""How long each host takes once all are there: d is done before the others' last line."""


@pytest.mark.parametrize("callback", ["openlibrary.deploy.checklist", "ansible.builtin.default"])
def test_hosts_in_parallel_share_their_lines_in_a_playbook(tmp_path: Path, callback: str) -> None:
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins/slow.py").write_text(ACTION)
    (tmp_path / "library").mkdir()
    (tmp_path / "library/slow.py").write_text("#!/usr/bin/python\n")
    (tmp_path / "hosts").write_text("".join(f"{host} seconds={seconds}\n" for host, seconds in SECONDS.items()))
    (tmp_path / "here").mkdir()
    (tmp_path / "play.yml").write_text(PLAYBOOK.replace("HERE", str(tmp_path / "here")))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", tmp_path / "hosts", tmp_path / "play.yml"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_STDOUT_CALLBACK": callback,
            "ANSIBLE_FORKS": "4",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^    (.*): Stage: (\d) s, gives up in (\d+) s$", done.stdout, re.MULTILINE)
    assert "a, b, c" in [hosts for hosts, _seconds, _left in found], done.stdout
    assert all(59 <= int(seconds) + int(left) <= 61 for _hosts, seconds, left in found)
    times = [int(seconds) for _hosts, seconds, _left in found]
    assert all(later - earlier > 1 for earlier, later in pairwise(times)), done.stdout
