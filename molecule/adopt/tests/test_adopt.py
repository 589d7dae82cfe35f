"""A site installed by hand is refused until somebody says adopt=true, keeps running through it, and then deploys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import elsewhere, runs, snapshot
from tests.fleet.elsewhere import PROJECT, ROOT, WEB, look

# Nobody reads here but a test.
WITHOUT_READERS = {"deploy_bake": "skip", "deploy_ramp": [100], "deploy_ramp_hold": 0, "deploy_stable_seconds": 2}


@pytest.fixture(scope="module")
def adopted() -> Iterator[str]:
    """The release that was installed by hand, while the site runs."""
    with elsewhere.hosts():
        release = elsewhere.make_repository()
        elsewhere.install_by_hand(release)
        elsewhere.await_answer(greeting="one")
        yield release


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return elsewhere.inventory(tmp_path_factory.mktemp("elsewhere") / "inventory", **WITHOUT_READERS)


def test_an_installation_by_hand_is_refused_without_adopt(adopted: str, inventory: Path) -> None:
    before = look(WEB)
    run = runs.play("prepare", inventory=inventory)
    assert run.rc != 0
    assert "adopt=true" in run.output
    assert adopted[:10] in run.output
    assert snapshot.differences(before, look(WEB)) == []


def test_a_deploy_to_it_is_refused_too(adopted: str, inventory: Path) -> None:
    before = look(WEB)
    assert runs.play("deploy", inventory=inventory).rc != 0
    assert snapshot.differences(before, look(WEB)) == []


def test_it_is_adopted_while_its_services_run_on(adopted: str, inventory: Path) -> None:
    before = look(WEB)
    runs.succeed("prepare", inventory=inventory, adopt=True)
    for name, after in look(WEB).items():
        assert len(after.processes) == len(elsewhere.PROGRAMS)
        assert after.processes == before[name].processes
        assert after.current(PROJECT) == adopted
        record = json.loads(elsewhere.on(name).file(f"{ROOT}/deploys/{PROJECT}/{adopted}.json").content_string)
        assert record["adopted"] and record["marks"][-1]["mark"] == "good"
    assert elsewhere.answer() == {"release": adopted, "greeting": "one"}


def test_preparing_it_again_changes_nothing(adopted: str, inventory: Path) -> None:
    before = look()
    runs.succeed("prepare", inventory=inventory)
    assert snapshot.differences(before, look()) == []


def test_its_services_start_through_the_launcher_in_the_adopted_environment(adopted: str) -> None:
    elsewhere.configure()
    elsewhere.await_answer(greeting="one")
    for seen in look(WEB).values():
        assert seen.releases_running == {adopted}
        assert all(f"{ROOT}/venvs/adopted/bin/python" in command for _born, _cwd, command in seen.processes.values())


def test_a_deploy_and_a_rollback_to_the_adopted_release(adopted: str, inventory: Path) -> None:
    newer = elsewhere.publish('"one"', '"two"')
    runs.succeed("deploy", inventory=inventory)
    assert {seen.current(PROJECT) for seen in look().values()} == {newer}
    assert elsewhere.answer() == {"release": newer, "greeting": "two"}
    runs.succeed("rollback", "--limit", "web1", inventory=inventory, hash=adopted[:7])
    seen = look(WEB)
    assert [seen[name].current(PROJECT) for name in WEB] == [adopted, newer, newer]
    assert seen["web1"].releases_running == {adopted}
