# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds of the way back after any past: random runs that ended well, died or failed anywhere."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as some

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.way_back import way_back
from tests.pasts import HOSTS, PROJECT, World

SWITCHED = some.integers(0, len(HOSTS))
"""How many hosts a run came to, in their order."""
RUNS = some.tuples(
    some.sampled_from(["good", "died", "closing", "unwound", "left", "restart", "back", "adrift"]), SWITCHED
)


def take(world: World, ending: str, release: str, count: int) -> None:
    """One run, which came to ``count`` hosts where it did not end well."""
    came, back = HOSTS[:count], target(world)
    if ending == "good":
        world.run(release)
    elif ending == "restart":
        world.run("", "restart", came)
    elif ending == "back" and back:
        world.run(back, "rollback")
    elif ending == "adrift" and back:
        world.open(back, "rollback")
        world.switch(back, *came)
    elif ending not in ("back", "adrift"):
        end_badly(world, ending, release, count)


def end_badly(world: World, ending: str, release: str, count: int) -> None:
    """A deploy that died, also while it was closed, or failed, and was unwound or left the hosts as they were."""
    came, before = HOSTS[:count], dict(world.current)
    world.open(release)
    world.switch(release, *(HOSTS if ending == "closing" else came))
    if ending == "unwound":
        for host in reversed(came):
            world.switch(before[host], host)
    if ending in ("unwound", "left"):
        world.close(release, "failed: blue: it died")
    if ending == "closing":
        world.close(release, hosts=HOSTS[: min(count, len(HOSTS) - 1)])


def target(world: World) -> str:
    """Where a rollback would go; empty where it is refused."""
    try:
        return world.back()
    except InputError:
        return ""


def past(runs: list[tuple[str, int]], adopted: bool) -> tuple[World, set[str]]:
    """The fleet after these runs, each deploy of a release of its own, and what all hosts had at some time."""
    world = World("z" if adopted else "")
    shared = {"z"} if adopted else set()
    for number, (ending, count) in enumerate(runs):
        take(world, ending, "abcdefghijkl"[number], count)
        found = set(world.current.values())
        shared |= found if len(found) == 1 else set()
    return world, shared


PASTS = some.builds(past, some.lists(RUNS, max_size=10), some.booleans())


@settings(max_examples=150, deadline=None)
@given(PASTS)
def test_it_is_a_good_release_that_all_hosts_had(given_past: tuple[World, set[str]]) -> None:
    world, shared = given_past
    back = target(world)
    assert not back or (back in shared and world.marks[back] == "good")


@settings(max_examples=150, deadline=None)
@given(PASTS, some.permutations(HOSTS))
def test_the_order_in_which_hosts_answer_does_not_matter(given_past: tuple[World, set[str]], hosts: list[str]) -> None:
    world, _shared = given_past
    surveys = world.surveys()
    if target(world):
        turned = {host: surveys[host] for host in hosts}
        assert way_back(PROJECT, turned).release == way_back(PROJECT, surveys).release


@settings(max_examples=150, deadline=None)
@given(PASTS, some.lists(some.tuples(some.sampled_from(["died", "closing", "unwound", "left"]), SWITCHED), min_size=1))
def test_after_a_deploy_that_ended_well_any_number_that_did_not_lead_back_to_it(
    given_past: tuple[World, set[str]], dead: list[tuple[str, int]]
) -> None:
    world, _shared = given_past
    world.run("m")
    for number, (ending, count) in enumerate(dead[:10]):
        take(world, ending, "nopqrstuvw"[number], count)
    assert target(world) == "m"


@settings(max_examples=150, deadline=None)
@given(PASTS, some.lists(SWITCHED, max_size=4))
def test_a_rollback_that_dies_is_ended_by_the_next_one(given_past: tuple[World, set[str]], counts: list[int]) -> None:
    world, _shared = given_past
    back = target(world)
    for count in counts:
        take(world, "adrift", "", count)
        assert target(world) == back


@settings(max_examples=150, deadline=None)
@given(PASTS)
def test_one_rollback_after_the_other_goes_further_back_and_comes_to_an_end(
    given_past: tuple[World, set[str]],
) -> None:
    world, _shared = given_past
    visited = []
    while back := target(world):
        assert back not in visited
        visited.append(back)
        world.run(back, "rollback")
