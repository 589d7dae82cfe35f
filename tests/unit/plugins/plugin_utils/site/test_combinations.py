from __future__ import annotations

from typing import Any

import pytest

from tests.sites import BLUE, DEV, GREEN, HOME, NGINX, PARTS, SHOP, WWW, check, lines, warned


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"deploy_bake_seconds": 60, "deploy_bake_timeout": "45"},
            "deploy_bake_timeout is 45: it must not be less than deploy_bake_seconds, which is 60.",
        ),
        (
            {"deploy_check_timeout": 4, "deploy_check_interval": "2"},
            "deploy_check_timeout is 4: it must be more than two times deploy_check_interval, which is 2.",
        ),
    ],
)
def test_settings_of_a_host_that_do_not_go_together(settings: dict[str, Any], sentence: str) -> None:
    assert lines(check(everywhere=settings)) == [f"books, edge, try, web: {sentence}"]


@pytest.mark.parametrize(
    "settings",
    [
        {"deploy_check_timeout": "x", "deploy_check_interval": 40},
        {"deploy_bake_timeout": "x", "deploy_bake_seconds": 200},
        {"deploy_min_in_rotation": "x"},
    ],
)
def test_a_wrong_setting_is_not_held_against_others_by_its_default(settings: dict[str, Any]) -> None:
    one = {**PARTS, "web": [BLUE]} if "deploy_min_in_rotation" in settings else PARTS
    assert len(lines(check(everywhere=settings, parts=one))) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"deploy_bake_seconds": 60, "deploy_bake_timeout": 60},
        {"deploy_check_timeout": 4.1, "deploy_check_interval": 2},
    ],
)
def test_settings_that_go_together(settings: dict[str, Any]) -> None:
    assert lines(check(everywhere=settings)) == []


@pytest.mark.parametrize("services", [None, []])
@pytest.mark.parametrize("playbook", ["deploy", "rollback", "restart", "status", "tag", "config"])
def test_a_web_host_without_a_service(services: Any, playbook: str) -> None:
    (line,) = lines(check(playbook, on={BLUE: {"deploy_services": services}}))
    assert line == f"{BLUE}: a web host without deploy_services has nothing to run or prove."


def test_only_web_hosts_need_a_service() -> None:
    assert lines(check(on={HOME: {"deploy_services": []}, WWW: {"deploy_services": None}})) == []


def test_lock_and_prepare_do_not_ask_for_services() -> None:
    for playbook in ("lock", "prepare"):
        checked = check(playbook, on={BLUE: {"deploy_services": None}})
        assert lines(checked) == [] and len(warned(checked)) == 1


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"home": [HOME], "web": [BLUE, HOME]}, "web and home"),
        ({"home": [HOME], "web": [BLUE], "static": [HOME]}, "www and home"),
        ({"home": [BLUE], "web": [BLUE], "static": [BLUE]}, "web, www and home"),
    ],
)
def test_a_host_in_two_groups(parts: dict[str, list[str]], named: str) -> None:
    host = BLUE if named.count(",") else HOME
    found = lines(check("rollback", parts=parts, on={host: {"deploy_services": [SHOP], "deploy_reloads": [NGINX]}}))
    assert f"{host}: it is in more than one of web, www and home ({named})." in found


def test_staging_may_be_home() -> None:
    assert lines(check(parts={**PARTS, "staging": [HOME]})) == []


def test_two_web_hosts_with_one_name_in_the_balancer() -> None:
    entry = {"host": WWW, "socket": "/run/haproxy.sock", "backend": "shop", "server": "web"}
    (line,) = lines(check(everywhere={"deploy_balancers": [entry]}))
    assert line == "web: shop1 and shop2 are all called web in the backend shop; set server in deploy_balancers."


def test_more_than_one_balancer() -> None:
    entry = {"host": WWW, "socket": "/run/haproxy.sock", "backend": "shop"}
    (line,) = lines(check(on={BLUE: {"deploy_balancers": [entry, {**entry, "backend": "other"}]}}))[:1]
    assert line == f"{BLUE}: deploy_balancers has 2 entries; only one works yet."
    (line,) = lines(check(on={BLUE: {"deploy_balancers": [{**entry, "backend": "other"}]}}))
    assert line.startswith("web: The web hosts have 2 balancers (other on edge for shop1; shop on edge for shop2)")


def test_a_host_that_is_no_web_host_needs_no_balancer() -> None:
    assert lines(check(on={host: {"deploy_balancers": []} for host in (HOME, WWW, DEV)})) == []


def test_status_goes_on_without_a_balancer() -> None:
    checked = check("status", everywhere={"deploy_balancers": []})
    assert lines(checked) == [] and len(warned(checked)) == 1
    site = checked.site.as_dict()
    nowhere = {"host": "localhost", "socket": [], "backend": ""}
    assert (site["has_balancer"], site["balancer"]) == (False, nowhere)
    assert site["hosts"][BLUE]["balancer"] == {**nowhere, "server": ""}


