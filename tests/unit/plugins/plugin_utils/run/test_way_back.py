# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The release that a fleet goes back to, after runs that ended in every way that there is.

Each case writes the journals of four hosts as runs do, and lets them be surveyed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.way_back import way_back
from tests.pasts import ALL, HOSTS, PROJECT, World, after, hash_of


def killed_after_blue(world: World) -> None:
    world.open("c")
    world.switch("c", "www1", "blue")


def killed_before_anything(world: World) -> None:
    world.open("c")


def killed_while_it_opened(world: World) -> None:
    world.open("c", hosts=("www1", "blue"))


def killed_after_all(world: World) -> None:
    world.open("c")
    world.switch("c", *HOSTS)


def killed_in_close(world: World) -> None:
    killed_after_all(world)
    world.close("c", hosts=("www1", "blue"))


def killed_in_the_middle_of_a_switch(world: World) -> None:
    world.open("c")
    world.write("www1", "switch", "begin", "b", "c")
    world.current["www1"] = "c"


def failed_and_unwound(world: World) -> None:
    killed_after_blue(world)
    world.switch("b", "blue", "www1")
    world.marks["c"] = "bad"
    world.close("c", "failed: blue: it died")


def settled_on_two_releases(world: World) -> None:
    killed_after_blue(world)
    world.close("c", "failed: green: it cannot be reached")


def settled_with_a_host_that_was_not_closed(world: World) -> None:
    killed_after_blue(world)
    world.close("c", "failed: green: it cannot be reached", hosts=("www1", "blue", "home"))


def broken_by_hand(world: World) -> None:
    killed_after_blue(world)
    for host in HOSTS:
        world.write(host, "break", "begin", "", "c", "held by mek")
        world.write(host, "break", "done", "", "c", "it is dead")


def two_dead_runs(world: World) -> None:
    killed_after_all(world)
    world.open("d")
    world.switch("d", "www1")


def a_dead_run_and_a_restart_of_one_node(world: World) -> None:
    killed_after_all(world)
    world.run("", "restart", ("blue",))


def a_dead_rollback(world: World) -> None:
    """From c, which was good once and is not wanted any more."""
    world.run("c")
    world.open("b", "rollback")
    world.switch("b", "www1", "blue")


def a_dead_rollback_that_moved_every_host(world: World) -> None:
    a_dead_rollback(world)
    world.switch("b", "green", "home")


def a_rollback_without_green(world: World) -> None:
    world.run("c")
    world.down = {"green"}
    world.run("b", "rollback")


def a_rollback_after_which_green_came_back(world: World) -> None:
    a_rollback_without_green(world)
    world.down = set()


def a_rollback_of_one_node(world: World) -> None:
    world.run("c")
    world.run("b", "rollback", ("blue",))


def an_unchanged_run_beside_it(world: World) -> None:
    world.run("c")
    world.open("c", "rollback", ("www1",))
    world.close("c", "unchanged", ("www1",))


def a_dead_restart(world: World) -> None:
    world.open("", "restart")


def two_releases_and_a_restart(world: World) -> None:
    settled_on_two_releases(world)
    world.run("", "restart")


def a_new_host(world: World) -> None:
    world.journals["home"], world.current["home"] = [], ""
    killed_after_blue(world)


def a_journal_that_was_lost(world: World) -> None:
    world.run("c")
    world.journals["home"] = []


