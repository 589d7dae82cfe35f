# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a run, from what hosts say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gate_findings import Told
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import Beforehand, make_plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request

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
        "projects": {"openlibrary": {"current": current, "wanted": current, "releases": entries}},
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


def stops(made):
    """What keeps the run from starting, a line each."""
    return [finding.line for finding in made.findings if finding.blocking]


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


@pytest.mark.parametrize("admin", ["maint", "drain"])
def test_the_last_serving_node_may_not_leave(admin):
    servers = balancer(blue=True, green=False)
    servers[1]["admin"] = admin
    made = plan(servers=servers)
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


@pytest.mark.parametrize(("action", "release"), [("deploy", NEW), ("rollback", NEW[:7]), ("restart", "")])
def test_a_run_begins_where_nobody_is_served_and_that_node_then_stands_in(action, release):
    made = plan(action, release, fleet_of((OLD, NEW)), balancer(blue=True, green=False))
    assert [host.host for host in made.hosts] == ["www1", "green", "blue", "home"] and not made.blocked


@pytest.mark.parametrize(("gone", "floor"), [("home", 1), ("green", 0)])
def test_a_rollback_works_without_home_and_without_one_web_node(gone, floor):
    made = plan("rollback", NEW, fleet_of((OLD, NEW), **{gone: GONE}), balancer(blue=True, green=gone != "green"))
    assert not made.blocked and gone not in [host.host for host in made.hosts]
    alone = [("blue", False)] if floor == 0 else []
    assert [(finding.host, finding.blocking) for finding in made.findings] == [(gone, False), *alone]
    assert made.floor == floor


def test_a_deploy_does_not_start_with_a_host_missing_a_problem_or_a_lock():
    lock = {"who": "mek", "since": "x", "age": 61, "action": "deploy", "project": "openlibrary", "run": "r1"}
    found = fleet_of(home=GONE, green=survey(problems=["too little disk"]), blue=survey(lock=lock))
    sentences = {finding.host: finding.sentence for finding in plan(found=found).findings if finding.blocking}
    assert sentences["home"] == "home builds the releases and could not be asked: does not answer"
    assert sentences["green"] == "too little disk"
    assert "locked by mek" in sentences["blue"] and "1 min 1 s" in sentences["blue"]


def test_a_web_host_that_the_balancer_does_not_know_stops_the_run():
    assert any("no server 'green'" in line for line in stops(plan(servers=balancer(blue=True))))


@pytest.mark.parametrize(
    ("prefix", "releases", "part"),
    [
        ("c" * 7, (OLD, NEW), "No host has a release"),
        ("", (OLD, NEW), "No host knows an earlier good release"),
        (OLDER[:7], (OLD, OLDER, OLDER[:-1] + "2"), "ambiguous"),
    ],
)
def test_a_rollback_without_one_target_is_refused(prefix, releases, part):
    (line,) = stops(plan("rollback", prefix, fleet_of(releases)))
    assert part in line


def test_a_release_that_one_host_lacks_is_refused_and_the_host_named():
    (line,) = stops(plan("rollback", NEW, fleet_of((OLD, NEW), green=survey())))
    assert "not complete on green" in line


def test_a_lock_is_told_before_anything_else_is_looked_at():
    found = fleet_of((OLD,), blue=survey(lock={"who": "mek", "run": "r1"}))
    assert [finding.host for finding in plan("rollback", "", found).findings] == ["blue"]


def test_a_project_that_nothing_runs_takes_nobody_out_of_rotation():
    found = {host: survey(services=False) for host in HOSTS}
    made = plan(found=found, servers=balancer(blue=True, green=False))
    assert not made.blocked and made.as_dict()["turns"] and not any(host.balanced for host in made.hosts)


def marked_bad(*hosts):
    """The fleet, with NEW marked bad on some hosts."""
    found = fleet_of((OLD, NEW))
    for host in hosts:
        found[host]["projects"]["openlibrary"]["releases"][1].update(bad=True, why="died")
    return found


