# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows a failed turn."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Said
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.settle import (
    blame_of,
    down_in,
    found,
    reason,
    runs_before,
    seen_again,
    settle,
)
from tests import ledgers
from tests.controller import CONFIGURATION, NEW, OLD, PROJECT, balancer, plan, site, survey
from tests.ledgers import DIED, DOUBT, GONE, STUCK

PLAN = plan()[0]
THEN = plan(site(project=CONFIGURATION, deploy_then_restart=PROJECT))[0]
DOWN = {"reachable": False}
BOTH = balancer(blue=True, green=True)


def runs(release, link=None, **more):
    """The survey of a host whose link and process agree, unless told otherwise."""
    return survey(link or release, running=release, **more)


def turns(failure=DIED, planned=PLAN, done=("www1", "blue"), host="green"):
    """The records of a run that stopped on a host."""
    return [*(ledgers.turn(planned, one) for one in done), ledgers.turn(planned, host, failure)]


def settled(records, surveys=None, servers=BOTH, planned=PLAN):
    return settle(planned, ledgers.ledger(planned, *records), surveys or {}, servers)


def decide(*args, **more):
    """The hosts that go back, and the ones that are left, by name."""
    made = settled(*args, **more)
    return [item.host for item in made.restores], [item.host for item in made.left]


SWITCHED = {"www1": survey(NEW, serves=False), "blue": runs(NEW), "green": runs(NEW), "home": runs(OLD)}


def test_nothing_failed_nothing_settled():
    made = settled(ledgers.good(PLAN))
    assert (made.blame, made.restores, made.left, made.mark_bad, made.keep_out) == ("", (), (), False, ())


def test_a_bad_release_is_unwound_everywhere_last_web_node_first():
    made = settled(turns(), SWITCHED)
    assert [(item.host, item.to) for item in made.restores] == [("www1", OLD), ("green", OLD), ("blue", OLD)]
    failed, beside = "its own turn failed", "the release failed on another host"
    assert [item.why for item in made.restores] == [beside, failed, beside]
    assert made.waves == (("www1", "green"), ("blue",))
    assert (made.blame, made.mark_bad, made.left) == ("release", True, ())


@pytest.mark.parametrize("failure", [GONE, STUCK])
def test_a_bad_host_leaves_healthy_hosts_as_they_are(failure):
    made = settled(turns(failure), {**SWITCHED, "green": DOWN})
    assert ([item.host for item in made.left], made.restores) == (["green", "blue", "www1"], ())
    assert (made.blame, made.mark_bad, made.keep_out) == ("host", False, ("green",))


@pytest.mark.parametrize(
    ("before", "serves", "restored"),
    [
        (runs(OLD), True, []),
        (runs(OLD), False, ["green"]),
        (runs(NEW, link=OLD), True, ["green"]),
        (runs(OLD, link=NEW), True, ["green"]),
    ],
    ids=["never changed", "still out of rotation", "process changed", "link changed"],
)
def test_the_failed_host_goes_back_if_anything_of_it_changed(before, serves, restored):
    servers = balancer(blue=True, green=serves)
    assert decide(turns(done=()), {"green": before}, servers)[0] == restored


def test_a_first_release_has_nothing_to_go_back_to():
    first = plan(surveys={"green": survey(current=None, serves=False)})[0]
    assert decide(turns(planned=first, done=()), {"green": runs(NEW)}, planned=first) == ([], ["green"])


RESTART = plan(site("restart"))[0]


def test_a_failed_restart_has_nothing_to_go_back_to():
    servers = balancer(blue=True, green=False)
    broken = survey(OLD, running="c" * 40)
    assert decide(turns(planned=RESTART, done=()), {"green": broken}, servers, RESTART) == ([], ["green"])


def test_a_node_whose_restart_never_began_is_brought_back():
    servers = balancer(blue=True, green=False)
    assert decide(turns(planned=RESTART, done=()), {"green": runs(OLD)}, servers, RESTART) == (["green"], [])


