# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the whole fleet serves one commit, so that it may be called deployed.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .fleet import project_of
from .status import fleet_status


def served_commit(
    project: str,
    surveys: Mapping[str, Mapping[str, Any]],
    servers: Sequence[Mapping[str, Any]],
    server_names: Mapping[str, str],
) -> tuple[str, list[str]]:
    """The commit that every host serves, and every reason why it cannot be called deployed (no commit then)."""
    reasons = [
        f"{host}: it could not be asked"
        for host, survey in surveys.items()
        if not survey.get("reachable") and not survey.get("problems")
    ]
    reasons += fleet_status(project, surveys, servers, server_names).drift
    # Hosts at different releases have drifted: one of them at least is not at what is wanted.
    commits = {project_of(survey, project).get("current") for survey in surveys.values()} - {None}
    if not reasons and not commits:
        reasons.append(f"no host has a release of {project}")
    return ("", reasons) if reasons else (str(commits.pop()), [])