@pytest.mark.parametrize(("floor", "web", "fault"), [(1, 2, 0), (2, 2, 1), ("2", 2, 1), (1, 1, 1), (0, 1, 0)])
def test_the_floor_lets_a_node_leave(floor: Any, web: int, fault: int) -> None:
    parts = {**PARTS, "web": [BLUE, GREEN][:web]}
    found = lines(check(everywhere={"deploy_min_in_rotation": floor}, parts=parts))
    assert len(found) == fault
    if web == 1 and fault:
        sentence = (
            "deploy_min_in_rotation is 1: it must be less than the number of web hosts, 1; with a single one set 0."
        )
        assert found == [f"{BLUE}: {sentence}"]


def test_a_rollback_goes_below_the_floor_by_itself() -> None:
    checked = check("rollback", everywhere={"deploy_min_in_rotation": 2})
    assert lines(checked) == [] and len(warned(checked)) == 1


def test_a_release_that_must_be_staged_needs_somewhere_to_be() -> None:
    parts = {**PARTS, "staging": []}
    required = {"deploy_require_staged": True}
    assert lines(check(everywhere=required)) == []
    (line,) = lines(check(everywhere=required, parts=parts))
    assert line.endswith(": deploy_require_staged is true and the inventory has no staging host.")
    assert lines(check(everywhere=required, parts=parts, extra={"skip": "staged", "reason": "x"})) == []
    assert lines(check(everywhere=required, parts=parts, extra={"urgent": "it is down"})) == []
    assert lines(check("restart", everywhere=required, parts=parts)) == []


def test_a_project_that_nothing_runs_and_nothing_reloads() -> None:
    projects = {name: {"repository": "ssh://git@code/x.git", "branch": "main"} for name in ("shop", "conf", "idle")}
    for playbook in ("deploy", "rollback", "restart"):
        checked = check(playbook, everywhere={"deploy_projects": projects}, extra={"project": "idle"})
        (line,) = lines(checked)
        assert line.startswith("command line: No host runs a service of idle, and none reloads anything for it")
    assert lines(check("status", everywhere={"deploy_projects": projects}, extra={"project": "idle"})) == []
    assert lines(check(extra={"project": "conf"})) == []  # it is only reloaded


@pytest.mark.parametrize(
    ("playbook", "value", "project", "then", "fault"),
    [
        ("deploy", "shop", "conf", "shop", ""),
        ("deploy", True, "conf", "shop", ""),
        ("deploy", "yes", "conf", "shop", ""),
        ("rollback", "shop", "conf", "shop", ""),
        ("deploy", False, "conf", "", ""),
        ("deploy", "", "conf", "", ""),
        ("deploy", "shoe", "conf", "", "deploy_then_restart: there is no project 'shoe'"),
        ("deploy", "shop", "shop", "", "deploy_then_restart is shop, the project of this deploy itself"),
        ("restart", "conf", "shop", "", "A restart takes no deploy_then_restart (conf)"),
        ("status", "shop", "shop", "", ""),
    ],
)
def test_a_project_that_restarts_as_well(playbook: str, value: Any, project: str, then: str, fault: str) -> None:
    checked = check(playbook, extra={"project": project, "deploy_then_restart": value})
    assert checked.site.then_restart == then
    assert [line.split(": ", 1)[1].startswith(fault) for line in lines(checked)] == [True] * bool(fault)


def test_two_tags_of_one_name() -> None:
    (line,) = lines(check("tag", everywhere={"deploy_moving_tag": "live"}, extra={"tag_name": "live"}))
    assert line.startswith("command line: 'live' cannot be the moving tag")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("deploy_min_in_rotation", 0, "is 1 on books, edge, shop2 and 0 on shop1"),
        ("deploy_root", "/srv/other", "is '/srv/shop' on books, edge, shop2 and '/srv/other' on shop1"),
        ("deploy_bake", "skip", "is 'judge' on books, edge, shop2 and 'skip' on shop1"),
        ("deploy_projects", {"shop": {"repository": "ssh://x/y", "branch": "b"}, "conf": {"repository": "ssh://x/y",
                             "branch": "b"}}, "differs from host to host"),
    ],
)  # fmt: skip
def test_settings_of_the_fleet_agree(name: str, value: Any, told: str) -> None:
    (line,) = lines(check(on={BLUE: {name: value}}))
    assert line == f"books, edge, web: {name} {told}: it must be the same on every host of the fleet."


def test_staging_is_beside_the_fleet() -> None:
    assert lines(check(on={DEV: {"deploy_root": "/srv/other", "deploy_require_staged": True}})) == []


def test_a_rescue_of_some_hosts_is_not_refused_for_what_differs_elsewhere() -> None:
    checked = check("rollback", on={GREEN: {"deploy_root": "/srv/other"}}, limit=[BLUE])
    assert lines(checked) == [] and len(warned(checked)) == 1
    assert len(lines(check("rollback", on={GREEN: {"deploy_root": "/srv/other"}}, limit=[BLUE, GREEN]))) == 1