@pytest.mark.parametrize("action", ["deploy", "rollback"])
def test_a_bad_release_needs_a_word(action):
    made = plan(action, NEW, marked_bad("green", "blue"))
    assert stops(made) == [f"blue, green: release {NEW} is marked bad (died)"]
    assert [finding.skip for finding in made.findings] == ["bad"]
    assert made.skips == made.notes == ()


@pytest.mark.parametrize("action", ["deploy", "rollback"])
def test_with_that_word_it_goes_and_the_mark_stays_visible_and_is_journaled(action):
    made = plan(action, NEW, marked_bad("green"), skip=frozenset({"bad"}), reason="the disk was full")
    assert (made.blocked, made.release, made.skips) == (False, NEW, ("bad",))
    assert [finding.line for finding in made.findings] == [f"green: skipped: release {NEW} is marked bad (died)"]
    assert made.notes == (f"skip=bad (the disk was full): green: release {NEW} is marked bad (died)",)


def test_one_word_covers_nothing_else():
    made = plan("deploy", NEW, marked_bad("green"), skip=frozenset({"nagios", "bake", "staged"}), reason="x")
    assert stops(made) == [f"green: release {NEW} is marked bad (died)"]


def test_a_restart_does_not_ask_how_its_release_was_marked():
    assert not plan("restart", "", marked_bad("green")).findings


def test_a_bake_that_is_skipped_is_decided_here_and_noted():
    made = plan(skip=frozenset({"bake"}), reason="nobody is there")
    assert (made.bake, plan().bake, plan(bake="inform").bake) == ("skip", "judge", "inform")
    assert made.notes == ("skip=bake (nobody is there): no node is watched while its traffic comes back",)
    assert made.as_dict()["skips"] == ("bake",) and made.as_dict()["reason"] == "nobody is there"


LOCK = {"who": "mek", "since": "x", "age": 61, "action": "deploy", "project": "openlibrary", "run": "r1"}


def unreachable(host):
    """What the controller says of a host that does not answer."""
    why = f"ssh: {host} refused"
    return {"reachable": False, "problems": [f"{host} could not be asked: {why}"], "silence": why}


def attempt(action, found, silence="", unresolved="ssh: home refused"):
    """The plan of an attempt without a hash or with a version that nobody could resolve while home is down."""
    home = found["home"].get("reachable")
    request = Request(action=action, project="openlibrary", release=NEW if action == "deploy" and home else "")
    beforehand = Beforehand(silence=silence, unresolved="" if home else unresolved)
    known = [] if silence else balancer(blue=True, green=True)
    return make_plan(replace(request, balancer="www1"), FLEET, found, known, NAMES, 0.0, beforehand)


def past(*releases):
    """The runs of a host that got these releases one after the other, each of which ended well; newest first."""
    pairs = list(zip((None, *releases), releases, strict=False))
    runs = [
        {"run": f"run-{token}", "token": token, "action": "deploy", "to": to, "before": before, "after": to}
        for token, (before, to) in enumerate(pairs)
    ]
    return [{**run, "closed": "good", "left_out": [], "urgent": "", "skips": []} for run in reversed(runs)]


def previous(found):
    """The fleet, in which all had an earlier release."""
    for host in found.values():
        if host.get("reachable"):
            project = host["projects"]["openlibrary"]
            project["runs"] = past(NEW, OLD)
            project["releases"] = [{**each, "good": True} for each in project["releases"]]
    return found


DOWN = {host: f"{host} could not be asked: ssh: {host} refused" for host in HOSTS}
BUILDS = "home builds the releases and could not be asked: ssh: home refused"
SILENT = "www1: the balancer does not answer: no socket. blue, green cannot leave rotation without it"


@pytest.mark.parametrize("action", ["deploy", "rollback", "restart"])
def test_with_every_host_down_each_is_named_with_its_reason_and_no_release_is_spoken_of(action):
    made = attempt(action, {host: unreachable(host) for host in HOSTS}, silence="www1 could not be reached: refused")
    expected = {**DOWN, "home": BUILDS} if action == "deploy" else DOWN
    assert stops(made) == list(expected.values())
    assert len(made.findings) == 4 and made.hosts == ()


