# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a run does not start: all of it in one message, and the whole command for the next attempt.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...module_utils._model.errors import DeployError
from .command import playbook_command, run_words
from .findings import Finding
from .plan import Plan
from .request import Request


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """A line for each finding, first what nothing can skip; a single one that blocks the run is the error itself."""
    alone = sum(finding.blocking for finding in findings) == 1
    return [
        f"  {_word(finding)}: {finding.line}"
        for finding in sorted(findings, key=_rank)
        if not (finding.blocking and alone)
    ]


def refusal(plan: Plan, request: Request, usual: str, limit: str = "", check: bool = False) -> DeployError:
    """The one error for all findings, each of which has a line of its own; what to type next is its last part.

    ``usual`` is the inventory's own project; ``limit`` the text of --limit, ``check`` whether --check was given.
    """
    found = sorted((finding for finding in plan.findings if finding.blocking), key=_rank)
    lines = [finding.line for finding in found]
    if len(found) == 1 and not found[0].host:
        return DeployError(lines[0], phase="preflight", state_now="nothing was changed on any host", findings=lines)
    following = _next(found, request, usual, limit, check)
    what = f"{plan.action} of {plan.project} was not started, nothing was changed on any host"
    if len(found) == 1:
        why = lines[0].rstrip(".")
    elif plan.hosts:
        why = f"{len(found)} findings, listed above"
    else:
        # Where nobody answers it is seldom every host that is broken.
        why = "no host can take part (reasons above); if none answers, check your own network and ssh agent"
    return DeployError(
        f"{what}: {why}. Next: {following}",
        phase="preflight",
        state_now="nothing was changed on any host",
        next_command=following,
        findings=lines,
    )


def request_command(
    request: Request,
    usual: str,
    limit: str = "",
    check: bool = False,
    more: Sequence[str] = (),
    leave: Sequence[str] = (),
) -> str:
    """The command of the request; with ``more`` to skip or to ``leave`` out it needs a reason, which is left empty."""
    words = {"deploy": {"version": request.version}, "rollback": {"hash": request.release}}.get(request.action, {})
    named = run_words(request.project, usual, request.then_restart, **words, urgent=request.urgent)
    without = list(dict.fromkeys([*request.without, *leave]))
    return playbook_command(request.action, named, request.in_order({*request.skip, *more}), limit, check, without)


def _next(found: Sequence[Finding], request: Request, usual: str, limit: str, check: bool) -> str:
    skips = [finding.skip for finding in found if finding.skip]
    leave = list(dict.fromkeys(finding.host for finding in found if finding.leave))
    again = request_command(request, usual, limit, check, skips, leave)
    solved = [finding for finding in found if finding.skip or finding.leave or (finding.floor and leave)]
    must = list(dict.fromkeys(finding.host or "the release" for finding in found if finding not in solved))
    ways = [f"override{' the rest' * bool(must)}"] * bool(skips) + [f"leave {', '.join(leave)} out"] * bool(leave)
    if not ways:
        return f"fix that, then: {again}"
    if not must:
        return f"fix that, or, to {' and '.join(ways)}: {again}"
    return f"fix what cannot be skipped ({', '.join(must)}), then, to {' and '.join(ways)}: {again}"


def _rank(finding: Finding) -> tuple[bool, bool]:
    return (not finding.blocking, bool(finding.skip))


def _word(finding: Finding) -> str:
    if not finding.blocking:
        return "note"
    return f"stop unless skip={finding.skip}" if finding.skip else "stop"
