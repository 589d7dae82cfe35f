# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Taking over an installation not made by this collection: what it consists of, and what has to be written down."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DeployError
from ..release.release import Layout, short
from .switch import ADOPT_COMMAND, Current

PHASE = "adopt"
ENVIRONMENT = "adopted"
_NAMED = 5


@dataclass(frozen=True)
class Installation:
    """What lies on the host for one project.

    releases: hash directories that have no record and that no install of ours began. others: further names beside them.
    in_history: whether the journal knows how the current release became current. venv, adopted: what <root>/venv and
    <root>/venvs/adopted are: ``missing``, ``directory``, ``link`` or ``file``. linked_environment: the name of the
    environment that the link <root>/venv leads to, empty when it leads to none. environment_recorded: whether
    <root>/venvs/adopted.json is there.
    """

    current: Current
    releases: tuple[str, ...]
    others: tuple[str, ...]
    in_history: bool
    venv: str
    adopted: str
    linked_environment: str
    environment_recorded: bool


@dataclass(frozen=True)
class Adoption:
    """What has to be done, all of it empty or false when there is nothing to adopt.

    exchange: move the directory <root>/venv to venvs/adopted. record_environment: write its record. releases get a
    manifest and a record bound to ``environment``. history: journal ``current`` as the release that is in service.
    """

    exchange: bool = False
    record_environment: bool = False
    environment: str = ""
    releases: tuple[str, ...] = ()
    history: bool = False
    current: str | None = None

    def __bool__(self) -> bool:
        return self.exchange or self.record_environment or bool(self.releases) or self.history


def decide_adoption(layout: Layout, project: str, found: Installation, adopt: bool) -> Adoption:
    """What has to be done. Raises DeployError for what was not asked for or cannot be taken over as it is."""
    if found.current.kind == "directory":
        raise _refuse(
            f"{layout.current(project)} is a real directory, not a link: move it to"
            f" {layout.project(project)}/<hash of its commit>, make a link to that in its place, then adopt it"
        )
    adoption = _needed(found)
    if not adoption:
        return adoption
    if not adopt:
        raise DeployError(
            f"This host holds an installation of {project} not made by this collection"
            f" ({describe_installation(layout, found)}); to take it over, type: {ADOPT_COMMAND}",
            phase=PHASE,
            state_now="nothing was changed",
            next_command=ADOPT_COMMAND,
        )
    if found.current.kind in ("foreign", "dangling"):
        what = f"leads to {found.current.target}" if found.current.target else "is a file"
        raise _refuse(
            f"{layout.current(project)} {what}, which is not a release: it must be a link to"
            f" {layout.project(project)}/<hash of a commit>"
        )
    if adoption.exchange and found.adopted not in ("missing", "link"):
        raise _refuse(f"{layout.venv} and {layout.environment(ENVIRONMENT)} both exist: move one of them away")
    return adoption


def _needed(found: Installation) -> Adoption:
    exchange = found.venv == "directory"
    environment = ENVIRONMENT if exchange else found.linked_environment
    return Adoption(
        exchange=exchange,
        record_environment=exchange or (environment == ENVIRONMENT and not found.environment_recorded),
        environment=environment,
        releases=found.releases,
        history=found.current.hash is not None and not found.in_history,
        current=found.current.hash,
    )


def _refuse(sentence: str) -> DeployError:
    return DeployError(sentence + ".", phase=PHASE, state_now="nothing was changed")


def describe_installation(layout: Layout, found: Installation) -> str:
    """What was found, as a clause for a person."""
    parts = []
    if found.releases:
        named = ", ".join(short(each) for each in found.releases[:_NAMED])
        more = f" and {len(found.releases) - _NAMED} more" if len(found.releases) > _NAMED else ""
        parts.append(f"releases without a record: {named}{more}")
    if found.venv == "directory":
        parts.append(f"{layout.venv} is a real directory")
    elif found.adopted == "directory" and not found.environment_recorded:
        parts.append(f"{layout.environment(ENVIRONMENT)} has no record")
    if found.current.hash and not found.in_history:
        parts.append(f"the journal does not know how {short(found.current.hash)} became current")
    return "; ".join(parts)


def secured_mode(mode: int) -> tuple[int, bool]:
    """The permission bits of something that somebody owned and root is to own, and whether his group must keep it.

    Nobody else may write it afterwards. Its owner still reads it: as a member of his group, where the others could not.
    """
    safe = mode & ~0o022
    owner, others = (mode & 0o500) >> 6, mode & 0o005
    if owner & ~others:
        return safe | owner << 3, True
    return safe, False
