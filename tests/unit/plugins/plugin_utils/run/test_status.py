# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a fleet differs from what it should be."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.status import (
    fleet_status,
    other_projects,
    other_status,
    status_lines,
)

OLD, NEW = "a" * 40, "b" * 40
PAST = [
    {
        "run": f"run-{token}",
        "token": token,
        "action": "deploy",
        "to": to,
        "before": before,
        "after": to,
        "closed": "good",
        "left_out": [],
        "urgent": "",
        "skips": [],
    }
    for token, before, to in ((2, OLD, NEW), (1, None, OLD))
]
RELEASES = [{"hash": name, "environment": "e1", "completed": "now", "good": True} for name in (NEW, OLD)]
UP = [{"server": "blue", "in_rotation": True, "status": "UP"}]

LIGHT = [{**UP[0], "backend": "web", "admin": "ready", "weight": 10, "configured_weight": 100}]


HOT = {"p": {"current": NEW, "wanted": NEW, "runs": [{**PAST[0], "urgent": "down"}, PAST[1]], "releases": RELEASES}}


def survey(current=NEW, running=NEW, **more):
    """A host that is as it should be, unless told otherwise."""
    service = {
        "name": "app",
        "project": "p",
        "state": "RUNNING",
        "release": running,
        "problem": "",
        "processes": [1, 2],
    }
    project = {
        "current": current,
        "wanted": NEW,
        "runs": PAST,
        "releases": RELEASES,
    }
    return {
        "reachable": True,
        "problems": [],
        "free_mib": 2048,
        "services": [service],
        "projects": {"p": project},
        **more,
    }


def status(found, servers=UP):
    """The status of one web host, blue, and two others that are as they should be."""
    return fleet_status("p", {"blue": found, "green": survey(), "home": survey()}, servers, {"blue": "blue"})


def test_a_healthy_fleet_has_no_drift_and_knows_the_way_back():
    found = status(survey())
    assert found.drift == () and found.wanted == NEW and found.rollback == OLD
    assert any("app: 2 of bbbbbbbbbb" in line and "2.0 GiB" in line for line in status_lines(found))


@pytest.mark.parametrize(
    ("found", "servers", "part"),
    [
        (survey(current=OLD, running=OLD), UP, "current is aaaaaaaaaa, should be bbbbbbbbbb"),
        (survey(running=OLD), UP, "app runs aaaaaaaaaa"),
        (survey(problems=["too little disk"]), UP, "too little disk"),
        (survey(lock={"who": "mek", "since": "s", "run": "r"}), UP, "locked by mek"),
        (survey(), [], "out of rotation"),
        (survey(), [{"server": "blue", "in_rotation": False, "status": "MAINT"}], "out of rotation: MAINT"),
        ({"reachable": False, "problems": ["gone"]}, UP, "gone"),
        (survey(projects=HOT), UP, "bbbbbbbbbb came as a hot fix that waited for no verdict (down); to verify it: "),
        (survey(), LIGHT, "has weight 10 of 100 in the balancer"),
        (survey(taken_out={"web/blue": "ready"}), LIGHT, "left by a run that died; the next run restores it"),
    ],
)
def test_every_drift_is_named_with_its_host(found, servers, part):
    drift = status(found, servers).drift
    assert len(drift) == 1 and drift[0].startswith("blue: ") and part in drift[0]


NEVER = {"current": None, "wanted": None, "runs": [], "releases": []}


def beside(current=NEW, wanted=NEW, **more):
    """A healthy host that has a second project, of configuration, which nothing runs."""
    found = survey(**more)
    second = {"current": current, "wanted": wanted, "runs": PAST, "releases": RELEASES}
    return {**found, "projects": {**found["projects"], "second": second if current else NEVER}}


def lines_of(hosts):
    """What is shown of the hosts."""
    others = [other_status(name, hosts) for name in other_projects("p", hosts)]
    return status_lines(fleet_status("p", hosts, UP, {}), others), [text for each in others for text in each.drift]


def test_a_second_project_has_its_own_table_and_way_back():
    lines, drift = lines_of({"blue": beside(), "green": beside()})
    assert drift == []
    assert lines[-5:-2] == [
        "host   second      running",
        "blue   bbbbbbbbbb  -        ok",
        "green  bbbbbbbbbb  -        ok",
    ]
    assert lines[-2:] == [f"wanted: second {NEW}", f"rollback would go to: {OLD}"]


def test_its_drifts_name_it_and_those_of_the_hosts_are_told_once():
    hosts = {"blue": beside(), "green": beside(current=OLD, problems=["full"]), "home": beside(), "gone": {}}
    lines, drift = lines_of(hosts)
    assert drift == ["green: second: current is aaaaaaaaaa, should be bbbbbbbbbb"]
    assert any(line.split() == ["gone", "-", "-", "?"] for line in lines)
    assert [line for line in lines if line.startswith("DRIFT")] == [f"DRIFT {each}" for each in ("green: full", *drift)]


def test_services_of_another_project_are_told_with_it():
    service = {
        "name": "proxy",
        "project": "second",
        "state": "RUNNING",
        "release": OLD,
        "problem": "",
        "processes": [1],
    }
    _lines, drift = lines_of({"blue": beside(services=[service])})
    assert drift == ["blue: second: proxy runs aaaaaaaaaa, current is bbbbbbbbbb"]


def test_a_project_that_was_never_deployed_is_one_line_and_no_drift():
    service = {"name": "proxy", "project": "second", "state": "FATAL", "release": None, "problem": "dead"}
    lines, drift = lines_of({"blue": beside(None, services=[service]), "green": beside(None)})
    assert (lines[-1], drift) == ("second: never deployed", [])


def test_a_project_that_one_host_lacks_is_a_drift_there():
    _lines, drift = lines_of({"blue": beside(None), "green": beside(), "home": beside()})
    assert drift == ["blue: second: current is -, should be bbbbbbbbbb"]


def test_a_project_of_configuration_can_be_looked_at_alone():
    hosts = {"blue": beside(), "green": beside(running=OLD)}
    first = fleet_status("second", hosts, UP, {"blue": "blue"})
    assert (first.drift, first.wanted, first.rollback) == ((), NEW, OLD)
    assert other_projects("second", hosts) == ["p"]
    assert other_status("p", hosts).drift == ("green: p: app runs aaaaaaaaaa, current is bbbbbbbbbb",)


@pytest.mark.parametrize(("loaded", "drifts"), [(None, False), (NEW, False), ("", True), (OLD, True)])
def test_files_that_may_not_be_loaded_are_drift(loaded, drifts):
    found = survey()
    found["projects"]["p"]["loaded"] = loaded
    drift = status(found).drift
    assert bool(drift) == drifts
    assert not drifts or (
        "unknown whether bbbbbbbbbb was loaded" in drift[0] and "restart.yml -e project=p" in drift[0]
    )
