from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.gate_modules import GATE_MODULES, NAGIOS_GATE
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification import RENAMED
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification_gates import GATE_OPTIONS
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification_hosts import BALANCER_OPTIONS
from tests.sites import BLUE, MONITOR, check, lines, warned


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("deploy_chek_timeout", "deploy_check_timeout"),
        ("deploy_check_timeouts", "deploy_check_timeout"),
        ("deploy_check-timeout", "deploy_check_timeout"),
        ("deploy_raмp", "deploy_ramp"),
        ("deploy_rmap", "deploy_ramp"),
        ("deploy_bake_secnods", "deploy_bake_seconds"),
        ("deploy_service", "deploy_services"),
    ],
)
def test_a_near_name_is_refused_with_the_right_one(name: str, right: str) -> None:
    sentence = f"{name} is not a setting; did you mean {right}?"
    assert lines(check(on={BLUE: {name: 1}})) == [f"{BLUE}: {sentence}"]
    assert lines(check(extra={name: 1})) == [f"command line: {sentence}"]
    assert lines(check(play={name: 1})) == [f"vars of the play: {sentence}"]
    # Also on a host that no play is for: whoever wrote it meant something.
    assert lines(check(on={MONITOR: {name: 1}})) == [f"{MONITOR}: {sentence}"]


def test_a_far_name_is_the_sites_own() -> None:
    own: dict[str, Any] = {"deploy_colour": "green", "deploy_check_time": 3}
    checked = check(on={BLUE: own}, extra={"deploy_mood": "good", "mood": "good"})
    assert lines(checked) == [] == warned(checked)
    assert checked.own == ("deploy_check_time", "deploy_colour", "deploy_mood")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("deploy_balancer", "host in an entry of deploy_balancers"),
        ("deploy_balancer_socket", "socket in an entry of deploy_balancers"),
        ("deploy_balancer_backend", "backend in an entry of deploy_balancers"),
        ("deploy_balancer_server", "server in an entry of deploy_balancers"),
        ("deploy_nagios_url", "options.url in an entry of deploy_gates"),
        ("deploy_nagios_source", "options.source in an entry of deploy_gates"),
        ("deploy_nagios_hostgroup", "options.hostgroup in an entry of deploy_gates"),
        ("deploy_nagios_user", "options.url_username in an entry of deploy_gates"),
        ("deploy_nagios_password", "options.url_password in an entry of deploy_gates"),
        ("deploy_nagios_validate_certs", "options.validate_certs in an entry of deploy_gates"),
        ("deploy_nagios_ca_path", "options.ca_path in an entry of deploy_gates"),
        ("deploy_nagios_date_format", "options.date_format in an entry of deploy_gates"),
        ("deploy_nagios_max_age", "options.max_age in an entry of deploy_gates"),
        ("deploy_nagios_via", "via in an entry of deploy_gates"),
        ("deploy_nagios_command_file", "options.command_file in an entry of deploy_gates"),
        ("deploy_nagios_name", "host in an entry of deploy_gates"),
        ("deploy_nagios_unknown", "unknown in an entry of deploy_gates"),
        ("deploy_nagios_timeout", "timeout in an entry of deploy_gates"),
        ("deploy_nagios_interval", "options.interval in an entry of deploy_gates"),
        ("deploy_nagios_downtime", "options.downtime in an entry of deploy_gates"),
    ],
)
def test_a_name_of_old_is_refused_with_what_replaces_it(name: str, part: str) -> None:
    checked = check(everywhere={name: "x"})
    assert lines(checked) == [f"all: {name} is {part} now."]
    assert checked.own == ()


def test_every_name_of_old_went_to_a_key_that_there_is() -> None:
    gates = {option.name for option in GATE_OPTIONS}
    nagios = {f"options.{option.name}" for option in GATE_MODULES[NAGIOS_GATE].options}
    balancers = {option.name for option in BALANCER_OPTIONS}
    keys = {"deploy_gates": gates | nagios, "deploy_balancers": balancers}
    assert [name for name, (setting, key) in RENAMED.items() if key not in keys[setting]] == []


def test_an_extra_variable_that_misses_the_prefix_by_one() -> None:
    assert lines(check(extra={"delpoy_ramp": "100"})) == [
        "command line: delpoy_ramp is not a setting; did you mean deploy_ramp?"
    ]


def test_a_rescue_is_refused_for_names_that_it_would_read() -> None:
    read = check("rollback", on={BLUE: {"deploy_check_timeot": 1}})
    assert len(lines(read)) == 1 and not warned(read)
    for on in ({BLUE: {"deploy_build_timeot": 1}}, {MONITOR: {"deploy_check_timeot": 1}}):
        unread = check("rollback", on=on)
        assert not lines(unread) and len(warned(unread)) == 1


def test_a_missing_setting_is_not_said_beside_the_name_that_was_meant() -> None:
    assert lines(check(without=("deploy_root",), everywhere={"deploy_rot": "/srv"})) == [
        "all: deploy_rot is not a setting; did you mean deploy_root?"
    ]
    assert lines(check(without=("deploy_balancers",), everywhere={"deploy_balancer": "edge"})) == [
        "all: deploy_balancer is host in an entry of deploy_balancers now."
    ]
