# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a run, from what hosts say of themselves."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.plan import make_plan
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.request import Request, check_request

OLD, NEW, OLDER = "a" * 40, "b" * 40, "abcdef0" + "1" * 33
FLEET = Fleet(static=("www1",), web=("blue", "green"), home=("home",))
NAMES = {"blue": "blue", "green": "green"}
HOSTS = ("home", "blue", "green", "www1")
GONE = {"reachable": False, "problems": ["does not answer"]}


def survey(current=OLD, running=None, releases=(OLD,), services=True, **more):
    """What a healthy host says."""
    entries = [{"hash": name, "completed": "2026-01-01T00:00:00.000Z", "bad": False} for name in releases]
    service = {"name": "app", "project": "openlibrary", "release": running or current, "problem": ""}
    return {
        "reachable": True,
        "problems": [],
        "lock": None,
        "last_token": 7,
        "services": [service] if services else [],
        "projects": {
            "openlibrary": {"current": current, "wanted": current, "previous_good": None, "releases": entries}
        },
        **more,
    }


def fleet_of(releases=(OLD,), **more):
    """The four hosts, healthy on the old release; keyword arguments replace single hosts."""
    return {**{name: survey(services=name != "www1", releases=releases) for name in HOSTS}, **more}


def balancer(**serving):
    """What the balancer says of its servers."""
    return [
        {"server": name, "in_rotation": up, "status": "UP" if up else "DOWN", "admin": "ready"}
        for name, up in serving.items()
    ]


def plan(action="deploy", release=NEW, found=None, servers=None, now=0.0, **more):
    """A plan for the four hosts."""
    request = Request(action=action, project="openlibrary", release=release, **more)
    return make_plan(request, FLEET, found or fleet_of(), servers or balancer(blue=True, green=True), NAMES, now)


def test_a_deploy_goes_static_blue_green_home():
    made = plan()
    assert [host.host for host in made.hosts] == ["www1", "blue", "green", "home"]
    assert all(host.turn for host in made.hosts) and not made.blocked
    assert made.token == 8 and made.floor == 1


def test_the_same_release_is_nothing_to_do():
    made = plan(release=OLD)
    assert made.noop and made.as_dict()["members"] == [] and made.as_dict()["turns"] == []


def test_the_token_rises_with_time_and_above_what_any_host_has_seen():
    assert plan(now=1000.5).token == 1000500
    assert plan(now=1.0, found=fleet_of(home=survey(last_token=5000))).token == 5001


def test_a_limited_run_takes_the_lock_of_the_balancer_too_and_leaves_the_other_node_serving():
    limited = plan("rollback", NEW, {"green": survey(releases=(OLD, NEW))}, balancer="www1")
    assert limited.keeper == "green" and limited.floor == 1
    assert plan("rollback", NEW, fleet_of((OLD, NEW)), balancer="www1").keeper == ""


def test_what_is_shipped_is_the_difference_where_a_host_has_something_and_all_where_it_has_nothing():
    assert (plan().bases, plan().full) == ([OLD], False)
    empty = survey(current=None, releases=(), services=False)
    made = plan(found=fleet_of(www1=empty, green=survey(current=OLDER, releases=(OLDER, NEW))))
    assert (made.bases, made.full) == ([OLD], True)


def test_a_release_that_runs_but_whose_run_never_ended_is_ended_without_a_turn():
    found = fleet_of()
    found["green"]["projects"]["openlibrary"]["wanted"] = OLDER
    made = plan(release=OLD, found=found)
    assert not made.noop and made.as_dict()["turns"] == []
    assert {member["host"] for member in made.as_dict()["members"]} == set(HOSTS)


