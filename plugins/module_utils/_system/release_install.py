# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release becomes complete on a host: from a bundle, or from what a crash left whole."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping

from .._model.errors import DeployError, ProofError
from .._model.release import manifest as manifests
from .._model.release.bundle import Bundle
from .._model.release.release import Layout, Record
from . import files, unpacking
from . import release_build as building
from .scratch import sweep
from .store import Store
from .unpacking import Unpacked

MOST_LISTED = 50


def check_present(layout: Layout, record: Record, digest: str, verify: bool) -> None:
    """Raise ProofError if a complete release is not the one that was built, or (``verify``) a file of it changed since.

    ``digest`` is the wanted manifest's; empty when it is not known.
    """
    path = layout.release(record.project, record.hash)
    if digest and record.manifest != digest and not record.adopted:
        raise ProofError(
            f"{record.hash} of {record.project} is on this host with other files than those that were built now: home "
            f"lost the copy that this one came from and built it anew. Best deploy another commit. To have this one, "
            f"first remove it by hand from every host, if it is nowhere current: {path}, {path}.json, {path}.manifest.",
            state_now="nothing was changed; the release that is there stays as it is",
            next_command="ansible-playbook playbooks/status.yml",
        )
    if verify:
        found = building.complete(layout, record.project, record.hash)
        if found:
            unpacking.prove(found.path, found.entries)


def check_no_stranger(layout: Layout, project: str, release: str) -> None:
    """Raise DeployError if a directory has the release's name but is none of ours."""
    path = layout.release(project, release)
    if os.path.lexists(path) and not os.path.exists(layout.manifest(project, release)):
        raise DeployError(
            f"{path} exists but has neither record nor manifest: adopt it, or move it away after a look.",
            state_now="nothing was changed",
            next_command=f"ls -la {path}",
        )


def install(
    store: Store, project: str, release: str, bundle: Bundle, params: Mapping[str, Any], stamp: Callable[[], str]
) -> Unpacked:
    """Complete the release on this host; ``params`` are the module's. Raises ProofError, DeployError, OSError."""
    layout = store.layout
    os.umask(0o022)  # the service user must be able to read what is made here
    os.makedirs(layout.project(project), mode=0o755, exist_ok=True)
    sweep(layout.project(project), ".")
    check_no_stranger(layout, project, release)
    done = _whole_from_crash(layout, project, release, params["manifest_digest"])
    if done is None:
        min_free = params["min_free_mib"] << 20
        done = unpacking.install(layout, project, release, bundle, params["manifest_digest"], min_free)
    record = Record(
        project=project,
        hash=release,
        completed=stamp(),
        manifest=manifests.digest(done.manifest),
        files=done.files,
        bytes=done.bytes,
        environment=params["environment"],
    )
    store.save_record(record)
    for path in (os.path.join(layout.spool, bundle.name), os.path.join(layout.spool, f"{bundle.name}.json")):
        files.remove(path)
    return done


def _whole_from_crash(layout: Layout, project: str, release: str, digest: str) -> Unpacked | None:
    """What a crash between the name and the record left, if every file of it is right.

    Raises ProofError, naming a file, if not: what lies there is evidence and stays.
    """
    path = layout.release(project, release)
    if not os.path.isdir(path):
        return None
    text = files.read_text(layout.manifest(project, release)) or ""
    if manifests.digest(text) != digest:
        raise ProofError(f"{path} was left without a record and with the manifest of another build; move it away.")
    entries = manifests.parse(text)
    try:
        unpacking.prove(path, entries)
    except ProofError as error:
        error.state_now = f"{path} is left as it was found; it counts as no release"
        raise
    return Unpacked(text, len(entries), sum(entry.size for entry in entries), 0, 0)


def difference(layout: Layout, project: str, base: str, release: str) -> dict[str, str]:
    """What the release changes compared with the one it builds on, as a diff."""
    before = building.complete(layout, project, base) if base else None
    after = building.complete(layout, project, release)
    delta = manifests.compare(before.entries if before else (), after.entries if after else ())
    lines = [f"{len(delta.added)} added, {len(delta.changed)} changed, {len(delta.removed)} removed"]
    lines += [f"A {path}" for path in delta.added] if base else []
    lines += [f"M {path}" for path in delta.changed] + [f"D {path}" for path in delta.removed]
    more = [f"... and {len(lines) - MOST_LISTED} more"] if len(lines) > MOST_LISTED else []
    return {"prepared": "\n".join([*lines[:MOST_LISTED], *more]) + "\n"}
