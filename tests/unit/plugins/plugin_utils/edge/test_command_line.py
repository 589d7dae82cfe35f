# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read of the command line of ansible-playbook."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible import constants, context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import command_line

CHECKOUT = Path(__file__).resolve().parents[5]
DEFAULT = ["/etc/ansible/hosts"]
BESIDE = ".ansible/collections/ansible_collections/openlibrary/deploy"
STATUS = "ansible-playbook playbooks/status.yml"


@pytest.fixture
def called(monkeypatch):
    """Called with given arguments, in the checkout."""

    def call(**args):
        args = {"inventory": DEFAULT, "tags": ("all",), "skip_tags": (), **args}
        monkeypatch.setattr(context, "CLIARGS", ImmutableDict(args))

    own = constants.config.get_config_value
    monkeypatch.setattr(
        constants.config, "get_config_value", lambda name: DEFAULT if name == "DEFAULT_HOST_LIST" else own(name)
    )
    monkeypatch.chdir(CHECKOUT)
    call()
    return call


@pytest.mark.parametrize(
    ("playbook", "expected"),
    [
        ("playbooks/deploy.yml", "playbooks/status.yml"),
        ("./playbooks/deploy.yml", "./playbooks/status.yml"),
        (str(CHECKOUT / "playbooks/deploy.yml"), str(CHECKOUT / "playbooks/status.yml")),
        ("openlibrary.deploy.deploy", "openlibrary.deploy.status"),
    ],
)
def test_a_playbook_of_ours_is_known_by_its_place(called, playbook, expected):
    called(args=[playbook])
    assert command_line.typed(STATUS) == f"ansible-playbook {expected}"


def test_a_file_of_the_same_name_elsewhere_is_the_sites_own(called, tmp_path, monkeypatch):
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "deploy.yml").touch()
    monkeypatch.chdir(tmp_path)
    called(args=["playbooks/deploy.yml"])
    again = command_line.typed("ansible-playbook playbooks/deploy.yml", "deploy")
    assert again == "ansible-playbook playbooks/deploy.yml"
    assert command_line.typed(STATUS, "deploy") != STATUS


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (True, "openlibrary.deploy.status"),
        (False, f"{BESIDE}/playbooks/status.yml"),
    ],
)
def test_beside_the_sites_own_playbook_ours_has_its_full_name_where_that_is_found(called, monkeypatch, found, expected):
    root = CHECKOUT / ".ansible" / "collections"
    monkeypatch.setattr(command_line, "COLLECTION", CHECKOUT / BESIDE)
    monkeypatch.setattr(command_line, "PLAYBOOKS", command_line.COLLECTION / "playbooks")
    monkeypatch.setattr(command_line, "sys", SimpleNamespace(path=[str(root)] if found else []))
    own = constants.config.get_config_value
    monkeypatch.setattr(
        constants.config, "get_config_value", lambda name: [] if name == "COLLECTIONS_PATHS" else own(name)
    )
    called(args=["site/ship.yml"])
    assert command_line.typed(STATUS) == f"ansible-playbook {expected}"


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ({}, []),
        ({"inventory": [f"{CHECKOUT}/inventories/lab", "/inv", "a,b"]}, "-i inventories/lab -i /inv -i a,b".split()),
        ({"vault_ids": ["prod@prompt", "dev@pw"]}, ["--vault-id", "prod@prompt", "--vault-id", "dev@pw"]),
        ({"vault_password_files": ["/etc/pw"]}, ["--vault-password-file", "/etc/pw"]),
        ({"ask_vault_pass": True, "ask_pass": True}, ["--ask-pass", "--ask-vault-pass"]),
        ({"remote_user": "mek", "private_key_file": "/k"}, ["-u", "mek", "--private-key", "/k"]),
        ({"extra_vars": ("password=secret", f"@{CHECKOUT}/site.yml", '{"a": 1}')}, ["-e", "@site.yml"]),
        ({"subset": "web1", "check": True, "become_ask_pass": False, "remote_user": None}, []),
    ],
)  # fmt: skip
def test_what_the_next_command_needs_as_well(called, args, options):
    called(**args)
    assert command_line.options() == options


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        ({}, []),
        ({"tags": ("x", "y")}, ["--tags x,y"]),
        ({"tags": ("all", "never")}, ["--tags all,never"]),
        ({"skip_tags": ("always",)}, ["--skip-tags always"]),
        ({"skip_tags": ("molecule-notest", "notest")}, []),
        ({"skip_tags": ("notest", "always")}, ["--skip-tags always"]),
        ({"start_at_task": "Switch it"}, ["--start-at-task 'Switch it'"]),
        ({"step": True}, ["--step"]),
    ],
)
def test_what_leaves_out_tasks(called, args, parts):
    called(**args)
    assert command_line.parts_only() == parts


def test_inventories_that_are_not_there_or_gave_nothing(called, tmp_path):
    there, broken, gone = tmp_path / "there", tmp_path / "broken.yml", tmp_path / "gone"
    there.mkdir()
    broken.touch()
    called(inventory=[str(there), str(broken), str(gone), "web1,web2"])
    assert command_line.missing_inventories() == [str(gone)]
    processed = SimpleNamespace(processed_sources=[str(there / "hosts.yml"), "web1,web2"])
    hostvars = SimpleNamespace(_inventory=SimpleNamespace(_inventory=processed))
    assert command_line.unparsed_inventories(hostvars) == [str(broken)]


@pytest.mark.parametrize("name", ["listhosts", "listtasks", "listtags", "syntax"])
def test_a_listing_runs_nothing(called, name):
    assert not command_line.only_listed()
    called(**{name: True})
    assert command_line.only_listed()


def test_every_command_of_a_result_is_rewritten(called):
    called(args=["openlibrary.deploy.deploy"])
    result = {"msg": STATUS, "next_command": STATUS, "break_command": STATUS, "state_now": STATUS, "rc": 0}
    named = "ansible-playbook openlibrary.deploy.status"
    expected = {**result, "msg": named, "next_command": named, "break_command": named}
    assert command_line.typed_result(result, "deploy") == expected


@pytest.mark.parametrize(
    ("task_vars", "running"),
    [({}, ""), ({"site_checked": {"skipped": True}}, ""), ({"site_checked": {"playbook": "deploy"}}, "deploy")],
)
def test_the_check_says_which_playbook_runs(task_vars, running):
    assert command_line.running_playbook(task_vars) == running
