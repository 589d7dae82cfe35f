# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A project of configuration in the plan: nothing runs it, something reads it, another project may restart with it."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import make_plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request

OLD, NEW, SITE = "a" * 40, "b" * 40, "c" * 40
FLEET = Fleet(static=("www1",), web=("blue", "green"), home=("home",), reloads=("www1",))
HOSTS = ("www1", "blue", "green", "home")
NAMES = {"blue": "blue", "green": "green"}
SERVERS = [{"server": name, "in_rotation": True, "status": "UP", "admin": "ready"} for name in ("blue", "green")]
NEVER = {"current": None, "wanted": None, "releases": []}


def project(current, wanted=None):
    """What a host says of a project."""
    releases = [{"hash": name, "completed": "2026-01-01T00:00:00.000Z", "bad": False} for name in (OLD, NEW)]
    return {"current": current, "wanted": wanted or current, "releases": releases}


def survey(olsystem, site=SITE, serves=True):
    """What a healthy host says; services run the site."""
    service = {"name": "app", "project": "openlibrary", "release": site, "problem": ""}
    return {
        "reachable": True,
        "problems": [],
        "services": [service] if serves else [],
        "projects": {"olsystem": olsystem, "openlibrary": project(site) if site else NEVER},
    }


def plan(action="deploy", release=NEW, found=None, servers=SERVERS, **more):
    """A plan for olsystem."""
    asked = {host: survey(project(OLD), serves=host != "www1") for host in HOSTS} | (found or {})
    request = Request(action=action, project="olsystem", release=release, **more)
    return make_plan(request, FLEET, asked, servers, NAMES, 0.0)


def turns(made):
    """What the turns consist of, by host."""
    return {host.host: (host.switch, host.reload, host.restart) for host in made.hosts if host.turn}


def test_what_nothing_runs_is_switched_everywhere_and_reloaded_where_it_is_read():
    for made in (plan(), plan("rollback", NEW[:7])):
        assert turns(made) == {host: (True, host == "www1", False) for host in HOSTS}
        assert (made.service_project, made.restart_always, made.blocked) == ("olsystem", False, False)
        assert {host.services for host in made.hosts} == {0} and not any(host.balanced for host in made.hosts)
        assert made.as_dict()["hosts"]["www1"]["reload"] is True


def test_it_needs_nobody_in_rotation():
    assert not plan(servers=[]).blocked


def test_the_first_release_ever_is_deployed_like_any_other():
    made = plan(found={host: survey(dict(NEVER), serves=host != "www1") for host in HOSTS})
    assert not made.blocked and made.full and turns(made)["www1"] == (True, True, False)


def test_the_same_release_again_is_nothing_to_do():
    assert plan(release=OLD).noop


def test_where_a_run_died_between_switch_and_reload_the_next_one_reloads():
    assert turns(plan(found={"www1": survey(project(NEW, wanted=OLD), serves=False)}))["www1"] == (False, True, False)


def test_restarting_what_nothing_runs_is_nothing_to_do():
    assert plan("restart", "").noop


def test_another_projects_services_restart_in_the_same_turns_and_prove_what_they_had():
    made = plan(then_restart="openlibrary")
    assert turns(made) == {host: (True, host == "www1", host != "www1") for host in HOSTS}
    assert (made.service_project, made.restart_always) == ("openlibrary", True)
    assert [host.host for host in made.hosts if host.balanced] == ["blue", "green"]
    hosts = made.as_dict()["hosts"]
    assert {(hosts[host]["proves"], hosts[host]["services"]) for host in ("blue", "green", "home")} == {(SITE, 1)}
    assert hosts["blue"]["to"] == NEW


def test_they_restart_even_where_the_configuration_is_there_already():
    made = plan(release=OLD, then_restart="openlibrary")
    assert turns(made) == dict.fromkeys(("blue", "green", "home"), (False, False, True))


def test_the_last_node_that_serves_may_not_leave_for_it_either():
    servers = [SERVERS[0], {**SERVERS[1], "in_rotation": False, "admin": "maint"}]
    assert [finding.host for finding in plan(then_restart="openlibrary", servers=servers).findings] == ["blue"]


@pytest.mark.parametrize(("action", "blocking"), [("deploy", True), ("rollback", False)])
def test_services_without_a_release_cannot_be_proven(action, blocking):
    found = {"green": survey(project(OLD), site=None)}
    made = plan(action, NEW, found, then_restart="openlibrary")
    (finding,) = made.findings
    assert (finding.host, finding.blocking) == ("green", blocking)
    assert "no release of openlibrary to restart" in finding.sentence
    assert not turns(made)["green"][2]


def test_services_of_the_project_itself_prove_what_the_host_gets():
    request = Request(action="deploy", project="openlibrary", release=NEW)
    made = make_plan(request, FLEET, {host: survey(project(OLD)) for host in HOSTS}, SERVERS, NAMES, 0.0)
    assert {host.proves for host in made.hosts} == {NEW} and not any(host.reload for host in plan("restart").hosts)


@pytest.mark.parametrize(
    ("action", "found", "host"),
    [
        ("deploy", {}, "blue"),
        ("deploy", {"blue": survey(project(NEW))}, ""),
        ("deploy", {"green": survey(project(NEW))}, ""),
        ("rollback", {}, ""),
    ],
)
def test_a_deploy_pauses_after_blue_where_another_node_has_its_turn_afterwards(action, found, host):
    assert plan(action, NEW, found, pauses=True).pause_after == host
    assert plan(action, NEW, found).as_dict()["pause_after"] == ""


@pytest.mark.parametrize(("loaded", "reloads"), [(None, False), (OLD, False), (NEW, True), ("", True)])
@pytest.mark.parametrize("action", ["deploy", "rollback", "restart"])
def test_what_may_run_with_other_files_than_the_link_says_is_reloaded(action, loaded, reloads):
    found = {"www1": survey({**project(OLD), "loaded": loaded}, serves=False)}
    made = plan(action, "" if action == "restart" else OLD[:7] if action == "rollback" else OLD, found)
    assert turns(made) == ({"www1": (False, True, False)} if reloads else {})


def test_a_first_release_is_said_to_have_no_way_back_where_it_is_loaded():
    first = {host: survey(NEVER, serves=host != "www1") for host in HOSTS}
    said = [
        (each.host, each.blocking) for each in plan(found=first).findings if "nothing to go back to" in each.sentence
    ]
    assert said == [("www1", False)]
    assert not [each for each in plan().findings if "nothing to go back to" in each.sentence]


def test_a_restart_loads_a_hot_fix_again_which_verifies_it_where_nothing_else_runs_it():
    came = {"action": "deploy", "before": OLD, "after": NEW, "closed": "good", "urgent": "", "skips": []}
    fixed = {host: survey(project(NEW), serves=host != "www1") for host in HOSTS}
    for each in fixed.values():
        each["projects"]["olsystem"] |= {"wanted": NEW, "runs": [came]}
    assert plan("restart", "", fixed).noop
    for each in fixed.values():
        each["projects"]["olsystem"]["runs"] = [{**came, "urgent": "it is down"}]
    assert turns(plan("restart", "", fixed)) == {"www1": (False, True, False)}
    assert plan("deploy", NEW, fixed).noop
