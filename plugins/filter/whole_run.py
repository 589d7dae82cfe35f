# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a run of which a part was asked for, before any of its tasks."""

from __future__ import annotations

DOCUMENTATION = r"""
name: whole_run
short_description: Refuses a run of which only some tasks would be done
description:
  - Returns its input, but fails where C(--tags), C(--skip-tags), C(--start-at-task) or C(--step) would leave out tasks,
    and where a playbook was called that is a part of others.
  - It is for C(hosts) of a play, which Ansible resolves before it chooses tasks; no task can refuse what leaves it out.
positional: _input
options:
  _input:
    description: The pattern of hosts.
    type: str
    required: true
author: Open Library developers (@openlibrary)
"""

EXAMPLES = r"""
- name: Check
  hosts: "{{ 'all:localhost' | openlibrary.deploy.whole_run }}"
"""

RETURN = r"""
_value:
  description: The input.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.command_line import (
    only_listed,
    parts_only,
    typed_part,
)


def whole_run(pattern: str) -> str:
    """The pattern. Raises AnsibleFilterError where the run would leave out tasks."""
    if only_listed():
        return pattern
    if part := typed_part():
        raise AnsibleFilterError(
            f"{part} is a part of other playbooks: run deploy, rollback or restart. No host was contacted."
        )
    if parts := parts_only():
        raise AnsibleFilterError(
            f"{' and '.join(parts)} would leave out steps, and a playbook of openlibrary.deploy runs whole or not at "
            "all. No host was contacted."
        )
    return pattern


class FilterModule:
    """The filter, as Ansible asks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name."""
        return {"whole_run": whole_run}
