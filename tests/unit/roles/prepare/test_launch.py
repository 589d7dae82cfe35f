# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The launcher, by real execution."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import launcher

OLD, NEW = "a" * 40, "b" * 40
SHOW = """
import json, os, sys
names = ("VIRTUAL_ENV", "PATH", "PWD", "DEPLOY_PROJECT", "DEPLOY_RELEASE", "SPT_NOENV", "KEPT", "PYTHONHOME")
print(json.dumps({"cwd": os.getcwd(), "argv": sys.argv, "prefix": sys.prefix, "executable": sys.executable,
                  "env": {name: os.environ.get(name) for name in names}}))
"""


class Root:
    """A deploy root with two complete releases in environments of their own, the first one current."""

    def __init__(self, path: Path) -> None:
        self.path = path
        launcher.install(path)
        for release, name in ((OLD, "e1"), (NEW, "e2")):
            directory = path / "deploys/site" / release
            (directory / "scripts").mkdir(parents=True)
            (directory / "scripts/show").write_text("#!/usr/bin/env python3" + SHOW)
            (directory / "scripts/show").chmod(0o755)
            (path / f"deploys/site/{release}.json").write_text(json.dumps({"environment": name}))
            self.environment(name)
        self.link = path / "site"
        self.link.symlink_to(f"deploys/site/{OLD}")

    def environment(self, name: str) -> None:
        binary = self.path / "venvs" / name / "bin"
        binary.mkdir(parents=True)
        (binary / "python").symlink_to(sys.executable)
        (binary.parent / "pyvenv.cfg").write_text(f"home = {os.path.dirname(sys.executable)}\n")
        # As in an adopted environment: the first line names the place where the environment was made.
        (binary / "show").write_text(f"#!{self.path}/venv/bin/python -s{SHOW}")
        (binary / "show").chmod(0o755)
        (binary / "tool").write_text("#!/bin/sh\nexec python show.py\n")
        (binary / "tool").chmod(0o755)
        (binary / "show.py").write_text(SHOW)

    def launch(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "KEPT": "yes", "PYTHONHOME": "/nowhere"}
        return subprocess.run(
            [str(self.path / "bin/launch"), *words],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            cwd="/",
            env=environment,
        )

    def shown(self, *words: str) -> dict[str, Any]:
        done = self.launch(*words)
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown


def test_its_first_line_names_the_python_of_the_host_cut_off_from_the_environment(tmp_path: Path) -> None:
    launcher.install(tmp_path, "/opt/python/bin/python3")
    assert (tmp_path / "bin/launch").read_text().splitlines()[0] == "#!/opt/python/bin/python3 -I"


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Root:
    return Root(tmp_path.resolve() / "root")


def test_the_command_runs_in_the_release_and_its_environment(root: Root) -> None:
    shown = root.shown("site", "python", str(root.path / "venvs/e1/bin/show.py"), "--flag", "a b")
    venv = root.path / "venvs/e1"
    assert shown["cwd"] == str(root.path / "deploys/site" / OLD)
    assert shown["argv"][1:] == ["--flag", "a b"]
    assert (shown["prefix"], shown["executable"]) == (str(venv), str(venv / "bin/python"))
    assert shown["env"] == {
        "VIRTUAL_ENV": str(venv),
        "PATH": f"{venv}/bin:/usr/bin:/bin",
        "PWD": shown["cwd"],
        "DEPLOY_PROJECT": "site",
        "DEPLOY_RELEASE": OLD,
        "SPT_NOENV": "1",
        "KEPT": "yes",
        "PYTHONHOME": None,
    }


def test_a_switch_changes_release_and_environment_together(root: Root) -> None:
    root.link.unlink()
    root.link.symlink_to(root.path / "deploys/site" / NEW)
    shown = root.shown("site", "show")
    assert shown["cwd"].endswith(NEW)
    assert shown["prefix"] == str(root.path / "venvs/e2")


def test_a_script_of_the_environment_runs_by_the_environments_own_interpreter(root: Root) -> None:
    assert not (root.path / "venv").exists()
    shown = root.shown("site", "show", "x")
    assert shown["executable"] == str(root.path / "venvs/e1/bin/python")
    assert shown["argv"] == [str(root.path / "venvs/e1/bin/show"), "x"]


def test_a_path_with_a_slash_lies_in_the_release(root: Root) -> None:
    assert root.shown("site", "scripts/show")["argv"] == [str(root.path / "deploys/site" / OLD / "scripts/show")]


def test_a_command_outside_of_the_environment_is_found_in_path(root: Root) -> None:
    done = root.launch("site", "sh", "-c", "echo $0 $VIRTUAL_ENV")
    assert done.stdout == f"/usr/bin/sh {root.path}/venvs/e1\n"


def _no_link(root: Root) -> None:
    root.link.unlink()


def _foreign_link(root: Root) -> None:
    root.link.unlink()
    root.link.symlink_to("/etc")


def _other_projects_release(root: Root) -> None:
    root.link.unlink()
    root.link.symlink_to(f"deploys/other/{OLD}")


def _no_record(root: Root) -> None:
    (root.path / f"deploys/site/{OLD}.json").unlink()


def _torn_record(root: Root) -> None:
    (root.path / f"deploys/site/{OLD}.json").write_text('{"environ')


def _no_environment_named(root: Root) -> None:
    (root.path / f"deploys/site/{OLD}.json").write_text('{"environment": ""}')


def _environment_outside(root: Root) -> None:
    (root.path / f"deploys/site/{OLD}.json").write_text('{"environment": "../bin"}')


def _no_environment(root: Root) -> None:
    shutil.rmtree(root.path / "venvs/e1")


def _no_release(root: Root) -> None:
    shutil.rmtree(root.path / "deploys/site" / OLD)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_no_link, "site has no current release: {root}/site: No such file or directory"),
        (_foreign_link, "{root}/site leads to /etc, which is not a release of site"),
        (_other_projects_release, "which is not a release of site"),
        (
            _no_record,
            "release aaaaaaaaaa of site is not complete: {root}/deploys/site/" + OLD + ".json: No such file",
        ),
        (_torn_record, ".json cannot be read"),
        (_no_environment_named, ".json names no environment"),
        (_environment_outside, ".json names no environment"),
        (_no_environment, "environment {root}/venvs/e1 of release aaaaaaaaaa has no bin/python"),
        (_no_release, "release aaaaaaaaaa of site is not on this host"),
    ],
)
def test_nothing_to_start_is_one_sentence_and_78(root: Root, damage: Any, sentence: str) -> None:
    damage(root)
    done = root.launch("site", "python", "-c", "print('started')")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("launch: ")
    assert sentence.format(root=root.path) in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "usage: launch <project> <command> [arguments]"),
        (("site",), "usage: launch <project> <command> [arguments]"),
        (("../etc", "python"), "'../etc' is not a project's name"),
        (("site", "no-such-command"), "there is no command no-such-command in "),
        (("site", "scripts/nothing"), "cannot start scripts/nothing: "),
    ],
)
def test_wrong_use_is_one_sentence_and_78(root: Root, words: tuple[str, ...], sentence: str) -> None:
    done = root.launch(*words)
    assert done.returncode == 78
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_works_through_a_link_to_the_root(root: Root, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root.path)
    done = subprocess.run(
        [str(tmp_path / "alias/bin/launch"), "site", "pwd"], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.strip() == str(root.path / "deploys/site" / OLD)
