# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who logs in. See the documentation of openlibrary.deploy.login."""

from __future__ import annotations

DOCUMENTATION = r"""
name: login
short_description: Who logs in, by -u before the inventory
description:
  - Returns the user that C(-u) or C(--user) names, without it the host's C(ansible_user), and nothing where that is not
    set either.
  - An inventory's C(ansible_user) wins over C(-u), even where it names a user that nobody has made yet. The play that
    makes this user sets C(ansible_user) with this lookup, so that C(-u) says who logs in to make it.
author:
  - Open Library developers (@openlibrary)
"""

EXAMPLES = r"""
- name: Log in as -u says, and without it as the inventory does
  hosts: all
  vars:
    ansible_user: "{{ lookup('openlibrary.deploy.login') }}"
"""

RETURN = r"""
_raw:
  description: The user, or null where nobody is named.
  type: list
  elements: str
"""

import typing as t

from ansible import context
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(
        self, terms: list[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str | None]:
        """The user, as a list of one. What the play sets, which is this lookup, is not among a host's own variables."""
        given = variables or {}
        own = given["hostvars"][given["inventory_hostname"]] if "hostvars" in given else {}
        return [context.CLIARGS.get("remote_user") or own.get("ansible_user")]
