# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""release_build with real repositories, builds and (offline) wheels."""

from __future__ import annotations

import os
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.requirements import Requirements
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import git, wheels
from tests.repositories import Repository, tree_digest, write_wheel
from tests.support import run_module


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    for name in ("build", "spool", "deploys/shop"):
        (made / name).mkdir(parents=True)
    return made


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    library = Repository(tmp_path / "server" / "library")
    library.commit("Library", {"library.py": "L = 1\n"})
    made = Repository(tmp_path / "server" / "shop")
    made.write({"run.sh": "#!/bin/sh\n"}, executable=True)
    made.write({"app.py": "1\n", ".gitattributes": "secret.py export-ignore\nid.py export-subst\n"})
    made.write({"secret.py": "S\n", "id.py": "$Format:%H$\n", "static/a.css": "a\n"})
    os.symlink("app.py", made.path / "link.py")
    made.add_submodule(library, "../library", "vendor/library")
    made.commit("First")
    return made


def build(root: Path, repository: Repository, release: str = "", **more: Any) -> dict[str, Any]:
    release = release or repository.git("rev-parse", "HEAD")
    check = more.pop("check", False)
    args = {"root": str(root), "project": "shop", "repository": repository.url}
    if not check:
        resolved = run_module("release_resolve", {**args, "branch": "master", "python": sys.executable})
        assert not resolved["failed"], resolved["msg"]
    return run_module("release_build", {**args, "release": release, "python": sys.executable, **more}, check=check)


def names(bundle: dict[str, Any]) -> list[str]:
    with tarfile.open(bundle["path"]) as archive:
        return archive.getnames()


def test_exports_everything_and_packs_it(root: Path, repository: Repository) -> None:
    commands = [[sys.executable, "-c", "import os; open('built', 'w').write(os.environ['DEPLOY_RELEASE'])"]]
    result = build(root, repository, build=commands, full=True)
    assert not result["failed"], result
    (bundle,) = result["bundles"]
    assert names(bundle)[0] == "manifest"
    inside = {name[5:] for name in names(bundle)[1:]}
    assert inside == {
        ".gitattributes", ".gitmodules", "app.py", "built", "id.py", "link.py", "run.sh", "secret.py", "static/a.css",
        "vendor/library/library.py",
    }  # fmt: skip
    with tarfile.open(bundle["path"]) as archive:
        assert archive.extractfile("tree/id.py").read() == b"$Format:%H$\n"  # type: ignore[union-attr]
        assert archive.extractfile("tree/built").read().decode() == repository.git("rev-parse", "HEAD")  # type: ignore[union-attr]
        assert archive.getmember("tree/run.sh").mode == 0o755
        assert archive.getmember("tree/link.py").linkname == "app.py"
    assert os.listdir(root / "build" / "scratch") == []
    assert result["files"] == 10


def test_a_build_command_cannot_use_the_agent(
    root: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    command = [sys.executable, "-c", "import os; assert 'SSH_AUTH_SOCK' not in os.environ"]
    result = build(root, repository, build=[command], full=True)
    assert not result["failed"], result


@pytest.mark.parametrize(
    ("asked", "reaches_agent"),
    [
        ("tiny==1.0", False),
        ("tiny @ git+https://git.example.org/tiny.git@abc", False),
        ("tiny @ git+ssh://git@git.example.org/tiny.git@abc", True),
        ("-e GIT+SSH://git@git.example.org/tiny.git#egg=tiny", True),
    ],
)
def test_pip_gets_the_agent_for_requirements_over_ssh_only(
    monkeypatch: pytest.MonkeyPatch, asked: str, reaches_agent: bool
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    assert ("SSH_AUTH_SOCK" in wheels.pip_environment(Requirements((asked,), ()))) == reaches_agent


def test_git_gets_the_agent_to_fetch_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    assert "SSH_AUTH_SOCK" not in git.environment()
    assert git.environment(login=True)["SSH_AUTH_SOCK"] == "/run/agent"


def test_second_run_builds_and_packs_nothing(root: Path, repository: Repository) -> None:
    command = [sys.executable, "-c", "import time; open('built', 'w').write(str(time.time_ns()))"]
    first = build(root, repository, build=[command], full=True)
    before = tree_digest(root)
    second = build(root, repository, build=[command], full=True)
    assert (first["outcome"], second["outcome"]) == ("done", "unchanged")
    assert second["manifest_digest"] == first["manifest_digest"]
    assert tree_digest(root) == before


def test_check_mode_changes_nothing(root: Path, repository: Repository) -> None:
    before = tree_digest(root)
    result = build(root, repository, check=True, build=[["make"]], requirements="requirements.txt")
    assert (result["outcome"], result["environment"]["name"], result["bundles"]) == ("would", "", [])
    assert tree_digest(root) == before


def test_failing_build_leaves_its_last_words_only(root: Path, repository: Repository) -> None:
    command = [sys.executable, "-c", "print('one'); raise SystemExit('no such colour')"]
    result = build(root, repository, build=[command], full=True)
    assert result["failed"]
    assert result["msg"].endswith("no such colour")
    assert "one" in result["log_tail"]
    assert os.listdir(root / "build" / "scratch") == []
    assert os.listdir(root / "spool") == []


def test_build_command_that_hangs_is_stopped(root: Path, repository: Repository) -> None:
    build(root, repository)  # fetched, so that the short time-out only meets the command
    repository.commit("Again", {"app.py": "2\n"})
    build(root, repository, check=False, build=[], timeout=30)
    repository.commit("And again", {"app.py": "3\n"})
    result = build(root, repository, build=[["sleep", "60"]], timeout=0.9)
    assert result["failed"]
    assert "did not end within 0.9 s" in result["msg"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../x"])
def test_links_that_leave_the_release_are_refused(root: Path, repository: Repository, target: str) -> None:
    os.symlink(target, repository.path / "evil")
    repository.commit("Evil")
    result = build(root, repository, full=True)
    assert result["failed"]
    assert f"evil -> {target} leads out of the release" in result["msg"]


def test_submodule_commit_that_its_server_lacks(root: Path, repository: Repository) -> None:
    lost = "1" * 40
    repository.git("update-index", "--cacheinfo", f"160000,{lost},vendor/library")
    repository.git("commit", "-q", "-m", "Lost")
    result = build(root, repository, full=True)
    assert result["failed"]
    assert f"The submodule vendor/library needs commit {lost}" in result["msg"]


def test_wheels_are_made_once_for_each_set_of_requirements(root: Path, repository: Repository, tmp_path: Path) -> None:
    write_wheel(tmp_path / "links", "tiny", "1.0")
    repository.commit("Requirements", {"requirements.txt": "-r more.txt\n", "more.txt": "tiny==1.0  # small\n"})
    first = build(root, repository, requirements="requirements.txt")
    assert not first["failed"], first
    assert first["environment"]["packages"] == ["tiny==1.0"]
    (bundle,) = first["bundles"]
    assert names(bundle) == ["environment.json", "lock.txt", "tiny-1.0-py3-none-any.whl"]
    repository.commit("Comments only", {"requirements.txt": "# hello\n-r more.txt\n"})
    second = build(root, repository, requirements="requirements.txt")
    assert second["environment"]["name"] == first["environment"]["name"]
    present = build(
        root, repository, requirements="requirements.txt", environments_present=[second["environment"]["name"]]
    )
    assert present["bundles"] == []
    repository.commit("Newer", {"more.txt": "tiny==2.0\n"})
    third = build(root, repository, requirements="requirements.txt")
    assert third["failed"]
    assert "could not be found or built on the home node: No matching distribution found for tiny==2.0" in third["msg"]
