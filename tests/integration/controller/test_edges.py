# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the check relies on of Ansible itself: what it hands to an action, and when it runs nothing and ends well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]

ACTION = """
import json
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import command_line, variables

class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        hostvars, hosts = task_vars["hostvars"], task_vars["groups"]["all"]
        extra = command_line.extra_vars(self._loader, self._templar)
        told = {
            "extra": extra,
            "play": variables.play_vars(self._task, self._templar),
            "settings": {host: variables.settings_of(
                hostvars, host, self._loader, self._task.get_play().vars, extra) for host in hosts},
            "requests": variables.inventory_sets(hostvars, hosts, ["version", "hash"], extra),
            "missing": command_line.missing_inventories(),
            "unparsed": command_line.unparsed_inventories(hostvars),
            "unmatched": command_line.unmatched_limits(hostvars),
            "hosts": task_vars["ansible_play_hosts_all"],
            "next": command_line.typed("ansible-playbook playbooks/deploy.yml", "deploy"),
            "other": command_line.typed("ansible-playbook playbooks/status.yml", "deploy"),
        }
        Display().display("TOLD " + json.dumps(told, default=lambda value: {"unreadable": value.reason}))
        return {"changed": False, "playbook": "deploy"}
"""

CHECK = """
- name: Check
  hosts: "{{ 'all:localhost' | openlibrary.deploy.whole_run }}"
  gather_facts: false
  tags: always
  tasks:
    - name: Ask the controller
      ansible.builtin.import_role: {name: probe}

- name: Work
  hosts: web
  gather_facts: false
  tasks:
    - name: Work
      ansible.builtin.debug: {msg: "{{ inventory_hostname }} knows {{ site_checked.playbook }}"}
"""
ROLE = """
- name: Ask
  tell: {}
  run_once: true
  delegate_to: localhost
  register: site_checked
"""
OURS = """
- name: Import the check
  ansible.builtin.import_playbook: check.yml
  vars: {inner: "{{ version }}"}
"""
SHIP = """
- name: Ship
  ansible.builtin.import_playbook: ../ours.yml
  vars: {version: "v{{ 1 + 1 }}", hsah: "{{ nobody_knows }}", deploy_ramp: [100]}
"""
# The first host cannot even be given a connection: the check asks none.
INVENTORY: dict[str, Any] = {
    "all": {
        "vars": {"ansible_connection": "local", "deploy_root": "/srv", "deploy_ramp": [10], "hash": "abc"},
        "hosts": {"first": {"ansible_user": "{{ nobody_knows }}", "ansible_connection": "none_such"}},
        "children": {
            "web": {
                "hosts": {"web1": {}, "web2": {}},
                "vars": {"deploy_peer": "{{ hostvars['first'].deploy_root }}", "deploy_user": "{{ nobody_knows }}"},
            }
        },
    }
}


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a playbook of its own, which imports one that begins with a check."""
    site = tmp_path_factory.mktemp("controller")
    files = {
        "roles/probe/tasks/main.yml": ROLE,
        "actions/tell.py": ACTION,
        "check.yml": CHECK,
        "ours.yml": OURS,
        "site/ship.yml": SHIP,
        "inventory.json": json.dumps(INVENTORY),
        "broken.yml": "all: [",
        "more.yml": "skip: bake\n",
    }
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    return site


def play(site: Path, *words: str, configuration: str = "") -> tuple[int, str]:
    """Exit code and output of a run of the site's playbook."""
    lines = [
        "[defaults]",
        "action_plugins = actions",
        "roles_path = roles",
        f"collections_path = {CHECKOUT}/.ansible/collections",
    ]
    (site / "ansible.cfg").write_text("\n".join([*lines, configuration, ""]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "inventory.json", "site/ship.yml", *words],
        cwd=site,
        env={**kept, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(site / "home")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module", name="told")
def _told(site: Path) -> dict[str, Any]:
    """What an action is told in a run with everything at once."""
    words = ("-i", "broken.yml", "-i", "gone", "--limit", "web1,nosuch", "-e", "project=shop", "-e", "@more.yml")
    code, output = play(site, *words, "-e", '{"deploy_root": "/opt", "count": 3}', "-u", "mek")
    assert code == 0, output
    assert "web1 knows deploy" in output and "web2 knows" not in output
    (line,) = [line for line in output.splitlines() if line.startswith("TOLD ")]
    return dict(json.loads(line.removeprefix("TOLD ")))


def test_extra_variables_are_merged_as_ansible_does(told: dict[str, Any]) -> None:
    assert told["extra"] == {"project": "shop", "skip": "bake", "deploy_root": "/opt", "count": 3}


def test_the_vars_of_an_importing_play_reach_the_first_play(told: dict[str, Any]) -> None:
    unknown = {"unreadable": "'nobody_knows' is undefined"}
    assert told["play"] == {"version": "v2", "inner": "v2", "hsah": unknown, "deploy_ramp": [100]}


def test_every_host_has_its_settings_whatever_the_limit(told: dict[str, Any]) -> None:
    everyone = {"deploy_root": "/opt", "deploy_ramp": [100]}
    unknown = {"unreadable": "'nobody_knows' is undefined"}
    web = {**everyone, "deploy_peer": "/opt", "deploy_user": unknown}
    assert told["settings"] == {"first": everyone, "web1": web, "web2": web}
    assert told["requests"] == {"hash": ["first", "web1", "web2"]}
    assert told["hosts"] == ["web1"]


def test_what_ansible_only_warns_of_is_known(told: dict[str, Any]) -> None:
    found = (told["missing"], told["unparsed"], told["unmatched"])
    assert found == (["gone"], ["broken.yml"], ["nosuch"])


def test_the_next_command_names_the_site_s_own_playbook_and_what_it_needs(told: dict[str, Any]) -> None:
    words = "-i inventory.json -i broken.yml -i gone -u mek -e @more.yml"
    assert told["next"] == f"ansible-playbook {words} site/ship.yml"
    assert told["other"] == f"ansible-playbook {words} openlibrary.deploy.status"


@pytest.mark.parametrize(
    ("words", "configuration", "named"),
    [
        (("--tags", "x"), "", "--tags x"),
        (("--skip-tags", "always"), "", "--skip-tags always"),
        (("--start-at-task", "nosuch"), "", "--start-at-task 'nosuch'"),
        (("--start-at-task", "Work"), "", "--start-at-task 'Work'"),
        (("--step",), "", "--step"),
        ((), "[tags]\nskip = always", "--skip-tags always"),
        ((), "[tags]\nrun = x", "--tags x"),
    ],
)
def test_a_part_of_a_run_is_refused_before_any_task(
    site: Path, words: tuple[str, ...], configuration: str, named: str
) -> None:
    code, output = play(site, *words, configuration=configuration)
    assert code == 4, output
    assert f"{named} would leave out steps" in output
    assert "TASK [" not in output


@pytest.mark.parametrize("option", ["--list-tasks", "--syntax-check"])
def test_a_listing_of_a_part_is_not(site: Path, option: str) -> None:
    assert play(site, option, "--tags", "x")[0] == 0


@pytest.mark.parametrize("limit", ["nosuch", "web:!web", "@gone"])
def test_ansible_itself_refuses_a_limit_that_leaves_nobody(site: Path, limit: str) -> None:
    code, output = play(site, "--limit", limit)
    assert code == 1 and "TOLD" not in output, output


def test_a_limit_without_a_host_of_the_fleet_runs_the_check_alone_and_ends_well(site: Path) -> None:
    code, output = play(site, "--limit", "first")
    assert code == 0 and "skipping: no hosts matched" in output
    assert '"hosts": ["first"]' in output
