"""One wrong byte stops a deploy before anything is switched, wherever it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import FLEET, GREEN, ROOT

# Turns one byte into another and back, and leaves size and times as they were.
FLIP = """
import os, sys
path = sys.argv[1]
times = os.stat(path)
with open(path, "r+b") as file:
    byte = file.read(1)
    file.seek(0)
    file.write(bytes([byte[0] ^ 1]))
os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
"""
# The same in both releases.
FILE = "openlibrary/coverstore.py"


@pytest.fixture
def damaged() -> Iterator[str]:
    """Green's current release, from which the next one takes what did not change, has one wrong byte."""
    path = f"{ROOT}/deploys/openlibrary/{snapshot.take([GREEN])[GREEN].current()}/{FILE}"
    snapshot.on(GREEN).check_output("python3 -c %s %s", FLIP, path)
    yield path
    snapshot.on(GREEN).check_output("python3 -c %s %s", FLIP, path)


def test_a_wrong_byte_in_what_a_node_has_stops_the_deploy(damaged: str) -> None:
    release = sources.commit()
    before = snapshot.take()
    run = runs.play("deploy", version=release)
    after = snapshot.take()
    assert run.rc != 0
    assert FILE in run.output
    for name in FLEET:
        assert before[name].tree["openlibrary"] == after[name].tree["openlibrary"], name
        assert before[name].processes == after[name].processes, name
        assert not after[name].locked, name
    assert not after[GREEN].record(release)
    assert snapshot.in_rotation() == list(snapshot.WEB)


def test_after_the_repair_the_deploy_works() -> None:
    release = sources.commit()
    runs.succeed("deploy", version=release, **runs.QUICK)
    snapshot.assert_fleet_runs(release)


def test_a_wrong_byte_in_a_bundle_on_the_controller_reaches_no_host(tmp_path: Path) -> None:
    """The controller's copy is proven before it is used: a damaged one is fetched anew."""
    release = sources.commit()
    runs.succeed("deploy", version=release, **runs.QUICK)
    bundles = [path for path in Path("~/.cache/openlibrary.deploy").expanduser().iterdir() if release[:7] in path.name]
    assert bundles
    for path in bundles:
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
    runs.succeed("rollback", **runs.QUICK_BACK)
    forget = f"rm -r {ROOT}/deploys/openlibrary/{release} {ROOT}/deploys/openlibrary/{release}.json"
    snapshot.on(GREEN).check_output(forget)
    runs.succeed("deploy", version=release, **runs.QUICK)
    snapshot.assert_fleet_runs(release)
