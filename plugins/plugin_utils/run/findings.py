# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reasons not to start a run, and what its operator should know.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.host.lock import BREAK_COMMAND, describe_entry
from .fleet import Fleet, able, project_of, releases_of, services_of
from .host_plan import HostPlan
from .request import Request


@dataclass(frozen=True)
class Finding:
    """A reason not to start, or (with ``blocking`` false) something that the operator should know.

    ``host`` is empty where the sentence says everything by itself; ``skip`` is the name by which an operator may
    override it, empty where nobody can. ``leave`` says that the run could go on without the host, a web node, and
    ``floor`` that too few others serve, which is no reason any more for a run that goes on without one.
    """

    host: str
    sentence: str
    blocking: bool = True
    skip: str = ""
    leave: bool = False
    floor: bool = False

    @property
    def line(self) -> str:
        """The finding with its host."""
        named = not self.host or self.sentence.lower().startswith(f"{self.host.lower()} ")
        return self.sentence if named else f"{self.host}: {self.sentence}"


def host_findings(request: Request, fleet: Fleet, surveys: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """What the hosts themselves find wrong, and locks.

    To a rollback it is only information, unless a static host, or the last web node, cannot take part.
    """
    findings = []
    spare = any(able(survey) and fleet.part(host) == "web" for host, survey in surveys.items())
    for host, survey in surveys.items():
        blocking = request.action != "rollback" or not (able(survey) or (spare and fleet.part(host) != "static"))
        problems = _problems(request, fleet, host, survey)
        leave = blocking and not able(survey) and spare and fleet.part(host) == "web"
        findings += [Finding(host=host, sentence=text, blocking=blocking, leave=leave) for text in problems]
        current = project_of(survey, request.project).get("current")
        if request.action == "restart" and survey.get("reachable") and not current:
            findings.append(Finding(host=host, sentence=f"there is no release of {request.project} to restart"))
        findings += _then_restart_findings(request, host, survey)
    return findings + lock_findings(surveys)


def _problems(request: Request, fleet: Fleet, host: str, survey: Mapping[str, Any]) -> Sequence[str]:
    said: Sequence[str] = survey.get("problems") or ()
    if survey.get("reachable"):
        return said
    if request.action == "deploy" and host in fleet.home[:1]:
        why = survey.get("silence") or "; ".join(said) or "it gave no answer"
        return [f"{host} builds the releases and could not be asked: {why}"]
    return said or [f"{host} could not be asked"]


def _then_restart_findings(request: Request, host: str, survey: Mapping[str, Any]) -> list[Finding]:
    then = request.then_restart
    if not then or not services_of(survey, then) or project_of(survey, then).get("current"):
        return []
    sentence = f"there is no release of {then} to restart (deploy_then_restart)"
    return [Finding(host=host, sentence=sentence, blocking=request.action != "rollback")]


def bad_findings(request: Request, surveys: Mapping[str, Mapping[str, Any]], release: str | None) -> list[Finding]:
    """A release that failed before is neither deployed nor gone back to; a restart only takes what is there."""
    if request.action == "restart":
        return []
    bad = {host: releases_of(survey, request.project).get(release or "", {}) for host, survey in surveys.items()}
    hosts = sorted(host for host, entry in bad.items() if entry.get("bad"))
    if not hosts:
        return []
    why = bad[hosts[0]].get("why") or "no reason recorded"
    return [Finding(host=", ".join(hosts), sentence=f"release {release} is marked bad ({why})", skip="bad")]


def staged_findings(
    request: Request, release: str | None, surveys_of_staging: Mapping[str, Mapping[str, Any]]
) -> list[Finding]:
    """Why a deploy must wait until somebody tested its release, by the survey of every staging host.

    One staging host where the release is or was current is enough. A rollback and a restart are never kept waiting.
    """
    if request.action != "deploy" or not request.require_staged:
        return []
    asked = {host: survey for host, survey in surveys_of_staging.items() if survey.get("reachable")}
    if any(release in project_of(survey, request.project).get("served", ()) for survey in asked.values()):
        return []
    if not surveys_of_staging:
        sentence = "deploy_require_staged is set, but the inventory has no staging host: add one"
        return [Finding(host="inventory", sentence=sentence, skip="staged")]
    unknown = f"it cannot be asked whether release {release} was ever current there (deploy_require_staged)"
    findings = [
        Finding(host=host, sentence=f"{unknown}; bring it back", skip="staged")
        for host in sorted(surveys_of_staging)
        if host not in asked
    ]
    if asked:
        hosts = ", ".join(sorted(asked))
        never = f"release {release} was never current on {hosts} (deploy_require_staged); test it there first"
        findings.append(Finding(host=hosts, sentence=never, skip="staged"))
    return findings


def first_findings(project: str, hosts: Sequence[HostPlan]) -> list[Finding]:
    """Where something is about to load a first release: what the failure of its reload would mean."""
    return [
        Finding(
            host=host.host,
            sentence=f"it has no release of {project} yet, so that there is nothing to go back to if the first one "
            "passes its test and cannot be loaded",
            blocking=False,
        )
        for host in hosts
        if host.reload and host.current is None
    ]


def lock_findings(surveys: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """One finding for each run that holds hosts, in the words of the host that it took first."""
    locked = {host: survey["lock"] for host, survey in surveys.items() if survey.get("lock")}
    by_run: dict[str, list[str]] = {}
    for host in sorted(locked, key=lambda name: str(locked[name].get("since"))):
        by_run.setdefault(str(locked[host].get("run")), []).append(host)
    return [Finding(host=", ".join(hosts), sentence=_lock_sentence(locked[hosts[0]])) for hosts in by_run.values()]


def _lock_sentence(lock: Mapping[str, Any]) -> str:
    return f"locked by {describe_entry(lock)}. If that run is dead: {BREAK_COMMAND} -e run={lock.get('run')}"
