# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pause: who may answer what, and what the time does; then with a real terminal, as an operator sits at one."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_pause
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.terminal import CtrlCError, NoTerminalError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.pause import Pause
from tests.controller import APP, EVERYWHERE, NEW, OLD, decide
from tests.support import FakeClock

HOSTS = {host: {"current": OLD, "to": NEW, "restart": True} for host in ("blue", "green")}
PLAN = {
    "run": "r1",
    "project": "shop",
    "release": NEW,
    "pause_after": "blue",
    "turns": ["blue", "green"],
    "hosts": HOSTS,
}
CHECKOUT = Path(__file__).resolve().parents[4]
PLAYBOOK = """
- name: Try
  hosts: localhost
  connection: local
  gather_facts: false
  vars:
    plan: {plan}
    after: "{{{{ deploy_pause_after_blue }}}}"
  tasks:
    - name: Check
      openlibrary.deploy.deploy_site:
        playbook: deploy
        parts: {{static: [www1], web: [blue, green], home: [home]}}
      when: checked | default(true)
    - name: Pause
      block:
        - name: Wait
          openlibrary.deploy.deploy_pause: {{after: "{{{{ after }}}}", plan: "{{{{ plan }}}}"}}
          register: paused
      rescue:
        - name: Go on
          ansible.builtin.meta: noop
    - name: Tell
      ansible.builtin.debug:
        msg: "blame={{{{ paused.blame | default('') }}}} {{{{ paused.answer }}}}"
"""


INVENTORY = {
    "all": {"vars": {**EVERYWHERE, "deploy_services": [APP]}, "hosts": dict.fromkeys(("www1", "blue", "green", "home"))}
}


def prepare(root: Path) -> list[str]:
    """The words that run the play on a site that is right, in this directory."""
    (root / "play.yml").write_text(PLAYBOOK.format(plan=json.dumps(PLAN)))
    (root / "hosts.yml").write_text(json.dumps(INVENTORY))
    program = Path(sys.executable).with_name("ansible-playbook")
    return [str(program), "-i", str(root / "hosts.yml"), str(root / "play.yml")]


class Person:
    """Answers one after the other; ``silence`` is a progress line that passes."""

    def __init__(self, *answers, clock=None):
        self.answers, self.clock, self.asked = list(answers), clock, []

    def __call__(self, message, seconds=None):
        self.asked.append(message)
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer
        text, complete = answer if isinstance(answer, tuple) else (answer, True)
        if not complete:
            self.clock.sleep(seconds)
        return text, complete


def pause(monkeypatch, *answers, after="person", plan=None, **task_vars):
    """The result of a pause in which somebody answers so."""
    person = Person(*answers)
    monkeypatch.setattr(deploy_pause, "ask", person)
    result, lines = decide(deploy_pause.ActionModule, {"after": after, "plan": plan or PLAN}, {}, **task_vars)
    return result, lines, person


def wait(monkeypatch, seconds, *answers):
    """The answer, the clock and the lines of a pause of so many seconds."""
    clock, said = FakeClock(), []
    person = Person(*answers, clock=clock)
    monkeypatch.setattr(deploy_pause, "ask", person)
    return deploy_pause.wait(Pause(seconds=seconds), "blue", said.extend, clock), clock, said, person


def test_go_on_goes_on_and_says_who(monkeypatch):
    result, lines, _person = pause(monkeypatch, "go on")
    assert (result["answer"], result["outcome"], result["phase"]) == ("go on", "done", "pause")
    assert result["ticket"] == {"run": "r1", "host": "blue", "direction": "forward"}
    assert "@" in result["who"] and result["note"].startswith(f"{result['who']} said go on after blue")
    assert "blue has shop bbbbbbbbbb" in lines[1] and "green aaaaaaaaaa" in lines[1]
    assert "The run waits for you" in lines[2]


def test_anything_else_is_asked_again(monkeypatch):
    result, _lines, person = pause(monkeypatch, "yes", "", "g")
    assert result["answer"] == "go on"
    assert ["'yes' is no answer" in asked for asked in person.asked] == [False, True, False]


@pytest.mark.parametrize("answer", ["unwind", CtrlCError])
def test_unwind_and_ctrl_c_take_everything_back_without_blame(monkeypatch, answer):
    with pytest.raises(DeployError, match="said unwind after blue.*nothing is marked bad") as error:
        pause(monkeypatch, answer)
    result = error.value.as_result()
    assert (result["phase"], result["blame"], result["answer"]) == ("pause", "nobody", "unwind")
    assert result["who"] in result["note"]


