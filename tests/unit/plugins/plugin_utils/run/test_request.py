# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request, skippable, then_restart_of
from tests.controller import CONFIGURATION, NEW, OLD, PROJECT, site, skipping

PROJECTS: dict[str, Any] = {"openlibrary": {}, "olsystem": {}}
OLSYSTEM = Request(action="deploy", project="olsystem")


@pytest.mark.parametrize(
    ("given", "project"),
    [
        ("openlibrary", "openlibrary"),
        (True, "openlibrary"),
        ("True", "openlibrary"),
        ("yes", "openlibrary"),
        (False, ""),
        ("false", ""),
        ("", ""),
        (None, ""),
        (" no ", ""),
    ],
)
def test_whose_services_restart_afterwards(given: object, project: str) -> None:
    assert then_restart_of(given, OLSYSTEM, PROJECTS, "openlibrary") == project


@pytest.mark.parametrize(
    ("given", "request_", "part"),
    [
        ("nope", OLSYSTEM, "no project 'nope' in deploy_projects .known: olsystem, openlibrary"),
        ("olsystem", OLSYSTEM, "the project of this deploy itself"),
        (True, Request(action="rollback", project="openlibrary"), "the project of this rollback itself"),
        ("openlibrary", Request(action="restart", project="olsystem"), "A restart takes no deploy_then_restart"),
    ],
)
def test_what_makes_no_sense_is_refused(given: object, request_: Request, part: str) -> None:
    with pytest.raises(InputError, match=part):
        then_restart_of(given, request_, PROJECTS, "openlibrary")


def test_services_of_another_project_restart_whatever_they_run() -> None:
    then = Request(action="deploy", project="olsystem", then_restart="openlibrary")
    assert (then.service_project, then.restart_always) == ("openlibrary", True)
    assert (OLSYSTEM.service_project, OLSYSTEM.restart_always) == ("olsystem", False)
    assert Request(action="restart", project="olsystem").restart_always


def test_a_deploy_takes_everything_from_the_site_and_its_release_from_what_was_resolved() -> None:
    policy = {
        "deploy_require_staged": True,
        "deploy_bake": "inform",
        "deploy_pause_after_blue": "5",
        "deploy_min_in_rotation": 0,
    }
    asked = {"project": CONFIGURATION, "deploy_then_restart": PROJECT, "version": "v1.2"}
    given = skipping(
        site(everywhere=policy, gates=[{"name": "queue"}], **asked), "bad", "queue", reason="the monitor moves"
    )
    assert Request.of(given, NEW) == Request(
        action="deploy",
        project=CONFIGURATION,
        release=NEW,
        version="v1.2",
        balancer="www1",
        skip=frozenset({"bad", "queue"}),
        reason="the monitor moves",
        min_in_rotation=0,
        require_staged=True,
        then_restart=PROJECT,
        pauses=True,
        gates=(Gate("queue", "some.where.watch", ("turn",), "stop", 60.0),),
        bake="inform",
    )


@pytest.mark.parametrize(
    ("playbook", "extra", "resolved", "release", "pauses"),
    [
        ("deploy", {}, "", "", True),
        ("deploy", {}, NEW, NEW, True),
        ("rollback", {"hash": OLD}, NEW, OLD, False),
        ("rollback", {}, "", "", False),
        ("restart", {}, NEW, "", False),
    ],
)
def test_the_release_and_the_pause_of_each_action(
    playbook: str, extra: dict[str, str], resolved: str, release: str, pauses: bool
) -> None:
    made = Request.of(site(playbook, {"deploy_pause_after_blue": "person"}, **extra), resolved)
    assert (made.action, made.release, made.pauses) == (playbook, release, pauses)


def test_no_pause_and_no_balancer() -> None:
    assert not Request.of(site(everywhere={"deploy_pause_after_blue": "0"}), NEW).pauses
    alone = site("status") | {"playbook": "deploy", "has_balancer": False}
    assert Request.of(alone, NEW).balancer == ""


def test_what_may_be_skipped_is_in_the_order_in_which_it_would_stop_a_deploy() -> None:
    gates = ("queue", "watch")
    assert skippable("deploy", gates) == ("bad", "staged", "queue", "watch", "bake")
    assert skippable("restart", gates) == ("queue", "watch", "bake")
    assert skippable("rollback", gates) == ("bad",)
    asked = Request(action="deploy", project="web", gates=tuple(map(Gate, gates)))
    assert asked.in_order({"bake", "watch", "bad", "queue"}) == ["bad", "queue", "watch", "bake"]
