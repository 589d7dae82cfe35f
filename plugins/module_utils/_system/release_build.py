# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's files on the home node: as they are when it is complete, else exported and built once in a scratch copy.

A build is not reproducible, so what was built once is kept until the release is complete on this host: a deploy that is
repeated after a failure ships the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from typing import Any, Sequence

from .._model.errors import DeployError, InputError
from .._model.release import manifest as manifests
from .._model.release import requirements
from .._model.release.refs import check_repository
from .._model.release.release import Layout, check_hash, check_project
from .._model.release.submodules import mirror_name
from . import command, files, history, interpreter, shipping, tree, wheels
from .clock import SystemClock
from .export import export
from .git import Mirror
from .interpreter import Interpreter
from .scratch import remove_tree, scratch, sweep
from .tree import Tree

KEEP_SECONDS = 7 * 24 * 3600.0
NO_ENVIRONMENT: dict[str, Any] = {"name": "", "requirements": "", "packages": []}


@dataclass(frozen=True)
class Source:
    """What a release is built from: ``commands`` are argv lists, ``timeout`` is for each, in seconds."""

    project: str
    release: str
    repository: str
    commands: tuple[tuple[str, ...], ...]
    timeout: float


def obtain(layout: Layout, source: Source) -> Tree:
    """The release's files: complete here, built before, or built now. Raises DeployError, OSError."""
    os.umask(0o022)
    kept = os.path.join(layout.build, "trees", f"{source.project}-{source.release}")
    found = tree.complete(layout, source.project, source.release)
    if found:
        _forget(kept)
        return found
    text = files.read_text(f"{kept}.manifest")
    if text is not None and os.path.isdir(kept):
        return Tree(kept, text, tuple(manifests.parse_manifest(text)))
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
    text = manifests.render_manifest(entries)
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


def prune_builds(layout: Layout, now: float | None = None) -> None:
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


def checked_commands(commands: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    """The build commands as words. Raises InputError for one without a word or with something else than words."""
    for argv in commands:
        if not argv or not all(isinstance(word, str) and "\0" not in word for word in argv) or not argv[0]:
            raise InputError(f"{argv!r} is not a build command: a list of words is needed.")
    return tuple(tuple(argv) for argv in commands)


def described(required: requirements.Requirements, python: Interpreter) -> dict[str, Any]:
    """The environment that the requirements lead to, before its wheels are known."""
    name = requirements.environment_name(required.lines, python.python, python.platform)
    digest = hashlib.sha256("\n".join(required.lines).encode()).hexdigest()
    return {"name": name, "requirements": digest, "packages": []}


class Build:
    """One execution: parameters, how long each part took, and whether anything changed."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.layout = Layout(params["root"])
        self.params = params
        self.seconds: dict[str, float] = {}
        self.changed = False
        self.clock = SystemClock()
        self.source = Source(
            project=check_project(params["project"]),
            release=check_hash(params["release"]),
            repository=check_repository(params["repository"]),
            commands=checked_commands(params["build"]),
            timeout=params["timeout"],
        )
        self.bases = [check_hash(base) for base in params["bases"] if base]

    def timed(self, part: str, begin: float) -> None:
        """Note how long a part took, in seconds."""
        self.seconds[part] = round(self.clock.monotonic() - begin, 3)

    def wheels(self, made: Tree) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The environment and its bundle, unless every host has it. Raises DeployError, OSError."""
        path = self.params["requirements"]
        if not path:
            return NO_ENVIRONMENT, []
        required = requirements.collect(path, lambda name: files.read_text(f"{made.path}/{name}"))
        python = interpreter.inspect(self.params["python"])
        environment = described(required, python)
        name = environment["name"]
        if name in self.params["environments_present"]:
            return environment, []
        house = wheels.make_wheelhouse(self.layout.build, name, required, path, python, self.params["timeout"])
        bundle, new = shipping.environment_bundle(self.layout, name, house)
        self.changed = self.changed or new
        return {**environment, "packages": wheels.packages(house)}, [bundle]

    def perform(self) -> dict[str, Any]:
        """Build, make wheels, pack; returns the module's values. Raises DeployError, OSError."""
        begin = self.clock.monotonic()
        prune_builds(self.layout)
        made = obtain(self.layout, self.source)
        self.changed = made.built
        self.timed("build", begin)
        begin = self.clock.monotonic()
        environment, environment_bundles = self.wheels(made)
        self.timed("wheels", begin)
        begin = self.clock.monotonic()
        source, full = self.source, self.params["full"]
        bundles, new = shipping.release_bundles(self.layout, source.project, source.release, made, self.bases, full)
        self.changed = self.changed or new
        self.timed("pack", begin)
        return {
            "manifest_digest": manifests.digest(made.manifest),
            "files": len(made.entries),
            "bytes": sum(entry.size for entry in made.entries),
            "environment": environment,
            "bundles": [*bundles, *environment_bundles],
        }

    def predict(self) -> dict[str, Any]:
        """What is known without building anything. Raises DeployError, OSError."""
        source, path = self.source, self.params["requirements"]
        mirror = Mirror(self.layout.mirror(source.project), source.timeout)
        known = mirror.exists() and mirror.has_commit(source.release)
        required = history.requirements(mirror, source.release, path) if known else None
        if required is None:
            return {"environment": NO_ENVIRONMENT, "bundles": []}
        return {"environment": described(required, interpreter.inspect(self.params["python"])), "bundles": []}