@pytest.mark.parametrize(("action", "expected"), [("deploy", [BUILDS]), ("rollback", []), ("restart", [DOWN["home"]])])
def test_with_home_down_that_is_what_a_deploy_says(action, expected):
    made = attempt(action, previous(fleet_of((OLD, NEW), home=unreachable("home"))))
    assert stops(made) == expected
    assert len(made.findings) == 1


@pytest.mark.parametrize("action", ["deploy", "rollback", "restart"])
def test_with_the_balancer_silent_that_is_all_that_is_said(action):
    assert stops(attempt(action, previous(fleet_of((OLD, NEW))), silence="no socket.")) == [SILENT]


@pytest.mark.parametrize("action", ["deploy", "restart"])
def test_with_the_balancer_s_host_down_its_reason_is_given_once(action):
    made = attempt(action, fleet_of(www1=unreachable("www1")), silence="www1 could not be reached: refused")
    assert stops(made) == [
        DOWN["www1"],
        "www1: the balancer does not answer. blue, green cannot leave rotation without it",
    ]


@pytest.mark.parametrize(("action", "home"), [("deploy", BUILDS), ("rollback", ""), ("restart", DOWN["home"])])
def test_with_home_down_and_a_node_locked_both_are_said(action, home):
    made = attempt(action, previous(fleet_of((OLD, NEW), home=unreachable("home"), blue=survey(lock=LOCK))))
    lines = stops(made)
    assert [line for line in lines if "home" in line] == [home] * bool(home)
    (locked,) = [line for line in lines if "home" not in line]
    assert locked.startswith("blue: locked by mek")


@pytest.mark.parametrize("action", ["deploy", "restart"])
def test_with_home_down_what_is_wrong_elsewhere_is_said_too(action):
    found = fleet_of(home=unreachable("home"), green=survey(problems=["too little disk"]))
    assert [line.partition(" ")[0] for line in stops(attempt(action, found, silence="no socket"))] == [
        "home", "green:", "www1:"
    ]  # fmt: skip


def test_a_version_that_cannot_be_resolved_comes_with_everything_else():
    request = Request(action="deploy", project="openlibrary", balancer="www1")
    beforehand = Beforehand(unresolved="There is no branch 'nope'.", silence="no socket")
    made = make_plan(request, FLEET, fleet_of(green=survey(lock=LOCK)), [], NAMES, 0.0, beforehand)
    locked, unresolved, silent = stops(made)
    assert locked.startswith("green: locked by mek")
    assert (unresolved, silent) == ("There is no branch 'nope'.", SILENT)
    assert made.release is None


def test_a_deploy_without_a_release_never_begins():
    made = make_plan(Request(action="deploy", project="openlibrary"), FLEET, fleet_of(), [], NAMES, 0.0)
    assert "The version was not resolved." in stops(made)


def test_a_rollback_that_names_nothing_goes_to_what_the_fleet_ran_before():
    made = plan("rollback", "", previous(fleet_of((OLD, NEW))))
    assert (made.release, made.findings) == (NEW, ())


def test_with_hosts_on_two_releases_it_says_why_it_goes_where():
    found = previous(fleet_of((OLD, NEW)))
    dead = {"run": "run-9", "token": 9, "action": "deploy", "to": NEW, "before": OLD, "after": NEW, "left_out": []}
    for name in ("www1", "blue"):
        project = found[name]["projects"]["openlibrary"]
        project.update(current=NEW, runs=[{**dead, "closed": ""}, *project["runs"]])
    made = plan("rollback", "", found)
    assert made.release == OLD and not made.blocked
    assert [host.host for host in made.hosts if host.turn] == ["www1", "blue"]
    (why,) = made.findings
    assert why.line.startswith("run run-9 did not end well on blue, www1: the way back is to aaaaaaaaaa")


def test_a_way_back_that_is_not_on_a_host_stops_with_its_name():
    found = previous(fleet_of((OLD, NEW)))
    found["green"]["projects"]["openlibrary"]["releases"].pop()
    (line,) = stops(plan("rollback", "", found))
    assert f"Release {NEW} is not complete on green" in line


