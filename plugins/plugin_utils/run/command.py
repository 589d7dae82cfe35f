# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command of a run, whole, so that it can be pasted.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence

PLAIN = re.compile(r"[\w./@:+,%-]+")
"""Values that ``-e name=value`` hands on as they are; it would split or unquote any other."""
NO_REASON = "-e \"reason=''\""
"""The reason is for a person to fill in. Without the outer quotes Ansible would keep its first word only."""


def playbook_command(
    playbook: str,
    words: Mapping[str, str],
    skip: Sequence[str] = (),
    limit: str = "",
    check: bool = False,
    without: Sequence[str] = (),
) -> str:
    """The command for ``playbook`` with the extra variables in ``words``; those that are empty are left out.

    ``skip`` are the checks to override and ``without`` the hosts to leave out, with a reason that is left empty;
    ``limit`` is the text of --limit.
    """
    parts = ["ansible-playbook", f"playbooks/{playbook}.yml"]
    parts += ["--check"] if check else []
    parts += ["--limit", shlex.quote(limit)] if limit else []
    for name, value in words.items():
        parts += ["-e", shlex.quote(_pair(name, value))] if value else []
    parts += ["-e", f"skip={','.join(skip)}"] if skip else []
    parts += ["-e", f"without={','.join(without)}"] if without else []
    parts += [NO_REASON] if skip or without else []
    return " ".join(parts)


def run_words(project: str, usual: str, then_restart: str = "", **words: str) -> dict[str, str]:
    """The extra variables of a run: its own ``words``, and the project unless the inventory's ``usual`` one is meant.

    ``then_restart`` is the other project whose services restart with it, empty for none.
    """
    return {**words, "project": "" if project == usual else project, "deploy_then_restart": then_restart}


def _pair(name: str, value: str) -> str:
    return f"{name}={value}" if PLAIN.fullmatch(value) else json.dumps({name: value})
