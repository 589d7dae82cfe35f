# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as the operator would have to type them: for the inventory and the collection of the run that names them."""

from __future__ import annotations

import re
import shlex
import typing as t

PLAYBOOK = re.compile(r"ansible-playbook playbooks/([a-z_]+)\.yml")
COLLECTION = "openlibrary.deploy."


def as_typed(text: str, playbooks: t.Sequence[str], inventories: t.Sequence[str], default: t.Sequence[str]) -> str:
    """The text, in which each command of this collection names what the run was called with.

    ``playbooks`` and ``inventories`` are those of the command line, ``default`` the inventories that ansible.cfg names.
    """
    by_name = any(playbook.startswith(COLLECTION) for playbook in playbooks)
    chosen = () if list(inventories) == list(default) else inventories
    words = "".join(f"-i {shlex.quote(inventory)} " for inventory in chosen)

    def command(match: re.Match[str]) -> str:
        name = COLLECTION + match[1] if by_name else f"playbooks/{match[1]}.yml"
        return f"ansible-playbook {words}{name}"

    return PLAYBOOK.sub(command, text)