@pytest.mark.parametrize("down", [GONE, {**survey(releases=(OLD, NEW)), "free_mib": 0}])
def test_a_rollback_that_is_tried_again_while_a_node_is_down_is_not_nothing_to_do(down):
    made = plan("rollback", OLD, fleet_of((OLD, NEW), green=down), balancer(blue=True, green=False))
    plain = made.as_dict()
    assert (made.noop, plain["turns"], plain["left_out"]) == (False, [], ("green",))
    assert {member["host"] for member in plain["members"]} == {"www1", "blue", "home"}
    assert plain["notes"] == ("left out: green",)
    assert plan("rollback", OLD, fleet_of((OLD, NEW))).noop


def weighed(blue=100, admin="ready"):
    """What the balancer says where blue weighs so much."""
    known = balancer(blue=admin == "ready", green=True)
    weights = {"blue": blue, "green": 100}
    named = {"backend": "web", "configured_weight": 100}
    shown = [{**each, **named, "weight": weights[each["server"]]} for each in known]
    shown[0]["admin"] = admin
    return shown


TAKEN = {"taken_out": {"web/blue": "ready"}}


@pytest.mark.parametrize("action", ["deploy", "rollback"])
def test_a_server_that_a_dead_run_left_light_gets_its_weight_back_and_nothing_else(action):
    found = fleet_of(www1=survey(services=False, **TAKEN))
    made = plan(action, OLD, found, weighed(10))
    (turn,) = [host for host in made.hosts if host.turn]
    assert (turn.host, turn.reweigh, turn.restart, turn.switch, turn.balanced) == ("blue", True, False, False, False)
    assert made.as_dict()["hosts"]["blue"]["reweigh"] and made.stale == ()
    assert plan(action, OLD, servers=weighed(10)).noop, "a person gave it that weight"


def test_a_turn_that_restarts_brings_the_weight_back_anyway():
    made = plan(found=fleet_of(www1=survey(services=False, **TAKEN)), servers=weighed(10))
    assert [(host.restart, host.reweigh) for host in made.hosts if host.host == "blue"] == [(True, False)]


def test_what_is_remembered_of_a_server_that_serves_again_ends_without_a_turn():
    found = fleet_of(www1=survey(services=False, **TAKEN))
    made = plan(release=OLD, found=found, servers=weighed())
    assert (made.stale, made.noop, made.as_dict()["turns"]) == (("web/blue",), False, [])
    assert {member["host"] for member in made.as_dict()["members"]} == set(HOSTS)
    assert plan(release=OLD, found=found, servers=weighed(admin="drain")).stale == ()


def test_a_balancer_that_is_silent_is_in_the_plan_also_where_the_run_goes_on():
    made = attempt("rollback", {host: survey(services=False, releases=(OLD, NEW)) for host in HOSTS}, "no socket.")
    assert made.as_dict()["silence"] == "no socket."


OUT = {"without": ("green",), "reason": "its disk is dead"}
ILL = [GONE, {}, {**survey(), "free_mib": 0}, survey(lock=LOCK), survey()]


@pytest.mark.parametrize("action", ["deploy", "restart", "rollback"])
@pytest.mark.parametrize("green", ILL)
def test_a_node_that_is_left_out_is_not_looked_at_and_leaves_rotation_first(action, green):
    found = fleet_of((OLD, NEW), green=green)
    made = plan(action, "" if action == "restart" else NEW, found, balancer(blue=True, green=False), **OUT)
    assert not made.blocked
    assert [host.host for host in made.hosts] == ["www1", "blue", "home"]
    assert (made.without, made.left_out, made.keep_out) == (("green",), ("green",), ("green",))
    assert made.notes == ("left out: green",)


@pytest.mark.parametrize("without", [{}, OUT])
def test_a_deploy_of_what_is_there_already_without_a_node_is_not_nothing_to_do(without):
    assert plan(release=OLD, **without).noop == (not without)


