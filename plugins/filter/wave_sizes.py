# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many hosts take their turns at a time."""

from __future__ import annotations

DOCUMENTATION = r"""
name: wave_sizes
short_description: The number of hosts in each wave of turns
description:
  - It is for C(serial) of a play, which Ansible resolves before the play has hosts.
positional: _input, decision
options:
  _input:
    description: The variables of every host.
    type: dict
    required: true
  decision:
    description:
      - Name of the variable in which the hosts have what M(openlibrary.deploy.deploy_plan) or
        M(openlibrary.deploy.deploy_settle) returned.
    type: str
    required: true
author: Open Library developers (@openlibrary)
"""

EXAMPLES = r"""
- name: Roll
  hosts: deploy_turns
  serial: "{{ hostvars | openlibrary.deploy.wave_sizes('preflight_plan') }}"
"""

RETURN = r"""
_value:
  description: The numbers, in the order of the waves; a single 1 where nobody takes a turn.
  type: list
  elements: int
"""

import typing as t


def wave_sizes(hostvars: t.Mapping[str, t.Mapping[str, t.Any]], decision: str) -> list[int]:
    """The number of hosts in each wave of the decision that the hosts registered under this name."""
    found = (hostvars[host].get(decision) or {} for host in hostvars)
    waves: t.Sequence[t.Sequence[str]] = next((one["waves"] for one in found if one.get("waves")), [])
    return [len(wave) for wave in waves] or [1]


class FilterModule:
    """The filter, as Ansible asks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name."""
        return {"wave_sizes": wave_sizes}
