# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole tree of a commit, submodules and theirs included, without a work tree of git's."""

from __future__ import annotations

import os
from typing import Callable

from .._model.errors import DeployError
from .._model.release import submodules
from .._model.release.submodules import Submodule
from .git import Mirror

OpenMirror = Callable[[str], Mirror]
"""Gives the mirror for the address of a submodule, made if need be."""


def export(mirror: Mirror, repository: str, commit: str, target: str, open_mirror: OpenMirror) -> None:
    """Write the tree of ``commit`` below the empty directory ``target``.

    ``repository`` is the address of ``mirror``, to which relative addresses of submodules refer. Raises DeployError,
    OSError.
    """
    mirror.export(commit, target)
    for submodule in _submodules(mirror, commit):
        url = submodules.resolve_url(repository, submodule.url)
        child = open_mirror(url)
        _bring(child, url, submodule)
        directory = os.path.join(target, submodule.path)
        os.makedirs(directory, exist_ok=True)
        export(child, url, submodule.commit, directory, open_mirror)


def _submodules(mirror: Mirror, commit: str) -> tuple[Submodule, ...]:
    links = submodules.parse_gitlinks(mirror.git("ls-tree", "-r", "-z", "--full-tree", commit))
    if not links:
        return ()
    if mirror.read(commit, ".gitmodules") is None:
        return submodules.join(links, {})
    return submodules.join(
        links, submodules.parse_config(mirror.git("config", "-z", "--list", f"--blob={commit}:.gitmodules"))
    )


def _bring(mirror: Mirror, url: str, submodule: Submodule) -> None:
    """Have the submodule's commit in the mirror; a server may hold it without any branch that reaches it."""
    if mirror.has_commit(submodule.commit):
        return
    mirror.fetch(url)
    if mirror.has_commit(submodule.commit):
        return
    try:
        mirror.fetch(url, [f"+{submodule.commit}:refs/deploy/{submodule.commit}"])
    except DeployError as error:
        raise DeployError(
            f"The submodule {submodule.path} needs commit {submodule.commit}, which {url} does not have: "
            "push it there.",
            **error.details,
        ) from error
