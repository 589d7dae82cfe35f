# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""release_install with bundles that release_build made."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.repositories import Repository, tree_digest
from tests.support import run_module, with_ticket


class Site:
    """A home node that builds and a host that installs."""

    def __init__(self, base: Path) -> None:
        self.home, self.host = base / "home", base / "host"
        for root in (self.home, self.host):
            for name in ("build", "spool", "deploys/shop"):
                (root / name).mkdir(parents=True)
        self.repository = Repository(base / "server" / "shop")
        self.repository.write({"run.sh": "#!/bin/sh\n"}, executable=True)
        os.symlink("a.py", self.repository.path / "link.py")
        self.first = self.repository.commit("First", {"a.py": "1\n", "sub/b.py": "b\n", "old.py": ""})

    def second(self) -> str:
        return self.repository.commit("Second", {"a.py": "2\n", "new/c.py": "c\n", "old.py": None})

    def build(self, release: str, *bases: str, full: bool = False) -> dict[str, Any]:
        args = {"root": str(self.home), "project": "shop", "repository": self.repository.url}
        run_module("release_resolve", {**args, "branch": "master", "python": sys.executable})
        return run_module("release_build", {**args, "release": release, "bases": list(bases), "full": full})

    def install(self, root: Path, built: dict[str, Any], release: str, *have: str, **more: Any) -> dict[str, Any]:
        """As the action plugin does it: bring the bundle, run the module."""
        check = more.pop("check", False)
        for bundle in built["bundles"] if more.pop("put", True) else ():
            if root != self.home:
                shutil.copy(bundle["path"], root / "spool")
        args = {"root": str(root), "project": "shop", "release": release, "have": list(have), "min_free_mib": 1}
        args |= {"manifest_digest": built["manifest_digest"], "bundles": built["bundles"], **more}
        return run_module("release_install", with_ticket(args), check=check, diff=True)

    def tree(self, release: str) -> Path:
        return self.host / "deploys" / "shop" / release


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    return Site(tmp_path)


@pytest.fixture
def two(site: Site) -> tuple[Site, str, dict[str, Any]]:
    """The first release everywhere, the second one built."""
    built = site.build(site.first, full=True)
    for root in (site.host, site.home):  # home removes its bundle when it is done
        assert site.install(root, built, site.first)["outcome"] == "done"
    release = site.second()
    return site, release, site.build(release, site.first)


def rewrite(path: Path, change: Any) -> dict[str, Any]:
    """Pack a bundle anew with each member changed by ``change(name, data)``; returns what describes it."""
    made = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=made, mode="w") as new:
        for member in old:
            source = old.extractfile(member)
            for info, data in change(member, source.read() if source else b""):
                info.size = len(data)
                new.addfile(info, io.BytesIO(data))
    path.write_bytes(gzip.compress(made.getvalue()))
    return {"digest": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}


def test_first_release_is_complete_with_record_and_modes(site: Site) -> None:
    built = site.build(site.first, full=True)
    result = site.install(site.host, built, site.first, environment="0123456789abcdef")
    assert (result["outcome"], result["files"], result["written"], result["linked"]) == ("done", 5, 5, 0)
    tree = site.tree(site.first)
    assert (tree / "a.py").read_text() == "1\n"
    assert {path.name: f"{path.stat().st_mode & 0o7777:o}" for path in (tree, tree / "a.py", tree / "run.sh")} == {
        site.first: "755", "a.py": "644", "run.sh": "755"
    }  # fmt: skip
    assert os.readlink(tree / "link.py") == "a.py"
    record = json.loads(Path(f"{tree}.json").read_text())
    assert (record["environment"], record["manifest"]) == ("0123456789abcdef", built["manifest_digest"])
    journal = [json.loads(line) for line in (site.host / "deploys" / "journal.jsonl").read_text().splitlines()]
    assert [(entry["step"], entry["outcome"]) for entry in journal] == [("install", "begin"), ("install", "done")]
    assert os.listdir(site.host / "spool") == []


