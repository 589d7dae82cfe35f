# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hot fix: what it does not wait for, and its one short share of traffic.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._model.bake.limits import CONTINUE, JUDGE
from ...module_utils._model.host.run_history import HOT_FIX
from .findings import Finding
from .request import Request

WARMUP, SECONDS = 2.0, 8.0
"""Seconds that the share of traffic is watched at most: so many that do not count, then so many that do."""


def waived(request: Request) -> tuple[str, ...]:
    """What a hot fix does not wait for although the site would have it so, as clauses; nothing for any other run."""
    if not request.urgent:
        return ()
    gates = [gate.name for gate in request.gates if gate.name not in request.skip]
    said = [f"the gate{'s' * (len(gates) > 1)} {', '.join(gates)}"] if gates else []
    said += ["deploy_require_staged"] if request.require_staged and "staged" not in request.skip else []
    said += ["the pause after blue"] if request.pauses else []
    judges = request.bake == JUDGE and "bake" not in request.skip
    return (*said, *(["the bake, but for one short look at the first web node"] if judges else []))


def covers(finding: Finding, request: Request) -> bool:
    """Whether a hot fix goes on in spite of the finding. A mark speaks against the very release: it is no pin."""
    return bool(request.urgent) and finding.blocking and finding.skip not in ("", "bad")


def hot_fix_notes(findings: Sequence[Finding], request: Request) -> list[str]:
    """What the journals keep of a hot fix: why, what it did not wait for, and what that would have stopped."""
    if not request.urgent:
        return []
    stopped = [finding.line for finding in findings if covers(finding, request) and finding.skip not in request.skip]
    return [
        f"{HOT_FIX}{request.urgent}",
        f"not waited for: {'; '.join(waived(request)) or 'nothing that would have been'}",
        *(f"would have stopped it: {line}" for line in stopped),
    ]


def announcement(urgent: str, left: Sequence[str]) -> list[str]:
    """The lines that the plan and the end of a hot fix have, ``left`` being what it does not wait for."""
    if not urgent:
        return []
    return [f"URGENT ({urgent}): not waited for: {'; '.join(left) or 'nothing that would have been'}"]


def first_share(site: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """How traffic comes back to the first web node of a hot fix: at one step, against fixed limits, for seconds.

    What serves beside it is what has to be fixed, and no reference. Where a site's bake only reports, ``mode``, it does
    so here.
    """
    first, bake = site["ramp"][0], site["bake"]
    watched = min(bake["seconds"], SECONDS)
    limits = {
        **bake,
        "mode": mode,
        "reference": [],
        "warmup": min(bake["warmup"], WARMUP),
        "seconds": watched,
        # Too little traffic is no reason to wait for more.
        "timeout": watched,
        "inconclusive": CONTINUE,
        "first_only": True,
    }
    hold = min(site["ramp_hold"], SECONDS)
    return {"ramp": list(dict.fromkeys([first, 100])), "ramp_hold": hold, "bake": limits}
