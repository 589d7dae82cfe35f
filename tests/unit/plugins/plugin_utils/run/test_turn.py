# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the turn of one host consists of, and whether it may begin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import ProofError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import record as run
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.turn import (
    Companion,
    begin,
    must,
    returning,
    taken_over,
    turn_services,
    turn_steps,
    turn_tickets,
    turn_wave,
)
from tests import ledgers
from tests.controller import CONFIGURATION, NEW, OLD, PROJECT, plan, site, skipping, survey

WATCH: Any = [{"name": "watch"}, {"name": "last", "when": ["after"]}]
READ = {"gates_read": [{"gate": gate["name"], "verdict": "pass", "msg": "well", "announces": True} for gate in WATCH]}
SITE = site(gates=WATCH)
DEPLOY = plan(site(gates=WATCH, deploy_pause_after_blue="5"), **READ)[0]
ROLLBACK = plan(
    site("rollback", gates=WATCH, hash=OLD), surveys={host: survey(NEW) for host in ("blue", "green")}, **READ
)[0]
UNWATCHED = plan(skipping(SITE, "watch"), **READ)[0]
CONFIGURED = plan(site(project=CONFIGURATION, gates=WATCH), **READ)[0]
THEN = plan(site(project=CONFIGURATION, gates=WATCH, deploy_then_restart=PROJECT), **READ)[0]
FIRST = plan(surveys={"green": survey(current=None, serves=False)})[0]
LIGHT = {**DEPLOY, "hosts": {"blue": {**DEPLOY["hosts"]["blue"], "balanced": False, "watched": False, "reweigh": True}}}

STEPS = ("balanced", "returns", "reloads", "announces", "judges", "pauses")


@pytest.mark.parametrize(
    ("planned", "host", "unwinding", "steps"),
    [
        (DEPLOY, "www1", False, ""),
        (DEPLOY, "blue", False, "balanced returns announces judges pauses"),
        (DEPLOY, "blue", True, "balanced returns announces"),
        (DEPLOY, "green", False, "balanced returns announces judges"),
        (DEPLOY, "home", False, "announces judges"),
        (ROLLBACK, "blue", False, "balanced returns announces"),
        (UNWATCHED, "blue", False, "balanced returns announces"),
        (UNWATCHED, "blue", True, "balanced returns announces"),
        (CONFIGURED, "www1", False, "reloads announces judges"),
        (CONFIGURED, "blue", False, ""),
        (THEN, "blue", False, "balanced returns announces judges"),
        (LIGHT, "blue", True, "returns"),
    ],
)
def test_the_steps_of_a_turn(planned: dict[str, Any], host: str, unwinding: bool, steps: str) -> None:
    made = turn_steps(planned, host, unwinding)
    assert [step for step in STEPS if made[step]] == steps.split()


def test_the_gates_of_a_turn_are_those_that_judge_turns() -> None:
    made = turn_steps(DEPLOY, "blue", unwinding=False)
    assert (made["announces"], made["judges"]) == (["watch"], ["watch"])
    quiet = turn_steps(plan()[0], "blue", unwinding=False)
    assert (quiet["announces"], quiet["judges"]) == ([], [])


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
    made = turn_services(planned, {"services": [OWN, OTHER], "warm": ["/"]}, host, release)
    assert made == {"proves": proves, "services": services, "restarts": bool(services), "warm": ["/"]}


def test_only_web_hosts_are_warmed_up() -> None:
    settings = {"services": [OWN], "warm": ["/"]}
    assert {host for host in DEPLOY["hosts"] if turn_services(DEPLOY, settings, host, NEW)["warm"]} == {"blue", "green"}


@pytest.mark.parametrize(("unwinding", "waits"), [(False, None), (True, 900)])
def test_on_the_way_back_a_step_waits_for_one_whose_connection_was_lost(unwinding: bool, waits: int | None) -> None:
    made, kept = turn_tickets(DEPLOY, "blue", unwinding), DEPLOY["late_tickets" if unwinding else "tickets"]
    direction = {"direction": "back" if unwinding else "forward"}
    assert {name: ticket.get("flock_wait") for name, ticket in made.items()} == dict.fromkeys(made, waits)
    assert made["ticket"] == {**kept["blue"], **direction} == made["service_ticket"]
    assert made["balancer_ticket"] == {**kept["www1"], **direction}


def test_services_restart_under_a_ticket_of_their_own_project() -> None:
    made = turn_tickets(THEN, "blue", False)
    assert (made["ticket"]["project"], made["service_ticket"]["project"]) == (CONFIGURATION, PROJECT)
    assert made["service_ticket"] == {**made["ticket"], "project": PROJECT}


def test_without_a_balancer_there_is_no_ticket_for_one() -> None:
    alone = {**DEPLOY, "balancer": ""}
    assert turn_tickets(alone, "home", False)["balancer_ticket"] == {}


