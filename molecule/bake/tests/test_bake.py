"""Releases whose processes are well and whose pages are not: the bake stops them while blue has little traffic."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, GREEN

KNOWN = "deploy-2026-10-19"
RATE = 150
# The lab's bake, and nothing else that takes long.
BAKE: dict[str, Any] = {
    "deploy_bake_warmup": 1,
    "deploy_bake_seconds": 3,
    "deploy_gates": [],
    "deploy_stable_seconds": 2,
}
# As strict as production's.
STRICT = {"deploy_bake_inconclusive": "stop"}
# Half of the load is pages; at 10 % of its weight one of two nodes gets 10 of 110 of them, and a third of these fail.
FAILING = RATE / 2 * (BAKE["deploy_bake_warmup"] + BAKE["deploy_bake_seconds"]) * 10 / 110 / 3


@dataclass(frozen=True)
class Seen:
    """A deploy of a broken release under load, and what the users got."""

    release: str
    run: Run
    users: dict[str, Any]


def deploy_under_load(branch: str) -> Seen:
    release = sources.commit(f"broken/{branch}")
    with runs.load(RATE, margin=1) as users:
        run = runs.play("deploy", *runs.site(**STRICT), version=release, **BAKE)
    return Seen(release, run, users)


def bakes() -> list[str]:
    """What the balancer's journal says of bakes."""
    entries = map(json.loads, snapshot.take(["ol-www1"])["ol-www1"].journal)
    return [entry["detail"] for entry in entries if entry["step"] == "bake"]


def assert_stopped_at_blue(seen: Seen) -> None:
    """The old release serves on the whole fleet, green was never taken out, and the release is marked bad."""
    assert seen.run.rc != 0
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    left = {change["server"] for change in seen.users["rotation"]["timeline"] if change["status"] == "MAINT"}
    assert left == {BLUE}
    assert f"FAILED on {BLUE}" in seen.run.output
    record = snapshot.on(GREEN).file(f"{snapshot.ROOT}/deploys/openlibrary/{seen.release}.json").content_string
    assert json.loads(record)["marks"][-1]["mark"] == "bad"


@pytest.fixture(scope="module")
def failing() -> Seen:
    return deploy_under_load("errors")


def test_a_release_that_fails_a_third_of_its_pages_is_stopped_at_blue(failing: Seen) -> None:
    assert_stopped_at_blue(failing)
    assert "fail" in bakes()[-1] and f"/{BLUE}" in bakes()[-1]


def test_few_users_met_its_errors_and_the_report_says_how_many(failing: Seen) -> None:
    assert failing.users["not_2xx"].keys() == {"500"}
    met = failing.users["not_2xx"]["500"]
    assert met <= 2 * FAILING
    told = re.search(
        rf"Users: ([\d,]+) of [\d,]+ requests failed; (\d+) of \d+ requests that {BLUE} answered in its bake failed",
        failing.run.output,
    )
    assert told, failing.run.output
    assert int(told[2]) == met <= int(told[1].replace(",", ""))


def test_a_release_that_is_three_times_slower_is_stopped_at_blue() -> None:
    slow = deploy_under_load("slow")
    assert_stopped_at_blue(slow)
    runs.assert_nothing_lost(slow.users)
    assert "its pages are slower" in slow.run.output


def test_without_traffic_the_bake_is_inconclusive_and_stops() -> None:
    quiet = sources.commit()
    run = runs.play("deploy", *runs.site(**STRICT), version=quiet, **BAKE)
    assert run.rc != 0
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    assert "-e skip=bake" in run.output
    assert "inconclusive" in bakes()[-1]
    marks = json.loads(snapshot.on(BLUE).file(f"{snapshot.ROOT}/deploys/openlibrary/{quiet}.json").content_string)
    assert marks["marks"] == [], "nothing was found against the release"


def restarted(**more: Any) -> list[str]:
    """What the journal says of the bake of a blue that restarts while nobody uses the site."""
    before = len(bakes())
    runs.succeed("restart", "--limit", BLUE, **{**BAKE, **more})
    return bakes()[before:]


def test_where_the_site_says_continue_it_goes_on_and_the_journal_says_so() -> None:
    said = restarted()
    assert len(said) == 2 and all(f"/{BLUE} " in each and "inconclusive, continued" in each for each in said)


def test_a_bake_that_is_skipped_is_said_and_journaled_with_its_reason() -> None:
    run = runs.succeed("restart", "--limit", BLUE, **{**BAKE, "skip": "bake", "reason": "nobody is there"})
    assert run.output.count("Skipped on request: bake (nobody is there)") == 2, "in the plan, and at the end"
    assert [each.partition("/")[2] for each in bakes()[-2:]] == [f"{BLUE} 10 %: skipped", f"{BLUE} 100 %: skipped"]
    notes = [entry for entry in map(json.loads, snapshot.take([BLUE])[BLUE].journal) if entry["outcome"] == "note"]
    assert notes[-1]["detail"].startswith("skip=bake (nobody is there): ")