def test_what_was_only_restarted_and_proven_stays():
    servers = balancer(blue=True, green=False)
    records = turns(planned=RESTART, done=["blue"])
    assert decide(records, {"blue": runs(OLD), "green": runs(OLD)}, servers, RESTART) == (["green"], [])


def test_a_switched_node_that_is_gone_is_lost_and_one_that_answers_is_not():
    made = settled(turns(), {**SWITCHED, "blue": DOWN})
    assert [(item.host, item.lost) for item in made.left] == [("blue", True)]
    assert (made.blame, made.keep_out) == ("release", ("blue",))


def test_a_host_that_is_no_web_node_has_no_server_to_keep_out():
    assert settled(turns(), {**SWITCHED, "www1": DOWN}).keep_out == ()


def test_doubt_unwinds_as_a_bad_release_does_and_blames_nobody():
    made = settled(turns(DOUBT), SWITCHED)
    assert [item.host for item in made.restores] == ["www1", "green", "blue"]
    assert (made.blame, made.mark_bad) == ("nobody", False)
    assert {item.why for item in made.restores} == {
        "its own turn was stopped in doubt",
        "the run was stopped in doubt on another host",
    }


def test_doubt_does_not_excuse_a_host_that_is_to_blame():
    records = [*turns(DOUBT), ledgers.turn(PLAN, "home", STUCK)]
    assert decide(records, SWITCHED)[0] == ["green"]


@pytest.mark.parametrize(
    ("failures", "blame"),
    [
        ([], ""),
        ([DIED], "release"),
        ([DOUBT], "nobody"),
        ([GONE], "host"),
        ([DIED, DOUBT], "release"),
        ([DOUBT, GONE], "host"),
        ([DIED, DOUBT, GONE], "host"),
    ],
)
def test_whom_failures_blame_together_whatever_their_order(failures, blame):
    records = [ledgers.turn(PLAN, "green", each) for each in failures]
    assert blame_of(records) == blame_of(reversed(records)) == blame


@pytest.mark.parametrize(
    ("link", "running", "restored"),
    [(NEW, OLD, ["blue"]), (None, OLD, []), (None, "c" * 40, ["blue"])],
    ids=["switched", "never changed", "the other project's service does not run its release"],
)
def test_services_of_another_project_must_run_what_they_prove(link, running, restored):
    planned = {**THEN, "hosts": {**THEN["hosts"], "blue": {**THEN["hosts"]["blue"], "current": OLD}}}
    linked = {"current": link or OLD, "wanted": NEW, "releases": []}
    now = survey(OLD, running=running, projects={**survey()["projects"], CONFIGURATION: linked})
    assert decide(turns(planned=planned, done=(), host="blue"), {"blue": now}, planned=planned)[0] == restored


def test_services_that_the_turn_could_not_restart_are_not_asked():
    planned = {**THEN, "hosts": {"blue": {**THEN["hosts"]["blue"], "current": OLD, "proves": ""}}, "turns": ["blue"]}
    dead = {"name": "app", "project": PROJECT, "release": None, "problem": "it is down"}
    linked = {CONFIGURATION: {"current": OLD, "releases": []}}
    assert runs_before(planned, "blue", survey(services=[dead], projects=linked))


def test_a_project_without_services_goes_back_by_its_link():
    quiet = plan(surveys={host: survey(serves=False) for host in ("home", "blue", "green")})[0]
    surveys = {"blue": survey(NEW, serves=False), "green": survey(OLD, serves=False)}
    assert decide(turns(planned=quiet, done=["blue"]), surveys, planned=quiet) == (["blue"], [])


@pytest.mark.parametrize(
    ("action", "failure", "blamed"),
    [
        ("deploy", DIED, True),
        ("rollback", DIED, False),
        ("restart", DIED, False),
        ("deploy", GONE, False),
        ("deploy", DOUBT, False),
    ],
)
def test_only_a_deploy_speaks_against_its_release(action, failure, blamed):
    assert settled(turns(failure), planned={**PLAN, "action": action}).mark_bad is blamed


