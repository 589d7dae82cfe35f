# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release on a host: unpacked beside the others, every file proven, and only then given its name."""

from __future__ import annotations

import os
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Iterator, Sequence, cast

from .._model.errors import InputError, ProofError
from .._model.release import bundle as model
from .._model.release import manifest as manifests
from .._model.release.bundle import Bundle
from .._model.release.manifest import ManifestEntry
from .._model.release.release import Layout
from . import files, tree
from .scratch import scratch

MOST_MANIFEST_BYTES = 256 * 1024 * 1024
NOTHING_LEFT = "the release is not on this host; nothing of it was left behind"


@dataclass(frozen=True)
class Unpacked:
    """What became of a bundle: numbers of files, and the bytes of all of them."""

    manifest: str
    files: int
    bytes: int
    written: int
    linked: int


@contextmanager
def opened(layout: Layout, bundle: Bundle) -> Iterator[IO[bytes]]:
    """The bundle in the spool, proven to be the one that was made. Raises ProofError, OSError.

    It is read through one descriptor from the check to the end, as the spool belongs to the deploy user.
    """
    path = os.path.join(layout.spool, bundle.name)
    if not os.path.isfile(path):
        raise ProofError(f"The bundle {bundle.name} did not arrive on this host.", state_now=NOTHING_LEFT)
    with open(path, "rb") as stream:
        if tree.stream_digest(stream) != bundle.digest:
            raise ProofError(
                f"The bundle {bundle.name} is not the one that the home node made: its digest differs.",
                state_now=NOTHING_LEFT,
            )
        stream.seek(0)
        yield stream


def unpack(layout: Layout, project: str, release: str, bundle: Bundle, digest: str, min_free: int) -> Unpacked:
    """Unpack, prove and name a release; the record is for the caller, as it completes the release.

    ``digest`` is that of the manifest, ``min_free`` the bytes that must stay free on the disk. Raises ProofError
    (naming the file), InputError, OSError; nothing is left behind then.
    """
    with opened(layout, bundle) as stream, _archive(stream, bundle) as archive:
        text = _manifest(archive, digest)
        entries = manifests.parse_manifest(text)
        base = _base(layout, project, bundle.base)
        delta = manifests.compare_files(base.entries if base else (), entries)
        needed = {*delta.added, *delta.changed}
        check_space(layout.root, sum(entry.size for entry in entries if entry.path in needed), min_free)
        with scratch(layout.project(project), f".{release}") as work:
            tree.make_directories(work, entries)
            _extract(archive, work, {entry.path: entry for entry in entries if entry.path in needed})
            unchanged = [entry for entry in entries if entry.path not in needed]
            linked = tree.bring_unchanged(base.path, work, unchanged) if base else 0
            prove_files(work, entries, base.path if base else "", needed)
            _name(layout, project, release, work, text, sorted(needed))
    return Unpacked(text, len(entries), sum(entry.size for entry in entries), len(needed), linked)


@contextmanager
def _archive(stream: IO[bytes], bundle: Bundle) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise ProofError(f"The bundle {bundle.name} is damaged: {error}", state_now=NOTHING_LEFT) from error


def _manifest(archive: tarfile.TarFile, digest: str) -> str:
    member = archive.next()
    if (
        member is None
        or member.name != model.MANIFEST_MEMBER
        or not member.isreg()
        or member.size > MOST_MANIFEST_BYTES
    ):
        raise ProofError("The bundle does not begin with a manifest.", state_now=NOTHING_LEFT)
    text = _content(archive, member).read().decode("utf-8", "surrogateescape")
    if manifests.digest(text) != digest:
        raise ProofError("The bundle's manifest is not the one that was built.", state_now=NOTHING_LEFT)
    return text


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return cast("IO[bytes]", archive.extractfile(member))


def _base(layout: Layout, project: str, base: str) -> tree.Tree | None:
    if not base:
        return None
    found = tree.complete(layout, project, base)
    if found is None:
        raise InputError(f"The bundle builds on {base}, which is not complete on this host.", state_now=NOTHING_LEFT)
    return found


def check_space(path: str, needed: int, min_free: int) -> None:
    """Raise InputError unless ``min_free`` bytes stay free after ``needed`` bytes were written."""
    status = os.statvfs(path)
    free = status.f_bavail * status.f_frsize
    if free - needed < min_free:
        raise InputError(
            f"{path} has {free >> 20} MiB free; {needed >> 20} MiB are needed and {min_free >> 20} MiB must stay free.",
            state_now=NOTHING_LEFT,
        )


def _extract(archive: tarfile.TarFile, work: str, wanted: dict[str, ManifestEntry]) -> None:
    """Write the members, each of them a file or link that the manifest names; its modes count, not the archive's."""
    found = set()
    for member in iter(archive.next, None):
        if not member.name.startswith(model.TREE_PREFIX) or not (member.isreg() or member.issym()):
            raise ProofError(
                f"The bundle holds {member.name!r}, which has no place in a release.", state_now=NOTHING_LEFT
            )
        path = model.check_member_path(member.name[len(model.TREE_PREFIX) :])
        model.check_members({path}, {path} & wanted.keys())
        if path in found or member.issym() != (wanted[path].mode == "120000"):
            raise ProofError(f"The bundle holds {path} twice or as another kind of file.", state_now=NOTHING_LEFT)
        found.add(path)
        full = os.path.join(work, path)
        if member.issym():
            model.check_link(path, member.linkname)
            os.symlink(member.linkname, full)
        else:
            tree.write_file(full, _content(archive, member), wanted[path].mode == "100755")
    model.check_members(found, wanted.keys())


def prove_files(path: str, entries: Sequence[ManifestEntry], base: str = "", written: set[str] | None = None) -> None:
    """Raise ProofError, naming the file, unless ``path`` holds exactly what the entries say."""
    delta = manifests.compare_files(entries, tree.scan(path))
    for verb, paths in (("differs from the manifest", delta.changed), ("is missing", delta.removed)):
        for wrong in paths[:1]:
            source = f" (it came from the release {base})" if base and wrong not in (written or set()) else ""
            raise ProofError(f"{wrong} {verb}{source}; {len(paths)} such file(s).", state_now=NOTHING_LEFT)
    if delta.added:
        raise ProofError(f"{delta.added[0]} is not in the manifest; {len(delta.added)} such file(s).")


def _name(layout: Layout, project: str, release: str, work: str, text: str, written: Sequence[str]) -> None:
    """The manifest comes before the name, so that a crash in between is told from somebody else's directory."""
    os.chmod(work, 0o755)  # noqa: S103 - the service user reads releases
    tree.flush(work, written)
    files.write_atomic(layout.manifest(project, release), text)
    os.replace(work, layout.release(project, release))
    files.fsync_dir(layout.project(project))
