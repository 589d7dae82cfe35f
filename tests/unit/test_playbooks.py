"""Holds the playbooks to what they are: checklists that a person reads and types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit import structure

LINES = 60
FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.yml")
PLAY_KEYS = {"hosts", "ansible.builtin.import_playbook"}
ROLE_TASKS = {"ansible.builtin.include_role", "ansible.builtin.import_role"}


def playbook_faults(name: str, text: str) -> list[str]:
    """What makes a playbook hard to read, or impossible to run by its full name from an installed collection."""
    faults = [] if FILE_NAME.fullmatch(name) else [f"{name}: a full name allows only lower case and underscores"]
    if len(text.splitlines()) > LINES:
        faults.append(f"has {len(text.splitlines())} lines, not at most {LINES}")
    for play in yaml.safe_load(text):
        faults += play_faults(play)
    return faults


def play_faults(play: dict[str, Any]) -> list[str]:
    """What is wrong with one play."""
    faults = [] if play.get("name") else ["a play has no name"]
    if not PLAY_KEYS & play.keys():
        faults.append(f"{play.get('name')}: is no play")
    faults += [
        f"{play.get('name')}: role {role} is not named in full" for role in role_names(play) if role.count(".") < 2
    ]
    tasks = [task for key in ("pre_tasks", "tasks", "post_tasks", "handlers") for task in play.get(key, [])]
    faults += [f"{play.get('name')}: a task has no name" for task in structure.all_tasks(tasks) if not task.get("name")]
    return faults


def role_names(play: dict[str, Any]) -> list[str]:
    """Every role that the play names, in either way."""
    listed = [
        role if isinstance(role, str) else role.get("role", role.get("name", "")) for role in play.get("roles", [])
    ]
    tasks = [task for key in ("pre_tasks", "tasks", "post_tasks") for task in play.get(key, [])]
    included = [
        call if isinstance(call, str) else call.get("name", "")
        for task in structure.all_tasks(tasks)
        for key, call in task.items()
        if key in ROLE_TASKS
    ]
    return listed + included


@pytest.mark.parametrize("path", structure.playbooks(), ids=structure.name_of)
def test_playbook_reads_as_a_checklist(path: Path) -> None:
    assert playbook_faults(path.name, path.read_text(encoding="utf-8")) == []


GOOD = "- {name: A, hosts: all, roles: [openlibrary.deploy.switch]}"


def test_a_good_playbook_passes() -> None:
    assert playbook_faults("roll_back.yml", GOOD) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("roll-back.yml", GOOD),
        ("rollback.yaml", GOOD),
        ("rollback.yml", GOOD + "\n" * (LINES + 1)),
        ("rollback.yml", "- {hosts: all, roles: [openlibrary.deploy.switch]}"),
        ("rollback.yml", "- {name: A, hosts: all, roles: [switch]}"),
        ("rollback.yml", "- {name: A, hosts: all, roles: [{role: switch}]}"),
        ("rollback.yml", "- {name: A, hosts: all, tasks: [{name: B, ansible.builtin.include_role: {name: switch}}]}"),
        ("rollback.yml", "- {name: A, hosts: all, tasks: [{ansible.builtin.ping: {}}]}"),
        ("rollback.yml", "- {name: A, hosts: all, tasks: [{block: [{ansible.builtin.ping: {}}]}]}"),
        ("rollback.yml", "- {name: A, tasks: []}"),
    ],
)
def test_a_faulty_playbook_is_found(name: str, text: str) -> None:
    assert playbook_faults(name, text)
