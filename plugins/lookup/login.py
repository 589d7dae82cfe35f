# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom -u names. See the documentation of openlibrary.deploy.login."""

from __future__ import annotations

DOCUMENTATION = r"""
name: login
short_description: The user that -u names on the command line
description:
  - Returns the user that C(-u) or C(--user) names, and an empty text without it.
  - An inventory's C(ansible_user) wins over C(-u), even where it names a user that nobody has made yet. The play that
    makes this user sets C(ansible_user) with this lookup, so that C(-u) says who logs in to make it.
author:
  - Open Library developers (@openlibrary)
"""

EXAMPLES = r"""
- name: Log in as -u says, and without it as the inventory does
  hosts: all
  vars:
    ansible_user: "{{ lookup('openlibrary.deploy.login') or hostvars[inventory_hostname].ansible_user }}"
"""

RETURN = r"""
_raw:
  description: One text, the user or nothing.
  type: list
  elements: str
"""

import typing as t

from ansible import context
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: list[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        """The user, as a list of one."""
        return [context.CLIARGS.get("remote_user") or ""]
