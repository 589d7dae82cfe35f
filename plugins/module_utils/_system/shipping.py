# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which bundles a deploy needs, written into the spool of the home node."""

from __future__ import annotations

import os
from typing import Any, Sequence

from .._model.errors import ProofError
from .._model.release import bundle as model
from .._model.release import manifest as manifests
from .._model.release.release import Layout
from . import packing, wheels
from .tree import Tree, complete


def release_bundles(
    layout: Layout, project: str, release: str, tree: Tree, bases: Sequence[str], full: bool
) -> tuple[list[dict[str, Any]], bool]:
    """One bundle for each base that is whole on this host, and one with everything if it is asked for or a base is not.

    Returns the bundles and whether any was written. Raises ProofError, OSError.
    """
    wanted: list[tuple[str, Tree | None]] = []
    for base in sorted(set(bases) - {release, ""}):
        found = _base(layout, project, base)
        full = full or found is None
        if found:
            wanted.append((base, found))
    if full:
        wanted.append(("", None))
    made = [_release_bundle(layout, project, release, tree, base, found) for base, found in wanted]
    return [bundle for bundle, _new in made], any(new for _bundle, new in made)


def _base(layout: Layout, project: str, base: str) -> Tree | None:
    try:
        return complete(layout, project, base)
    except ProofError:
        return None


def _release_bundle(
    layout: Layout, project: str, release: str, tree: Tree, base: str, found: Tree | None
) -> tuple[dict[str, Any], bool]:
    delta = manifests.compare_files(found.entries if found else (), tree.entries)
    needed = {*delta.added, *delta.changed}
    path = os.path.join(layout.spool, model.release_bundle_name(project, release, base))
    facts = packing.packed(path, manifests.digest(tree.manifest))
    new = facts is None
    if facts is None:
        entries = [entry for entry in tree.entries if entry.path in needed]
        facts = packing.pack_release(path, tree.path, tree.manifest, entries)
    counts = {"added": len(delta.added), "changed": len(delta.changed), "removed": len(delta.removed)}
    return {"kind": model.RELEASE, "base": base, "path": path, **facts, **counts}, new


def environment_bundle(layout: Layout, name: str, wheelhouse: str) -> tuple[dict[str, Any], bool]:
    """The bundle of a complete wheelhouse, and whether it was written now. Raises OSError."""
    path = os.path.join(layout.spool, model.environment_bundle_name(name))
    content = manifests.digest("\n".join(wheels.packages(wheelhouse)))
    facts = packing.packed(path, content)
    new = facts is None
    if facts is None:
        facts = packing.pack_environment(path, wheelhouse, wheels.members(wheelhouse), content)
    return {"kind": model.ENVIRONMENT, "base": "", "path": path, **facts}, new
