# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows a failed turn."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.settle import Turn, settle

OLD, NEW = "a" * 40, "b" * 40
DOWN = {"reachable": False}


def turn(host, status, part="web", current=OLD, to=NEW, **more):
    """One host's part in a run from OLD to NEW."""
    return Turn(host=host, part=part, status=status, current=current, to=to, **more)


def runs(release, link=None):
    """The survey of a host whose link and process agree, unless told otherwise."""
    return {
        "reachable": True,
        "projects": {"p": {"current": link or release}},
        "services": [{"name": "app", "project": "p", "release": release, "problem": ""}],
    }


TURNS = (turn("www", "done", "static"), turn("blue", "done"), turn("green", "failed"), turn("home", "waiting", "home"))


def decide(turns, in_rotation=None, **surveys):
    """The hosts that go back, and the ones that are left, by name."""
    settled = settle(turns, "p", surveys, in_rotation or {})
    return [item.host for item in settled.restores], [item.host for item in settled.left]


def test_nothing_failed_nothing_settled():
    assert decide([turn("blue", "done"), turn("green", "done")]) == ([], [])


def test_a_bad_release_is_unwound_everywhere_last_turn_first():
    found = {"www": runs(NEW), "blue": runs(NEW), "green": runs(NEW), "home": runs(OLD)}
    assert decide(TURNS, **found) == (["green", "blue", "www"], [])


def test_a_bad_host_leaves_healthy_hosts_as_they_are():
    turns = (*TURNS[:2], turn("green", "failed", host_to_blame=True), TURNS[3])
    assert decide(turns, www=runs(NEW), blue=runs(NEW), green=DOWN) == ([], ["green", "blue", "www"])


@pytest.mark.parametrize(
    ("found", "in_rotation", "restored"),
    [
        (runs(OLD), True, []),
        (runs(OLD), False, ["blue"]),
        (runs(NEW, link=OLD), True, ["blue"]),
        (runs(OLD, link=NEW), True, ["blue"]),
    ],
    ids=["never changed", "still out of rotation", "process changed", "link changed"],
)
def test_the_failed_host_goes_back_if_anything_of_it_changed(found, in_rotation, restored):
    turns = [turn("blue", "failed"), turn("green", "waiting")]
    assert decide(turns, {"blue": in_rotation}, blue=found)[0] == restored


def test_a_first_release_has_nothing_to_go_back_to():
    assert decide([turn("blue", "failed", current=None)], blue=runs(NEW)) == ([], ["blue"])


def test_a_failed_restart_has_nothing_to_go_back_to():
    assert decide([turn("blue", "failed", to=OLD)], {"blue": False}, blue=runs(None, link=OLD)) == ([], ["blue"])


def test_a_node_whose_restart_never_began_is_brought_back():
    assert decide([turn("blue", "failed", to=OLD)], {"blue": False}, blue=runs(OLD)) == (["blue"], [])


def test_a_switched_node_that_is_gone_is_lost_and_one_that_answers_is_not():
    turns = [turn("blue", "done"), turn("green", "failed")]
    settled = settle(turns, "p", {"blue": DOWN, "green": runs(NEW)}, {})
    assert [(item.host, item.lost) for item in settled.left] == [("blue", True)] and settled.blame_release


DOUBT = (*TURNS[:2], turn("green", "failed", doubt=True), TURNS[3])


def test_doubt_unwinds_as_a_bad_release_does_and_blames_nobody():
    found = {"www": runs(NEW), "blue": runs(NEW), "green": runs(NEW), "home": runs(OLD)}
    settled = settle(DOUBT, "p", found, {})
    assert [item.host for item in settled.restores] == ["green", "blue", "www"]
    assert not settled.blame_release
    assert {item.why for item in settled.restores} == {
        "its own turn was stopped in doubt",
        "the run was stopped in doubt on another host",
    }


def test_doubt_does_not_excuse_a_host_that_is_to_blame():
    turns = (*DOUBT[:3], turn("home", "failed", "home", host_to_blame=True))
    assert decide(turns, blue=runs(NEW), green=runs(OLD), www=runs(NEW))[0] == []


@pytest.mark.parametrize(
    ("link", "running", "restored"),
    [(NEW, "c" * 40, ["blue"]), (OLD, "c" * 40, []), (OLD, OLD, ["blue"])],
    ids=["switched", "never changed", "the other project's service does not run its release"],
)
def test_services_of_another_project_must_run_what_they_prove(link, running, restored):
    blue = turn("blue", "failed", service_project="q", proves="c" * 40)
    services = [{"name": "app", "project": "q", "release": running, "problem": ""}]
    found = {"reachable": True, "projects": {"p": {"current": link}}, "services": services}
    assert decide([blue], blue=found)[0] == restored


def test_services_that_the_turn_could_not_restart_are_not_asked():
    blue = turn("blue", "failed", service_project="q")
    services = [{"name": "app", "project": "q", "release": None, "problem": "it is down"}]
    found = {"reachable": True, "projects": {"p": {"current": OLD}}, "services": services}
    assert decide([blue], blue=found) == ([], [])


def test_a_project_without_services_goes_back_by_its_link():
    found = {"reachable": True, "projects": {"p": {"current": NEW}}, "services": []}
    turns = [turn("blue", "done"), turn("green", "failed")]
    back = {"reachable": True, "projects": {"p": {"current": OLD}}, "services": []}
    assert decide(turns, blue=found, green=back) == (["blue"], [])
