# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The current link of a project: what it is, and whether it may be switched to a release."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ..errors import DeployError
from ..release.release import Layout, ReleaseRecord

PHASE = "switch"
ADOPT_COMMAND = "ansible-playbook playbooks/prepare.yml -e adopt=true"


@dataclass(frozen=True)
class Current:
    """What ``<root>/<project>`` is.

    ``kind``: ``link`` (to a release of this project that is there), ``missing``, ``directory``, ``dangling`` (a link to
    nothing) or ``foreign`` (a link elsewhere, or a file). ``hash`` is set for ``link``, ``target`` for every link.
    """

    kind: str
    hash: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class SwitchFacts:
    """What a switch to a release finds on the host.

    ``record`` is None where the release does not exist; ``environment_complete`` speaks of the environment that the
    record names.
    """

    current: Current
    record: ReleaseRecord | None
    environment_complete: bool


def classify(layout: Layout, project: str, target: str, exists: bool) -> Current:
    """What a link named ``<root>/<project>`` with this target text is; ``exists``: something is at its end."""
    if not exists:
        return Current("dangling", target=target)
    found = _release_at(layout, project, target)
    return Current("link", found, target) if found else Current("foreign", target=target)


def _release_at(layout: Layout, project: str, target: str) -> str | None:
    path = posixpath.normpath(posixpath.join(layout.root, target))
    found = layout.locate(path)
    return found[1] if found and found[0] == project and path == layout.release(*found) else None


def decide_switch(
    layout: Layout, project: str, release: str, expect: str | None, found: SwitchFacts, foreseen: bool = False
) -> str | None:
    """The new target of the link of ``project``, None where it stays. Raises DeployError when it must not be switched.

    ``expect`` is the hash that must be current (empty: none may be), None where that does not matter. A link that
    already leads to the release satisfies every expectation: the step was done before. ``foreseen``: a release that is
    not here is one that an earlier step would have brought, had it not been in check mode.
    """
    _refuse_unmanaged(layout, project, found.current)
    if not foreseen:
        _refuse_unfit(release, found)
    current = found.current.hash
    if expect is not None and current not in (release, expect or None):
        raise DeployError(
            f"{layout.current(project)} is at {current or 'no release'}, not at {expect or 'none'} as expected:"
            " somebody else switched it.",
            phase=PHASE,
            state_now=_still(project, found.current),
            next_command="ansible-playbook playbooks/status.yml",
        )
    return None if current == release else layout.link_target(project, release)


def _refuse_unmanaged(layout: Layout, project: str, current: Current) -> None:
    path = layout.current(project)
    if current.kind == "directory":
        what = "a real directory"
    elif current.kind == "foreign":
        what = f"a link to {current.target}, which is not a release of {project}" if current.target else "a file"
    elif current.kind == "dangling" and _release_at(layout, project, current.target or "") is None:
        what = f"a link to {current.target}, which does not exist and is not a release of {project}"
    else:
        return
    raise DeployError(
        f"{path} is {what}; an installation not made by this collection must be adopted first.",
        phase=PHASE,
        state_now=_still(project, current),
        next_command=ADOPT_COMMAND,
    )


def _refuse_unfit(release: str, found: SwitchFacts) -> None:
    if found.record is None:
        raise DeployError(
            f"Release {release} is not on this host: it has no complete record here.",
            phase=PHASE,
            state_now="nothing was switched",
            next_command="ansible-playbook playbooks/status.yml",
        )
    if found.record.environment and not found.environment_complete:
        raise DeployError(
            f"The environment {found.record.environment} of release {release} is not complete on this host.",
            phase=PHASE,
            state_now="nothing was switched",
            next_command=f"ansible-playbook playbooks/deploy.yml -e version={release}",
        )


def _still(project: str, current: Current) -> str:
    return f"nothing was switched; {describe_current(project, current)}"


def describe_current(project: str, current: Current) -> str:
    """What the project's link is, as a clause for a person."""
    if current.kind == "link":
        return f"{project} is at {current.hash}"
    if current.kind == "missing":
        return f"{project} has no current release"
    if current.kind == "directory":
        return f"{project} is a real directory"
    return f"{project} is {current.kind}: {current.target or 'a file'}"
