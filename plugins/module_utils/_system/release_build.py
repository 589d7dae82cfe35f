# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's files on the home node: as they are when it is complete, else exported and built once in a scratch copy.

A build is not reproducible, so what was built once is kept until the release is complete on this host: a deploy that is
repeated after a failure ships the same bytes.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Sequence

from .._model.errors import DeployError, ProofError
from .._model.release import manifest as manifests
from .._model.release.manifest import ManifestEntry
from .._model.release.release import Layout
from .._model.release.submodules import mirror_name
from . import command, files, tree
from .export import export
from .git import Mirror
from .scratch import remove_tree, scratch, sweep
from .store import Store

KEEP_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Source:
    """What a release is built from: ``commands`` are argv lists, ``timeout`` is for each, in seconds."""

    project: str
    release: str
    repository: str
    commands: tuple[tuple[str, ...], ...]
    timeout: float


@dataclass(frozen=True)
class Tree:
    """A release's files at ``path``; ``manifest`` is the text; ``built`` says whether this run built them."""

    path: str
    manifest: str
    entries: tuple[ManifestEntry, ...]
    built: bool = False


def complete(layout: Layout, project: str, release: str) -> Tree | None:
    """A release that is complete on this host, or None. Raises ProofError if its manifest is not the recorded one."""
    record = Store(layout).record(project, release)
    if record is None or not record.complete:
        return None
    text = files.read_text(layout.manifest(project, release)) or ""
    if manifests.digest(text) != record.manifest:
        raise ProofError(f"The manifest of {release} on this host is not the one that its record names.")
    return Tree(layout.release(project, release), text, tuple(manifests.parse(text)))


def obtain(layout: Layout, source: Source) -> Tree:
    """The release's files: complete here, built before, or built now. Raises DeployError, OSError."""
    os.umask(0o022)
    kept = os.path.join(layout.build, "trees", f"{source.project}-{source.release}")
    found = complete(layout, source.project, source.release)
    if found:
        _forget(kept)
        return found
    text = files.read_text(f"{kept}.manifest")
    if text is not None and os.path.isdir(kept):
        return Tree(kept, text, tuple(manifests.parse(text)))
    _forget(kept)
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    work_area = os.path.join(layout.build, "scratch")
    os.makedirs(work_area, exist_ok=True)
    sweep(work_area, "")
    with scratch(work_area, f"{source.project}-{source.release}") as work:
        return _build(layout, source, work, kept)


def _build(layout: Layout, source: Source, work: str, kept: str) -> Tree:
    target = os.path.join(work, "tree")
    os.mkdir(target)
    mirror = Mirror(layout.mirror(source.project), source.timeout)
    if not mirror.exists() or not mirror.has_commit(source.release):
        raise DeployError(f"The mirror of {source.project} has no commit {source.release}: run release_resolve first.")
    opener = _Opener(layout, source)
    export(mirror, source.repository, source.release, target, opener)
    for argv in source.commands:
        run_build_command(argv, target, work, source)
    entries = tree.scan(target)
    text = manifests.render(entries)
    os.replace(target, kept)
    files.write_atomic(f"{kept}.manifest", text)
    return Tree(kept, text, tuple(entries), built=True)


class _Opener:
    """Opens the mirrors of submodules."""

    def __init__(self, layout: Layout, source: Source) -> None:
        self._layout = layout
        self._source = source

    def __call__(self, url: str) -> Mirror:
        path = self._layout.mirror(mirror_name(self._source.project, url))
        mirror = Mirror(path, self._source.timeout)
        if not mirror.exists():
            mirror.create()
        return mirror


def run_build_command(argv: Sequence[str], target: str, work: str, source: Source) -> None:
    """Run one command in the copy, in an environment that says only what is built. Raises DeployError, OSError."""
    home, temporary = os.path.join(work, "home"), os.path.join(work, "tmp")
    os.makedirs(home, exist_ok=True)
    os.makedirs(temporary, exist_ok=True)
    environment = command.clean_environment(
        HOME=home, TMPDIR=temporary, DEPLOY_RELEASE=source.release, DEPLOY_PROJECT=source.project
    )
    outcome = command.run(argv, source.timeout, environment, directory=target)
    if outcome.code != 0:
        raise DeployError(
            f"The build command {' '.join(argv)!r} failed with code {outcome.code}: {outcome.last_line}",
            log_tail=outcome.tail(),
        )


def _forget(kept: str) -> None:
    if os.path.lexists(f"{kept}.manifest"):
        os.unlink(f"{kept}.manifest")
    if os.path.isdir(kept):
        remove_tree(kept)


def prune(layout: Layout, now: float | None = None) -> None:
    """Remove bundles and built copies that nobody wrote for a week. Raises OSError."""
    limit = (time.time() if now is None else now) - KEEP_SECONDS
    trees = os.path.join(layout.build, "trees")
    for directory in (layout.spool, trees):
        for name in os.listdir(directory) if os.path.isdir(directory) else ():
            path = os.path.join(directory, name)
            if not os.path.isfile(path) or os.lstat(path).st_mtime >= limit:
                continue
            if directory == trees and name.endswith(".manifest"):
                _forget(path[: -len(".manifest")])
            else:
                os.unlink(path)
