"""What waits for people: the pause after blue, for an answer at a terminal, and releases that must be staged first."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.book import LAB
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, ROOT, Snapshot

KNOWN = "deploy-2026-10-19"
STAGING = "ol-dev0"
PROMPT = f"{BLUE}: paused."


@pytest.fixture(scope="module")
def release() -> str:
    """A commit that no host has seen."""
    return sources.commit()


def notes_of(seen: Snapshot) -> list[str]:
    """The notes in a host's journal."""
    return [entry["detail"] for entry in map(json.loads, seen.journal) if entry["outcome"] == "note"]


# What a site has in its inventory: nobody gives it with -e.
GATED = {"deploy_require_staged": True}


def refused(release: str, said: str, *words: str, **variables: object) -> str:
    """A deploy that ends before anything is touched, with one sentence that says so."""
    before = snapshot.take(passed=("git",))
    run = runs.play("deploy", *words, version=release, **{**runs.QUICK, **variables})
    assert snapshot.differences(before, snapshot.take(passed=("git",))) == []
    assert run.rc != 0
    assert said in run.output
    return run.output


def test_without_a_terminal_nobody_is_waited_for(release: str) -> None:
    said = refused(release, "needs a terminal", deploy_pause_after_blue="person")
    assert "No host was contacted" in said
    assert "Preflight" not in said


@dataclass(frozen=True)
class Paused:
    """What was true while a deploy waited for a person, and what its answer led to."""

    meanwhile: dict[str, Snapshot]
    status: Run
    run: Run
    after: dict[str, Snapshot]


def answered(release: str, *answers: str, status: bool = False, words: tuple[str, ...] = ()) -> Paused:
    """A deploy that is answered so, once it waits; `status` asks for the status meanwhile."""
    settings = {**runs.QUICK, "deploy_pause_after_blue": "person"}
    deploy, type_line = runs.at_terminal("deploy", *words, version=release, **settings)
    for number, answer in enumerate(answers, 1):
        deploy.wait_for(lambda number=number: deploy.output.count(PROMPT) == number)
        if number == 1:
            meanwhile = snapshot.take()
            told = runs.play("status") if status else Run(0, "", 0)
        type_line(answer)
    run = deploy.end()
    return Paused(meanwhile, told, run, snapshot.take())


@pytest.fixture(scope="module")
def unwound(release: str) -> Paused:
    """Somebody mistypes, and then has it unwound."""
    return answered(release, "go home", "unwind", status=True)


def test_while_it_waits_blue_serves_the_new_release_and_green_the_old_one(unwound: Paused, release: str) -> None:
    known = sources.hash_of(KNOWN)
    assert {name: seen.current() for name, seen in unwound.meanwhile.items()} == {
        "ol-www1": release, BLUE: release, GREEN: known, "ol-home": known
    }  # fmt: skip
    assert all(seen.locked for seen in unwound.meanwhile.values())


def test_the_status_meanwhile_says_who_holds_the_fleet(unwound: Paused, release: str) -> None:
    assert unwound.status.rc != 0
    for name in FLEET:
        assert f"{name}: locked by " in unwound.status.output
    assert release[:10] in unwound.status.output


def test_unwind_takes_everything_back_and_marks_nothing_bad(unwound: Paused, release: str) -> None:
    assert unwound.run.rc != 0
    assert "'go home' is no answer" in unwound.run.output
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    record = snapshot.on(BLUE).file(f"{ROOT}/deploys/openlibrary/{release}.json").content_string
    assert json.loads(record)["marks"] == []
    assert "said unwind" in notes_of(unwound.after[BLUE])[-1]


def test_a_release_that_nobody_staged_is_refused(unwound: Paused, release: str) -> None:
    said = refused(release, f"was never current on {STAGING}", *runs.site(**GATED))
    assert f"playbooks/deploy.yml -e version={release} -e skip=staged,bake -e \"reason=''\"" in said


@pytest.fixture
def staged(unwound: Paused, release: str) -> Iterator[str]:
    """It was current on the staging host; afterwards nothing is there again."""
    there = [f"deploys/openlibrary/{release}{end}" for end in ("", ".json", ".manifest")]
    pack = ("docker", "exec", LAB.container(BLUE), "tar", "-C", ROOT, "-c", *there, "venvs")
    packed = subprocess.run(pack, check=True, capture_output=True, timeout=60).stdout
    unpack = ("docker", "exec", "-i", LAB.container(STAGING), "tar", "-C", ROOT, "-xp")
    try:
        subprocess.run(unpack, input=packed, check=True, timeout=60)
        runs.succeed("../molecule/gates/staged", release=release)
        yield release
    finally:
        left = " ".join(("openlibrary", "deploys/journal.jsonl", "venvs/*", *there))
        snapshot.on(STAGING).check_output(f"cd {ROOT} && rm -rf {left}")


def test_one_that_was_staged_is_deployed_once_somebody_says_go_on(staged: str) -> None:
    paused = answered(staged, "go on", words=runs.site(**GATED))
    assert paused.run.rc == 0, paused.run.output
    snapshot.assert_fleet_runs(staged)
    assert "said go on" in notes_of(paused.after[BLUE])[-1]
