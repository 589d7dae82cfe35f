"""A project of the real one's size: 2,500 files, 23,000 commits, 150 MB of history and a submodule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab import repositories
from lab.book import PLACES
from lab.process import locked
from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import FLEET, ROOT

# The labs of a checkout share it.
MADE = PLACES.root / ".cache" / "molecule" / "big"
BIG = {"repository": "ssh://git@ol-infra/srv/git/big.git", "branch": "master", "build": [["make", "css"]]}
LAB = yaml.safe_load((PLACES.root / "inventories" / "lab" / "group_vars" / "all.yml").read_text())
PROJECTS = {"deploy_projects": {**LAB["deploy_projects"], "big": BIG}}
# Somebody has to read a project, or its deploy is refused.
READER = {"name": "nginx", "project": "big", "test": ["test", "-f", "{release}/Makefile"], "unit": "nginx"}


def git(*words: str) -> str:
    done = subprocess.run(("git", *words), check=True, capture_output=True, text=True, timeout=120)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def big() -> Path:
    """The repository, made once for each checkout, on the git server."""
    made = MADE / "big.git"
    with locked(MADE.with_suffix(".lock")):
        if not (MADE / "complete").exists():
            subprocess.run((sys.executable, "tests/big_repo.py", str(MADE)), cwd=PLACES.root, check=True, timeout=600)
            (MADE / "complete").touch()
    for name in ("big-library", "big"):
        repositories.create(name)
        sources.push(MADE / f"{name}.git", name)
    return made


def test_it_has_the_size_of_the_real_one(big: Path) -> None:
    assert int(git("-C", str(big), "rev-list", "--count", "master")) >= 23_000
    assert len(git("-C", str(big), "ls-tree", "-r", "--name-only", "master").splitlines()) >= 2_500
    packs = sum(path.stat().st_size for path in big.glob("objects/pack/*.pack"))
    assert packs >= 145_000_000


def test_it_deploys_and_again_with_a_small_commit(big: Path) -> None:
    services = {name: seen.processes for name, seen in snapshot.take().items()}
    words = runs.site("ol-www1", deploy_reloads=[READER])
    runs.succeed("prepare", *words, **PROJECTS)
    for release in (sources.hash_of("refs/heads/master", "big"), small_commit()):
        runs.succeed("deploy", *words, project="big", version=release, **PROJECTS)
        for name, seen in snapshot.take().items():
            tree = f"deploys/big/{release}"
            assert seen.current("big") == release, name
            assert not seen.locked, name
            assert seen.processes == services[name], name
            files = [path for path in seen.tree if path.startswith(f"{tree}/")]
            assert len(files) > 2_500
            assert any(path.startswith(f"{tree}/vendor/library/") for path in files), name
            assert f"{tree}/static/build/a.css" in files, name
    assert len(FLEET) == 4 and snapshot.on(FLEET[0]).file(f"{ROOT}/git/big.git").is_directory


def small_commit() -> str:
    return sources.commit(
        repository="big", edits={"Makefile": lambda text: f"{text}# {sources.stamp()}\n"}, branch="molecule"
    )
