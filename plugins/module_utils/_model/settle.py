# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What happens after a failed turn: the one place that decides which hosts go back, and which stay as they are.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from .fleet import project_of, services_of


@dataclass(frozen=True)
class Turn:
    """One host's part in the run: ``status`` is ``done``, ``failed`` or ``waiting`` (never begun).

    ``host_to_blame`` says that nothing speaks against the release; ``doubt`` that nothing speaks against the host
    either: a gate could not tell, or a person said unwind. ``service_project`` is the project whose services restart in
    the turn, empty for the run's own; if it is another one, they run ``proves`` of it before the turn and after.
    """

    host: str
    part: str
    status: str
    current: str | None
    to: str | None
    host_to_blame: bool = False
    doubt: bool = False
    service_project: str = ""
    proves: str = ""


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
    host goes back. Hosts that were switched before it go back too, last first, if the release is to blame, or in doubt,
    which is no proof against the release; where the host is to blame (unreachable, disk, supervisor dead) healthy hosts
    stay, for a person to choose.
    """
    failed = [turn for turn in turns if turn.status == "failed"]
    if not failed:
        return Settlement()
    unwind = not any(turn.host_to_blame for turn in failed)
    why = "the run was stopped in doubt on another host"
    if blame_release := unwind and not all(turn.doubt for turn in failed):
        why = "the release failed on another host"
    restores: list[Restore] = []
    left: list[Left] = []
    for turn in reversed(turns):
        survey = surveys.get(turn.host, {})
        serves = turn.part != "web" or in_rotation.get(turn.host, True)
        verdict = _settle_one(turn, survey, _runs(survey, project, turn), serves, why if unwind else "")
        if isinstance(verdict, Restore):
            restores.append(verdict)
        elif verdict is not None:
            left.append(verdict)
    return Settlement(restores=tuple(restores), left=tuple(left), blame_release=blame_release)


def _settle_one(
    turn: Turn, survey: Mapping[str, Any], runs: bool, serves: bool, unwinding: str
) -> Restore | Left | None:
    """``runs`` says that the host runs what it ran before, ``serves`` that it gets traffic where it should.

    ``unwinding`` is why hosts go back whose own turn went well; empty where they stay.
    """
    if turn.status == "waiting" or (turn.current == turn.to and turn.status == "done"):
        return None
    if turn.status == "done" and not unwinding:
        return Left(host=turn.host, why="its own turn went well, and the release is not to blame")
    if not survey.get("reachable"):
        return Left(host=turn.host, why="it cannot be reached, so nobody knows what it runs", lost=True)
    if runs and serves:
        return None
    if turn.current is None:
        return Left(host=turn.host, why="it ran no release before this run, so there is none to go back to")
    if turn.current == turn.to and runs:
        return Restore(host=turn.host, to=turn.current, why="it runs what it should, but is out of rotation")
    if turn.current == turn.to:
        return Left(host=turn.host, why="it was to be restarted on the release that it had, and did not come back")
    own = "its own turn was stopped in doubt" if turn.doubt else "its own turn failed"
    return Restore(host=turn.host, to=turn.current, why=own if turn.status == "failed" else unwinding)


def _runs(survey: Mapping[str, Any], project: str, turn: Turn) -> bool:
    """Whether link and processes of the host agree on what it had before its turn."""
    own = turn.service_project in ("", project)
    expected = turn.current if own else turn.proves
    # Where another project has no release, the turn did not touch its services.
    services = services_of(survey, turn.service_project or project) if own or expected else []
    return project_of(survey, project).get("current") == turn.current and all(
        service.get("release") == expected and not service.get("problem") for service in services
    )
