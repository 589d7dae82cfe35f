# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must not be shown: values whose names say so, and passwords and tokens in addresses.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import re

MASK = "********"
_NAME = re.compile(
    r"pass(?!ive)|pwd|secret|token|credential|(^|[_-])auth([_-]|$)|authori[sz]ation|cookie|(api|private|access)[_-]?key",
    re.IGNORECASE,
)
_IN_LOGIN = re.compile(r"(://[^/\s:@]*:)([^/\s@]+)@")
_IN_QUERY = re.compile(r"([?&]([^=&#\s]+)=)([^&#\s]+)")


def names_secret(name: str) -> bool:
    """Whether a value of this name is one."""
    return bool(_NAME.search(name))


def secrets_in(text: str) -> list[str]:
    """Those of the addresses in a text: a login's password, and what is in a query under such a name."""
    found = [password for _before, password in _IN_LOGIN.findall(text)]
    return found + [value for _before, name, value in _IN_QUERY.findall(text) if names_secret(name)]


def without_secrets(text: str) -> str:
    """The text with those masked."""
    text = _IN_LOGIN.sub(rf"\1{MASK}@", text)
    return _IN_QUERY.sub(lambda found: found[1] + (MASK if names_secret(found[2]) else found[3]), text)
