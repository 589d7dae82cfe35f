# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of a run is the same sentence for whoever reads it: a person, a program that reads JSON, ansible-runner."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ansible_runner
import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    Failure,
    ProvenService,
    Record,
    Rotation,
    Ticket,
)
from tests.controller import NEW, balancer, plan

CHECKOUT = Path(__file__).resolve().parents[3]
PLAN = plan()[0]
BLUE = PLAN["hosts"]["blue"]
PLAN |= {"hosts": {"blue": BLUE}, "turns": ["blue"]}
TICKET = Ticket(PLAN["run"], "blue")
STEPS = ("left", "switched", "restarted", "returned")
TURN = Record(
    TICKET,
    "turn",
    STEPS,
    release=NEW,
    services=(ProvenService("app", NEW, (11, 12)),),
    rotation=Rotation("UP", "ready"),
)
CLOSED = Record(TICKET, "close", ("opened", "closed"), released=True)
DIED = Failure("Restart and prove", "app died 2 s after its start.", "release")
WELL = {
    "failing": False, "failures": {}, "notes": [], "hosts": {}, "mark_bad": False, "informs": [], "lift": [],
    "balancer": {},
}  # fmt: skip
BADLY = {**WELL, "failing": True, "failures": {"blue": asdict(DIED)}, "mark_bad": True}
# What a program has that reads results and nothing else.
JSON_CALLBACK = '''
DOCUMENTATION = """
name: results
type: stdout
short_description: Every result as a line of JSON
description: Every result as a line of JSON.
"""
import json
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "results"

    def v2_runner_on_ok(self, result):
        print("RESULT " + json.dumps(result.result))

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.v2_runner_on_ok(result)
'''


@pytest.fixture(name="project", params=["good", "failed"])
def _project(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A playbook that ends a run whose records are there already, and the exit code that it must have."""
    good = request.param == "good"
    turn = TURN if good else Record(TICKET, "turn", STEPS[:2], failure=DIED, release=NEW)
    hosts = {
        "ansible_connection": "local",
        "turn_record": {"records": [turn.as_dict()]},
        "settle_record": {"records": [CLOSED.as_dict()]},
    }
    shown = {"servers": balancer(blue=True, green=True)}
    asked = {"plan": PLAN, "settlement": WELL if good else BADLY, "balancer": shown}
    task = {"name": "Say what is now true", "openlibrary.deploy.deploy_verdict": asked}
    play = {"name": "Verdict", "hosts": "blue", "gather_facts": False, "tasks": [task]}
    (tmp_path / "project").mkdir()
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "callbacks" / "results.py").write_text(JSON_CALLBACK)
    (tmp_path / "project" / "end.yml").write_text(json.dumps([play]))
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": {"blue": hosts}}}))
    return tmp_path, 0 if good else 2


def environment(root: Path, callback: str) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "ANSIBLE_HOME": str(root / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible" / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(root / "callbacks"),
        "ANSIBLE_STDOUT_CALLBACK": callback,
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "400",
    }


def played(root: Path, callback: str) -> tuple[int, str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", root / "hosts.json", root / "project" / "end.yml"],
        env={**os.environ, **environment(root, callback)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def results(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("RESULT ")) for line in text.splitlines() if line.startswith("RESULT ")]


def timeless(text: str) -> str:
    """What was printed, without its durations, and as JSON has it where quotes are escaped."""
    return re.sub(r"took \d+ s", "took s", text.replace('\\"', '"'))


def test_every_output_has_the_same_sentence_and_exit_code(project: tuple[Path, int]) -> None:
    root, expected = project
    code, text = played(root, "results")
    (result,) = results(text)
    sentence = timeless(result["msg"])
    assert code == expected, text
    assert ("is live on 1 hosts, proven from 2 processes" in sentence) is not bool(expected)
    for callback in ("openlibrary.deploy.checklist", "ansible.builtin.default", "ansible.builtin.minimal"):
        code, text = played(root, callback)
        assert code == expected and sentence in timeless(text), (callback, text)
        assert [line for line in result["report"] if line not in text] == [], callback
    run = ansible_runner.run(
        private_data_dir=str(root),
        playbook="end.yml",
        inventory=str(root / "hosts.json"),
        envvars=environment(root, "openlibrary.deploy.checklist"),
        quiet=True,
    )
    assert run.rc == expected
    ended = [each for each in run.events if each["event"] in ("runner_on_ok", "runner_on_failed")]
    assert [timeless(each["event_data"]["res"]["msg"]) for each in ended] == [sentence]
