# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bundles on the controller: fetched once from the home node, proven, and put where a host needs them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.bundle import Bundle, parse_bundle
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout

KEEP_SECONDS = 7 * 24 * 3600.0
DEFAULT_CACHE = "~/.cache/openlibrary.deploy"


class Transfer(t.Protocol):
    """What is needed of a connection."""

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file from the controller to the host."""

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file from the host to the controller."""


def fetch(connection: Transfer, described: t.Mapping[str, t.Any], cache: str) -> str:
    """The path of the bundle in the cache, fetched unless it is there and right. Raises AnsibleActionFail, OSError."""
    bundle = parse_bundle(described)
    directory = Path(cache).expanduser()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever deploys to two sites at a time has two bundles of one name: wheels differ from build to build.
    target = directory / f"{bundle.digest}.{bundle.name}"
    if is_right(target, bundle):
        target.touch()
        return str(target)
    handle, name = tempfile.mkstemp(prefix=f".{bundle.name}.", dir=directory)
    os.close(handle)
    temporary = Path(name)
    try:
        connection.fetch_file(bundle.path, str(temporary))
        if not is_right(temporary, bundle):
            raise AnsibleActionFail(f"{bundle.name} changed on its way from the home node to the controller.")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return str(target)


def is_right(path: Path, bundle: Bundle) -> bool:
    """Whether the file is the bundle, byte for byte. Raises OSError."""
    if not path.is_file() or path.stat().st_size != bundle.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == bundle.digest


def prune_bundles(cache: str, now: float | None = None) -> None:
    """Remove what nobody used for a week. Raises OSError."""
    limit = (time.time() if now is None else now) - KEEP_SECONDS
    for path in Path(cache).expanduser().glob("*.tar*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def deliver(connection: Transfer, bundle: Bundle | None, host: str, root: str) -> None:
    """Put a bundle into the host's spool: one transfer, none where it was made.

    The spool belongs to the user who connects, so that no privilege is needed. Raises InputError for a root that is
    none, AnsibleConnectionFailure.
    """
    if bundle is None or bundle.home == host or not bundle.local:
        return
    connection.put_file(bundle.local, f"{Layout(root).spool}/{bundle.name}")
