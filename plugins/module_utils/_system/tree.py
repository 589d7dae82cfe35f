# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release's files as they are on disk: digests, manifests, links to what is already there."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import IO, Iterator, Sequence

from .._model.errors import ProofError
from .._model.release import manifest as manifests
from .._model.release.bundle import check_link, check_member_path
from .._model.release.manifest import ManifestEntry
from .._model.release.release import Layout
from . import files
from .store import Store

BLOCK = 1024 * 1024
FEW_FILES = 256
"""Up to here fsync of every file is cheaper than sync of the whole machine."""


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
    return Tree(layout.release(project, release), text, tuple(manifests.parse_manifest(text)))


def scan(root: str) -> list[ManifestEntry]:
    """An entry for every file and link below ``root``, by path. Modes are git's: executable by the owner or not.

    Raises ProofError for what a release cannot hold (a device, a link that leads out, a line break in a name), OSError.
    """
    return sorted((_entry(root, path) for path in _walk(root)), key=lambda entry: entry.path)


def _walk(root: str) -> Iterator[str]:
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        with os.scandir(os.path.join(root, directory)) as found:
            for item in found:
                path = check_member_path(f"{directory}/{item.name}" if directory else item.name)
                if item.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    yield path


def _entry(root: str, path: str) -> ManifestEntry:
    full = os.path.join(root, path)
    status = os.lstat(full)
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(full)
        check_link(path, target)
        data = os.fsencode(target)
        return ManifestEntry(path, "120000", len(data), hashlib.sha256(data).hexdigest())
    if not stat.S_ISREG(status.st_mode):
        raise ProofError(f"{path} is neither a file, a directory nor a link; a release cannot hold it.")
    mode = "100755" if status.st_mode & stat.S_IXUSR else "100644"
    return ManifestEntry(path, mode, status.st_size, file_digest(full))


def file_digest(path: str) -> str:
    """SHA-256 of a file's content, in hex. Raises OSError."""
    with open(path, "rb") as stream:
        return stream_digest(stream)


def stream_digest(stream: IO[bytes]) -> str:
    """SHA-256 of what is left in a stream, in hex. Raises OSError."""
    digest = hashlib.sha256()
    for block in iter(lambda: stream.read(BLOCK), b""):
        digest.update(block)
    return digest.hexdigest()


def bring_unchanged(base: str, target: str, entries: Sequence[ManifestEntry]) -> int:
    """Give ``target``, whose directories exist, the files of ``base``; returns how many are hard links.

    A hard link shares damage as well as bytes: a file that others than root or this user could write, or whose mode is
    not the wanted one, is copied. The content is for the caller to verify. Raises ProofError, OSError.
    """
    linked = 0
    for entry in entries:
        source, destination = os.path.join(base, entry.path), os.path.join(target, entry.path)
        try:
            status = os.lstat(source)
        except FileNotFoundError as error:
            raise ProofError(f"The release {base} that this one builds on lost its file {entry.path}.") from error
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), destination)
        elif _may_share(status, entry) and _link(source, destination):
            linked += 1
        else:
            with open(source, "rb") as stream:
                write_file(destination, stream, entry.mode == "100755")
    return linked


def _may_share(status: os.stat_result, entry: ManifestEntry) -> bool:
    mode = 0o755 if entry.mode == "100755" else 0o644
    return status.st_uid in (0, os.geteuid()) and stat.S_IMODE(status.st_mode) == mode and stat.S_ISREG(status.st_mode)


def _link(source: str, destination: str) -> bool:
    try:
        os.link(source, destination, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EMLINK, errno.EXDEV, errno.EPERM):
            raise
        return False
    return True


def make_directories(root: str, entries: Sequence[ManifestEntry]) -> None:
    """Make the directories that the entries need, each readable by everybody. Raises OSError."""
    for directory in sorted({os.path.dirname(entry.path) for entry in entries}):
        os.makedirs(os.path.join(root, directory), mode=0o755, exist_ok=True)


def write_file(path: str, stream: IO[bytes], executable: bool) -> None:
    """Write a new file; an existing one or a link in its place is an error. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as target:
        for block in iter(lambda: stream.read(BLOCK), b""):
            target.write(block)
        os.fchmod(target.fileno(), 0o755 if executable else 0o644)


def flush(root: str, written: Sequence[str]) -> None:
    """Bring the files written below ``root`` to the disk. Raises OSError."""
    if len(written) > FEW_FILES:
        os.sync()
        return
    for path in written:
        full = os.path.join(root, path)
        if not os.path.islink(full):
            handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
