# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing bundles: whole or not at all, the same bytes for the same content, every file proven on its way in."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from typing import IO, Any, Iterable, Sequence

from .._model.errors import ProofError
from .._model.release import bundle as model
from .._model.release import manifest as manifests
from .._model.release.manifest import ManifestEntry
from . import files
from .tree import file_digest

SIDECAR = ".json"
SPOOL_MODE = 0o600


class _Proving(io.RawIOBase):
    """A stream that knows the digest of what was read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def packed(path: str, content: str) -> dict[str, Any] | None:
    """``size`` and ``digest`` of the bundle at ``path`` if it is whole and holds ``content`` (a digest), else None."""
    text = files.read_text(path + SIDECAR)
    try:
        known = json.loads(text or "{}")
        if known.get("content") == content and file_digest(path) == known["digest"]:
            return {"size": known["size"], "digest": known["digest"]}
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return None


def pack_release(path: str, tree: str, manifest: str, entries: Sequence[ManifestEntry]) -> dict[str, Any]:
    """Write a release's bundle with the files of ``entries``; returns ``size`` and ``digest``.

    Raises ProofError if a file of ``tree`` is not what its entry says, OSError.
    """
    temporary = path + ".new"
    # A fixed time and no name in the gzip header: the same content gives the same bundle.
    with open(temporary, "wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as zipped, tarfile.open(
        fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT
    ) as archive:
        _add_text(archive, model.MANIFEST_MEMBER, manifest)
        for entry in entries:
            _add_entry(archive, tree, entry)
    return _finish(temporary, path, manifests.digest(manifest))


def pack_environment(path: str, wheelhouse: str, names: Iterable[str], content: str) -> dict[str, Any]:
    """Write an environment's bundle with the files ``names`` of the wheelhouse. Raises OSError."""
    temporary = path + ".new"
    with tarfile.open(temporary, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            info = tarfile.TarInfo(model.check_wheel_member(name))
            info.size = os.path.getsize(os.path.join(wheelhouse, name))
            with open(os.path.join(wheelhouse, name), "rb") as stream:
                archive.addfile(info, stream)
    return _finish(temporary, path, content)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _add_entry(archive: tarfile.TarFile, tree: str, entry: ManifestEntry) -> None:
    full = os.path.join(tree, entry.path)
    info = tarfile.TarInfo(model.TREE_PREFIX + entry.path)
    if entry.mode == "120000":
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(full)
        archive.addfile(info)
        return
    info.mode, info.size = int(entry.mode[-3:], 8), entry.size
    with open(full, "rb") as stream:
        proving = _Proving(stream)
        try:
            archive.addfile(info, proving)
        except OSError as error:
            raise ProofError(f"{full} is shorter than the manifest says.") from error
        if stream.read(1) or proving.digest.hexdigest() != entry.digest:
            raise ProofError(f"{full} is not what the manifest says; nothing was shipped.")


def _finish(temporary: str, path: str, content: str) -> dict[str, Any]:
    os.chmod(temporary, SPOOL_MODE)
    facts = {"size": os.path.getsize(temporary), "digest": file_digest(temporary)}
    os.replace(temporary, path)
    files.write_atomic(path + SIDECAR, json.dumps({**facts, "content": content}) + "\n", SPOOL_MODE)
    return facts
