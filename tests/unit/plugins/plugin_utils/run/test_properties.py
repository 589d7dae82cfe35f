# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold of every run, whatever happens in it: random plans, random losses, and what is made of them.

Each run is played as the roles play it: through the results that its steps return, and the decisions as tasks. What is
expected is written down here anew, from what was lost, and asks nothing of the code that decides.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import record as run
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gates
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.host_plan import HostPlan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import Plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    Record,
    Ticket,
    failure_of,
    make_record,
)
from tests import ledgers
from tests.controller import NEW, OLD, PROJECT, survey

RUNS = settings(max_examples=int(os.environ.get("RUNS", "70")), deadline=None, derandomize=True, database=None)
"""The same examples everywhere, and as many as take a few seconds; RUNS asks for more."""

OTHER = "c" * 40
STEPS = (run.LEFT, run.SWITCHED, run.RELOADED, run.RESTARTED, run.RETURNED)
LOSSES = (
    "step",
    "stale",
    "release",
    "service",
    "pids",
    "turn",
    "opened",
    "closed",
    "lock",
    "broken",
    "close",
    "notice",
)
"""What can be lost of a host: see `play`."""


@dataclass
class Run:
    """A plan, and what became of it: ``lost`` says of each host what was, ``failed`` whom which failure blames.

    ``after`` is what the gate of the whole run does: pass, blame the release, doubt, or nothing that anybody saw.
    ``serving`` are the servers in rotation at the end of the turns, unless the balancer is ``silent`` by then.
    """

    plan: dict[str, Any]
    lost: dict[str, str]
    failed: dict[str, tuple[str, str]]
    unreachable: frozenset[str]
    serving: frozenset[str]
    seed: int
    silent: bool = False
    after: str = "pass"
    records: list[Record] = field(default_factory=list)

    @property
    def surveys(self) -> dict[str, dict[str, Any]]:
        """What the hosts say after the failure: those that are asked have the new release."""
        return {
            host: {"reachable": False} if host in self.unreachable else survey(NEW, serves=bool(planned["services"]))
            for host, planned in self.plan["hosts"].items()
        }

    @property
    def servers(self) -> list[dict[str, Any]]:
        """The servers of the balancer then."""
        return [
            {"server": name, "in_rotation": name in self.serving, "status": "UP" if name in self.serving else "MAINT",
             "admin": "ready" if name in self.serving else "maint"}
            for name in self.plan["server_names"].values()
        ]  # fmt: skip

    def settle(self, records: list[Record] | None = None) -> dict[str, Any]:
        records = self.records if records is None else records
        return ledgers.settle(self.plan, records, self.surveys, self.servers, gates=self.gates)[0]

    @property
    def gates(self) -> list[dict[str, Any]]:
        """What the gate of the whole run answers, if the plan has one."""
        verdict = {"pass": "pass", "release": "fail", "doubt": "unknown"}.get(self.after)
        wanted = self.plan["gates"]["after"] if verdict else []
        return [ledgers.gate(self.plan, "s0", name, verdict=verdict, blame="release") for name in wanted]

    @property
    def stopped(self) -> bool:
        """Whether that gate stops the run, all of whose turns went well until then."""
        asked = self.plan["gates"]["after"] and self.plan["turns"]
        turned = set(self.plan["turns"]) <= {
            one.ticket.host for one in self.records if one.part == run.TURN and one.good
        }
        return bool(asked and self.after != "pass" and turned)

    def verdict(self, records: list[Record] | None = None) -> tuple[dict[str, Any], list[str]]:
        records = self.records if records is None else records
        answer = {"outcome": "failed", "msg": "no route"} if self.silent else {"servers": self.servers}
        return ledgers.verdict(self.plan, records, self.settle(records), self.surveys, balancer=answer)


