# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what a host runs was judged: a hot fix is not, until a later run has done so.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .command import playbook_command, run_words
from .request import BEFORE_GATES
from .table import short


def unverified(found: Mapping[str, Any]) -> str:
    """Why the release that is current on a host came as a hot fix and is not verified yet; empty where it is.

    ``found`` is what the host said of the project. A later deploy or restart that moved or restarted it here verifies
    it, if it ended well and waited for its verdicts. One that found it current is none: it had nothing to judge.
    """
    current = found.get("current")
    here = [run for run in found.get("runs", ()) if current and run["after"] == current and run["closed"] == "good"]
    # The newest come first: what was before the hot fix, or the deploy that brought the release, does not matter.
    last = next((run for run in here if run["urgent"] or _verifies(run)), None)
    return str(last["urgent"]) if last else ""


def _verifies(run: Mapping[str, Any]) -> bool:
    came = run["action"] == "deploy" and run["before"] != run["after"]
    return (came or run["action"] == "restart") and not set(run["skips"]) - set(BEFORE_GATES)


def verify_command(project: str, usual: str) -> str:
    """The command that verifies a hot fix of the project; ``usual`` is the inventory's own."""
    return playbook_command("restart", run_words(project, usual))


def hot_fix_drift(found: Mapping[str, Any], verify: str) -> list[str]:
    """By the journal: what no gate and no whole bake judged is as it should be only once that has happened."""
    why = unverified(found)
    came = f"{short(found.get('current'))} came as a hot fix that waited for no verdict ({why})"
    return [f"{came}; to verify it: {verify}"] if why else []
