# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release becomes complete on a host: from a bundle, or from what a crash left whole."""

from __future__ import annotations

import os
from typing import Any, Mapping

from .._model.errors import DeployError, InputError, ProofError
from .._model.release import bundle as model
from .._model.release import manifest as manifests
from .._model.release.bundle import Bundle
from .._model.release.release import Layout, ReleaseRecord, short
from .._model.result import Result
from . import files, tree, unpacking
from .hold import Held
from .scratch import sweep
from .unpacking import Unpacked

PHASE = "install"
MOST_LISTED = 50


def present(held: Held, record: ReleaseRecord, params: dict[str, Any]) -> Result:
    """The result for a release that is complete already. Raises ProofError if it is not the one that was built."""
    check_present(held.layout, record, params["manifest_digest"], params["verify"])
    return Result(
        changed=False,
        msg=f"{short(record.hash)} of {record.project} is on this host already"
        + (", and every file is as it was built." if params["verify"] else "."),
        phase=PHASE,
        state_now="the release is complete on this host",
        values={"files": record.files, "written": 0, "linked": 0, "seconds": 0.0},
    )


def predicted(held: Held, params: dict[str, Any]) -> Result:
    """The result in check mode. Raises DeployError, OSError."""
    release = params["release"]
    check_no_stranger(held.layout, held.project, release)
    chosen = model.choose_release(params["bundles"], release, set(params["have"])) if params["bundles"] else None
    base = f" on top of {short(chosen.base)}" if chosen and chosen.base else ""
    return Result(
        changed=True,
        msg=f"Would install {short(release)} of {held.project}{base} and verify every file.",
        phase=PHASE,
        state_now="nothing was changed",
        diff={"before": "", "after": f"{held.layout.release(held.project, release)}\n"},
        values={"files": 0, "written": 0, "linked": 0, "seconds": 0.0},
    )


def install(held: Held, params: dict[str, Any]) -> Result:
    """Unpack, verify, complete. Raises DeployError, OSError."""
    release = params["release"]
    chosen = model.choose_release(params["bundles"], release, set(params["have"]) - {release})
    if chosen is None:
        raise InputError(f"No bundle of {release} was given.", phase=PHASE)
    begin = held.clock.monotonic()
    with held.step(PHASE, to=release, detail=chosen.name):
        done = _complete(held, release, chosen, params)
    return Result(
        changed=True,
        msg=f"{short(release)} of {held.project} is on this host: {done.files} files verified, {done.written} of them "
        f"new, {done.linked} shared with {short(chosen.base) if chosen.base else 'none'}.",
        phase=PHASE,
        state_now="the release is complete on this host; nothing was switched",
        diff=difference(held.layout, held.project, chosen.base, release),
        values={
            "files": done.files,
            "written": done.written,
            "linked": done.linked,
            "seconds": round(held.clock.monotonic() - begin, 3),
        },
    )


def check_present(layout: Layout, record: ReleaseRecord, digest: str, verify: bool) -> None:
    """Raise ProofError if a complete release is not the one that was built, or (``verify``) a file of it changed since.

    ``digest`` is the wanted manifest's; empty when it is not known.
    """
    path = layout.release(record.project, record.hash)
    if digest and record.manifest != digest and not record.adopted:
        raise ProofError(
            f"{record.hash} of {record.project} is on this host with other files than those that were built now: home "
            f"lost the copy that this one came from and built it anew. It is best to deploy another commit. "
            "To have this one, "
            f"first remove it by hand from every host, if it is nowhere current: {path}, {path}.json, {path}.manifest.",
            state_now="nothing was changed; the release that is there stays as it is",
            next_command="ansible-playbook playbooks/status.yml",
        )
    if verify:
        found = tree.complete(layout, record.project, record.hash)
        if found:
            unpacking.prove_files(found.path, found.entries)


def check_no_stranger(layout: Layout, project: str, release: str) -> None:
    """Raise DeployError if a directory has the release's name but is none of ours."""
    path = layout.release(project, release)
    if os.path.lexists(path) and not os.path.exists(layout.manifest(project, release)):
        raise DeployError(
            f"{path} exists but has neither record nor manifest: adopt it, or look at it and move it away.",
            state_now="nothing was changed",
            next_command=f"ls -la {path}",
        )


def _complete(held: Held, release: str, bundle: Bundle, params: Mapping[str, Any]) -> Unpacked:
    """Complete the release on this host; ``params`` are the module's. Raises ProofError, DeployError, OSError."""
    layout, project = held.layout, held.project
    os.umask(0o022)  # the service user must be able to read what is made here
    os.makedirs(layout.project(project), mode=0o755, exist_ok=True)
    sweep(layout.project(project), ".")
    check_no_stranger(layout, project, release)
    done = _whole_from_crash(layout, project, release, params["manifest_digest"])
    if done is None:
        min_free = params["min_free_mib"] << 20
        done = unpacking.unpack(layout, project, release, bundle, params["manifest_digest"], min_free)
    record = ReleaseRecord(
        project=project,
        hash=release,
        completed=held.clock.stamp(),
        manifest=manifests.digest(done.manifest),
        files=done.files,
        bytes=done.bytes,
        environment=params["environment"],
    )
    held.store.save_record(record)
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
    entries = manifests.parse_manifest(text)
    try:
        unpacking.prove_files(path, entries)
    except ProofError as error:
        error.state_now = f"{path} is left as it was found; it counts as no release"
        raise
    return Unpacked(text, len(entries), sum(entry.size for entry in entries), 0, 0)


def difference(layout: Layout, project: str, base: str, release: str) -> dict[str, str]:
    """What the release changes compared with the one it builds on, as a diff."""
    before = tree.complete(layout, project, base) if base else None
    after = tree.complete(layout, project, release)
    delta = manifests.compare_files(before.entries if before else (), after.entries if after else ())
    lines = [f"{len(delta.added)} added, {len(delta.changed)} changed, {len(delta.removed)} removed"]
    lines += [f"A {path}" for path in delta.added] if base else []
    lines += [f"M {path}" for path in delta.changed] + [f"D {path}" for path in delta.removed]
    more = [f"... and {len(lines) - MOST_LISTED} more"] if len(lines) > MOST_LISTED else []
    return {"prepared": "\n".join([*lines[:MOST_LISTED], *more]) + "\n"}
