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
    override it, empty where nobody can.
    """

    host: str
    sentence: str
    blocking: bool = True
    skip: str = ""

    @property
    def line(self) -> str:
        """The finding with its host."""
        named = not self.host or self.sentence.startswith(f"{self.host} ")
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
        findings += [Finding(host=host, sentence=text, blocking=blocking) for text in problems]
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


def no_answer(baseline: Mapping[str, Any]) -> str:
    """Why Nagios' baseline is not known, in its own words; empty where it is known, or where there is no Nagios.

    ``baseline`` is the result of nagios_gate, skipped without a Nagios; the task that asks never fails by itself.
    """
    if not baseline or baseline.get("skipped"):
        return ""
    if baseline.get("failed") or baseline.get("outcome") == "failed" or "problems" not in baseline:
        return str(baseline.get("msg") or "It gave no answer.").rstrip()
    return ""


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


def nagios_findings(request: Request, baseline: Mapping[str, Any], watched: bool) -> list[Finding]:
    """What Nagios says before the run: problems are known from now on, and its silence stops what it has to judge.

    Where nothing restarts or reloads Nagios is not asked afterwards either, and a rollback is never kept waiting.
    """
    unknown = no_answer(baseline)
    if unknown:
        blocking = watched and request.action != "rollback" and request.nagios_unknown == "stop"
        sentence = f"it cannot tell what is wrong already: {unknown}"
        return [Finding(host="Nagios", sentence=sentence, blocking=blocking, skip="nagios")]
    problems = baseline.get("problems") or ()
    if not problems:
        return []
    counted = "1 problem is" if len(problems) == 1 else f"{len(problems)} problems are"
    return [Finding(host="Nagios", sentence=f"{counted} known before: {_few(problems)}", blocking=False)]


def unwatched_findings(
    request: Request, baseline: Mapping[str, Any], names: Mapping[str, str], turns: Sequence[str]
) -> list[Finding]:
    """Hosts whose turn Nagios could not judge, found before anything is touched and not when the others have changed.

    ``names`` says what Nagios calls a host where that is not its own name.
    """
    seen = baseline.get("hosts")
    if seen is None or no_answer(baseline):
        return []
    blocking = request.action != "rollback" and request.nagios_unknown == "stop"
    return [
        Finding(
            host=host,
            sentence=f"Nagios watches no service of {names.get(host, host)!r} in the hostgroup, and could not judge "
            "this host's turn (deploy_nagios_name, deploy_nagios_hostgroup)",
            blocking=blocking,
            skip="nagios",
        )
        for host in turns
        if names.get(host, host) not in seen
    ]


_NAMED = 5
"""How many problems a note names."""


def _few(problems: Sequence[Mapping[str, Any]]) -> str:
    named = [f"{each.get('host')}/{each.get('service')} {each.get('state')}" for each in problems[:_NAMED]]
    rest = len(problems) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")


def nagios_notes(request: Request, baseline: Mapping[str, Any], watched: bool) -> list[str]:
    """What the journal must keep: that the run went on although Nagios could not tell, as the site has it."""
    unknown = no_answer(baseline)
    if not unknown or not watched or request.action == "rollback" or request.nagios_unknown == "stop":
        return []
    return [f"deploy_nagios_unknown=continue: Nagios could not tell what was wrong before the run: {unknown}"]


def lock_findings(surveys: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """One finding for each run that holds hosts, in the words of the host that it took first."""
    locked = {host: survey["lock"] for host, survey in surveys.items() if survey.get("lock")}
    by_run: dict[str, list[str]] = {}
    for host in sorted(locked, key=lambda name: str(locked[name].get("since"))):
        by_run.setdefault(str(locked[host].get("run")), []).append(host)
    return [Finding(host=", ".join(hosts), sentence=_lock_sentence(locked[hosts[0]])) for hosts in by_run.values()]


def _lock_sentence(lock: Mapping[str, Any]) -> str:
    return f"locked by {describe_entry(lock)}. If that run is dead: {BREAK_COMMAND} -e run={lock.get('run')}"
