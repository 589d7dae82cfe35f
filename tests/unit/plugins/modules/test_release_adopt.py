# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption of real directories, by the module as on a target."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import manifest
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import release_adopt as system
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.support import run_module, with_ticket

OLD, CURRENT = "a" * 40, "b" * 40


class Installation:
    """What ``git clone`` and ``ln -s`` leave: two releases, a current link, an environment, and no record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(str(root))
        self.store = Store(self.layout)
        for release in (OLD, CURRENT):
            directory = root / "deploys/site" / release
            (directory / "static").mkdir(parents=True)
            (directory / "static/all.css").write_text(release)
            (directory / "run.sh").write_text("#!/bin/sh\n")
            (directory / "run.sh").chmod(0o755)
            (directory / "link").symlink_to("run.sh")
        (root / "site").symlink_to(root / "deploys/site" / CURRENT)
        (root / "venv/bin").mkdir(parents=True)
        (root / "venv/bin/python").symlink_to(sys.executable)
        (root / "venv/bin/tool").write_text(f"#!{root}/venv/bin/python\nprint('it runs')\n")
        (root / "venv/bin/tool").chmod(0o755)

    def run(self, check: bool = False, **parameters: Any) -> dict[str, Any]:
        arguments = {"root": str(self.root), "project": "site", "who": "mek", **parameters}
        return run_module("release_adopt", with_ticket(arguments), check=check, diff=True)

    def tree(self) -> list[tuple[str, int, int, int, int]]:
        """Everything under the root but the flock, which every module of ours makes."""
        return [
            (str(path), *(getattr(path.lstat(), name) for name in ("st_mode", "st_uid", "st_gid", "st_ino")))
            for path in sorted(self.root.rglob("*"))
            if path.name != "flock"
        ]


@pytest.fixture(name="old")
def _old(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_without_being_asked_it_is_refused_and_nothing_changes(old: Installation) -> None:
    before = old.tree()
    result = old.run()
    assert result["failed"]
    assert result["msg"] == (
        "This host holds an installation of site not made by this collection (releases without a record: aaaaaaaaaa,"
        f" bbbbbbbbbb; {old.root}/venv is a real directory; the journal does not know how bbbbbbbbbb became"
        " current); to take it over, type: ansible-playbook playbooks/prepare.yml -e adopt=true"
    )
    assert old.tree() == before


def test_adoption_then_again(old: Installation) -> None:
    before = old.tree()
    would = old.run(adopt=True, check=True)
    assert (would["outcome"], would["adopted"]) == ("would", [OLD, CURRENT])
    assert old.tree() == before

    done = old.run(adopt=True)
    assert (done["outcome"], done["adopted"], done["environment"]) == ("done", [OLD, CURRENT], "adopted")
    assert done["diff"] == would["diff"]
    assert f"{old.root}/venv -> venvs/adopted\n" in done["diff"]["after"]
    records = {record.hash: record for record in old.store.records("site")}
    assert [(r.adopted, r.environment, r.files) for r in records.values()] == [(True, "adopted", 3)] * 2
    assert (records[CURRENT].good, records[OLD].good) == (True, False)
    text = Path(old.layout.manifest("site", OLD)).read_text()
    assert records[OLD].manifest == manifest.digest(text)
    assert [(e.path, e.mode, e.size) for e in manifest.parse_manifest(text)] == [
        ("link", "120000", 6),
        ("run.sh", "100755", 10),
        ("static/all.css", "100644", 40),
    ]
    assert [(e.step, e.outcome, e.to, e.who) for e in old.store.entries()] == [
        ("adopt", "begin", CURRENT, "mek"),
        ("adopt", "done", CURRENT, "mek"),
    ]

    after = old.tree()
    for again in (old.run(adopt=True), old.run()):
        assert (again["changed"], again["outcome"]) == (False, "unchanged")
    assert old.tree() == after


def test_the_environment_moves_and_its_scripts_keep_running(old: Installation) -> None:
    inode = (old.root / "venv").stat().st_ino
    old.run(adopt=True)
    assert os.readlink(old.root / "venv") == "venvs/adopted"
    assert (old.root / "venvs/adopted").lstat().st_ino == inode
    assert old.store.environments() == ["adopted"]
    done = subprocess.run([old.root / "venv/bin/tool"], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "it runs\n"


def test_what_a_crash_left_is_finished(old: Installation) -> None:
    system.exchange_venv(old.layout)
    assert old.store.environments() == []
    assert old.run(adopt=True)["outcome"] == "done"
    assert old.store.environments() == ["adopted"]
    Path(old.layout.record("site", OLD)).unlink()
    assert old.run(adopt=True)["adopted"] == [OLD]
    assert [entry.to for entry in old.store.entries() if entry.outcome == "done"] == [CURRENT, ""]


def test_what_others_could_write_belongs_to_root_afterwards(old: Installation) -> None:
    release = old.root / "deploys/site" / OLD
    (release / "static").chmod(0o777)
    (release / "secret").write_text("x")
    (release / "secret").chmod(0o660)
    result = old.run(adopt=True)
    assert f"{release}: 2 files that others than root may write\n" in result["diff"]["before"]
    assert f"{release}: belongs to root\n" in result["diff"]["after"]
    assert stat.S_IMODE((release / "static").stat().st_mode) == 0o755
    assert stat.S_IMODE((release / "secret").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_release_of_the_service_user_is_given_to_root_and_stays_readable_to_him(old: Installation) -> None:
    release = old.root / "deploys/site" / OLD
    (release / "secret").write_text("x")
    (release / "secret").chmod(0o600)
    for path in (release, *release.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    old.run(adopt=True)
    assert {path.lstat().st_uid for path in (release, *release.rglob("*"))} == {0}
    secret = (release / "secret").stat()
    assert (stat.S_IMODE(secret.st_mode), secret.st_gid) == (0o640, 65534)
    assert (release / "run.sh").stat().st_gid == 0


def test_a_fresh_host_has_nothing_to_adopt(tmp_path: Path) -> None:
    (tmp_path / "deploys").mkdir()
    result = run_module("release_adopt", with_ticket({"root": str(tmp_path), "project": "site"}))
    assert (result["changed"], result["msg"]) == (False, "site: nothing to adopt.")
    assert (
        run_module("release_adopt", with_ticket({"root": str(tmp_path / "no"), "project": "site"}), check=True)[
            "failed"
        ]
        is False
    )


def test_other_directories_are_left_and_named(old: Installation) -> None:
    (old.root / "deploys/site/master").mkdir()
    result = old.run(adopt=True)
    assert result["left"] == ["master"]
    assert result["msg"].endswith("Left as they are, because no hash is their name: master.")


def test_a_current_release_that_is_a_directory_is_refused(old: Installation) -> None:
    (old.root / "site").unlink()
    (old.root / "site").mkdir()
    before = old.tree()
    result = old.run(adopt=True)
    assert result["msg"].startswith(f"{old.root}/site is a real directory, not a link: move it to")
    assert old.tree() == before


def test_a_release_that_cannot_be_recorded_stops_it_before_the_first_change(old: Installation) -> None:
    os.mkfifo(old.root / "deploys/site" / OLD / "pipe")
    before = old.tree()
    result = old.run(adopt=True)
    assert result["failed"]
    assert f"{old.root}/deploys/site/{OLD} cannot be adopted: pipe is neither a file" in result["msg"]
    assert old.tree() == before
