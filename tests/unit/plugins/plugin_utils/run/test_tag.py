# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commit the fleet serves, and every reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.tag import served_commit
from tests.controller import NEW, OLD, PROJECT, balancer, survey

LOCK = {"run": "run-7", "who": "mek", "action": "deploy", "to": NEW, "age": 5.0, "last_step": "", "project": PROJECT}
GONE = {"reachable": False, "problems": ["gone"]}
UP = balancer(blue=True, green=True)
NAMES = {"blue": "blue", "green": "green"}


def fleet(**changes: dict[str, Any]) -> dict[str, Any]:
    return {"home": survey(), "blue": survey(), "green": survey(), "www": survey(serves=False), **changes}


def test_a_fleet_that_serves_one_commit() -> None:
    assert served_commit(PROJECT, fleet(), UP, NAMES) == (OLD, [])


@pytest.mark.parametrize(
    ("surveys", "servers", "said"),
    [
        (fleet(green=survey(NEW)), UP, "green: current is bbbbbbbbbb"),
        (fleet(www=survey(NEW, serves=False)), UP, "www: current is bbbbbbbbbb"),
        (fleet(blue=survey(running=NEW)), UP, "blue: app runs bbbbbbbbbb, current is aaaaaaaaaa"),
        (fleet(blue=survey(serves=False)), balancer(blue=False, green=True), "blue: out of rotation: MAINT"),
        (fleet(), balancer(blue=True), "green: out of rotation: the balancer does not know it"),
        (fleet(home=survey(lock=LOCK)), UP, "home: locked by mek"),
        (fleet(home=GONE), UP, "home: gone"),
        (fleet(home={}), UP, "home: it could not be asked"),
        (fleet(home=survey(current=None)), UP, "home: current is -, should be aaaaaaaaaa"),
        ({}, [], f"no host has a release of {PROJECT}"),
    ],
)
def test_any_difference_is_a_reason(surveys: dict[str, Any], servers: list[dict[str, Any]], said: str) -> None:
    commit, reasons = served_commit(PROJECT, surveys, servers, NAMES if surveys else {})
    assert commit == ""
    assert any(reason.startswith(said) for reason in reasons), reasons


def test_a_project_that_nobody_ever_deployed_is_not_served() -> None:
    commit, reasons = served_commit("other", fleet(), UP, NAMES)
    assert (commit, reasons) == ("", ["no host has a release of other"])
