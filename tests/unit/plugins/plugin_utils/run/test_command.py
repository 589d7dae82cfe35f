# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that can be pasted: whole, and quoted for the shell and for Ansible."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise

import pytest
from ansible.parsing.splitter import parse_kv

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.command import playbook_command, run_words


def extra_vars(command: str) -> dict[str, str]:
    """What Ansible makes of the command's -e, after a shell has read it."""
    words = shlex.split(command)
    found = {}
    for flag, value in pairwise(words):
        if flag == "-e":
            found.update(json.loads(value) if value.startswith("{") else parse_kv(value))
    return found


def test_a_command_has_the_words_of_the_request_and_no_empty_ones() -> None:
    assert playbook_command("deploy", {"version": "v1.2", "project": ""}) == (
        "ansible-playbook playbooks/deploy.yml -e version=v1.2"
    )
    assert playbook_command("restart", {}, limit="web:!web4", check=True) == (
        "ansible-playbook playbooks/restart.yml --check --limit 'web:!web4'"
    )


def test_skips_come_with_a_reason_to_fill_in() -> None:
    assert playbook_command("deploy", {}, skip=["bad", "queue", "bake"]) == (
        "ansible-playbook playbooks/deploy.yml -e skip=bad,queue,bake -e \"reason=''\""
    )


def test_a_reason_of_several_words_arrives_whole() -> None:
    pasted = playbook_command("deploy", {}, skip=["bad"])
    assert extra_vars(pasted)["reason"] == ""
    filled_in = pasted.replace("''", "'the disk was full'")
    assert extra_vars(filled_in) == {"skip": "bad", "reason": "the disk was full"}


@pytest.mark.parametrize(
    "value", ["release/2026-11", "v1 2", "$(touch /tmp/owned)", "it's", "a;b", "x=y z=1", "{{ 1 }}", '"quoted"']
)
def test_any_value_arrives_as_it_was(value: str) -> None:
    assert extra_vars(playbook_command("deploy", {"version": value})) == {"version": value}


def test_a_project_is_named_unless_it_is_the_inventory_s_own() -> None:
    assert run_words("site", "site", version="v1")["project"] == ""
    named = run_words("olsystem", "site", "site", version="")
    assert playbook_command("deploy", named) == (
        "ansible-playbook playbooks/deploy.yml -e project=olsystem -e deploy_then_restart=site"
    )


def test_hosts_to_leave_out_come_with_one_reason_for_them_and_for_skips() -> None:
    assert playbook_command("deploy", {}, skip=["bad"], without=["blue", "green"]) == (
        "ansible-playbook playbooks/deploy.yml -e skip=bad -e without=blue,green -e \"reason=''\""
    )
    assert playbook_command("deploy", {}, without=["blue"]).endswith("-e without=blue -e \"reason=''\"")