@st.composite
def hosts(draw: st.DrawFn) -> tuple[HostPlan, ...]:
    """One to six hosts, in the order in which they take their turns."""
    made = []
    for number, part in enumerate(
        sorted(draw(st.lists(st.sampled_from("swh"), min_size=1, max_size=6)), key="swh".index)
    ):
        current = draw(st.sampled_from((OLD, NEW, None)))
        services = draw(st.integers(0, 2))
        switch = current != NEW
        restart = bool(services) and (switch or draw(st.booleans()))
        made.append(
            HostPlan(
                host=f"{part}{number}",
                part={"s": "static", "w": "web", "h": "home"}[part],
                current=current,
                to=NEW,
                switch=switch,
                restart=restart,
                services=services,
                proves=NEW if services else "",
                proven_before=0 if restart else 2 * services,
                reload=draw(st.booleans()) and switch,
                reweigh=part == "w" and draw(st.booleans()),
            )
        )
    return tuple(made)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """What deploy_plan returns of such hosts."""
    planned = draw(hosts())
    action = draw(st.sampled_from(("deploy", "rollback")))
    left_out = ("w9",) * draw(st.booleans())
    web = [*(one.host for one in planned if one.part == "web"), "w9"]
    balancer = draw(st.sampled_from(("edge", planned[0].host)))
    made = Plan(
        action=action, project=PROJECT, service_project=PROJECT, release=NEW, token=8, balancer=balancer,
        floor=draw(st.integers(0, 3)), hosts=planned, left_out=left_out, findings=(),
        without=left_out * (action == "deploy"),
        gates=Gates(after=("last",) * (action == "deploy" and draw(st.booleans()))),
        waves=tuple((one.host,) for one in planned if one.turn),
    )  # fmt: skip
    return {
        **made.as_dict(), "run": "r1", "since": 0.0, "web": web, "server_names": {host: f"node-{host}" for host in web},
        "own_project": PROJECT, "errors_before": {}, "surveyed": [PROJECT],
    }  # fmt: skip


KINDS = ("well", "lost", "lost", "failed", "failed", "both")


