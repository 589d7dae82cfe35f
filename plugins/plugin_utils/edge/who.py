# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is behind a run, for the locks, the journals and the tags."""

from __future__ import annotations

import getpass
import socket
import typing as t

from ansible.errors import AnsibleError

LONGEST = 100
UNKNOWN = "unknown"
SAID_BY = ("deploy_who", "awx_user_name", "tower_user_name")
"""The variables that say it. AWX, Tower before it, sets its own for a job that somebody launched."""


def who(value_of: t.Callable[[str], t.Any]) -> str:
    """Who is behind the run: one line of at most 100 printable characters, ``unknown`` where nobody can tell.

    ``value_of`` gives a variable's value, None where there is none; one that cannot be read says nothing.
    """
    return next((said for name in SAID_BY if (said := _said(name, value_of))), "") or at_terminal()


def _said(name: str, value_of: t.Callable[[str], t.Any]) -> str:
    try:
        return as_line(value_of(name))
    except AnsibleError:
        return ""


def at_terminal() -> str:
    """The login and the host of whoever runs ansible-playbook; ``unknown`` for a user without a name."""
    try:
        login = as_line(getpass.getuser())
    except (ImportError, KeyError, OSError):
        # A user id without an entry in passwd, as containers have them; which of the three depends on Python's version.
        return UNKNOWN
    try:
        host = as_line(socket.gethostname())
    except OSError:
        host = ""
    return as_line(f"{login}@{host}" if host else login) or UNKNOWN


def as_line(value: object) -> str:
    """The value as a line of printable characters, cut to what a table takes; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = " ".join(str(value).split())
    return "".join(character for character in text if character.isprintable())[:LONGEST].strip()
