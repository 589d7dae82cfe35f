# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the operator asked for, and which release that means.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.bake.limits import JUDGE
from ...module_utils._model.errors import InputError
from .fleet import releases_of
from .gates import Gate, gates_of
from .pause import parse_pause
from .way_back import WayBack, check_complete, way_back

PREFIX = re.compile(r"[0-9a-f]{7,40}")
BEFORE_GATES, AFTER_GATES = ("bad", "staged"), ("bake",)
OWN_SKIPS = (*BEFORE_GATES, *AFTER_GATES)
"""What can be skipped besides the gates of `deploy_gates`, none of which may have one of these names."""


@dataclass(frozen=True)
class Request:
    """What the operator asked for.

    ``version`` is what a deploy was asked for, empty for the branch; ``release`` the hash that it means, empty where
    that is not known, or for a rollback the hash that was typed. ``then_restart`` is another project whose services
    restart in the same turns, empty for none; ``pauses`` whether the run waits for somebody once blue is proven.

    ``skip`` are the names of skippable that the operator overrides in this run, ``without`` the web nodes that are left
    out, and ``reason`` why. ``urgent`` is why it waits for no verdict. The site's own policy is in ``require_staged``,
    its ``gates``, and ``bake`` (judge, inform or skip).
    """

    action: str
    project: str
    release: str = ""
    version: str = ""
    balancer: str = ""
    skip: frozenset[str] = frozenset()
    reason: str = ""
    urgent: str = ""
    without: tuple[str, ...] = ()
    min_in_rotation: int = 1
    require_staged: bool = False
    then_restart: str = ""
    pauses: bool = False
    gates: tuple[Gate, ...] = ()
    bake: str = JUDGE

    @classmethod
    def of(cls, site: Mapping[str, Any], resolved: str) -> Request:
        """The request of a checked site, in its plain form; ``resolved`` is the hash that a deploy's version means."""
        asked, deploys = site["request"], site["playbook"] == "deploy"
        return cls(
            action=site["playbook"],
            project=asked["project"],
            release=resolved if deploys else asked["hash"],
            version=asked["version"],
            balancer=site["balancer"]["host"] if site["has_balancer"] else "",
            skip=frozenset(asked["skip"]),
            reason=asked["reason"],
            urgent=asked["urgent"],
            without=tuple(asked["without"]),
            min_in_rotation=site["min_in_rotation"],
            require_staged=site["require_staged"],
            then_restart=site["then_restart"],
            pauses=deploys and parse_pause(site["pause_after_blue"]).waits,
            gates=gates_of(site),
            bake=site["bake_mode"],
        )

    def in_order(self, names: Collection[str]) -> list[str]:
        """The names of what is skipped, in the order in which it would stop a deploy."""
        return [name for name in skippable("deploy", [gate.name for gate in self.gates]) if name in names]

    @property
    def informed_only(self) -> bool:
        """Whether gates are asked at the end alone, and only report: on a way back, and for a hot fix."""
        return self.action == "rollback" or bool(self.urgent)

    @property
    def service_project(self) -> str:
        """The project whose services restart and are proven."""
        return self.then_restart or self.project

    @property
    def restart_always(self) -> bool:
        """Whether services restart even where they run the right release: something else than that changed."""
        return self.action == "restart" or bool(self.then_restart)


def skippable(action: str, gates: Iterable[str]) -> tuple[str, ...]:
    """What an operator may override in an action, in the order in which it would stop it; ``gates`` are the site's.

    Nothing but the mark of a release can stop a rollback.
    """
    if action == "rollback":
        return ("bad",)
    before = BEFORE_GATES if action == "deploy" else ()
    return (*before, *gates, *AFTER_GATES) if action in ("deploy", "restart") else ()


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


def rollback_release(request: Request, surveys: Mapping[str, Mapping[str, Any]]) -> WayBack:
    """The release to roll back to: the one whose prefix was given, or the one that the fleet goes back to.

    Raises InputError when it is unknown, ambiguous, or not complete on every host.
    """
    if not request.release:
        return way_back(request.project, surveys)
    have = {host: releases_of(survey, request.project) for host, survey in surveys.items()}
    wanted = _by_prefix(request.release, have)
    check_complete(wanted, have)
    return WayBack(wanted)


def _by_prefix(prefix: str, have: Mapping[str, Mapping[str, Any]]) -> str:
    matches = sorted({hash_ for releases in have.values() for hash_ in releases if hash_.startswith(prefix)})
    if not matches:
        raise InputError(f"No host has a release that begins with {prefix}; nothing was changed.")
    if len(matches) > 1:
        raise InputError(
            f"{prefix} is ambiguous: it begins {', '.join(matches)}. Nothing was changed; give more digits."
        )
    return matches[0]
