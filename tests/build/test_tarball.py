"""The tarball holds the product and nothing else, installs without a network, and runs from where it is installed."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
META = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
TARBALL = ROOT / "build" / f"openlibrary-deploy-{META['version']}.tar.gz"

ALLOWED = re.compile(
    r"""
    MANIFEST\.json | FILES\.json | LICENSE | README\.md | CHANGELOG\.md
    | changelogs/changelog\.yaml
    | inventories/example/(group_vars/)?\w+\.yml
    | docs/[\w/]+\.(md|svg|png|yml|rst)
    | meta/[\w-]+\.(yml|txt)
    | playbooks/\w+\.yml | playbooks/(tasks|templates|vars)/[\w.]+
    | plugins/(action|callback|doc_fragments|filter|lookup|module_utils|modules|plugin_utils)/(\w+/)*\w+\.(py|yml)
    | roles/\w+/(README\.md|(defaults|handlers|meta|tasks|vars)/[\w/]+\.yml|(files|templates)/[\w./-]+)
    """,
    re.VERBOSE,
)


def strangers(names: list[str]) -> list[str]:
    """Which of the files do not belong into the product."""
    return [name for name in names if not ALLOWED.fullmatch(name)]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout that knows the collection only from its tarball."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(folder, "ansible-galaxy", "collection", "install", "--offline", "-p", "collections", str(TARBALL))
    return folder


def run(folder: Path, *argv: str) -> str:
    """Runs a command there, as on a machine without the checkout; returns what it printed, both streams."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"), "ANSIBLE_HOME": str(folder / "home")}
    done = subprocess.run(
        argv,
        cwd=folder,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_holds_nothing_but_the_product() -> None:
    with tarfile.open(TARBALL) as tarball:
        members = tarball.getmembers()
    assert strangers([member.name for member in members if not member.isdir()]) == []
    assert [member.name for member in members if not (member.isfile() or member.isdir())] == []


@pytest.mark.parametrize(
    "name",
    [
        ".lab/id_ed25519",
        "lab/plan.py",
        "Makefile",
        "tests/support.py",
        "plugins/modules/__pycache__/a.pyc",
        "notes.md",
        "inventories/lab/hosts.yml",
    ],
)
def test_a_stranger_is_found(name: str) -> None:
    assert strangers(["README.md", name]) == [name]


def test_installed_modules_and_roles_have_documentation(elsewhere: Path) -> None:
    modules = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
    told = run(elsewhere, "ansible-doc", "--json", *[f"openlibrary.deploy.{name}" for name in modules])
    assert [name for name in modules if f'"openlibrary.deploy.{name}"' not in told] == []
    roles = run(elsewhere, "ansible-doc", "--type", "role", "--list", "openlibrary.deploy")
    assert [path.name for path in (ROOT / "roles").glob("*") if path.is_dir() and path.name not in roles] == []


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")))
def test_installed_playbook_is_found_by_its_full_name(elsewhere: Path, name: str) -> None:
    told = run(elsewhere, "ansible-playbook", "--syntax-check", "-i", "localhost,", f"openlibrary.deploy.{name}")
    assert f"{name}.yml" in told