@st.composite
def runs(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> Run:
    """A run of such a plan, in which some things are lost, and some steps fail."""
    plan = draw(plans())
    names, servers = list(plan["hosts"]), list(plan["server_names"].values())
    kind = draw(st.sampled_from(kinds))
    lost = st.dictionaries(st.sampled_from(names), st.sampled_from(LOSSES), min_size=1, max_size=2)
    part = st.sampled_from((*[run.TURN] * 3, run.OPEN, run.BUILD, run.STAGE))
    blame = st.sampled_from(("release", "nobody", "host", ""))
    failed = st.dictionaries(st.sampled_from(names), st.tuples(part, blame), min_size=1, max_size=2)
    happened = draw(failed) if kind in ("failed", "both") else {}
    failures = {host: how for host, how in happened.items() if how[0] != run.TURN or host in plan["turns"]}
    serving = draw(st.one_of(st.just(set(servers)), st.sets(st.sampled_from(servers))))
    subset = draw(st.one_of(st.just(set()), st.sets(st.sampled_from(names), max_size=2)))
    gone = draw(lost) if kind in ("lost", "both") else {}
    silent = draw(st.integers(0, 7)) == 0
    after = draw(st.sampled_from(("pass", "pass", "pass", "release", "doubt", "nothing")))
    return play(
        Run(plan, gone, failures, frozenset(subset), frozenset(serving), draw(st.integers(0, 99)), silent, after)
    )


def play(made: Run) -> Run:
    """The records of the run, as its roles make them: forward up to the first turn that fails, then each host's end."""
    early = [ledgers.failed(made.plan, host, part, error(blame))
             for host, (part, blame) in made.failed.items() if part != run.TURN]  # fmt: skip
    made.records += early
    stopped = bool(early)
    for host in made.plan["turns"]:
        part, blame = made.failed.get(host, ("", ""))
        if stopped:
            if part == run.TURN:
                del made.failed[host]
            continue
        made.records += (taken := take_turn(made, host, error(blame) if part else None))
        stopped = any(not record.good for record in taken)
    for host in made.plan["hosts"]:
        made.records += end(made, host)
    return made


def error(blame: str) -> run.Failure:
    return failure_of("A step", {"msg": f"something of {blame or 'nowhere'}", "blame": blame or None})


def take_turn(made: Run, host: str, failure: run.Failure | None) -> list[Record]:
    """The record of a turn, or none where it is lost."""
    plan, lost, chance = made.plan, made.lost.get(host), random.Random(made.seed)
    steps = ledgers.steps(plan, host)
    victim = chance.choice(sorted(steps))
    if lost == "turn":
        return []
    if lost == "step":
        del steps[victim]
    if lost == "stale":
        stale = chance.choice([{"run": "r0"}, {"direction": "back"}, {"host": "another"}])
        steps[victim] = {**steps[victim], "ticket": {**steps[victim]["ticket"], **stale}}
    if lost == "release":
        steps[run.SWITCHED]["current"] = chance.choice([OLD, None])
    if lost in ("service", "pids") and run.RESTARTED in steps:
        broken = {"service": {"proven": False}, "pids": {"pids": []}}[lost]
        steps[run.RESTARTED]["services"][0].update(broken)
    if lost == "notice" and run.RETURNED in steps:
        steps[run.RETURNED].update(chance.choice([{"lost": True}, {"reloads": 1}, {"weight": 1}]))
    ticket = Ticket(plan["run"], host)
    return [make_record(ticket, run.TURN, steps, ledgers.needed(plan, host), failure, 1.0)]


def end(made: Run, host: str) -> list[Record]:
    """The record of the host's end, or none where it is lost."""
    plan, lost = made.plan, made.lost.get(host)
    silent = ledgers.said(plan, host, outcome="failed", host_down=True)
    results: dict[str, dict[str, Any]] = {
        "opened": {run.OPENED: {}},
        "closed": {run.CLOSED: random.Random(made.seed).choice([{}, silent, {**silent, "outcome": None}])},
        "lock": {run.CLOSED: ledgers.said(plan, host, outcome="failed", lock={"run": plan["run"]})},
        "broken": {run.CLOSED: ledgers.said(plan, host, closed=False, lock=None)},
    }.get(lost or "", {})
    return [] if lost == "close" else [ledgers.close(plan, host, **results)]


def all_proven(made: Run) -> bool:
    """Whether every host has a record that is done and proven on its target, or had nothing to prove."""
    for host, lost in made.lost.items():
        planned = made.plan["hosts"][host]
        matters = {
            "turn": planned["turn"],
            "step": planned["turn"],
            "stale": planned["turn"],
            "release": planned["turn"],
            "service": planned["turn"] and planned["services"] > 0,
            "pids": planned["turn"] and planned["services"] > 0,
            "notice": planned["balanced"] or planned["reweigh"],
        }
        if matters.get(lost, True):
            return False
    return not (made.failed or made.plan["left_out"] or unseen_at_end(made) or made.stopped)


def unseen_at_end(made: Run) -> bool:
    """Whether the balancer says nothing at the end of the turns, or that nobody serves although nodes came back."""
    hosts = [made.plan["hosts"][host] for host in made.plan["turns"]]
    return made.silent or (not made.serving and any(host["balanced"] or host["reweigh"] for host in hosts))


@RUNS
@given(runs())
def test_a_run_is_good_if_and_only_if_everything_was_proven(made: Run) -> None:
    result, _lines = made.verdict()
    assert result["failed"] is not all_proven(made), (made.lost, made.failed, result["msg"])
    if not result["failed"]:
        assert made.settle()["ending"] == "good" and " is live on " in result["msg"]


@RUNS
@given(runs())
def test_a_run_that_failed_is_never_said_to_have_gone_well(made: Run) -> None:
    result, _lines = made.verdict()
    assert result["msg"].isprintable()
    assert not result["failed"] or (result["next_command"] and f"Next: {result['next_command']}" in result["msg"])
    bad = made.settle()["mark_bad"]
    blamed = [blame for _part, blame in made.failed.values()] + ["release"] * (made.stopped and made.after == "release")
    assert not bad or (made.plan["action"] == "deploy" and "release" in blamed and not {"host", ""} & set(blamed))


@RUNS
@given(runs())
def test_nothing_unproven_is_given_traffic_again(made: Run) -> None:
    settlement, plan = made.settle(), made.plan
    out, back = set(settlement["keep_out"]), settlement["hosts"]
    assert {f"node-{host}" for host in plan["left_out"]} <= out
    assert set(back) <= set(plan["turns"])
    assert all(each["to"] == plan["hosts"][host]["current"] for host, each in back.items())
    assert not set(back) & made.unreachable
    for host, failure in settlement["failures"].items():
        turned = made.failed.get(host, (run.TURN,))[0] == run.TURN
        if turned and host in made.unreachable and plan["hosts"][host]["part"] == "web" and host in plan["turns"]:
            assert f"node-{host}" in out, failure
    assert not {f"node-{host}" for host in back} & out


@RUNS
@given(runs())
def test_hosts_that_were_switched_go_back_unless_a_host_is_to_blame(made: Run) -> None:
    settlement = made.settle()
    done = {one.ticket.host for one in made.records if one.part == run.TURN and one.good}
    switched = {host for host in done if made.plan["hosts"][host]["current"] != NEW}
    staying = {each["host"] for each in settlement["left"]}
    # A host that went down after its turn, or whose own failure is known, is not among those that are only done.
    healthy = switched - set(settlement["failures"])
    turned = any(part == run.TURN for part, _blame in made.failed.values()) or set(made.lost.values()) & {"turn"}
    if settlement["blame"] in ("release", "nobody") and turned:
        assert healthy <= set(settlement["hosts"]) | staying
    if settlement["blame"] == "host":
        assert not healthy & set(settlement["hosts"])


@RUNS
@given(runs(kinds=("failed",)))
def test_nobody_goes_back_below_the_floor(made: Run) -> None:
    serving = set(made.serving)
    for restore in made.settle()["restores"]:
        name = f"node-{restore['host']}"
        if made.plan["hosts"][restore["host"]]["balanced"]:
            others = serving - {name}
            assert name not in serving or len(others) >= made.plan["floor"]
            serving = others | {name}


@RUNS
@given(runs())
def test_each_host_that_failed_is_named(made: Run) -> None:
    result, lines = made.verdict()
    named = [line for line in lines if line.startswith("FAILED on ")]
    for host in made.settle()["failures"]:
        assert host in result["msg"]
        assert any(host in line.partition(":")[0] for line in named)
    assert (
        not result["failed"] or named or made.plan["left_out"] or "notice" in made.lost.values() or unseen_at_end(made)
    )


@RUNS
@given(runs(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(made: Run, chance: random.Random) -> None:
    shuffled = list(made.records)
    chance.shuffle(shuffled)
    assert made.settle(shuffled) == made.settle()
    (other, _), (result, _) = made.verdict(shuffled), made.verdict()
    seconds = (made.plan["since"], "report", "msg", "state_now")
    assert {name: one for name, one in other.items() if name not in seconds} == {
        name: one for name, one in result.items() if name not in seconds
    }


TICKETS = st.fixed_dictionaries(
    {
        "run": st.sampled_from(("r0", "r1", "")),
        "host": st.sampled_from(("w0", "w1", "")),
        "direction": st.sampled_from(("forward", "back", "")),
    }
)
TEXTS, FLAGS, NUMBERS = st.text(max_size=5), st.booleans(), st.integers(0, 3)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys("outcome msg current status admin verdict note why gate".split(), TEXTS),
    **dict.fromkeys("failed skipped reloaded lost served closed announced asked".split(), FLAGS),
    **dict.fromkeys("weight configured_weight reloads".split(), NUMBERS),
    "process": st.lists(NUMBERS, max_size=2),
    "lock": st.fixed_dictionaries({"run": TEXTS}),
    "bake": st.lists(st.fixed_dictionaries({"verdict": TEXTS, "why": TEXTS}), max_size=2),
    "services": st.lists(st.fixed_dictionaries({"name": TEXTS, "release": TEXTS, "proven": FLAGS}), max_size=2),
}
# A module may leave out what it returns elsewhere, or return none.
RESULTS = st.fixed_dictionaries({}, optional={name: st.one_of(st.none(), each) for name, each in VALUES.items()})
NAMES = st.sampled_from((*STEPS, f"{run.ANNOUNCED} watch", run.judged("watch"), run.PAUSED, run.OPENED, run.CLOSED))


@RUNS
@given(
    plans(),
    st.dictionaries(NAMES, st.tuples(TICKETS, RESULTS)),
)
def test_results_with_another_ticket_never_change_a_record(
    plan: dict[str, Any], results: dict[str, tuple[dict[str, str], dict[str, Any]]]
) -> None:
    host = next(iter(plan["hosts"]))
    mine, usual = {"run": "r1", "host": host, "direction": "forward"}, ledgers.steps(plan, host)
    stale = {name: {**result, "ticket": ticket} for name, (ticket, result) in results.items() if ticket != mine}
    must, ticket = ledgers.needed(plan, host), Ticket(**mine)
    kept = {name: result for name, result in usual.items() if name not in stale}
    assert make_record(ticket, run.TURN, {**usual, **stale}, must) == make_record(ticket, run.TURN, kept, must)


@RUNS
@given(st.dictionaries(NAMES, RESULTS), st.booleans())
def test_a_record_comes_back_from_its_plain_form_whatever_the_results_said(
    results: dict[str, dict[str, Any]], failed: bool
) -> None:
    ticket = {"run": "r1", "host": "w0", "direction": "forward"}
    mine = {name: {**result, "ticket": ticket} for name, result in results.items()}
    failure = failure_of("x", results.get(run.SWITCHED, {})) if failed else None
    record = make_record(Ticket(**ticket), run.TURN, mine, (), failure)
    assert Record.of(json.loads(json.dumps(record.as_dict()))) == record
    assert failed is not record.good
    assert record.failure is None or record.failure.sentence.isprintable()


@RUNS
@given(runs())
def test_every_record_of_a_run_comes_back_from_its_plain_form(made: Run) -> None:
    for record in made.records:
        assert Record.of(json.loads(json.dumps(record.as_dict()))) == record


def back(made: Run, host: str, how: str) -> list[Record]:
    """The record of a host's way back: good, failed, of the way forward's results alone, or none."""
    if how == "none":
        return []
    failure = error("host") if how == "failed" else None
    steps = ledgers.steps(made.plan, host, "forward" if how == "stale" else "back")
    ticket = Ticket(made.plan["run"], host, "back")
    return [make_record(ticket, run.TURN, steps, ledgers.needed(made.plan, host), failure, 1.0)]


@RUNS
@given(runs(), st.randoms(use_true_random=False))
def test_a_host_is_said_to_be_back_only_if_it_proved_it(made: Run, chance: random.Random) -> None:
    settlement = made.settle()
    ways = {host: chance.choice(["good", "good", "failed", "stale", "none"]) for host in settlement["hosts"]}
    records = [*made.records, *(one for host, how in ways.items() for one in back(made, host, how))]
    result, lines = ledgers.verdict(made.plan, records, settlement, made.surveys, made.servers)
    for host, how in ways.items():
        row = next(line for line in lines if line.split()[:1] == [host])
        assert ("not restored" in row) is (how != "good") and "restored" in row
        assert host in result["msg"]
    assert ("did NOT go back" in result["msg"]) is any(how != "good" for how in ways.values())
    assert (" went back and " in result["msg"]) is ("good" in ways.values())


def test_the_runs_are_of_every_kind() -> None:
    """What these properties hold of must happen: runs that are good, runs that failed, hosts that go back, and stay."""
    seen: list[str] = []

    @settings(RUNS, max_examples=150)
    @given(runs())
    def look(made: Run) -> None:
        settlement = made.settle()
        seen.append("proven" if all_proven(made) else "not proven")
        seen.append(settlement["blame"] or "nobody to blame")
        seen.extend(["restores"] * bool(settlement["restores"]) + ["left"] * bool(settlement["left"]))
        seen.extend(["keep out"] * bool(settlement["keep_out"]))

    look()
    kinds = {"proven", "not proven", "release", "host", "nobody", "restores", "left", "keep out"}
    assert kinds <= set(seen), kinds - set(seen)


WHOLE = Plan(
    action="deploy", project=PROJECT, service_project=PROJECT, release=NEW, token=8, balancer="s0", floor=0,
    left_out=(), findings=(), waves=(("s0",), ("w0", "h0")), hosts=(
        HostPlan("s0", "static", OLD, NEW, switch=True, restart=False, reload=True),
        HostPlan("w0", "web", OLD, NEW, switch=True, restart=True, services=2, proves=NEW),
        HostPlan("w1", "web", NEW, NEW, switch=False, restart=False, services=1, proves=NEW, proven_before=2),
        HostPlan("h0", "home", None, NEW, switch=True, restart=True, services=1, proves=NEW),
    ),
)  # fmt: skip


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize("host", ["", "s0", "w0", "w1", "h0"])
def test_whatever_is_lost_of_whichever_host_is_seen(host: str, lost: str) -> None:
    names = {"server_names": {"w0": "node-w0", "w1": "node-w1"}, "web": ["w0", "w1"], "own_project": PROJECT}
    plan = {**WHOLE.as_dict(), **names, "run": "r1", "since": 0.0, "errors_before": {}}
    for seed in range(6):
        made = play(Run(plan, {host: lost} if host else {}, {}, frozenset(), frozenset({"node-w0", "node-w1"}), seed))
        result = ledgers.verdict(plan, made.records, ledgers.settle(plan, made.records)[0], {}, made.servers)[0]
        assert result["failed"] is not all_proven(made), result["msg"]
        assert not result["failed"] or host in result["msg"]
