# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check that opens every playbook: what it says, what it refuses, and what it hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ansible_collections.openlibrary.deploy.plugins.action import deploy_site
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Given
from tests import sites
from tests.controller import decide

SECRET = "correct horse"


def check(
    playbook: str = "deploy",
    task_vars: Mapping[str, Any] | None = None,
    printed: list[str] | None = None,
    **different: Any,
) -> tuple[dict[str, Any], list[str]]:
    """What a run of the ``playbook`` is told whose site is right but for what is ``different`` (see tests.sites)."""

    class Action(deploy_site.ActionModule):
        """The check, of that site."""

        def given(self, args: Mapping[str, Any], variables: Variables) -> Given:
            limit = {"limit": variables.limit} if variables.limit else {}
            return sites.given(args["playbook"], **different, **limit)

    return decide(Action, {"playbook": playbook, "parts": sites.PARTS}, {}, printed, **(task_vars or {}))


def refused(playbook: str = "deploy", **different: Any) -> tuple[InputError, list[str]]:
    """Why the run is refused, and what was printed before."""
    lines: list[str] = []
    with pytest.raises(InputError) as raised:
        check(playbook, printed=lines, **different)
    return raised.value, lines


def test_a_site_that_is_right_is_handed_on_and_nothing_is_said() -> None:
    result, lines = check()
    assert {name: result[name] for name in ("phase", "outcome", "quiet")} == {
        "phase": "check",
        "outcome": "unchanged",
        "quiet": True,
    }
    expected = sites.check().site.as_dict()
    assert {name: result[name] for name in expected} == expected
    assert lines == []


def test_one_fault_is_the_error_itself() -> None:
    error, lines = refused(extra={"skip": "tests"})
    assert error.msg.startswith("deploy was not started, no host was contacted: ")
    assert "skip: deploy has no tests to skip" in error.msg and ".." not in error.msg
    assert (error.phase, error.state_now) == ("check", "no host was contacted")
    assert error.next_command == "fix that, then type it again"
    assert lines == []


def test_all_faults_come_at_once_a_line_each() -> None:
    error, lines = refused("restart", on={sites.BLUE: {"deploy_stop_timeout": "soon"}}, extra={"skip": "bad"})
    assert error.msg == "restart was not started, no host was contacted: 2 errors, listed above."
    assert lines == [f"  stop: {fault}" for fault in error.details["faults"]]
    assert ["skip" in lines[0], "deploy_stop_timeout" in lines[1]] == [True, True]


def test_what_does_not_concern_a_rescue_is_only_a_warning() -> None:
    result, lines = check("rollback", everywhere={"deploy_build_timeout": "long"}, extra={"hash": "0123abc"})
    assert result["request"]["hash"] == "0123abc"
    (line,) = lines
    assert line.startswith("  warning: ") and "deploy_build_timeout" in line


def test_what_is_noted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = replace(sites.check(), notes=("the site is new",))
    monkeypatch.setattr(deploy_site.site, "parse", lambda _given: noted)
    assert check()[1] == ["  note: the site is new"]


def test_warnings_are_said_before_a_refusal_too() -> None:
    _error, lines = refused("rollback", everywhere={"deploy_build_timeout": "long"}, extra={"hash": "xyz"})
    assert [line.split(":")[0] for line in lines] == ["  warning"]


def config(**more: Any) -> tuple[dict[str, Any], Any, str]:
    """The result of config.yml, the settings that it prints, and the text of them."""
    gate = {**sites.NAGIOS, "options": {**sites.NAGIOS["options"], "url_password": SECRET}}
    result, lines = check("config", everywhere={"deploy_gates": [gate], "shop_motd": "hi"}, **more)
    text = "\n".join(lines)
    return result, yaml.safe_load(text), text


def test_config_prints_the_settings_of_each_host_as_yaml_without_secrets() -> None:
    result, hosts, text = config()
    assert set(hosts) == set(sites.check("config").settings)
    assert hosts[sites.BLUE]["deploy_root"] == "/srv/shop"
    assert hosts[sites.BLUE]["deploy_gates"][0]["options"] == ["url", "hostgroup", "url_password"]
    assert SECRET not in text and SECRET not in repr(result) and result["quiet"] is False


def test_config_honours_a_limit_and_names_what_is_the_site_s_own() -> None:
    limit = {"ansible_limit": sites.GREEN, "ansible_play_hosts_all": [sites.GREEN]}
    _result, hosts, text = config(task_vars=limit)
    assert list(hosts) == [sites.GREEN]
    assert "The site's own" not in text
    _result, lines = check("config", everywhere={"deploy_motd_of_the_shop": "hi"})
    assert lines[1] == "# The site's own, not read by this collection: deploy_motd_of_the_shop"


PERSON = {"deploy_pause_after_blue": "person"}


def test_a_pause_for_a_person_where_none_can_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy_site, "person_there", lambda _message: False)
    with pytest.raises(InputError, match="deploy_pause_after_blue=person needs a terminal.*<minutes>"):
        check(everywhere=PERSON)
    assert check(everywhere=PERSON, task_vars={"ansible_check_mode": True})[0]["pause_after_blue"] == "person"
    assert check(everywhere=PERSON, extra={"urgent": "it is down"})[0]["request"]["urgent"] == "it is down"
    assert check("restart", everywhere=PERSON)[0]["playbook"] == "restart"
    assert check(everywhere={"deploy_pause_after_blue": "5"})[0]["pause_after_blue"] == "5"


def test_where_somebody_can_answer_they_are_told_that_they_will_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(deploy_site, "person_there", lambda message: not told.append(message))
    assert check(everywhere=PERSON)[0]["pause_after_blue"] == "person"
    assert told == [deploy_site.WILL_PAUSE]


@pytest.mark.parametrize(
    ("playbook", "extra", "part"),
    [
        ("rollback", {"hash": "../../etc"}, "is not a commit hash"),
        ("rollback", {"hash": "a; rm -rf /"}, "is not a commit hash"),
        ("deploy", {"project": "../x"}, "'../x' is not a project"),
        ("tag", {"tag_name": "-d"}, "'-d' cannot be the name of a tag"),
    ],
)
def test_what_is_a_path_or_a_command_is_refused(playbook: str, extra: dict[str, str], part: str) -> None:
    error, _lines = refused(playbook, extra=extra)
    assert part in error.msg
