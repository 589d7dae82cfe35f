# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bake of a turn compares with."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.comparison import Comparison, comparison_of

OLD = "a" * 40


def plan(action="deploy", web=("blue", "green", "yellow"), **hosts):
    """A run on www, home and the web hosts, each of which goes from OLD to another release unless told otherwise."""
    usual = {"part": "web", "current": OLD, "switch": action != "restart"}
    names = {host: {**usual, **hosts.get(host, {})} for host in web if hosts.get(host, {}) is not None}
    beside = {host: {**usual, "part": host} for host in ("static", "home")}
    return {"action": action, "web": list(web), "hosts": {"static": beside["static"], **names, "home": beside["home"]}}


@pytest.mark.parametrize(
    ("host", "done", "reference"),
    [
        ("blue", {"static"}, ("green", "yellow")),
        ("green", {"static", "blue"}, ("blue",)),
        ("yellow", {"static", "blue", "green"}, ("blue", "green")),
        ("static", set(), ()),
        ("home", {"blue"}, ()),
    ],
)
def test_a_deploy_compares_with_the_old_release_and_then_with_what_was_proven(host, done, reference):
    assert comparison_of(host, plan(), done) == Comparison(reference, "judge")


def test_a_restart_compares_with_the_others_those_that_are_done_first():
    assert comparison_of("blue", plan("restart"), set()) == Comparison(("green", "yellow"), "judge")
    assert comparison_of("green", plan("restart"), {"yellow"}) == Comparison(("yellow", "blue"), "judge")


def test_a_restart_of_one_node_compares_with_those_that_the_limit_leaves_out():
    assert comparison_of("blue", plan("restart", green=None, yellow=None), set()) == Comparison(
        ("green", "yellow"), "judge"
    )


def test_a_deploy_that_only_restarts_compares_as_a_restart_does():
    still = {host: {"switch": False} for host in ("blue", "green", "yellow")}
    assert comparison_of("blue", plan(**still), set()) == Comparison(("green", "yellow"), "judge")


def test_what_is_going_back_is_only_told_about():
    assert comparison_of("green", plan("rollback"), {"blue"}) == Comparison((), "inform")
    assert comparison_of("green", plan(), {"blue"}, unwinding=True) == Comparison((), "inform")
    assert comparison_of("green", plan("restart"), {"blue"}, unwinding=True) == Comparison((), "inform")


def test_without_an_old_release_or_another_node_the_limits_are_fixed():
    assert comparison_of("blue", plan(web=("blue",)), set()) == Comparison((), "judge")
    never = {host: {"current": None} for host in ("blue", "green", "yellow")}
    assert (
        comparison_of("blue", plan(**never), set())
        == comparison_of("green", plan(**never), {"blue"})
        == Comparison((), "judge")
    )
    assert comparison_of("blue", plan(blue={"current": None}), set()) == Comparison((), "judge")
    assert comparison_of("blue", plan(green={"current": None}, yellow={"switch": False}), set()) == Comparison(
        (), "judge"
    )
