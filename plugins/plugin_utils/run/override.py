# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator skips on request, or leaves out: it stops nothing any more, and is said, journaled and said again.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...module_utils._model.host.run_history import OVERRODE
from .findings import Finding
from .request import Request
from .urgent import covers

LEFT_OUT = {
    "bad": "the release is not marked bad anywhere",
    "staged": "it would not have stopped the release",
    "bake": "no node is watched while its traffic comes back",
}
"""What it meant for a run in which nothing had to be overridden."""
A_GATE = "restarts are announced to the gate, which decides nothing"
"""The same of a gate, whatever its name."""


def overridden(findings: Sequence[Finding], request: Request) -> list[Finding]:
    """The findings, of which those that the request skips, or does not wait for, are only told."""
    return [_told(finding, request) for finding in findings]


def _told(finding: Finding, request: Request) -> Finding:
    if _covered(finding, request):
        return replace(finding, sentence=f"skipped: {finding.sentence}", blocking=False)
    if covers(finding, request):
        return replace(finding, sentence=f"not waited for: {finding.sentence}", blocking=False)
    return finding


def override_notes(findings: Sequence[Finding], request: Request) -> list[str]:
    """One line for the journals for each skip: why, and what it overrode of the ``findings`` before that."""
    notes = []
    for name in request.in_order(request.skip):
        lines = [finding.line for finding in findings if finding.skip == name and _covered(finding, request)]
        notes.append(f"{OVERRODE}{name} ({request.reason}): {'; '.join(lines) or LEFT_OUT.get(name, A_GATE)}")
    return notes


def announcement(skips: Sequence[str], without: Sequence[str], reason: str) -> list[str]:
    """The lines that the plan and the end of the run have for what is skipped and who is left out; none for nothing."""
    said = [f"Skipped on request: {', '.join(skips)} ({reason})"] if skips else []
    return said + ([f"Left out on request, and of rotation: {', '.join(without)} ({reason})"] if without else [])


def _covered(finding: Finding, request: Request) -> bool:
    return finding.blocking and finding.skip in request.skip
