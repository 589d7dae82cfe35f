# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run will do on one host.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .fleet import Fleet, project_of, releases_of, services_of
from .request import Request
from .verified import unverified


@dataclass(frozen=True)
class HostPlan:
    """What the run will do on one host; ``have`` and ``environments`` are what is complete there.

    ``services`` is how many services of the plan's ``service_project`` the host has, ``proves`` the hash that they
    must run after the turn, empty where there is none, ``proven_before`` how many processes run it already. ``reload``
    says that something here reads its configuration from the release. ``unsettled`` says that the release runs, but
    that the run which brought it never ended: this one ends it. ``reweigh`` says that a run which died left the host's
    server at less than its weight, and that this turn is the return to rotation alone. ``alone``: no other host takes
    its turn meanwhile.
    """

    host: str
    part: str
    current: str | None
    to: str | None
    switch: bool
    restart: bool
    unsettled: bool = False
    builds: bool = False
    have: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    services: int = 0
    proves: str = ""
    reload: bool = False
    proven_before: int = 0
    reweigh: bool = False
    alone: bool = False

    @property
    def turn(self) -> bool:
        """Whether anything changes here."""
        return self.switch or self.restart or self.reload or self.reweigh

    @property
    def balanced(self) -> bool:
        """Whether the turn needs the host out of rotation: what nothing restarts goes on serving."""
        return self.part == "web" and self.restart

    @property
    def watched(self) -> bool:
        """Whether gates are told of the turn and asked after it: something that they may watch stops or changes."""
        return self.restart or self.reload

    @property
    def groups(self) -> list[str]:
        """The run's inventory groups that the host belongs to."""
        return ["deploy_hosts"] + ["deploy_turns"] * self.turn + ["deploy_build"] * self.builds

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        texts = {"target": self.to or "", "before": self.current or ""}
        return {**asdict(self), **texts, "turn": self.turn, "balanced": self.balanced, "watched": self.watched}


def plan_host(
    request: Request,
    fleet: Fleet,
    host: str,
    survey: Mapping[str, Any],
    release: str | None,
    left_behind: bool,
    weight_left: bool = False,
) -> HostPlan:
    """The plan for one host, from what it said of itself.

    ``release`` is what the fleet gets; ``left_behind`` that an earlier run took the host out of rotation and did not
    bring it back; ``weight_left`` that it brought it back, and not to its weight.
    """
    found = project_of(survey, request.project)
    current = found.get("current")
    wanted = current if request.action == "restart" else release
    switch = wanted is not None and current != wanted
    unsettled = request.action != "restart" and current == release != found.get("wanted")
    services = services_of(survey, request.service_project)
    proves = project_of(survey, request.then_restart).get("current") if request.then_restart else wanted
    # By a run that died, or a way back that failed: the link is right, and what reads from it runs with other files. A
    # hot fix is verified by a restart, also where nothing but this reads it.
    stale = found.get("loaded") not in (None, wanted) or (request.action == "restart" and bool(unverified(found)))
    proven = all(service.get("release") == proves and not service.get("problem") for service in services)
    restart = bool(services and proves) and (request.restart_always or left_behind or not proven or switch)
    reload = host in fleet.reloads and (switch or unsettled or stale)
    reweigh = weight_left and not restart
    # What answers on a port, such as a database's front, may be what the proofs and the users of web nodes need.
    needed = restart and fleet.part(host) != "web" and host in fleet.answers
    return HostPlan(
        host=host,
        part=fleet.part(host),
        current=current,
        to=wanted,
        switch=switch,
        restart=restart,
        unsettled=unsettled,
        builds=host in fleet.home[:1],
        have=tuple(releases_of(survey, request.project)),
        environments=tuple(survey.get("environments", ())),
        services=len(services),
        proves=proves or "",
        proven_before=sum(len(service.get("processes", ())) for service in services) if proves and proven else 0,
        reload=reload,
        reweigh=reweigh,
        alone=reload or reweigh or needed,
    )