@pytest.mark.parametrize(
    "sick", [{"free_mib": 0}, {"services": [{"name": "app", "project": "openlibrary", "state": "UNKNOWN"}]}]
)
def test_a_rollback_goes_on_without_a_node_that_answers_but_cannot_take_a_turn(sick):
    made = plan("rollback", NEW, fleet_of((OLD, NEW), green={**survey(releases=(OLD, NEW)), **sick}))
    assert made.left_out == ("green",) and not made.blocked
    assert not plan("deploy", NEW, fleet_of((OLD, NEW), green={**survey(), **sick})).left_out


def test_a_host_that_said_nothing_stops_a_deploy():
    assert [finding.host for finding in plan(found=fleet_of(green={})).findings if finding.blocking] == ["green"]


def test_a_process_that_lags_behind_its_link_is_restarted_and_nothing_else():
    made = plan(release=OLD, found=fleet_of(green=survey(running=OLDER)))
    assert [(host.host, host.switch) for host in made.hosts if host.turn] == [("green", False)]


def test_a_sick_process_is_restarted():
    sick = survey()
    sick["services"][0]["problem"] = "app is FATAL"
    assert plan(release=OLD, found=fleet_of(blue=sick)).as_dict()["turns"] == ["blue"]


def test_the_last_serving_node_may_not_leave():
    made = plan(servers=balancer(blue=True, green=False))
    assert [finding.host for finding in made.findings if finding.blocking] == ["blue"]


def test_a_dead_blue_comes_back_first_and_stands_in_for_green():
    assert not plan(servers=balancer(blue=False, green=True)).blocked


def test_a_server_that_somebody_drained_does_not_stand_in():
    servers = balancer(blue=False, green=True)
    servers[0]["admin"] = "drain"
    assert [finding.host for finding in plan(servers=servers).findings] == ["green"]


def test_a_server_that_a_dead_run_left_out_stands_in_and_gets_its_turn():
    servers = balancer(blue=False, green=True)
    servers[0]["admin"] = "maint"
    found = fleet_of(www1=survey(services=False, taken_out={f"web/{NAMES['blue']}": "ready"}))
    assert not plan(servers=servers, found=found).blocked
    assert plan(release=OLD, servers=servers, found=found).as_dict()["turns"] == ["blue"]


def test_a_server_that_an_operator_had_out_before_a_run_died_does_not_stand_in():
    servers = balancer(blue=False, green=True)
    servers[0]["admin"] = "maint"
    found = fleet_of(www1=survey(services=False, taken_out={f"web/{NAMES['blue']}": "maint"}))
    assert [finding.host for finding in plan(servers=servers, found=found).findings] == ["green"]


def test_a_rollback_begins_where_nobody_is_served():
    made = plan("rollback", NEW[:7], fleet_of((OLD, NEW)), balancer(blue=True, green=False))
    assert [host.host for host in made.hosts] == ["www1", "green", "blue", "home"] and not made.blocked


@pytest.mark.parametrize(("gone", "floor"), [("home", 1), ("green", 0)])
def test_a_rollback_works_without_home_and_without_one_web_node(gone, floor):
    made = plan("rollback", NEW, fleet_of((OLD, NEW), **{gone: GONE}), balancer(blue=True, green=gone != "green"))
    assert not made.blocked and gone not in [host.host for host in made.hosts]
    assert [(finding.host, finding.blocking) for finding in made.findings] == [(gone, False)]
    assert made.floor == floor


def test_a_deploy_does_not_start_with_a_host_missing_a_problem_or_a_lock():
    lock = {"who": "mek", "since": "x", "age": 61, "action": "deploy", "project": "openlibrary", "run": "r1"}
    found = fleet_of(home=GONE, green=survey(problems=["too little disk"]), blue=survey(lock=lock))
    sentences = {finding.host: finding.sentence for finding in plan(found=found).findings if finding.blocking}
    assert sentences["home"] == "does not answer" and sentences["green"] == "too little disk"
    assert "locked by mek" in sentences["blue"] and "1 min 1 s" in sentences["blue"]


def test_a_web_host_that_the_balancer_does_not_know_stops_the_run():
    assert "no server 'green'" in plan(servers=balancer(blue=True)).findings[-1].sentence