@pytest.mark.parametrize(("failure", "bad"), [(DIED, True), (DOUBT, False), (STUCK, False)])
@pytest.mark.parametrize("part", ["build", "stage"])
def test_what_fails_before_any_turn_takes_nothing_back(part, failure, bad):
    made = settled([ledgers.failed(PLAN, "green", part, failure)], SWITCHED)
    assert (made.mark_bad, made.restores, made.left, made.keep_out) == (bad, (), (), ())


def test_what_a_rollback_left_out_gets_no_traffic_when_it_comes_back():
    web = ["blue", "green", "yellow"]
    left = {
        **PLAN,
        "web": web,
        "server_names": {**PLAN["server_names"], "yellow": "node-y"},
        "left_out": ["yellow", "x"],
    }
    assert settled(ledgers.good(PLAN), planned=left).keep_out == ("node-y",)
    assert settled(turns(), {**SWITCHED, "blue": DOWN}, planned=left).keep_out == ("node-y", "blue")


def test_nobody_goes_back_below_the_floor():
    records = turns(done=["blue"])
    floor = {**PLAN, "floor": 1}
    surveys = {"blue": runs(NEW), "green": runs(NEW)}
    alone = settled(records, surveys, balancer(blue=False, green=True), floor)
    assert [item.host for item in alone.restores] == ["blue"]
    assert [item.host for item in alone.left] == ["green"]
    assert "0 other node(s) would serve and deploy_min_in_rotation is 1" in alone.left[0].why
    # The one that goes back first serves again before the next one leaves.
    assert decide(records, surveys, balancer(blue=True, green=False), floor)[0] == ["green", "blue"]
    assert decide(records, surveys, balancer(blue=True, green=True), {**PLAN, "floor": 2}) == ([], ["green", "blue"])


def test_a_restore_that_leaves_no_rotation_is_not_held_by_the_floor():
    quiet = plan(site(project=CONFIGURATION))[0]
    records = turns(planned=quiet, done=["blue"])
    linked = {CONFIGURATION: {"current": NEW, "releases": []}}
    planned = {**quiet, "floor": 2, "hosts": {h: {**one, "current": OLD} for h, one in quiet["hosts"].items()}}
    surveys = {host: survey(services=[], projects=linked) for host in ("blue", "green")}
    assert decide(records, surveys, planned=planned)[0] == ["green", "blue"]


GATED = {**PLAN, "gates": {**PLAN["gates"], "announces": ["watch", "quiet"], "informs": ["watch", "last"]}}


def test_the_plain_form_names_the_hosts_and_the_gates_that_report():
    made = settled(turns(), SWITCHED).as_dict(GATED)
    assert made["hosts"].keys() == {"green", "blue", "www1"} and made["informs"] == ["watch", "last"]
    well = settled(ledgers.good(PLAN))
    assert well.as_dict(GATED)["informs"] == []
    assert well.as_dict({**GATED, "action": "rollback"})["informs"] == ["watch", "last"]
    assert well.as_dict({**GATED, "urgent": "it is down"})["informs"] == ["watch", "last"]


def test_the_reason_is_one_printable_line_for_the_journal():
    long = Failure("Restart", "x\n" * 1000)
    assert len(reason({"green": ledgers.turn(PLAN, "green", long)})) == 400
    assert reason({"green": ledgers.turn(PLAN, "green", DIED)}) == "green: app died"
    assert reason({}) == ""


def test_what_the_ledger_says_at_the_end_of_the_turns():
    well = found(PLAN, ledgers.ledger(PLAN, *ledgers.good(PLAN)))
    assert (well["failing"], well["ending"], well["failures"], well["why"], well["lift"]) == (
        False,
        "good",
        {},
        "",
        [],
    )
    bad = found(GATED, ledgers.ledger(PLAN, *turns()))
    assert (bad["failing"], bad["ending"], list(bad["failures"]), bad["lift"]) == (
        True,
        "failed",
        ["green"],
        ["watch", "quiet"],
    )


