# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the turn of one host consists of."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.turn import (
    turn_services,
    turn_steps,
    turn_tickets,
)
from tests.controller import CONFIGURATION, NEW, OLD, PROJECT, plan, site, survey

DEPLOY = plan(site(deploy_pause_after_blue="5"))[0]
UNWATCHED = plan(site(skip="nagios", reason="x"))[0]
CONFIGURED = plan(site(project=CONFIGURATION))[0]
THEN = plan(site(project=CONFIGURATION, deploy_then_restart=PROJECT))[0]
FIRST = plan(surveys={"green": survey(current=None, serves=False)})[0]

STEPS = ("balanced", "reloads", "announces", "judges", "pauses")


@pytest.mark.parametrize(
    ("planned", "host", "unwinding", "steps"),
    [
        (DEPLOY, "www1", False, ""),
        (DEPLOY, "blue", False, "balanced announces judges pauses"),
        (DEPLOY, "blue", True, "balanced announces judges"),
        (DEPLOY, "green", False, "balanced announces judges"),
        (DEPLOY, "home", False, "announces judges"),
        (UNWATCHED, "blue", False, "balanced announces"),
        (UNWATCHED, "blue", True, "balanced announces"),
        (CONFIGURED, "www1", False, "reloads announces judges"),
        (CONFIGURED, "blue", False, ""),
        (THEN, "blue", False, "balanced announces judges"),
    ],
)
def test_the_steps_of_a_turn(planned: dict[str, Any], host: str, unwinding: bool, steps: str) -> None:
    made = turn_steps(planned, host, unwinding)
    assert [step for step in STEPS if made[step]] == steps.split()


@pytest.mark.parametrize(
    ("planned", "host", "unwinding", "expected"),
    [
        (DEPLOY, "blue", False, {"expect": OLD}),
        (DEPLOY, "blue", True, {}),
        (FIRST, "green", False, {"expect": ""}),
    ],
)
def test_what_must_be_current_before(
    planned: dict[str, Any], host: str, unwinding: bool, expected: dict[str, str]
) -> None:
    made = turn_steps(planned, host, unwinding)
    assert {name: value for name, value in made.items() if name not in STEPS} == expected


OWN, OTHER = {"name": "app", "project": PROJECT}, {"name": "nginx", "project": CONFIGURATION}


@pytest.mark.parametrize(
    ("planned", "host", "release", "proves", "services"),
    [
        (DEPLOY, "blue", NEW, NEW, [OWN]),
        (DEPLOY, "blue", OLD, OLD, [OWN]),
        (CONFIGURED, "blue", NEW, NEW, [OTHER]),
        # The other project's services must run what the host has of it, wherever the release goes.
        (THEN, "blue", NEW, OLD, [OWN]),
        (THEN, "blue", "", OLD, [OWN]),
        # Staging asks before anything is restarted.
        (DEPLOY, "blue", "", "", []),
    ],
)
def test_what_restarts_and_what_it_must_run(
    planned: dict[str, Any], host: str, release: str, proves: str, services: list[dict[str, str]]
) -> None:
    made = turn_services(planned, {"services": [OWN, OTHER]}, host, release)
    assert made == {"proves": proves, "services": services}


@pytest.mark.parametrize(("unwinding", "waits"), [(False, None), (True, 900)])
def test_on_the_way_back_a_step_waits_for_one_whose_connection_was_lost(unwinding: bool, waits: int | None) -> None:
    made = turn_tickets(DEPLOY, "blue", unwinding)
    assert {name: ticket.get("flock_wait") for name, ticket in made.items()} == dict.fromkeys(made, waits)
    assert made["ticket"] == DEPLOY["late_tickets" if unwinding else "tickets"]["blue"] == made["service_ticket"]
    assert made["balancer_ticket"] == DEPLOY["late_tickets" if unwinding else "tickets"]["www1"]


def test_services_restart_under_a_ticket_of_their_own_project() -> None:
    made = turn_tickets(THEN, "blue", False)
    assert (made["ticket"]["project"], made["service_ticket"]["project"]) == (CONFIGURATION, PROJECT)
    assert made["service_ticket"] == {**made["ticket"], "project": PROJECT}


def test_without_a_balancer_there_is_no_ticket_for_one() -> None:
    alone = {**DEPLOY, "balancer": ""}
    assert turn_tickets(alone, "home", False)["balancer_ticket"] == {}