@pytest.mark.parametrize(
    ("host", "unwinding", "steps"),
    [
        ("www1", False, ["switched"]),
        ("blue", False, ["left", "switched", "restarted", "returned", "judged watch", "paused"]),
        ("blue", True, ["left", "switched", "restarted", "returned"]),
        ("home", False, ["switched", "restarted", "judged watch"]),
    ],
)
def test_without_these_steps_the_turn_did_not_happen(host: str, unwinding: bool, steps: list[str]) -> None:
    services = turn_services(DEPLOY, SITE["hosts"][host], host, NEW)
    assert must(turn_steps(DEPLOY, host, unwinding), services) == steps


@pytest.mark.parametrize("unwinding", [False, True])
@pytest.mark.parametrize("planned", [DEPLOY, CONFIGURED, THEN, ROLLBACK])
def test_a_turn_that_began_has_the_steps_that_the_plan_needs(planned: dict[str, Any], unwinding: bool) -> None:
    for host in planned["turns"]:
        begun = begin(
            planned, SITE["hosts"][host], host, planned["hosts"][host]["to"], ledgers.ledger(planned), unwinding
        )
        assert set(begun["must"]) - {run.judged("watch"), run.PAUSED} == ledgers.needed(planned, host)


@pytest.mark.parametrize(("planned", "unwinding"), [(DEPLOY, True), (ROLLBACK, False), (ROLLBACK, True)])
def test_on_the_way_back_users_wait_for_no_ramp_and_no_bake(planned: dict[str, Any], unwinding: bool) -> None:
    begun = begin(planned, SITE["hosts"]["blue"], "blue", OLD, ledgers.ledger(planned), unwinding)
    assert (begun["ramp"], begun["ramp_hold"], "bake" in begun) == ([100], 0.0, False)


def test_on_the_way_forward_there_is_the_ramp_of_the_site() -> None:
    mine = SITE["hosts"]["blue"]
    begun = begin(DEPLOY, mine, "blue", NEW, ledgers.ledger(DEPLOY), unwinding=False)
    assert (begun["ramp"], begun["ramp_hold"], begun["bake"]["mode"]) == (mine["ramp"], mine["ramp_hold"], "judge")


def companion(host: str, done: bool = True, moves: bool = True, before: str = "ready") -> Companion:
    return Companion(host, moves, done, {"admin_before": before})


def test_one_host_of_a_wave_has_the_balancer_move_all() -> None:
    waves = [["www1", "blue", "green"], ["home"]]
    made = {host: turn_wave(DEPLOY, host, waves, "forward") for host in DEPLOY["hosts"]}
    assert {host: (one["leads"], one["follows"]) for host, one in made.items()} == {
        "www1": (False, False),
        "blue": (True, False),
        "green": (False, True),
        "home": (False, False),
    }
    assert made["blue"]["together"] == [{"server": "green"}]
    assert made["green"]["together"] == []
    assert (made["green"]["wave"], made["home"]["wave"]) == (waves[0], ["home"])


def test_a_host_that_no_wave_has_goes_alone() -> None:
    made = turn_wave(DEPLOY, "blue", [], "back")
    assert (made["wave"], made["leads"], made["direction"]) == (["blue"], True, "back")


def test_on_the_way_forward_nobody_returns_where_anything_failed_beside_it() -> None:
    home = companion("home", moves=False)
    made = returning(DEPLOY, "green", [companion("green"), home], unwinding=False)
    assert (made["leads"], made["follows"], made["together"], made["restore"]) == (True, False, [], "ready")
    with pytest.raises(ProofError, match="green does not return: home failed at the same time") as refused:
        returning(DEPLOY, "green", [companion("green"), replace(home, done=False)], unwinding=False)
    assert refused.value.blame == "nobody"


@pytest.mark.parametrize(("planned", "unwinding"), [(DEPLOY, True), (ROLLBACK, False)])
def test_on_the_way_back_whoever_is_proven_returns(planned: dict[str, Any], unwinding: bool) -> None:
    wave = [companion("www1", moves=False), companion("blue"), companion("green", before="drain")]
    led, beside = (returning(planned, host, wave, unwinding) for host in ("blue", "green"))
    assert (led["leads"], led["together"]) == (True, [{"server": "green", "restore": "drain"}])
    assert (beside["leads"], beside["follows"], beside["together"]) == (False, True, [])
    # Where the first one failed, the next one leads.
    late = returning(planned, "green", [wave[0], replace(wave[1], done=False), wave[2]], unwinding)
    assert (late["leads"], late["restore"], late["together"]) == (True, "drain", [])


TICKET = run.Ticket("r1", "blue")
STAMPED = {"ticket": vars(TICKET), "outcome": "done"}
BEGUN = {"go": True, "returns": True, "must": ["left", "switched", "restarted", "returned", "judged watch"]}


