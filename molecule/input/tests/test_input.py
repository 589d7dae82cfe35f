"""Wrong input gets one clear sentence, and changes nothing on any host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.book import PLACES
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


CASES: dict[str, tuple[str, tuple[str, ...], dict[str, Any], str]] = {
    "unknown hash": ("deploy", (), {"version": "f" * 40}, "f" * 40),
    "branch that does not exist": ("deploy", (), {"version": "no-such-branch"}, "no-such-branch"),
    "unknown project": ("deploy", (), {"project": "nope"}, "'nope'"),
    "project that is a path": ("deploy", (), {"project": "../openlibrary"}, "../openlibrary"),
    "version that is an option": ("deploy", (), {"version": "--upload-pack=touch /tmp/owned"}, "--upload-pack"),
    "version that is a command": ("deploy", (), {"version": "$(touch /tmp/owned)"}, "touch"),
    "limited deploy": ("deploy", ("--limit", "ol-web3"), {}, "--limit"),
    "unknown hash of a rollback": ("rollback", (), {"hash": "f" * 40}, "f" * 10),
    "ambiguous hash": ("rollback", (), {"hash": PREFIX}, PREFIX),
    "hash that is a path": ("rollback", (), {"hash": "../../etc"}, "../../etc"),
    "hash that is a command": ("rollback", (), {"hash": "a; rm -rf /"}, "a; rm -rf /"),
    "hash that is too short": ("rollback", (), {"hash": "abcdef"}, "abcdef"),
    "release that one host lacks": ("rollback", (), {"hash": SOMEWHERE}, GREEN),
    "restart of an unknown project": ("restart", (), {"project": "nope"}, "'nope'"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_wrong_input_is_refused(case: tuple[str, tuple[str, ...], dict[str, Any], str], before: Any) -> None:
    playbook, words, variables, said = case
    assert said in refused(runs.play(playbook, *words, **variables))
    assert snapshot.differences(before, snapshot.take(passed=OBJECTS)) == []


def test_hashes_from_the_command_line_stay_words(before: Any) -> None:
    """As an operator types it, with key=value and not with JSON."""
    assert refused(runs.play("rollback", "-e", "hash='a; rm -rf /'"))
    assert snapshot.differences(before, snapshot.take(passed=OBJECTS)) == []


@pytest.mark.parametrize(("group", "part"), [("web", "web"), ("www", "static"), ("home", "home")])
def test_the_part_of_an_empty_group_is_named(before: Any, tmp_path: Path, group: str, part: str) -> None:
    (tmp_path / "empty.yml").write_text(json.dumps(inventory_without(group)))
    assert part in refused(runs.play("deploy", inventory=tmp_path / "empty.yml"))
    assert snapshot.differences(before, snapshot.take(passed=OBJECTS)) == []


def inventory_without(group: str) -> dict[str, Any]:
    """The lab's inventory, resolved by the default scenario, with one group empty."""
    resolved: dict[str, Any] = json.loads((PLACES.root / ".cache" / "molecule" / "inventory.json").read_text())
    hosts = resolved["all"]["hosts"].values()
    # Each host holds all of its variables; what all of them share belongs to the site, also without a host.
    resolved["all"]["vars"] = {name: value for name, value in next(iter(hosts)).items() if shared(name, value, hosts)}
    resolved["all"]["children"][group]["hosts"] = {}
    return resolved


def shared(name: str, value: Any, hosts: Iterable[dict[str, Any]]) -> bool:
    return not name.startswith("ansible_") and all(host.get(name) == value for host in hosts)


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