def test_unchanged_files_are_shared_with_the_base(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    result = site.install(site.host, built, release, site.first)
    assert (result["written"], result["linked"]) == (2, 2)
    assert (site.tree(release) / "sub/b.py").samefile(site.tree(site.first) / "sub/b.py")
    assert not (site.tree(release) / "old.py").exists()
    assert "1 added, 1 changed, 1 removed" in result["diff"]["prepared"]


def test_second_run_changes_nothing(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    site.install(site.host, built, release, site.first)
    before = tree_digest(site.host)
    again = site.install(site.host, built, release, site.first, release, put=False, verify=True)
    assert again["outcome"] == "unchanged"
    assert tree_digest(site.host) == before


def test_check_mode_changes_nothing(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    before = tree_digest(site.host)
    assert site.install(site.host, built, release, site.first, check=True, put=False)["outcome"] == "would"
    assert tree_digest(site.host) == before


def wrong_byte(info: tarfile.TarInfo, data: bytes) -> Any:
    return [(info, b"X\n" if info.name == "tree/a.py" else data)]


def traversal(info: tarfile.TarInfo, data: bytes) -> Any:
    return [(info, data), (tarfile.TarInfo("tree/../../evil"), b"e")] if info.name == "tree/a.py" else [(info, data)]


def extra_file(info: tarfile.TarInfo, data: bytes) -> Any:
    return [(info, data), (tarfile.TarInfo("tree/evil.py"), b"e")] if info.name == "tree/a.py" else [(info, data)]


def lost_file(info: tarfile.TarInfo, data: bytes) -> Any:
    return [] if info.name == "tree/a.py" else [(info, data)]


def device(info: tarfile.TarInfo, data: bytes) -> Any:
    if info.name == "tree/a.py":
        info.type = tarfile.CHRTYPE
    return [(info, b"" if info.type == tarfile.CHRTYPE else data)]


def link_instead(info: tarfile.TarInfo, data: bytes) -> Any:
    if info.name == "tree/a.py":
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [(info, b"" if info.issym() else data)]


def other_manifest(info: tarfile.TarInfo, data: bytes) -> Any:
    return [(info, data + b"\n" if info.name == "manifest" else data)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (wrong_byte, "a.py differs from the manifest"),
        (traversal, "'../../evil' is not a path inside a release"),
        (extra_file, "also brings evil.py"),
        (lost_file, "lacks a.py"),
        (device, "'tree/a.py', which has no place in a release"),
        (link_instead, "another kind of file"),
        (other_manifest, "manifest is not the one that was built"),
    ],
)
def test_a_bundle_that_lies_leaves_nothing(two: tuple[Site, str, dict[str, Any]], change: Any, sentence: str) -> None:
    site, release, built = two
    built["bundles"][0].update(rewrite(Path(built["bundles"][0]["path"]), change))
    result = site.install(site.host, built, release, site.first)
    assert result["failed"]
    assert sentence in result["msg"]
    assert sorted(os.listdir(site.host / "deploys" / "shop")) == [
        site.first, f"{site.first}.json", f"{site.first}.manifest"
    ]  # fmt: skip
    assert not (site.host.parent / "evil").exists()


def test_a_bundle_with_another_digest_is_not_opened(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    built["bundles"][0]["digest"] = "0" * 64
    assert "its digest differs" in site.install(site.host, built, release, site.first)["msg"]


def test_a_bundle_that_did_not_arrive(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    assert "did not arrive" in site.install(site.host, built, release, site.first, put=False)["msg"]


def test_damage_in_the_base_stops_and_names_the_file(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    (site.tree(site.first) / "sub/b.py").write_text("B\n")
    result = site.install(site.host, built, release, site.first)
    assert f"sub/b.py differs from the manifest (it came from the release {site.tree(site.first)})" in result["msg"]
    assert not site.tree(release).exists()


def test_a_base_file_that_others_can_write_is_copied(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    (site.tree(site.first) / "sub/b.py").chmod(0o666)
    assert site.install(site.host, built, release, site.first)["linked"] == 1
    assert not (site.tree(release) / "sub/b.py").samefile(site.tree(site.first) / "sub/b.py")
    assert (site.tree(release) / "sub/b.py").stat().st_mode & 0o7777 == 0o644


def test_left_over_halves_are_cleaned_and_strangers_kept(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    half = site.host / "deploys" / "shop" / f".{release}.abcdefgh"
    (half / "x").mkdir(parents=True)
    stranger = site.tree(release)
    stranger.mkdir()
    result = site.install(site.host, built, release, site.first)
    assert result["failed"]
    assert "neither record nor manifest" in result["msg"]
    assert stranger.is_dir()
    assert not half.exists()
    stranger.rmdir()
    assert site.install(site.host, built, release, site.first)["outcome"] == "done"


def test_crash_before_the_record_is_completed_without_unpacking(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, release, built = two
    site.install(site.host, built, release, site.first)
    Path(f"{site.tree(release)}.json").unlink()
    result = site.install(site.host, built, release, site.first, put=False)
    assert (result["outcome"], result["written"], result["linked"]) == ("done", 0, 0)
    assert Path(f"{site.tree(release)}.json").is_file()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"release": "../../etc"}, "is not a release"),
        ({"environment": "../x"}, "is not the name of an environment"),
        ({"min_free_mib": 1 << 40}, "must stay free"),
        ({"run": "other"}, ""),
    ],
)
def test_wrong_input_changes_nothing(
    two: tuple[Site, str, dict[str, Any]], change: dict[str, Any], sentence: str
) -> None:
    site, release, built = two
    result = site.install(site.host, built, change.pop("release", release), site.first, **change)
    assert result["failed"]
    assert sentence in result["msg"]
    assert not site.tree(release).exists()


def test_other_bytes_under_the_same_hash_are_refused(two: tuple[Site, str, dict[str, Any]]) -> None:
    site, _release, built = two
    result = site.install(site.host, built, site.first, site.first, put=False)
    assert "other files than those that were built now" in result["msg"]
    assert "deploy another commit" in result["msg"]
    for name in (site.first, f"{site.first}.json", f"{site.first}.manifest"):
        assert str(site.host / "deploys" / "shop" / name) in result["msg"]
    assert result["next_command"] == "ansible-playbook playbooks/status.yml"