@pytest.mark.parametrize(
    ("prefix", "releases", "part"),
    [
        ("c" * 7, (OLD, NEW), "No host has a release"),
        ("", (OLD, NEW), "No host knows an earlier good release"),
        (OLDER[:7], (OLD, OLDER, OLDER[:-1] + "2"), "ambiguous"),
    ],
)
def test_a_rollback_without_one_target_is_refused(prefix, releases, part):
    with pytest.raises(InputError, match=part):
        plan("rollback", prefix, fleet_of(releases))


def test_a_release_that_one_host_lacks_is_refused_and_the_host_named():
    with pytest.raises(InputError, match="not complete on green"):
        plan("rollback", NEW, fleet_of((OLD, NEW), green=survey()))


def test_a_lock_is_told_before_anything_else_is_looked_at():
    found = fleet_of((OLD,), blue=survey(lock={"who": "mek", "run": "r1"}))
    assert [finding.host for finding in plan("rollback", "", found).findings] == ["blue"]


def test_a_project_that_nothing_runs_takes_nobody_out_of_rotation():
    found = {host: survey(services=False) for host in HOSTS}
    made = plan(found=found, servers=balancer(blue=True, green=False))
    assert not made.blocked and made.as_dict()["turns"] and not any(host.balanced for host in made.hosts)


def test_a_bad_release_needs_a_word():
    found = fleet_of((OLD, NEW))
    for entry in found["blue"]["projects"]["openlibrary"]["releases"]:
        entry.update(bad=entry["hash"] == NEW, why="died")
    with pytest.raises(InputError, match="marked bad on blue .died."):
        plan("rollback", NEW, found)
    assert plan("rollback", NEW, found, allow_bad=True).release == NEW


def test_a_bad_release_is_not_deployed_again_without_a_word():
    found = fleet_of((OLD, NEW))
    found["green"]["projects"]["openlibrary"]["releases"][1].update(bad=True, why="died")
    (finding,) = plan(found=found).findings
    assert finding.host == "green" and finding.blocking and "(died)" in finding.sentence
    assert not plan(found=found, allow_bad=True).findings


def test_the_previous_good_release_must_be_the_same_everywhere():
    found = fleet_of((OLD, NEW))
    for host in found.values():
        host["projects"]["openlibrary"]["previous_good"] = NEW
    assert plan("rollback", "", found).release == NEW
    found["green"]["projects"]["openlibrary"]["previous_good"] = OLDER
    with pytest.raises(InputError, match="differ .*green: " + OLDER):
        plan("rollback", "", found)


@pytest.mark.parametrize(
    ("action", "project", "version", "limit", "part"),
    [
        ("deploy", "nope", "", None, "no project 'nope'"),
        ("deploy", "../x", "", None, "no project"),
        ("deploy", "openlibrary", "", ["blue"], "no --limit"),
        ("restart", "openlibrary", "", ["elsewhere"], "leaves no host of the fleet"),
        ("rollback", "openlibrary", "../../etc", None, "not a commit hash"),
        ("rollback", "openlibrary", "a; rm -rf /", None, "not a commit hash"),
        ("rollback", "openlibrary", "abc", None, "not a commit hash"),
        ("rollback", "openlibrary", "ABCDEF0", None, "not a commit hash"),
    ],
)
def test_what_can_never_be_right_is_refused_before_any_host_is_asked(action, project, version, limit, part):
    with pytest.raises(InputError, match=part):
        check_request(action, project, version, {"openlibrary": {}}, FLEET, limit)


@pytest.mark.parametrize("part", ["static", "web", "home"])
def test_an_empty_group_is_refused(part):
    fleet = Fleet(**{name: (() if name == part else (name,)) for name in ("static", "web", "home")})
    with pytest.raises(InputError, match=f"no host for: {part}"):
        check_request("deploy", "openlibrary", "", {"openlibrary": {}}, fleet, None)
