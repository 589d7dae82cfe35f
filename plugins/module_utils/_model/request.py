# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the operator asked for, and which release that means.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .errors import InputError
from .fleet import Fleet, project_of, releases_of
from .release import check_project

ACTIONS = ("deploy", "rollback", "restart")
PREFIX = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Request:
    """What the operator asked for.

    ``then_restart`` is another project whose services restart in the same turns, empty for none; ``pauses`` whether the
    run waits for somebody once blue is proven; ``nagios_unknown`` is ``stop`` or ``continue``.
    """

    action: str
    project: str
    release: str = ""
    balancer: str = ""
    allow_bad: bool = False
    min_in_rotation: int = 1
    require_staged: bool = False
    then_restart: str = ""
    pauses: bool = False
    nagios_unknown: str = "stop"

    @property
    def service_project(self) -> str:
        """The project whose services restart and are proven."""
        return self.then_restart or self.project

    @property
    def restart_always(self) -> bool:
        """Whether services restart even where they run the right release: something else than that changed."""
        return self.action == "restart" or bool(self.then_restart)


def check_request(
    action: str,
    project: str,
    version: str,
    projects: Mapping[str, Any],
    fleet: Fleet,
    limit: Sequence[str] | None,
) -> None:
    """Refuse, before any host is asked, what can never be right.

    ``limit`` are the hosts that --limit leaves, None without it. Raises InputError with one sentence.
    """
    if project not in projects:
        known = ", ".join(sorted(projects)) or "none"
        raise InputError(f"There is no project {project!r} in deploy_projects (known: {known}).")
    check_project(project)
    if action == "deploy" and limit is not None:
        raise InputError(
            "deploy takes no --limit: the fleet gets one release, and the guards are on every host. "
            "rollback and restart honour it."
        )
    if action == "rollback" and version and not PREFIX.fullmatch(version):
        raise InputError(f"hash={version!r} is not a commit hash: give 7 to 40 hex digits, lower case.")
    missing = [name for name in ("web", "static", "home") if not getattr(fleet, name)]
    if action == "deploy" and missing:
        raise InputError(f"The inventory has no host for: {', '.join(missing)}. Nothing was asked of any host.")
    if not (fleet.web or fleet.static or fleet.home):
        raise InputError("The inventory has no host to work on.")
    if limit is not None and not {*fleet.web, *fleet.static, *fleet.home} & set(limit):
        raise InputError("--limit leaves no host of the fleet, nothing was done.")


def then_restart_of(given: object, request: Request, projects: Mapping[str, Any], usual: str) -> str:
    """The project whose services restart after this run's turns; empty for none.

    ``given`` is deploy_then_restart as somebody wrote it: a name; true for ``usual``, the inventory's deploy_project;
    false or nothing for none. Raises InputError for a project that is not there, and where it makes no sense.
    """
    word = str("" if given is None else given).strip()
    if word.lower() in ("", "false", "no", "off", "0", "none"):
        return ""
    name = usual if word.lower() in ("true", "yes", "on", "1") else word
    if request.action == "restart":
        raise InputError(
            f"A restart takes no deploy_then_restart ({name}): say which project restarts with -e project={name}."
        )
    if name not in projects:
        known = ", ".join(sorted(projects)) or "none"
        raise InputError(f"deploy_then_restart: there is no project {name!r} in deploy_projects (known: {known}).")
    if name == request.project:
        raise InputError(
            f"deploy_then_restart is {name}, the project of this {request.action} itself: its services restart anyway."
            " Leave it out."
        )
    return name


def rollback_release(request: Request, surveys: Mapping[str, Mapping[str, Any]]) -> str:
    """The full hash to roll back to: the one whose prefix was given, or the fleet's previous good release.

    Raises InputError when it is unknown, ambiguous, not complete on every host, or marked bad.
    """
    have = {host: releases_of(survey, request.project) for host, survey in surveys.items()}
    if request.release:
        wanted = _by_prefix(request.release, have)
    else:
        wanted = _previous_good(request.project, surveys)
    lacking = sorted(host for host, releases in have.items() if wanted not in releases)
    if lacking:
        raise InputError(
            f"Release {wanted} is not complete on {', '.join(lacking)}; nothing was changed. "
            "Deploy it (-e version=<hash>) or choose another: ansible-playbook playbooks/status.yml"
        )
    bad = sorted(host for host, releases in have.items() if releases[wanted].get("bad"))
    if bad and not request.allow_bad:
        why = have[bad[0]][wanted].get("why") or "no reason recorded"
        raise InputError(
            f"Release {wanted} is marked bad on {', '.join(bad)} ({why}); nothing was changed. "
            "Choose another, or add -e allow_bad=true."
        )
    return wanted


def _by_prefix(prefix: str, have: Mapping[str, Mapping[str, Any]]) -> str:
    matches = sorted({hash_ for releases in have.values() for hash_ in releases if hash_.startswith(prefix)})
    if not matches:
        raise InputError(f"No host has a release that begins with {prefix}; nothing was changed.")
    if len(matches) > 1:
        raise InputError(
            f"{prefix} is ambiguous: it begins {', '.join(matches)}. Nothing was changed; give more digits."
        )
    return matches[0]


def _previous_good(project: str, surveys: Mapping[str, Mapping[str, Any]]) -> str:
    previous = {host: project_of(survey, project).get("previous_good") for host, survey in surveys.items()}
    known = {hash_ for hash_ in previous.values() if hash_}
    if not known:
        raise InputError("No host knows an earlier good release; nothing was changed. Name one with -e hash=<commit>.")
    if len(known) > 1 or None in previous.values():
        listed = "; ".join(f"{host}: {hash_ or 'none'}" for host, hash_ in sorted(previous.items()))
        raise InputError(
            f"The hosts' previous good releases differ ({listed}); nothing was changed. Name one with -e hash=<commit>."
        )
    return str(known.pop())