def test_what_may_stand_is_lifted_although_all_went_well():
    announced = ledgers.turn(PLAN, "blue", announced=[ledgers.gate(PLAN, "blue", announced=True)])
    assert found(GATED, ledgers.ledger(PLAN, announced))["lift"] == ["watch"]


def test_what_gates_said_of_the_whole_run_is_noted():
    said = [Said("the gate last", "", "unknown", "it is silent")]
    noted = found(PLAN, ledgers.ledger(PLAN, *ledgers.good(PLAN)), said)["notes"]
    assert noted == ["the gate last could not tell, and the run went on: it is silent"]


@pytest.mark.parametrize(
    ("status", "admin", "blamed"),
    [
        ("DOWN", "ready", True),
        ("DOWN 1/2", "ready", True),
        ("UP", "ready", False),
        ("MAINT", "maint", False),
        (None, "ready", False),
    ],
)
def test_a_node_that_went_down_after_its_turn_has_failed(status, admin, blamed):
    servers = [{"server": "blue", "status": status, "admin": admin}]
    seen = seen_again(PLAN, ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue")), down_in(servers), {})
    assert list(seen) == ["blue"] * blamed
    assert seen_again(PLAN, ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue", DIED)), down_in(servers), {}) == {}


@pytest.mark.parametrize(
    ("now", "blame"),
    [
        (survey(services=[{"name": "app", "project": PROJECT, "release": NEW, "problem": "it is FATAL"}]), "release"),
        (survey(services=[{"name": "app", "project": PROJECT, "state": "UNKNOWN", "problem": "supervisor"}]), "host"),
        (survey(services=[{"name": "app", "project": PROJECT, "state": "STOPPED", "problem": "it is off"}]), "nobody"),
        (runs(NEW), "nobody"),
        (DOWN, "host"),
    ],
    ids=[
        "its service died",
        "its supervisor is silent",
        "somebody stopped it",
        "it says that it is well",
        "it is gone",
    ],
)
def test_whom_a_node_blames_that_went_down_after_its_turn(now, blame):
    servers = [{"server": "blue", "status": "DOWN", "admin": "ready"}]
    seen = seen_again(PLAN, ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue")), down_in(servers), {"blue": now})
    assert seen["blue"].blame == blame


@pytest.mark.parametrize(
    ("now", "failed"),
    [
        (runs(NEW), False),
        ({}, False),
        (DOWN, False),
        (runs(OLD), True),
        (survey(services=[{"name": "app", "project": PROJECT, "release": NEW, "problem": "it is FATAL"}]), True),
    ],
)
def test_a_host_that_does_not_prove_any_more_what_it_proved_has_failed(now, failed):
    seen = seen_again(PLAN, ledgers.ledger(PLAN, ledgers.turn(PLAN, "blue")), down_in(BOTH), {"blue": now})
    assert bool(seen) is failed


def test_a_host_that_runs_what_it_did_stays_where_a_silent_balancer_does_not_tell_whether_it_serves():
    result = settled(turns(GONE, done=("www1",), host="blue"), {"blue": runs(OLD), "www1": runs(NEW)}, servers=())
    assert [one.host for one in result.restores] == []
    left = result.left[0]
    assert left.host == "blue" and "it is unknown whether it serves" in left.why


def test_a_rollback_that_fails_puts_no_web_node_back_to_what_it_leaves():
    planned = {**PLAN, "action": "rollback"}
    made = settle(planned, ledgers.ledger(planned, *turns()), SWITCHED, balancer(blue=True, green=False))
    assert [one.host for one in made.restores] == ["www1"]
    assert [(one.host, one.lost) for one in made.left] == [("green", True), ("blue", False)]
    assert made.keep_out == ("green",)


def test_while_the_balancer_is_silent_nodes_go_back_one_by_one():
    made = settled(turns(), SWITCHED, servers=())
    assert made.waves == (("www1", "green"), ("blue",))