@pytest.mark.parametrize(
    ("begun", "results", "done"),
    [
        ({}, {}, True),
        ({"go": False}, {}, False),
        ({}, {"left": {}, "left_beside": STAMPED}, True),
        ({}, {"left": {}}, False),
        ({}, {"switched": {**STAMPED, "failed": True}}, False),
        ({}, {"restarted": {**STAMPED, "ticket": {"run": "r1", "host": "blue", "direction": "back"}}}, False),
    ],
)
def test_how_far_a_host_of_the_wave_got(begun: dict[str, Any], results: dict[str, Any], done: bool) -> None:
    usual = dict.fromkeys(("left", "switched", "restarted"), STAMPED)
    made = Companion.of(TICKET, {**BEGUN, **begun}, {**usual, **results})
    assert (made.host, made.moves, made.done) == ("blue", True, done)


def test_who_follows_takes_over_what_became_of_its_server() -> None:
    theirs = {"msg": "green is out", "outcome": "done", "admin_before": "drain"}
    assert taken_over(DEPLOY, "green", [{"msg": "blue is out", "together": {"green": theirs}}]) == theirs
    with pytest.raises(ProofError, match="unknown what became of green at the balancer: blue failed."):
        taken_over(DEPLOY, "green", [{"msg": "blue failed."}])
    with pytest.raises(ProofError, match="unknown what became of green at the balancer: the step was not gone through"):
        taken_over(DEPLOY, "green", [])


@pytest.mark.parametrize(
    ("planned", "unwinding", "cutoff"), [(DEPLOY, False, 0), (DEPLOY, True, 20), (ROLLBACK, False, 20)]
)
def test_a_drain_is_bounded_where_users_must_be_off_the_release(
    planned: dict[str, Any], unwinding: bool, cutoff: float
) -> None:
    made = begin(planned, SITE["hosts"]["blue"], "blue", NEW, ledgers.ledger(planned), unwinding)
    assert (made["drain_cutoff"], made["may_return"]) == (cutoff, not cutoff)


@pytest.mark.parametrize(
    ("served", "unwinding", "hurry"), [(True, False, True), (False, False, False), (False, True, True)]
)
def test_who_hurries_where_nobody_else_serves(served: bool, unwinding: bool, hurry: bool) -> None:
    planned = {**DEPLOY, "served": served}
    assert begin(planned, SITE["hosts"]["blue"], "blue", NEW, ledgers.ledger(planned), unwinding)["hurry"] is hurry


URGENT = plan(site(gates=WATCH, urgent="it is down"), **READ)[0]


def traffic(planned: dict[str, Any], host: str, *records: run.Record) -> tuple[list[int], str, bool]:
    """The ramp, the bake's mode, and whether its first step alone is watched."""
    begun = begin(planned, SITE["hosts"][host], host, NEW, ledgers.ledger(planned, *records), unwinding=False)
    bake = begun.get("bake", {})
    return begun["ramp"], bake.get("mode", ""), bake.get("first_only", False)


def drained(planned: dict[str, Any], host: str) -> run.Record:
    """A turn after which the host is out of rotation, as an operator had it before."""
    back = ledgers.said(planned, host, status="DRAIN", admin="drain", weight=100, configured_weight=100)
    return ledgers.turn(planned, host, returned=back)


def test_in_a_hot_fix_one_node_has_a_share_and_the_others_get_all_at_once() -> None:
    assert traffic(URGENT, "blue") == ([10, 100], "judge", True)
    assert traffic(URGENT, "green", ledgers.turn(URGENT, "blue")) == ([100], "", False)
    assert traffic(URGENT, "green", drained(URGENT, "blue")) == ([10, 100], "judge", True), "blue showed nothing"
    assert traffic({**URGENT, "bake": "skip"}, "blue") == ([100], "", False)
    assert traffic({**URGENT, "bake": "inform"}, "blue") == ([10, 100], "inform", True)
    assert traffic(DEPLOY, "blue") == ([10, 100], "judge", False)


def test_in_a_hot_fix_a_drain_is_bounded() -> None:
    begun = begin(URGENT, SITE["hosts"]["blue"], "blue", NEW, ledgers.ledger(URGENT), unwinding=False)
    assert (begun["drain_cutoff"], begun["may_return"]) == (20, True)


def test_a_hot_fix_is_told_to_gates_and_waits_for_none() -> None:
    made = turn_steps(URGENT, "blue", unwinding=False)
    assert (made["announces"], made["judges"], made["pauses"]) == (["watch"], [], False)


def test_what_serves_nobody_after_its_turn_is_nothing_to_compare_with() -> None:
    names = {**DEPLOY["server_names"], "red": "red"}
    planned = {**DEPLOY, "hosts": {**DEPLOY["hosts"], "red": DEPLOY["hosts"]["green"]}, "server_names": names}

    def reference(record: run.Record) -> list[str]:
        ledger = ledgers.ledger(planned, record)
        begun = begin(planned, SITE["hosts"]["green"], "green", NEW, ledger, unwinding=False)
        return list(begun["bake"]["reference"])

    assert reference(drained(planned, "blue")) == ["blue", "red"], "as before any turn"
    assert reference(ledgers.turn(planned, "blue")) == ["blue"]