ENDS = [
    killed_after_blue,
    killed_before_anything,
    killed_while_it_opened,
    killed_after_all,
    killed_in_close,
    killed_in_the_middle_of_a_switch,
    failed_and_unwound,
    settled_on_two_releases,
    settled_with_a_host_that_was_not_closed,
    broken_by_hand,
    two_dead_runs,
    a_dead_run_and_a_restart_of_one_node,
    a_dead_rollback,
    a_dead_rollback_that_moved_every_host,
    a_rollback_without_green,
    a_rollback_after_which_green_came_back,
    a_rollback_of_one_node,
    an_unchanged_run_beside_it,
    a_dead_restart,
    two_releases_and_a_restart,
    a_new_host,
    a_journal_that_was_lost,
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_after_every_end_it_goes_to_what_the_fleet_ran_before(end: Callable[[World], None]) -> None:
    world = after("a", "b")
    end(world)
    assert world.back() == "b"
    # And that rollback ended well: the next one goes further back, never forward.
    world.run("b", "rollback")
    assert world.back() == ("b" if world.down else "a")


@pytest.mark.parametrize("end", [killed_after_blue, killed_after_all, failed_and_unwound, settled_on_two_releases])
def test_hosts_that_were_adopted_go_back_to_what_they_had(end: Callable[[World], None]) -> None:
    world = World("b")
    end(world)
    assert world.back() == "b"


@pytest.mark.parametrize(
    ("world", "release"),
    [
        (after("a", "b", "c"), "b"),
        (after("a", "b", "a"), ""),
        (after("a", "b", "c", "b"), "a"),
        (after("c", "a", "b", "a", "b"), "a"),
        (after("a"), ""),
        (World("a"), ""),
        (World(), ""),
    ],
)
def test_after_good_runs_it_is_the_one_below(world: World, release: str) -> None:
    if release:
        assert (world.back(), world.why()) == (release, "")
        return
    with pytest.raises(InputError, match="No host knows an earlier good release; .*-e hash=<commit>"):
        world.back()


def test_the_first_deploy_ever_has_nothing_before_it() -> None:
    world = World()
    killed_after_blue(world)
    with pytest.raises(InputError, match="nothing to go back to: run run-1 did not end well on www1, blue"):
        world.back()


def test_the_sentence_says_why_and_what_to_type_where_nothing_is_to_be_done() -> None:
    world = after("a", "b")
    settled_on_two_releases(world)
    why = world.why()
    assert why.startswith("run run-3 did not end well on www1, blue, green, home: the way back is to bbbbbbbbbb")
    assert "runs already" not in why
    failed_and_unwound(world)
    assert world.why().endswith("and is current already. To go further back: -e hash=<commit>")
    a_rollback_of_one_node(other := after("a", "b"))
    assert other.why().startswith("the hosts run different releases (www1 cccccccccc, blue bbbbbbbbbb, green ccccc")
    a_rollback_without_green(without := after("a", "b"))
    assert without.why().startswith("run run-4 went on without green on www1, blue, home: ")


def test_a_release_that_is_bad_by_now_is_passed_over_and_named() -> None:
    world = after("a", "b", "c")
    world.marks["b"] = "bad"
    assert world.back() == "a"
    assert world.why() == "bbbbbbbbbb is marked bad: the way back is to aaaaaaaaaa, which the fleet ran before that"
    world.marks["a"] = "bad"
    with pytest.raises(InputError, match="marked bad .aaaaaaaaaa, bbbbbbbbbb.; nothing was changed"):
        world.back()


@pytest.mark.parametrize("hosts", [("green",), ALL])
def test_a_release_that_was_pruned_is_an_error_that_names_what_lacks(hosts: tuple[str, ...]) -> None:
    world = after("a", "b", "c")
    for host in hosts:
        world.gone[host] = {"b"}
    with pytest.raises(
        InputError, match=f"{'b' * 40} is not complete on {', '.join(sorted(hosts))}; nothing was changed"
    ):
        world.back()


def test_a_release_that_was_never_marked_good_is_not_taken_unasked() -> None:
    world = World("a")
    world.marks["a"] = ""
    killed_after_blue(world)
    with pytest.raises(InputError, match="was never marked good; nothing was changed"):
        world.back()


def test_what_everybody_was_moved_to_by_other_means_is_gone_back_to() -> None:
    world = after("a")
    world.current = dict.fromkeys(HOSTS, "b")
    world.marks["b"] = "good"
    killed_after_blue(world)
    assert world.back() == "b"


@pytest.mark.parametrize("limit", [("blue",), ("green", "home")])
def test_some_hosts_alone_go_where_all_would(limit: tuple[str, ...]) -> None:
    world = after("a", "b")
    killed_after_blue(world)
    assert world.back(limit) == "b"


def test_a_past_that_is_cut_off_on_one_host_is_cut_off_for_all() -> None:
    world = after("a", "b")
    for _time in range(60):
        world.run("", "restart", ("blue",))
    assert world.back(("green",)) == "a"
    with pytest.raises(InputError):
        world.back()


def test_the_order_in_which_hosts_answer_does_not_matter() -> None:
    world = after("a", "b")
    two_dead_runs(world)
    surveys: Mapping[str, dict[str, Any]] = world.surveys()
    turned = {host: surveys[host] for host in reversed(list(surveys))}
    assert way_back(PROJECT, turned).release == way_back(PROJECT, surveys).release == hash_of("b")


def test_another_project_s_run_that_restarted_the_services_is_none_of_this_one() -> None:
    world = after("a", "b")
    world.token += 1
    for host in ("blue", "green", "home"):
        for outcome in ("begin", "done"):
            world.write(host, "restart", outcome, "", "b")
    assert (world.back(), world.why()) == ("a", "")


def rolled_back_without_green(world: World) -> None:
    world.down = {"green"}
    world.run("a", "rollback")
    world.down = set()


def rolled_back_and_killed(world: World) -> None:
    world.open("a", "rollback")
    world.switch("a", *ALL)


def rolled_back_and_failed(world: World) -> None:
    world.run("a", "rollback", ending="failed")


def rolled_back_on_some(world: World) -> None:
    world.run("a", "rollback", [host for host in ALL if host != "green"])


@pytest.mark.parametrize(
    "rollback", [rolled_back_without_green, rolled_back_and_killed, rolled_back_and_failed, rolled_back_on_some]
)
def test_what_a_rollback_left_never_comes_back_however_it_ended(rollback: Callable[[World], None]) -> None:
    world = after("a", "b")
    rollback(world)
    world.run("c")
    assert world.back() == "a"


def test_what_a_dead_first_deploy_left_on_one_host_is_no_way_back_though_a_restart_of_that_host_was_good() -> None:
    world = World()
    world.open("a")
    world.switch("a", "blue")
    world.run("", "restart", ["blue"])
    world.run("b")
    with pytest.raises(InputError, match="No host knows an earlier good release"):
        world.back()


def test_deploys_that_went_on_without_a_node_are_gone_back_from_one_by_one():
    world = after("a")
    world.down = {"green"}
    world.run("b")
    assert world.back() == "a"
    world.run("c")
    assert world.back() == "b", "the others ran it, and it ended well on them"
    # The node is there again, and never had what the others ran.
    world.down = set()
    assert world.back() == "a"
    world.run("c")
    assert world.back() == "a"
