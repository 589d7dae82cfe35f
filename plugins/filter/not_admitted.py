# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which public keys a file of authorized keys lacks."""

from __future__ import annotations

DOCUMENTATION = r"""
name: not_admitted
short_description: The public keys that a file of authorized keys lacks
description:
  - Returns those of the keys that no line of the file admits. A key that is there, maybe with other options or another
    comment, is admitted.
positional: _input, content
options:
  _input:
    description: Public keys, as they stand in such a file.
    type: list
    elements: str
    required: true
  content:
    description: The file, as M(ansible.builtin.slurp) returns it.
    type: str
    required: true
author: Open Library developers (@openlibrary)
"""

EXAMPLES = r"""
- name: Admit who deploys
  ansible.builtin.lineinfile:
    path: ~deploy/.ssh/authorized_keys
    line: "{{ item }}"
  loop: "{{ keys | openlibrary.deploy.not_admitted(found.content | default('')) }}"
"""

RETURN = r"""
_value:
  description: The keys that are not admitted.
  type: list
  elements: str
"""

import base64
import re
import typing as t

KEY = re.compile(r"AAAA[0-9A-Za-z+/=]+")
"""The key itself, without its type, its options and its comment."""


def not_admitted(keys: t.Sequence[str], content: str) -> list[str]:
    """The keys of which the file, in base64, has no line."""
    lines = base64.b64decode(content).decode(errors="replace").splitlines()
    admitted = {part for line in lines if not line.lstrip().startswith("#") for part in KEY.findall(line)}
    return [key for key in keys if not admitted.intersection(KEY.findall(key))]


class FilterModule:
    """The filter, as Ansible asks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name."""
        return {"not_admitted": not_admitted}
