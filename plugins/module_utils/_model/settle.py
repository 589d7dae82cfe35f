# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""What happens after a failed turn: the one place that decides which hosts go back, and which stay as they are.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from .fleet import project_of, services_of


@dataclass(frozen=True)
class Turn:
    """One host's part in the run: ``status`` is ``done``, ``failed`` or ``waiting`` (never begun)."""

    host: str
    part: str
    status: str
    current: str | None
    to: str | None
    host_to_blame: bool = False


@dataclass(frozen=True)
class Restore:
    """A host that goes back to what it ran before the run."""

    host: str
    to: str
    why: str


@dataclass(frozen=True)
class Left:
    """A host that stays as it is although a turn failed, and why; ``lost`` where nobody knows what it will run."""

    host: str
    why: str
    lost: bool = False


@dataclass(frozen=True)
class Settlement:
    """The decision, in the order in which it is carried out: last turn first."""

    restores: tuple[Restore, ...] = ()
    left: tuple[Left, ...] = ()
    blame_release: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a task's result."""
        return {**asdict(self), "hosts": {restore.host: asdict(restore) for restore in self.restores}}


def settle(
    turns: Sequence[Turn],
    project: str,
    surveys: Mapping[str, Mapping[str, Any]],
    in_rotation: Mapping[str, bool],
) -> Settlement:
    """Decide what follows a failed turn.

    ``surveys`` are taken after the failure; ``in_rotation`` says of each web host whether it gets traffic. The failed
    host goes back. Hosts that were switched before it go back too, last first, if the release is to blame; where the
    host is (unreachable, disk, supervisor dead) healthy hosts stay, for a person to choose.
    """
    failed = [turn for turn in turns if turn.status == "failed"]
    if not failed:
        return Settlement()
    blame_release = not any(turn.host_to_blame for turn in failed)
    restores: list[Restore] = []
    left: list[Left] = []
    for turn in reversed(turns):
        verdict = _settle_one(
            turn, project, surveys.get(turn.host, {}), in_rotation.get(turn.host, True), blame_release
        )
        if isinstance(verdict, Restore):
            restores.append(verdict)
        elif verdict is not None:
            left.append(verdict)
    return Settlement(restores=tuple(restores), left=tuple(left), blame_release=blame_release)


def _settle_one(
    turn: Turn, project: str, survey: Mapping[str, Any], in_rotation: bool, blame_release: bool
) -> Restore | Left | None:
    if turn.status == "waiting" or (turn.current == turn.to and turn.status == "done"):
        return None
    if turn.status == "done" and not blame_release:
        return Left(host=turn.host, why="its own turn went well, and the release is not to blame")
    if not survey.get("reachable"):
        return Left(host=turn.host, why="it cannot be reached, so nobody knows what it runs", lost=True)
    if _runs(survey, project, turn.current) and (turn.part != "web" or in_rotation):
        return None
    if turn.current is None:
        return Left(host=turn.host, why="it ran no release before this run, so there is none to go back to")
    if turn.current == turn.to and _runs(survey, project, turn.current):
        return Restore(host=turn.host, to=turn.current, why="it runs what it should, but is out of rotation")
    if turn.current == turn.to:
        return Left(host=turn.host, why="it was to be restarted on the release that it had, and did not come back")
    why = "its own turn failed" if turn.status == "failed" else "the release failed on another host"
    return Restore(host=turn.host, to=turn.current, why=why)


def _runs(survey: Mapping[str, Any], project: str, release: str | None) -> bool:
    """Whether link and processes of the host agree on the release."""
    services = services_of(survey, project)
    current = project_of(survey, project).get("current")
    return current == release and all(
        service.get("release") == release and not service.get("problem") for service in services
    )
