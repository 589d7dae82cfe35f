"""Wrong input gets one clear sentence, and changes nothing on any host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import FLEET, GREEN, ROOT, Snapshot

# Home fetches before it can know whether a branch exists.
OBJECTS = ("git",)
PREFIX = "abcdef1"
TWINS = tuple(PREFIX + digit * 33 for digit in "45")
SOMEWHERE = "0123456789abcdef0123456789abcdef01234567"
RELEASES = f"{ROOT}/deploys/openlibrary"

COPY = """
import json, os, shutil, sys
base, source, names = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(f"{base}/{source}.json") as stream:
    record = json.load(stream)
for name in names:
    shutil.copytree(f"{base}/{source}", f"{base}/{name}", symlinks=True)
    shutil.copy(f"{base}/{source}.manifest", f"{base}/{name}.manifest")
    with open(f"{base}/{name}.json", "w") as stream:
        json.dump({**record, "hash": name}, stream)
"""


def refused(run: Run) -> str:
    """The one sentence of a run that was refused."""
    assert run.rc != 0, run.output
    said = [line.partition("FAILED: ")[2] for line in run.output.splitlines() if "FAILED: " in line]
    assert len(said) == 1, run.output
    assert "Traceback" not in run.output
    return said[0]


def make(names: tuple[str, ...], hosts: tuple[str, ...] = FLEET) -> None:
    """Complete releases under names that no commit has, as copies of the current one."""
    source = sources.hash_of("deploy-2026-10-19")
    for host in hosts:
        snapshot.on(host).check_output(f"python3 -c %s {RELEASES} {source} {' '.join(names)}", COPY)


def remove(names: tuple[str, ...]) -> None:
    paths = " ".join(f"{RELEASES}/{name}{end}" for name in names for end in ("", ".json", ".manifest"))
    for host in FLEET:
        snapshot.on(host).check_output(f"rm -rf {paths}")


@pytest.fixture(scope="module", autouse=True)
def releases() -> Iterator[None]:
    """Two releases that share their first digits everywhere, and one that green does not have."""
    partial = (SOMEWHERE,)
    remove((*TWINS, *partial))
    make(TWINS)
    make(partial, tuple(host for host in FLEET if host != GREEN))
    yield
    remove((*TWINS, *partial))


@pytest.fixture(scope="module")
def before(releases: None) -> dict[str, Snapshot]:
    return snapshot.take(passed=OBJECTS)


# What the controller knows by itself is refused before any host is asked: tests/integration/controller.
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown hash": ("deploy", {"version": "f" * 40}, "f" * 40),
    "branch that does not exist": ("deploy", {"version": "no-such-branch"}, "no-such-branch"),
    "unknown hash of a rollback": ("rollback", {"hash": "f" * 40}, "f" * 10),
    "ambiguous hash": ("rollback", {"hash": PREFIX}, PREFIX),
    "release that one host lacks": ("rollback", {"hash": SOMEWHERE}, GREEN),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_wrong_input_is_refused(case: tuple[str, dict[str, Any], str], before: Any) -> None:
    playbook, variables, said = case
    assert said in refused(runs.play(playbook, **variables))
    assert snapshot.differences(before, snapshot.take(passed=OBJECTS)) == []


def test_a_second_run_is_refused_while_one_holds_the_hosts(before: Any) -> None:
    lock = {
        "run": "20261123T000000Z-0000", "token": 1_000_000, "who": "somebody@else", "project": "openlibrary",
        "action": "deploy", "to": SOMEWHERE, "since": "2026-11-23T00:00:00.000Z", "reason": "a test",
    }  # fmt: skip
    path = f"{ROOT}/deploys/lock.json"
    write = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    snapshot.on("ol-home").check_output("python3 -c %s %s %s", write, path, json.dumps(lock))
    locked = snapshot.take(passed=OBJECTS)
    try:
        for playbook, variables in (("deploy", {}), ("rollback", {"hash": TWINS[0]}), ("restart", {})):
            said = refused(runs.play(playbook, **variables))
            assert "somebody@else" in said
            assert "ol-home" in said
        assert snapshot.differences(locked, snapshot.take(passed=OBJECTS)) == []
    finally:
        snapshot.on("ol-home").check_output(f"rm {path}")
