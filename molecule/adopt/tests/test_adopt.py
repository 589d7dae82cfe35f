"""A site installed by hand is refused until somebody says adopt=true, keeps running through it, and then deploys."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import elsewhere, runs, snapshot
from tests.fleet.elsewhere import NODE, PORT, PROJECT, ROOT
from tests.fleet.snapshot import Snapshot


@pytest.fixture(scope="module")
def hashes() -> Iterator[tuple[str, str]]:
    """The release that was installed by hand, and a newer one."""
    made = elsewhere.make_repository()
    elsewhere.install_by_hand(made[0])
    await_greeting("one")
    yield made
    elsewhere.remove()


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return elsewhere.inventory(tmp_path_factory.mktemp("elsewhere"))


def look() -> Snapshot:
    return snapshot.take([NODE], root=ROOT, user="reader")[NODE]


def answer() -> dict[str, Any]:
    """What readers get."""
    get = "import sys, urllib.request as request; print(request.urlopen(sys.argv[1], timeout=5).read().decode())"
    found = snapshot.on(NODE).run(f"python3 -c %s http://127.0.0.1:{PORT}/", get)
    return dict(json.loads(found.stdout)) if found.rc == 0 else {}


def await_greeting(greeting: str) -> None:
    deadline = time.monotonic() + 15
    while answer().get("greeting") != greeting:
        assert time.monotonic() < deadline, answer()
        time.sleep(0.2)


def test_an_installation_by_hand_is_refused_without_adopt(hashes: tuple[str, str], inventory: Path) -> None:
    before = look()
    run = runs.play("prepare", inventory=inventory)
    assert run.rc != 0
    assert "adopt=true" in run.output
    assert hashes[0][:10] in run.output
    assert snapshot.differences({NODE: before}, {NODE: look()}) == []


def test_a_deploy_to_it_is_refused_too(hashes: tuple[str, str], inventory: Path) -> None:
    before = look()
    assert runs.play("deploy", inventory=inventory).rc != 0
    assert snapshot.differences({NODE: before}, {NODE: look()}) == []


def test_it_is_adopted_while_its_service_runs_on(hashes: tuple[str, str], inventory: Path) -> None:
    before = look()
    runs.succeed("prepare", inventory=inventory, adopt=True)
    after = look()
    assert after.processes == before.processes
    assert after.current(PROJECT) == hashes[0]
    record = json.loads(snapshot.on(NODE).file(f"{ROOT}/deploys/{PROJECT}/{hashes[0]}.json").content_string)
    assert record["adopted"] and record["marks"][-1]["mark"] == "good"
    assert answer() == {"release": hashes[0], "greeting": "one"}


def test_preparing_it_again_changes_nothing(hashes: tuple[str, str], inventory: Path) -> None:
    before = look()
    runs.succeed("prepare", inventory=inventory)
    assert snapshot.differences({NODE: before}, {NODE: look()}) == []


def test_its_service_starts_through_the_launcher_in_the_adopted_environment(hashes: tuple[str, str]) -> None:
    elsewhere.start_by_launcher()
    await_greeting("one")
    assert look().releases_running == {hashes[0]}
    assert all(f"{ROOT}/venvs/adopted/bin/python" in command for _born, _cwd, command in look().processes.values())


def test_a_deploy_and_a_rollback_to_the_adopted_release(hashes: tuple[str, str], inventory: Path) -> None:
    adopted, newer = hashes
    runs.succeed("deploy", inventory=inventory)
    assert look().current(PROJECT) == newer
    assert answer() == {"release": newer, "greeting": "two"}
    runs.succeed("rollback", "--limit", NODE, inventory=inventory, hash=adopted[:7])
    assert look().current(PROJECT) == adopted
    assert answer() == {"release": adopted, "greeting": "one"}


def test_nothing_of_the_other_site_was_touched(hashes: tuple[str, str]) -> None:
    for name in (NODE, "ol-home", "ol-www1"):
        names = snapshot.on(name).check_output("ls /opt/openlibrary/deploys 2>/dev/null || true").split()
        assert PROJECT not in names
        assert snapshot.on(name).file(f"{ROOT}/openlibrary").exists is False
