# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""release_environment with real wheels and no package index."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    ReleaseRecord,
    render_record,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import interpreter
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import release_environment as environments
from tests.repositories import tree_digest, write_wheel
from tests.support import run_module, with_ticket

RELEASE = "a" * 40
NAME = "0123456789abcdef"


class Host:
    """A host with one complete release, and a bundle of its environment."""

    def __init__(self, base: Path) -> None:
        self.base, self.root = base, base / "root"
        self.release = self.root / "deploys" / "shop" / RELEASE
        for directory in (self.release, self.root / "spool"):
            directory.mkdir(parents=True)
        (self.release / "shop.py").write_text("import tiny\n")
        (self.release / "broken.py").write_text("import absent\n")
        record = ReleaseRecord("shop", RELEASE, "2026-11-23T00:00:00.000Z", "0" * 64, 1, 1)
        Path(f"{self.release}.json").write_text(render_record(record))

    def bundle(
        self, python_path: str = sys.executable, files: dict[str, str] | None = None, **facts: str
    ) -> dict[str, Any]:
        python = interpreter.inspect(python_path)
        described = {"name": NAME, "python": python.python, "platform": python.platform, **facts}
        house = self.base / "house"
        wheel = write_wheel(house, "tiny", "1.0", files=files)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (house / "lock.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
        (house / "environment.json").write_text(json.dumps(described))
        path = self.root / "spool" / f"environment-{NAME}.tar"
        with tarfile.open(path, "w") as archive:
            for name in ("environment.json", "lock.txt", wheel.name):
                archive.add(house / name, name)
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        return {"kind": "environment", "base": "", "path": str(path), "size": len(data), "digest": digest}

    def run(self, *bundles: dict[str, Any], check: bool = False, **more: Any) -> dict[str, Any]:
        args = {"root": str(self.root), "project": "shop", "release": RELEASE, "environment": NAME}
        args |= {"python": sys.executable, "service_user": getpass.getuser(), "smoke_imports": ["shop"]}
        return run_module(
            "release_environment", with_ticket({**args, "bundles": list(bundles), **more}), check=check, diff=True
        )


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A host where the environment was made; the tests leave it as it is."""
    made = Host(tmp_path_factory.mktemp("ready"))
    result = made.run(made.bundle())
    assert result["outcome"] == "done", result
    assert (result["packages"], result["imported"]) == (["tiny==1.0"], ["shop"])
    return made


def test_is_complete_with_its_record_and_bound_to_the_release(ready: Host) -> None:
    record = json.loads((ready.root / "venvs" / f"{NAME}.json").read_text())
    assert record["packages"] == ["tiny==1.0"]
    assert json.loads(Path(f"{ready.release}.json").read_text())["environment"] == NAME
    assert os.listdir(ready.root / "spool") == []
    assert not (ready.release / "__pycache__").exists()


def test_second_run_only_tries_the_imports(ready: Host) -> None:
    before = tree_digest(ready.root)
    result = ready.run()
    assert (result["outcome"], result["imported"]) == ("unchanged", ["shop"])
    assert tree_digest(ready.root) == before


def test_a_module_that_does_not_import_is_named_with_its_reason(ready: Host) -> None:
    result = ready.run(smoke_imports=["shop", "broken"])
    assert result["failed"]
    assert result["msg"].endswith("ModuleNotFoundError: No module named 'absent'")
    assert (result["phase"], result["state_now"]) == (
        "smoke", "the release is on this host but nothing was switched"
    )  # fmt: skip
    assert "Traceback" in result["log_tail"]
    assert result["blame"] == "release"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_imports_run_as_the_service_user() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        host = Host(Path(directory))
        (host.release / "who.py").write_text("import os\nassert os.getuid() == 65534, os.getuid()\n")
        more = {"environment": "", "python": "/usr/bin/python3", "smoke_imports": ["who"]}
        assert host.run(**more, service_user="nobody")["imported"] == ["who"]
        assert "AssertionError: 0" in host.run(**more, service_user="root")["msg"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_nothing_of_a_wheel_runs_as_root() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        told = Path(directory, "told")
        told.touch()
        told.chmod(0o666)
        tell = f"import os; open({str(told)!r}, 'a').write(str(os.geteuid()) + ' ')\n"
        host = Host(Path(directory))
        bundle = host.bundle("/usr/bin/python3", {"tiny.pth": tell})
        result = host.run(bundle, python="/usr/bin/python3", service_user="nobody")
        assert result["outcome"] == "done", result
        assert set(told.read_text().split()) == {"65534"}


@pytest.mark.parametrize("check", [True, False])
def test_a_release_that_is_current_keeps_its_environment(host: Host, check: bool) -> None:
    record = ReleaseRecord("shop", RELEASE, "2026-11-23T00:00:00.000Z", "0" * 64, 1, 1, "f" * 16)
    Path(f"{host.release}.json").write_text(render_record(record))
    (host.root / "shop").symlink_to(f"deploys/shop/{RELEASE}")
    before = tree_digest(host.release.parent)
    result = host.run(host.bundle(), check=check)
    assert result["failed"]
    assert f"is current on this host with the environment {'f' * 16}" in result["msg"]
    assert result["state_now"]
    assert tree_digest(host.release.parent) == before
    assert not (host.root / "venvs").exists()


def test_a_release_that_is_current_without_an_environment_gets_one(host: Host) -> None:
    (host.root / "shop").symlink_to(f"deploys/shop/{RELEASE}")
    assert host.run(host.bundle(), check=True)["outcome"] == "would"


def test_check_mode_changes_nothing(host: Host) -> None:
    before = tree_digest(host.root)
    assert host.run(check=True)["outcome"] == "would"
    assert tree_digest(host.root) == before


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"python": "2.7"}, "made wheels for Python 2.7"),
        ({"platform": "plan9_mips"}, "on plan9_mips, but"),
        ({"name": "f" * 16}, f"holds the environment {'f' * 16}, not {NAME}"),
    ],
)
def test_wheels_that_do_not_fit_stop_before_anything(host: Host, facts: dict[str, str], sentence: str) -> None:
    result = host.run(host.bundle(**facts))
    assert result["failed"]
    assert sentence in result["msg"]
    assert os.listdir(host.root / "venvs") == []


def test_a_wheel_that_is_not_the_locked_one_leaves_no_environment(host: Host) -> None:
    bundle = host.bundle()
    path = Path(bundle["path"])
    write_wheel(host.base / "house", "tiny", "1.0", "VALUE = 2\n")
    with tarfile.open(path, "w") as archive:
        for name in ("environment.json", "lock.txt", "tiny-1.0-py3-none-any.whl"):
            archive.add(host.base / "house" / name, name)
    bundle["digest"] = hashlib.sha256(path.read_bytes()).hexdigest()
    result = host.run(bundle)
    assert result["failed"]
    assert "could not be filled" in result["msg"]
    assert os.listdir(host.root / "venvs") == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"smoke_imports": ["os; import sys"]}, "is not the name of a Python module"),
        ({"environment": "../../etc"}, "is not the name of an environment"),
        ({"environment": "f" * 16}, "There is no bundle of the environment"),
        ({"release": "b" * 40, "environment": ""}, "is not complete on this host"),
        ({"environment": "", "service_user": "nobody-at-all"}, "There is no user 'nobody-at-all'"),
    ],
)
def test_wrong_input_changes_nothing(host: Host, change: dict[str, Any], sentence: str) -> None:
    before = tree_digest(host.release.parent)
    result = host.run(**change)
    assert result["failed"]
    assert sentence in result["msg"]
    assert tree_digest(host.release.parent) == before


@pytest.fixture
def sleeper(host: Host) -> Iterator[int]:
    """A process that says it lives in the environment."""
    environment = {**os.environ, "VIRTUAL_ENV": str(host.root / "venvs" / NAME)}
    with subprocess.Popen(["sleep", "60"], env=environment) as process:
        yield process.pid
        process.kill()


def test_a_left_over_that_somebody_uses_is_left_alone(host: Host, sleeper: int) -> None:
    left = host.root / "venvs" / NAME
    left.mkdir(parents=True)
    assert environments.processes_in(str(left)) == [sleeper]
    result = host.run(host.bundle())
    assert f"process {sleeper} runs in it" in result["msg"]
    assert left.is_dir()
