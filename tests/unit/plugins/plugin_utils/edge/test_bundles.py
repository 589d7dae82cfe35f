# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bundles on the controller: fetched once, proven, delivered only where they are needed."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.bundle import parse_bundle
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import bundles

NAME = f"shop-{'a' * 40}.full.tar.gz"


class Copying:
    """A connection to this machine that remembers what went over it."""

    def __init__(self) -> None:
        self.moved: list[tuple[str, str]] = []

    def put_file(self, in_path: str, out_path: str) -> None:
        self.moved.append((in_path, out_path))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        self.moved.append((in_path, out_path))
        shutil.copy(in_path, out_path)


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "spool" / NAME
    path.parent.mkdir()
    path.write_bytes(b"bytes")
    digest = hashlib.sha256(b"bytes").hexdigest()
    return {"kind": "release", "base": "", "path": str(path), "size": 5, "digest": digest}


def test_fetches_once(tmp_path: Path, described: dict[str, Any]) -> None:
    connection, cache = Copying(), str(tmp_path / "cache")
    local = bundles.fetch(connection, described, cache)
    assert Path(local).read_bytes() == b"bytes"
    assert bundles.fetch(connection, described, cache) == local
    assert len(connection.moved) == 1


def test_a_damaged_copy_is_fetched_again(tmp_path: Path, described: dict[str, Any]) -> None:
    connection, cache = Copying(), str(tmp_path / "cache")
    local = Path(bundles.fetch(connection, described, cache))
    local.write_bytes(b"bytez")
    bundles.fetch(connection, described, cache)
    assert (local.read_bytes(), len(connection.moved)) == (b"bytes", 2)


def test_what_another_site_has_under_the_same_name_stays_as_it_is(tmp_path: Path, described: dict[str, Any]) -> None:
    cache = str(tmp_path / "cache")
    ours = bundles.fetch(Copying(), described, cache)
    Path(described["path"]).write_bytes(b"other")
    theirs = bundles.fetch(Copying(), {**described, "digest": hashlib.sha256(b"other").hexdigest()}, cache)
    assert (Path(ours).read_bytes(), Path(theirs).read_bytes()) == (b"bytes", b"other")


def test_what_changes_on_its_way_is_refused(tmp_path: Path, described: dict[str, Any]) -> None:
    Path(described["path"]).write_bytes(b"other")
    with pytest.raises(AnsibleActionFail, match="changed on its way"):
        bundles.fetch(Copying(), described, str(tmp_path / "cache"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_prunes_what_nobody_used_for_a_week(tmp_path: Path) -> None:
    old, new = tmp_path / "old.tar", tmp_path / "new.tar.gz"
    for path, age in ((old, 8), (new, 6)):
        path.touch()
        os.utime(path, (0, 1_000_000_000 - age * 86400))
    bundles.prune_bundles(str(tmp_path), now=1_000_000_000)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize(("host", "local", "count"), [("web1", "/c/b", 1), ("home1", "/c/b", 0), ("web1", "", 0)])
def test_delivers_only_where_it_does_not_lie_already(
    described: dict[str, Any], host: str, local: str, count: int
) -> None:
    connection = Copying()
    bundle = parse_bundle({**described, "local": local, "home": "home1"})
    bundles.deliver(connection, bundle, host, "/opt/x/")
    assert connection.moved == [("/c/b", f"/opt/x/spool/{NAME}")] * count
