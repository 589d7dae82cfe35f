# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One action plugin for many modules: the one that the task names runs, however it is named and wherever it acts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.action.remote_step import TIMEOUTS, ActionModule, cut_short
from tests.unit import structure

CHECKOUT = Path(__file__).resolve().parents[4]
INVENTORY = """
here ansible_connection=local ansible_python_interpreter={python}
gone ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none -o BatchMode=yes'
"""
PLAYBOOK = """
- name: Try
  hosts: here
  gather_facts: false
  collections: [openlibrary.deploy]
  vars:
    ticket: {{root: {root}, project: shop, run: r1, token: 1, who: mek}}
  tasks:
    - {{name: Full, openlibrary.deploy.deploy_run: {{ticket: "{{{{ ticket }}}}", state: broken, reason: tried}}, register: full}}
    - {{name: Short, deploy_run: {{ticket: "{{{{ ticket }}}}", state: broken, reason: tried}}, register: short}}
    - name: Check
      deploy_run: {{ticket: "{{{{ ticket }}}}", state: open, action: restart, to: {release}}}
      check_mode: true
      register: check
    - name: Delegated
      deploy_run: {{ticket: "{{{{ ticket }}}}", state: closed, outcome: good}}
      delegate_to: gone
      ignore_errors: true
      register: delegated
    - {{name: Itself, remote_step: {{}}, ignore_errors: true, register: itself}}
    - name: Write down what was registered
      ansible.builtin.copy:
        content: "{{{{ {{'full': full, 'short': short, 'check': check, 'delegated': delegated, 'itself': itself}} | to_json }}}}"
        dest: {root}/registered.json
        mode: "0600"
"""  # noqa: E501 - a task a line


@pytest.fixture(scope="module", name="registered")
def _registered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    root = tmp_path_factory.mktemp("root")
    (root / "deploys").mkdir()
    (root / "hosts").write_text(INVENTORY.format(python=sys.executable))
    (root / "play.yml").write_text(PLAYBOOK.format(root=root, release="a" * 40))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", root / "hosts", root / "play.yml"],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_HOME": str(root / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((root / "registered.json").read_text())


@pytest.mark.parametrize("name", ["full", "short"])
def test_the_module_runs_that_the_task_names(registered, name):
    assert (registered[name]["msg"], registered[name]["phase"]) == ("This host is not locked.", "break")
    assert registered[name]["ticket"] == {"run": "r1", "host": "here", "direction": "forward"}


def test_check_mode_reaches_the_module(registered):
    assert registered["check"]["outcome"] == "would"


def test_a_delegated_step_that_loses_its_host_fails_as_any_other(registered):
    lost = registered["delegated"]
    assert (lost["failed"], lost["host_down"], lost["phase"]) == (True, True, "deploy_run")
    assert lost["msg"].startswith("gone could not be reached")
    assert "unreachable" not in lost


def test_it_is_no_step_of_its_own(registered):
    assert "name the module to run" in registered["itself"]["msg"]


@pytest.mark.parametrize("name", ["service_reload", "openlibrary.deploy.service_reload"])
def test_when_a_module_gives_up(name):
    step = ActionModule(SimpleNamespace(action=name), None, None, None, None, None)
    assert step.gives_up_after({"reload_timeout": 5, "test_timeout": "2.5", "timeout": 60}) == 7.5


def test_each_timeout_is_a_parameter_of_a_module_that_is_routed_here():
    routed = structure.load(structure.ROOT / "meta" / "runtime.yml")["plugin_routing"]["modules"]
    for name, parameters in TIMEOUTS.items():
        spec = import_module(f"ansible_collections.openlibrary.deploy.plugins.modules.{name}").ARGUMENT_SPEC
        assert routed[name] == {"action_plugin": "openlibrary.deploy.remote_step"}
        assert {spec[parameter]["type"] for parameter in parameters} <= {"float", "int"}


@pytest.mark.parametrize(
    ("cutoff", "kept"), [(None, True), (0, True), ("0.0", True), ("soon", True), (20, False), ("20", False)]
)
def test_a_cutoff_is_what_a_restart_waits_for(cutoff: object, kept: bool) -> None:
    args = {"drain_cutoff": cutoff, "drain_timeout": 330, "stop_timeout": 60, "stable_seconds": 5}
    expected = args if kept else {**args, "drain_timeout": 20.0, "stop_timeout": 8.0}
    assert cut_short(args) == expected
