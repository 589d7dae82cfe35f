# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugins as Ansible runs them: a host that is gone, rescue, arguments that are wrong, and the checklist."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[4]
INVENTORY = """
here ansible_connection=local ansible_python_interpreter={python}
gone ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none -o BatchMode=yes'
"""
PLAYBOOK = """
- name: Try
  hosts: here:gone
  gather_facts: false
  tasks:
    - name: Survey
      openlibrary.deploy.release_survey: {{root: {root}}}
      register: surveyed

    - name: Turn
      block:
        - name: Switch
          openlibrary.deploy.release_symlink: {{ticket: {{root: {root}, project: shop}}, release: {release}}}
      rescue:
        - name: Record
          openlibrary.deploy.deploy_turn:
            state: recorded
            part: open
            plan: {{run: r1, hosts: {{}}}}
            step: "{{{{ ansible_failed_task.name }}}}"
            result: "{{{{ ansible_failed_result }}}}"
          register: recorded

    - name: Wrong arguments
      block:
        - name: Ask for what there is not
          openlibrary.deploy.deploy_turn: {{state: over, plan: {{}}}}
      rescue:
        - name: Go on
          ansible.builtin.meta: noop

    - name: Write down what was registered
      ansible.builtin.copy:
        content: "{{{{ {{'here': hostvars['here'], 'gone': hostvars['gone']}} | to_json }}}}"
        dest: {root}/registered.json
        mode: "0600"
      delegate_to: here
      run_once: true
      check_mode: false
"""


@pytest.fixture(scope="module", name="played")
def _played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """What the hosts registered, and what was printed."""
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
    return json.loads((root / "registered.json").read_text()), done.stdout


def test_a_host_that_is_gone_is_surveyed_as_such(played):
    hosts, _printed = played
    assert hosts["gone"]["surveyed"]["survey"]["reachable"] is False
    assert hosts["here"]["surveyed"]["survey"]["reachable"] is True
    assert hosts["here"]["surveyed"]["held"] == "nobody holds this host"


def test_a_lost_connection_runs_rescue_and_blames_the_host(played):
    hosts, printed = played
    (record,) = hosts["gone"]["recorded"]["records"]
    assert record["ticket"] == {"run": "r1", "host": "gone", "direction": "forward"}
    failure = record["failure"]
    assert (failure["step"], failure["blame"], failure["lost"]) == ("Switch", "host", True)
    assert failure["sentence"].startswith("gone could not be reached: ")
    assert "gone       FAILED: gone could not be reached" in printed
    assert "UNREACHABLE" not in printed


def test_a_module_s_own_refusal_is_recorded_with_its_sentence(played):
    hosts, _printed = played
    failure = hosts["here"]["recorded"]["records"][0]["failure"]
    assert "is not on this host" in failure["sentence"] and failure["next_command"]


def test_arguments_are_validated(played):
    _hosts, printed = played
    assert "here       FAILED: value of state must be one of: begun, moved, returning, recorded, got: over" in printed


def test_the_checklist_has_a_heading_and_no_dump(played):
    _hosts, printed = played
    assert "\nTry\n" in printed
    assert "TASK [" not in printed and '"changed"' not in printed
