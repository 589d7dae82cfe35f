# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release a fleet goes back to where nobody names one: by the past of the whole fleet, not of each host.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.errors import InputError
from ...module_utils._model.host.run_history import MOST_RUNS
from .fleet import project_of, releases_of
from .table import short

NAME_ONE = "Name one with -e hash=<commit>."

Surveys = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class WayBack:
    """The release to go back to, and why that one, as a sentence; empty where it is simply the one before."""

    release: str
    why: str = ""


@dataclass(frozen=True)
class Past:
    """What the fleet ran: ``stack`` are the releases that all hosts ran and that ended well on all, oldest first.

    Going back to an earlier one took off what lay on it. ``last`` is the newest run that may have moved a host, by what
    each host says of it, and ``unsound`` the hosts whose newest run did not end well, with a clause about that run.
    """

    stack: tuple[str, ...]
    last: Mapping[str, Mapping[str, Any]]
    unsound: Mapping[str, str]


def way_back(project: str, surveys: Surveys) -> WayBack:
    """The release that the hosts of ``surveys``, those that take part, go back to.

    After a run that died, failed, or left the hosts on two releases it is what the fleet ran before that run, be it
    what it runs now; a rollback that did not end is ended. Else it is the release below. Raises InputError where there
    is none, and where it is not complete, or was not proven, on these hosts.
    """
    past = fleet_past(project, surveys)
    current = {host: project_of(survey, project).get("current") for host, survey in surveys.items()}
    trouble = _trouble(past, current)
    candidates = _candidates(past, _shared(current), bool(trouble))
    have = {host: releases_of(survey, project) for host, survey in surveys.items()}
    passed = [release for release in candidates if _any(have, release, "bad")]
    release = next((release for release in reversed(candidates) if release not in passed), None)
    if release is None:
        raise InputError(_nothing(trouble, passed))
    check_complete(release, have)
    if not _any(have, release, "good"):
        raise InputError(f"Release {release}, the one before, was never marked good; nothing was changed. {NAME_ONE}")
    above = [each for each in passed if candidates.index(each) > candidates.index(release)]
    return WayBack(release, _why(release, trouble, above, _shared(current)))


