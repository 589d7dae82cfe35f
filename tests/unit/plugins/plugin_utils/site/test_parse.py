"""Who is refused for what, how faults are said, and what the site is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Unreadable
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.readers import ALL
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.render import effective
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification import SETTINGS
from tests.sites import BLUE, DEV, GREEN, HOME, MONITOR, NAGIOS, PARTS, WWW, check, lines, warned

WRONG: dict[str, Any] = {"bool": "maybe", "dict": "x", "list": {}, "raw": "nothing of the kind", "path": "x"}
HONOURED = "rollback and restart honour it."
ANYTHING_GOES = {"deploy_then_restart"}


@pytest.mark.parametrize("playbook", sorted(ALL))
def test_a_site_that_is_right(playbook: str) -> None:
    checked = check(playbook)
    assert (checked.faults, checked.warnings, checked.notes, checked.own) == ((), (), (), ())


@pytest.mark.parametrize("playbook", sorted(ALL))
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_refuses_those_who_read_it(playbook: str, setting: Any) -> None:
    if setting.name in ANYTHING_GOES:
        pytest.skip("any text is right")
    value = WRONG.get(setting.option.type, "\n")
    checked = check(playbook, everywhere={setting.name: value})
    reads = playbook in setting.readers or playbook in ("deploy", "config")
    about = [line for line in lines(checked) if setting.name in line]
    assert bool(about) is reads
    assert bool(lines(checked)) is reads
    if not reads:
        assert any(setting.name in line for line in warned(checked))
    # A rescue goes on with the default.
    assert checked.site.as_dict()


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "restart", "status", "tag", "lock", "prepare", "config"])
def test_what_is_not_set_and_what_cannot_be_worked_out(playbook: str) -> None:
    assert lines(check(playbook, without=("deploy_root",)))[0].endswith("web: deploy_root is not set.")
    broken = {BLUE: {"deploy_root": Unreadable("'x' is undefined.")}}
    assert lines(check(playbook, on=broken)) == [f"{BLUE}: deploy_root cannot be worked out: 'x' is undefined."]


def test_everything_wrong_comes_at_once_and_the_command_line_first() -> None:
    checked = check(
        everywhere={"deploy_ramp": [100, 10], "deploy_user": "A B"},
        on={BLUE: {"deploy_python": "python"}, GREEN: {"deploy_chek_timeout": 1}},
        extra={"deploy_check_timeout": "60s", "verison": "v1"},
        play={"deploy_stop_timeout": "soon"},
        unmatched_limits=["shop9"],
    )
    assert [line.split(": it ")[0].split(";")[0] for line in lines(checked)] == [
        "command line: --limit: no host matches shop9.",
        "command line: deploy takes no verison",
        "command line: deploy_check_timeout is '60s'",
        "vars of the play: deploy_stop_timeout is 'soon'",
        "books, edge, try, web: deploy_user is 'A B'",
        "books, edge, try, web: deploy_ramp is [100, 10]",
        "shop1: deploy_python is 'python'",
        "shop2: deploy_chek_timeout is not a setting",
    ]


@pytest.mark.parametrize(
    ("hosts", "where"),
    [
        ([BLUE], "shop1"),
        ([BLUE, GREEN], "web"),
        ([GREEN, HOME], "books, shop2"),
        ([WWW], "edge"),
        ([BLUE, GREEN, HOME, WWW, DEV], "books, edge, try, web"),
    ],
)
def test_equal_sentences_are_said_once(hosts: list[str], where: str) -> None:
    checked = check(on={host: {"deploy_python": "python"} for host in hosts})
    assert [fault.where for fault in checked.faults] == [where]


def test_every_host_of_the_inventory_is_all() -> None:
    hosts = (BLUE, GREEN, HOME, WWW, DEV, MONITOR)
    assert [fault.where for fault in check(on={host: {"deploy_rmap": 1} for host in hosts}).faults] == ["all"]


def test_a_rescue_of_one_host_is_refused_for_that_host_and_for_the_balancers() -> None:
    wrong = {"deploy_stop_timeout": "soon"}
    for host, refused in ((BLUE, True), (WWW, True), (GREEN, False), (HOME, False), (DEV, False)):
        checked = check("rollback", on={host: wrong}, limit=[BLUE])
        assert bool(lines(checked)) is refused, host
        assert bool(warned(checked)) is not refused


OWN = {"name": "own", "module": "shop.watch.own_gate"}
OFF = "in this rollback: its settings are wrong."


@pytest.mark.parametrize(
    ("gates", "off", "stay"),
    [
        ([{**NAGIOS, "timeout": -1}, OWN], f"deploy_gates, nagios is neither told nor asked {OFF}", ["own"]),
        ([NAGIOS, {**OWN, "name": "bake"}], f"deploy_gates, entry 2 is neither told nor asked {OFF}", ["nagios"]),
        ([NAGIOS, OWN, NAGIOS], f"deploy_gates, nagios is neither told nor asked {OFF}", ["own"]),
        ({}, f"no gate is told or asked {OFF}", []),
        (Unreadable("'nope' is undefined."), f"no gate is told or asked {OFF}", []),
        (["nagios"], f"no gate is told or asked {OFF}", []),
    ],
)
def test_a_rollback_goes_without_gates_whose_settings_are_wrong(gates: Any, off: str, stay: list[str]) -> None:
    checked = check("rollback", everywhere={"deploy_gates": gates})
    assert lines(checked) == []
    assert [line for line in warned(checked) if OFF in line] == [f"inventory: {off}"]
    assert [gate.name for gate in checked.site.gates] == stay
    assert {tuple(host.gates) for host in checked.site.hosts.values()} == {tuple(stay)}
    assert checked.site.bake_mode == "judge"
    assert lines(check("restart", everywhere={"deploy_gates": gates})) != []


def test_a_gate_that_is_wrong_on_one_host_is_left_out_on_all() -> None:
    for wrong in ([{**NAGIOS, "become": "root"}, OWN], [{**NAGIOS, "timeout": 9}, OWN], [OWN]):
        checked = check("rollback", everywhere={"deploy_gates": [NAGIOS, OWN]}, on={GREEN: {"deploy_gates": wrong}})
        assert lines(checked) == []
        assert f"inventory: deploy_gates, nagios is neither told nor asked {OFF}" in warned(checked)
        assert {tuple(host.gates) for host in checked.site.hosts.values()} == {("own",)}
        assert [gate.name for gate in checked.site.gates] == ["own"]


def test_a_rollback_goes_without_a_bake_that_is_set_wrongly_and_keeps_its_gates() -> None:
    checked = check("rollback", everywhere={"deploy_gates": [NAGIOS], "deploy_bake_seconds": "soon"})
    assert f"inventory: there is no bake {OFF}" in warned(checked)
    assert checked.site.bake_mode == "skip"
    assert {host.bake["mode"] for host in checked.site.hosts.values()} == {"skip"}
    assert {tuple(host.gates) for host in checked.site.hosts.values()} == {("nagios",)}


def test_a_setting_of_old_switches_no_gate_off() -> None:
    checked = check("rollback", everywhere={"deploy_gates": [NAGIOS], "deploy_nagios_url": "http://eye/"})
    assert lines(checked) == [] and len(warned(checked)) == 1
    assert [gate.name for gate in checked.site.gates] == ["nagios"]


@pytest.mark.parametrize(
    ("playbook", "limit", "line"),
    [
        ("deploy", [BLUE], f"command line: deploy takes no --limit: the fleet gets one release; {HONOURED}"),
        ("tag", [BLUE], f"command line: tag takes no --limit: a tag says what the whole fleet serves; {HONOURED}"),
        ("rollback", [BLUE], ""),
        ("rollback", [MONITOR], "command line: --limit matches no host of the fleet."),
        ("rollback", [], "command line: --limit matches no host of the fleet."),
        ("rollback", [DEV], "command line: --limit matches no host of the fleet."),
        ("restart", [MONITOR], "command line: --limit matches no host of the fleet."),
        ("lock", [MONITOR], "command line: --limit matches no host of the fleet."),
        ("status", [MONITOR], "command line: --limit matches no host of the fleet."),
        ("prepare", [MONITOR], "command line: --limit matches no host of the fleet."),
        ("prepare", [DEV], ""),
        ("lock", [DEV], "command line: --limit matches no host of the fleet."),
        ("status", [DEV], "command line: --limit matches no host of the fleet."),
        ("config", [BLUE], ""),
    ],
)  # fmt: skip
def test_limit(playbook: str, limit: list[str], line: str) -> None:
    assert lines(check(playbook, limit=limit)) == ([line] if line else [])


@pytest.mark.parametrize(
    ("playbook", "empty", "found"),
    [
        (
            "deploy",
            ["home", "static"],
            ["it has no host in home, which deploy needs.", "it has no host in www, which dep"],
        ),
        ("deploy", ["staging"], []),
        ("tag", ["home"], ["it has no host in home, which tag needs."]),
        ("tag", ["static"], []),
        ("rollback", ["home", "static"], []),
        ("rollback", ["home", "static", "web"], ["it has no host in home, web or www."]),
        ("restart", ["home", "static", "web"], ["it has no host in home, web or www."]),
        ("status", ["home", "static", "web"], ["it has no host in home, web or www."]),
        ("lock", ["home", "static", "web"], ["it has no host in home, web or www."]),
        ("prepare", ["home", "static", "web", "staging"], ["it has no host in home, web, www or staging."]),
    ],
)
def test_empty_groups(playbook: str, empty: list[str], found: list[str]) -> None:
    parts = {name: [] if name in empty else hosts for name, hosts in PARTS.items()}
    said = [line for line in lines(check(playbook, parts=parts)) if "no host in" in line]
    assert len(said) == len(found)
    assert all(line.startswith(f"inventory: {text}") for line, text in zip(said, found, strict=True))


def test_an_inventory_that_is_not_there() -> None:
    checked = check(parts={}, missing_sources=["inventories/nope"])
    assert lines(checked)[0] == "command line: inventories/nope: there is no such inventory."
    assert not [line for line in lines(checked) if "no host in" in line]


VALUES = {
    "url": "http://s3cret/cgi-bin/",
    "hostgroup": "s3cret-group",
    "url_username": "s3cret-user",
    "url_password": "s3cret-password",
    "ca_path": "/s3cret.pem",
}


@pytest.mark.parametrize("module", [NAGIOS["module"], "shop.watch.own_gate"])
@pytest.mark.parametrize("playbook", ["deploy", "rollback", "config"])
def test_the_site_is_plain_data_without_any_value_of_an_option(playbook: str, module: str) -> None:
    checked = check(playbook, everywhere={"deploy_gates": [{**NAGIOS, "module": module, "options": VALUES}]})
    site = checked.site.as_dict()
    assert lines(checked) == [] and json.loads(json.dumps(site)) == site
    assert "s3cret" not in json.dumps(site) and "s3cret" not in repr(checked)
    shown = json.dumps(effective(checked, BLUE))
    assert "s3cret" not in shown
    assert all(name in shown for name in VALUES)


@pytest.mark.parametrize(
    "gates",
    [
        {"nagios": {"options": VALUES}},
        "s3cret",
        ["s3cret"],
        [{**NAGIOS, "options": "s3cret"}],
        [{**NAGIOS, "options": ["s3cret"]}],
        [{**NAGIOS, "options": {**VALUES, "url_password": ["s3cret"], "ca_path": "", "mx_age": "s3cret"}}],
        [{**NAGIOS, "options": VALUES, "optons": "s3cret"}],
        [{**NAGIOS, "module": "shop.watch.own_gate", "options": {"host": "s3cret", "token": {"a": "s3cret"}}}],
    ],
)
def test_what_is_wrong_about_options_shows_no_password(gates: Any) -> None:
    for playbook in ("deploy", "rollback"):
        checked = check(playbook, everywhere={"deploy_gates": gates})
        assert checked.faults or checked.warnings
        assert "s3cret" not in repr(checked)


def test_the_balancer_is_asked_by_the_survey_of_its_host_or_beside_the_run() -> None:
    asked = {"socket": ["/run/haproxy.sock"], "backend": "shop"}
    whole = check("rollback").site.as_dict()
    assert {host: each["haproxy"] for host, each in whole["hosts"].items() if "haproxy" in each} == {WWW: asked}
    assert whole["asks_beside"] == []
    limited = check("rollback", limit=[BLUE]).site.as_dict()
    assert limited["asks_beside"] == [{"host": WWW, "root": whole["hosts"][WWW]["root"], "haproxy": asked}]


def test_the_form_of_the_site() -> None:
    extra = {"hash": "0123abc", "skip": "bad", "reason": "it works"}
    site = check("rollback", {"deploy_gates": [NAGIOS]}, extra=extra, who="jane@desk").site.as_dict()
    assert set(site) == set(
        "playbook who asks_beside resolves resolver own_project request static web home staging projects has_balancer "
        "balancer min_in_rotation require_staged then_restart pause_after_blue moving_tag bake_mode gates hosts".split()
    )
    assert set(site["request"]) == set(
        "project version hash tag_name json adopt break run limit skip urgent without reason".split()
    )  # fmt: skip
    assert (site["playbook"], site["who"], site["own_project"]) == ("rollback", "jane@desk", "shop")
    assert (site["home"], site["web"], site["static"], site["staging"]) == ([HOME], [BLUE, GREEN], [WWW], [DEV])
    assert site["balancer"] == {"host": WWW, "socket": ["/run/haproxy.sock"], "backend": "shop"}
    assert site["projects"]["shop"] == {
        "repository": "ssh://git@code/shop.git",
        "branch": "main",
        "build": [["make"]],
        "requirements": "",
        "smoke_imports": [],
    }
    host = site["hosts"][BLUE]
    assert set(host) == set(
        "root deploy_user service_user python supervisor_socket authorized_keys min_free_mib services reloads "
        "balancers balancer builds asked drain_timeout drain_cutoff warm check_timeout check_interval ramp ramp_hold "
        "stop_timeout "
        "start_timeout health_timeout stable_seconds orphan_timeout build_timeout environment_timeout "
        "reload_test_timeout reload_timeout bake gates".split()
    )
    assert host["services"] == [{**host["services"][0], "name": "shop", "port": 8000}]
    assert host["balancer"] == host["balancers"][0] and site["has_balancer"] is True
    assert {name: each["builds"] for name, each in site["hosts"].items() if each["builds"]} == {HOME: True}
    assert host["gates"] == {"nagios": {"host": BLUE, "via": MONITOR, "become": False}}
    without = check(extra={"without": GREEN, "reason": "dead"}).site.as_dict()["hosts"]
    assert [name for name, each in without.items() if not each["asked"]] == [GREEN]
    assert site["gates"] == [
        {
            "name": "nagios",
            "module": NAGIOS["module"],
            "when": ["turn"],
            "unknown": "stop",
            "timeout": 600,
            "alike": True,
        }
    ]
    assert host["bake"]["mode"] == "judge"
    assert (host["root"], host["ramp"], host["orphan_timeout"]) == ("/srv/shop", [10, 100], 900)


def test_staging_is_asked_only_before_a_deploy_that_needs_it() -> None:
    needed = {"deploy_require_staged": True}
    deploy = check("deploy", everywhere=needed).site
    assert deploy.asks_staging == (DEV,) and [each["host"] for each in deploy.asks_beside] == [DEV]
    assert check("deploy").site.asks_staging == check("restart", everywhere=needed).site.asks_staging == ()


def test_who() -> None:
    assert check(who="jane@desk").site.who == "jane@desk"
    assert check(who="jane@desk", everywhere={"deploy_who": "tower/jane"}).site.who == "tower/jane"
    assert check().site.who == "unknown"


def test_a_wrong_value_has_its_default_in_the_site() -> None:
    host = check("status", everywhere={"deploy_stop_timeout": "soon"}).site.hosts[BLUE]
    assert host.stop_timeout == 60


def test_the_hosts_that_are_acted_on_say_what_the_fleet_has() -> None:
    checked = check(
        "rollback", on={WWW: {"deploy_moving_tag": "old"}, BLUE: {"deploy_moving_tag": "new"}}, limit=[BLUE]
    )
    assert checked.site.moving_tag == "new"


def test_a_site_without_anything_is_refused_and_not_an_error() -> None:
    names = {name for setting in SETTINGS for name in [setting.name]}
    for playbook in sorted(ALL):
        checked = check(playbook, without=tuple(names))
        assert checked.site.as_dict() and lines(checked)
        assert check(playbook, parts={}, groups={}).faults


@pytest.mark.parametrize("junk", ["", "x", 0, -1, 1.5, True, [], [[]], [{}], [1], {}, {"x": 1}, {1: 2}, None, object()])
def test_nothing_that_is_set_makes_it_raise(junk: Any) -> None:
    for setting in SETTINGS:
        assert check("rollback", everywhere={setting.name: junk}).site.as_dict()
    names = ("project", "version", "hash", "skip", "reason", "tag_name", "adopt", "break", "run", "json")
    for playbook in sorted(ALL):
        assert check(playbook, everywhere={setting.name: junk for setting in SETTINGS}).site.as_dict()
        assert check(playbook, extra=dict.fromkeys(names, junk)).site.as_dict()


NOPE = Unreadable("'nope' is undefined.")
CODE = {"repository": "ssh://git@code/shop.git", "branch": "main"}
BUILT = {"shop": {**CODE, "build": [["make", NOPE]]}, "conf": CODE}


def test_a_rescue_reads_the_names_of_projects_and_not_how_they_are_built() -> None:
    said = "deploy_projects.shop.build cannot be worked out: 'nope' is undefined."
    for playbook in ("rollback", "restart", "status"):
        assert lines(check(playbook, everywhere={"deploy_projects": BUILT})) == []
    assert any(said in line for line in lines(check("deploy", everywhere={"deploy_projects": BUILT})))


@pytest.mark.parametrize(
    ("playbook", "extra", "wrong"),
    [
        ("restart", {}, {"deploy_reloads": [{"name": "nginx", "project": "conf", "unt": "nginx"}]}),
        ("restart", {"skip": "bake", "reason": "x"}, {"deploy_bake_seconds": "60s"}),
        ("rollback", {}, {"deploy_bake_seconds": "60s"}),
        ("rollback", {}, {"deploy_who": NOPE}),
        ("lock", {}, {"deploy_who": 42}),
        ("lock", {}, {"deploy_user": "first.last"}),
    ],
)
def test_a_rescue_is_told_of_what_it_does_not_read(playbook: str, extra: dict[str, str], wrong: dict[str, Any]) -> None:
    assert lines(check(playbook, extra=extra, everywhere=wrong)) == []


def test_only_a_rollback_hears_that_a_gate_is_off() -> None:
    wrong = {"deploy_gates": [{**NAGIOS, "timeout": "soon"}]}
    said = {playbook: warned(check(playbook, everywhere=wrong)) for playbook in ("rollback", "lock", "status")}
    assert [any(OFF in line for line in each) for each in said.values()] == [True, False, False]