@pytest.mark.parametrize(
    ("floor", "serving", "expected", "said"),
    [
        (1, {"blue": True, "green": False}, 0, ["blue: no other node serves"]),
        # It answers, and is taken out all the same: no node stands in for the other.
        (1, {"blue": True, "green": True}, 0, ["blue: no other node serves"]),
        (1, {"blue": False, "green": True}, 0, ["without green no node serves"]),
        (0, {"blue": True, "green": False}, 0, ["blue: no other node serves"]),
    ],
)
def test_where_the_only_node_leaves_that_is_said_plainly(floor, serving, expected, said):
    made = plan(servers=balancer(**serving), min_in_rotation=floor, **OUT)
    assert made.floor == expected and not made.blocked
    told = [finding.line for finding in made.findings]
    assert len(told) == len(said) and all(line.startswith(begin) for line, begin in zip(told, said, strict=True))
    assert all("users meet errors" in line for line in told)


def test_with_three_nodes_one_is_left_out_and_the_floor_holds_for_the_others():
    fleet, names = replace(FLEET, web=("blue", "green", "red")), {**NAMES, "red": "red"}
    found = {**fleet_of(), "red": survey()}
    asked = Request(action="deploy", project="openlibrary", release=NEW, min_in_rotation=1, **OUT)
    made = make_plan(asked, fleet, found, balancer(blue=True, green=True, red=True), names, 0.0)
    assert (made.floor, made.findings) == (1, ())
    two = make_plan(replace(asked, min_in_rotation=2), fleet, found, balancer(blue=True, red=True), names, 0.0)
    assert two.floor == 1, "as many as there are besides the one that is out"


@pytest.mark.parametrize("action", ["deploy", "restart", "rollback"])
@pytest.mark.parametrize(
    ("host", "said", "leave"),
    [
        ("green", GONE, True),
        ("green", {**survey(releases=(OLD, NEW)), "free_mib": 0, "problems": ["the disk is full"]}, True),
        ("green", survey(releases=(OLD, NEW), problems=["too little disk"]), False),
        ("home", GONE, False),
        ("www1", GONE, False),
    ],
)
def test_an_ill_web_node_may_be_left_out_where_another_one_is_able(action, host, said, leave):
    found = fleet_of((OLD, NEW), **{host: said})
    made = plan(action, "" if action == "restart" else NEW, found, balancer(blue=True, green=True))
    found = {finding.leave for finding in made.findings if finding.host == host and finding.blocking}
    assert found <= {leave} and (found or action == "rollback")


def test_with_no_web_node_that_is_able_none_is_offered_to_be_left_out():
    made = plan(found=fleet_of(blue=GONE, green=GONE))
    assert {finding.leave for finding in made.findings} == {False}


QUEUE = Gate("queue", when=("before", "turn", "after"))
SHUT = Beforehand(
    gates=Told(
        {"queue": {"verdict": "unknown", "msg": "no answer", "announces": False}},
        {"queue": {"verdict": "fail", "msg": "12 wait"}},
    ),
    staging={},
)


SHARE = "the bake, but for one short look at the first web node"


def hot(**more):
    """A plan while a gate refuses and the release was never staged."""
    request = Request(
        action="deploy", project="openlibrary", release=NEW, gates=(QUEUE,), require_staged=True, pauses=True, **more
    )
    return make_plan(request, FLEET, fleet_of(), balancer(blue=True, green=True), NAMES, 0.0, SHUT)


def test_a_hot_fix_waits_for_no_gate_no_staging_and_nobody():
    stopped, made = hot(), hot(urgent="it is down")
    assert len(stops(stopped)) == 3 and not made.blocked
    assert sum(finding.sentence.startswith("not waited for: ") for finding in made.findings) == 3
    assert (made.gates.judges, made.gates.after, made.gates.announces) == ((), (), ())
    assert made.gates.informs == ("queue",) and (stopped.pause_after, made.pause_after) == ("blue", "")
    assert made.notes[:2] == (
        "urgent: it is down",
        f"not waited for: the gate queue; deploy_require_staged; the pause after blue; {SHARE}",
    )
    assert (made.urgent, made.waived) == ("it is down", tuple(made.notes[1].partition(": ")[2].split("; ")))
    assert (stopped.urgent, stopped.waived) == ("", ())


def test_a_hot_fix_without_a_node_is_both():
    made = hot(urgent="it is down", **OUT)
    assert made.notes[0] == "urgent: it is down" and made.notes[-1] == "left out: green" and not made.blocked