def check_complete(release: str, have: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises InputError unless the release is complete on every host; ``have`` are the complete ones of each."""
    lacking = sorted(host for host, releases in have.items() if release not in releases)
    if lacking:
        raise InputError(
            f"Release {release} is not complete on {', '.join(lacking)}; nothing was changed. "
            "Deploy it (-e version=<hash>) or choose another: ansible-playbook playbooks/status.yml"
        )


def fleet_past(project: str, surveys: Surveys) -> Past:
    """What the hosts' journals say together. A host that a run did not touch kept what it had."""
    told = {host: _runs(project_of(survey, project)) for host, survey in surveys.items()}
    runs = _in_order(told)
    ran = _at_first(runs)
    unsound: dict[str, str] = {}
    stack = _put([], _shared(ran))
    last: dict[str, Mapping[str, Any]] = {}
    for touched in runs:
        found = {host: run["before"] for host, run in touched.items()}
        if _shared(found) and set(found) >= set(ran) and not set(found.items()) & set(ran.items()):
            # Somebody moved every host by other means.
            stack, unsound = _put(stack, _shared(found)), {}
        for host, run in touched.items():
            ran[host] = run["after"]
            unsound.pop(host, None)
            if run["closed"] != "good":
                unsound[host] = f"run {run['run']} did not end well on"
            elif run["left_out"] and run["action"] == "rollback":
                # Typed again it must go where that one was going. Whom another run left out kept what it had.
                unsound[host] = f"run {run['run']} went on without {', '.join(run['left_out'])} on"
        for release in _gone_back_to(touched) & set(stack):
            stack = _put(stack, release)
        if not unsound and None not in ran.values():
            stack = _put(stack, _shared(ran))
        if any(run["action"] != "restart" for run in touched.values()):
            last = touched
    return Past(tuple(stack), last, unsound)


def _runs(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The runs that a host tells of, oldest first.

    Without those of which nothing came: that said so, or that were another project's and only restarted this one's
    services.
    """
    runs = [
        run
        for run in found.get("runs", ())
        if run["before"] != run["after"] or (run["action"] and run["closed"] != "unchanged")
    ]
    return runs[::-1]


def _gone_back_to(touched: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The release that a rollback brought to a host at least: what lay on it is left, whether or not the run ended."""
    return {run["to"] for run in touched.values() if run["action"] == "rollback" and run["after"] == run["to"]}


def _in_order(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Mapping[str, Any]]]:
    """Each run by what the hosts say of it, oldest first: tokens rise with time on every host.

    Where a host tells of no more than so many, what lies before its first one is told by nobody else either.
    """
    begin = max((runs[0]["token"] for runs in told.values() if len(runs) >= MOST_RUNS), default=0)
    found: dict[tuple[int, str], dict[str, Mapping[str, Any]]] = {}
    for host, runs in told.items():
        for run in runs:
            if run["token"] >= begin:
                found.setdefault((run["token"], run["run"]), {})[host] = run
    return [found[key] for key in sorted(found)]


def _at_first(runs: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, str | None]:
    """What each host had before the first run: what its own first run found.

    Not of a host whose journal begins later, with nothing or with a release that runs had brought to the others by
    then.
    """
    brought: set[str | None] = set()
    seen: dict[str, str | None] = {}
    late = set()
    for touched in runs:
        for host in set(touched) - set(seen):
            seen[host] = touched[host]["before"]
            late |= {host} if seen[host] in brought else set()
        brought |= {None, *(run["after"] for run in touched.values())}
    return {host: release for host, release in seen.items() if host not in late}


def _shared(releases: Mapping[str, str | None]) -> str | None:
    """The one release of all hosts that have any; None where they have several, or none has one."""
    found = {release for release in releases.values() if release}
    return found.pop() if len(found) == 1 else None


def _put(stack: Sequence[str], release: str | None) -> list[str]:
    if release is None:
        return list(stack)
    return [*_below(stack, release), release]


def _below(stack: Sequence[str], release: str | None) -> list[str]:
    """What lies below the release; everything where it is not there."""
    return list(stack[: stack.index(release)] if release in stack else stack)


def _trouble(past: Past, current: Mapping[str, str | None]) -> str:
    """Why the fleet is not what a run left in good order, as a clause; empty where it is."""
    if past.unsound:
        named: dict[str, list[str]] = {}
        for host, clause in past.unsound.items():
            named.setdefault(clause, []).append(host)
        return " and ".join(f"{clause} {', '.join(hosts)}" for clause, hosts in named.items())
    if _shared(current) is None and any(current.values()):
        return f"the hosts run different releases ({_listed(current)})"
    return ""


def _listed(current: Mapping[str, str | None]) -> str:
    return ", ".join(f"{host} {short(release)}" for host, release in current.items())


def _candidates(past: Past, now: str | None, trouble: bool) -> list[str]:
    """The releases that may be gone back to, the best one last."""
    if not trouble:
        return _below(past.stack, now)
    back = next((run["to"] for run in past.last.values() if run["action"] == "rollback"), None)
    if back in past.stack:
        # What a rollback left is not gone back to because the rollback did not come to its end.
        return _put(past.stack, back)
    return list(past.stack)


def _any(have: Mapping[str, Mapping[str, Any]], release: str, mark: str) -> bool:
    return any(releases.get(release, {}).get(mark) for releases in have.values())


def _nothing(trouble: str, passed: Sequence[str]) -> str:
    if passed:
        listed = ", ".join(short(release) for release in passed)
        return f"Every release that the fleet ran before is marked bad ({listed}); nothing was changed. {NAME_ONE}"
    if trouble:
        return f"There is nothing to go back to: {trouble}, and no earlier release was good on all hosts. {NAME_ONE}"
    return f"No host knows an earlier good release; nothing was changed. {NAME_ONE}"


def _why(release: str, trouble: str, passed: Sequence[str], now: str | None) -> str:
    said = [trouble] if trouble else []
    if passed:
        said.append(f"{', '.join(short(each) for each in passed)} {'is' if len(passed) == 1 else 'are'} marked bad")
    if not said:
        return ""
    sentence = f"{'; '.join(said)}: the way back is to {short(release)}, which the fleet ran before that"
    if release != now:
        return sentence
    return f"{sentence}, and is current already. To go further back: -e hash=<commit>"