def test_a_terminal_that_is_gone_blames_nobody_too(monkeypatch):
    with pytest.raises(DeployError, match="nobody could answer the pause after blue") as error:
        pause(monkeypatch, NoTerminalError)
    assert (error.value.as_result()["blame"], error.value.as_result()["who"]) == ("nobody", "")


def test_check_mode_does_not_wait_and_without_a_host_there_is_no_pause(monkeypatch):
    result, _lines, _person = pause(monkeypatch, ansible_check_mode=True)
    assert (result["outcome"], result["answer"], result["ticket"]["host"]) == ("would", "", "blue")
    assert pause(monkeypatch, plan={**PLAN, "pause_after": ""})[0]["quiet"]
    assert pause(monkeypatch, after="")[0]["quiet"]
    with pytest.raises(InputError, match="deploy_pause_after_blue"):
        pause(monkeypatch, after="soon")


def test_time_goes_on_by_itself_and_tells_how_long_it_takes(monkeypatch):
    answer, clock, said, _person = wait(monkeypatch, 100, *[NoTerminalError] * 9)
    assert (answer, clock.slept) == ("time", [5] * 6 + [30, 30, 10])
    assert "by itself in 1 min 40 s" in said[0] and "by itself in 10 s" in said[-1]


def test_somebody_may_answer_before_the_time_and_across_a_line_of_progress(monkeypatch):
    answer, clock, _said, person = wait(monkeypatch, 60, ("", False), ("unw", False), "ind")
    assert (answer, clock.slept, len(person.asked)) == ("unwind", [5, 5], 3)
    assert wait(monkeypatch, 60, "nonsense", "g")[0] == "go on"
    assert wait(monkeypatch, 10, ("go", False))[0] == "go on"
    assert wait(monkeypatch, 10, ("", False), ("unw", False))[0] == "time"


class Terminal:
    """ansible-playbook with a terminal of its own, and somebody at it."""

    def __init__(self, root: Path, after: str) -> None:
        self.text, self.over = "", time.monotonic() + 90
        words = [*prepare(root), "-e", f"deploy_pause_after_blue={after}"]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(CHECKOUT)
            more = {
                "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
                "ANSIBLE_HOME": str(root / "home"),
                "TERM": "xterm",
            }
            os.execve(words[0], words, {**os.environ, **more})

    def until(self, words: str) -> None:
        """Reads what is printed until these words come."""
        while words not in self.text:
            assert time.monotonic() < self.over, self.text
            if select.select([self.fd], [], [], 1)[0]:
                self.text += self.read()

    def read(self) -> str:
        """What has been printed; nothing once the program has ended."""
        try:
            return os.read(self.fd, 4096).decode()
        except OSError:
            raise AssertionError(f"it ended: {self.text}") from None

    def type(self, text: str) -> None:
        """Types, once the prompt has thrown away what was typed before it."""
        time.sleep(0.3)
        os.write(self.fd, text.encode())

    def end(self) -> int:
        """The exit code."""
        with pytest.raises(AssertionError, match="it ended"):
            self.until("\0")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize(
    ("after", "typed", "told"),
    [
        ("person", ["what?\r", "go on\r"], "blame= go on"),
        ("person", ["\x03"], "blame=nobody unwind"),
        ("1", ["unwind\r"], "blame=nobody unwind"),
    ],
)
def test_a_person_at_a_real_terminal(tmp_path, after, typed, told):
    terminal = Terminal(tmp_path, after)
    asked = "and Enter:" if after == "person" else "(go on | unwind)"
    for text in typed:
        terminal.until(asked)
        seen, terminal.text = terminal.text, ""
        terminal.type(text)
        assert ("'what?' is no answer" in seen) == (text == "go on\r")
    assert terminal.end() == 0
    assert told in terminal.text


def play(tmp_path, *words):
    """The same play without a terminal."""
    return subprocess.run(
        [*prepare(tmp_path), *words],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_HOME": str(tmp_path / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_without_a_terminal_a_person_is_refused_at_once_and_minutes_pass(tmp_path):
    refused = play(tmp_path, "-e", "deploy_pause_after_blue=person")
    assert refused.returncode == 2
    assert "deploy_pause_after_blue=person needs a terminal" in refused.stdout
    assert "Pause:" not in refused.stdout
    passed = play(tmp_path, "-e", "deploy_pause_after_blue=0.02")
    assert (passed.returncode, "blame= time" in passed.stdout) == (0, True), passed.stdout + passed.stderr
    gone = play(tmp_path, "-e", '{"deploy_pause_after_blue": "person", "checked": false}')
    assert "blame=nobody unwind" in gone.stdout
