# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of a bake: what each sample makes of it, and when there is a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.figures import (
    NOTHING,
    Counters,
    Pair,
    Probe,
    Sample,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.judge import (
    BakeVerdict,
    Baking,
    Judge,
    closing,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits

LIMITS = Limits(reference=("web2",), warmup=5, seconds=30, timeout=60, requests=100, probe_pairs=10)
GOOD = Pair(Probe(0.1), Probe(0.1), "web2")
SERVERS = ("web1", "web2", "web3")


@dataclass
class Traffic:
    """What a balancer counts second by second: so many requests and errors of each server in each of them."""

    at: float = 100.0
    pid: int = 1
    uptime: int = 1000
    requests: dict[str, int] = field(default_factory=lambda: {"web1": 10, "web2": 20, "web3": 20})
    errors: dict[str, int] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    pair: Pair | None = GOOD
    servers: dict[str, Counters] = field(default_factory=lambda: dict.fromkeys(SERVERS, NOTHING))

    def sample(self) -> Sample:
        probes = (self.pair,) if self.pair else ()
        serving = frozenset(SERVERS) - self.down
        return Sample(self.at, ((self.pid, self.uptime),), dict(self.servers), serving, probes)

    def pass_second(self) -> None:
        self.at, self.uptime = self.at + 1, self.uptime + 1
        for name in SERVERS:
            many = self.requests.get(name, 0)
            self.servers[name] += Counters(stot=many, lbtot=many, hrsp_5xx=self.errors.get(name, 0))

    def forget(self, pid: int | None = None, uptime: int | None = None) -> None:
        """What a reload, or `clear counters all`, does to the counters."""
        self.pid, self.uptime = pid or self.pid, self.uptime if uptime is None else uptime
        self.servers = dict.fromkeys(SERVERS, NOTHING)


Event = Callable[[Traffic, int], None]


def bake(traffic: Traffic, limits: Limits = LIMITS, event: Event | None = None) -> tuple[int, Baking, BakeVerdict]:
    """The seconds until the verdict, the memory then, and the verdict; `event` happens before each sample."""
    judge = Judge(limits)
    baking = judge.begin("web1", 10, traffic.at)
    for second in range(200):
        if event:
            event(traffic, second)
        baking, verdict = judge.advance(baking, traffic.sample())
        if verdict:
            return second, baking, verdict
        traffic.pass_second()
    raise AssertionError(f"no verdict: {baking}")


def test_a_good_server_passes_after_warm_up_and_time() -> None:
    second, _baking, verdict = bake(Traffic())
    assert (second, verdict.said, verdict.server, verdict.percent) == (35, "pass", "web1", 10)
    assert (verdict.figures.own.requests, verdict.figures.other.requests) == (300, 600)
    assert (verdict.users.requests, verdict.users.errors) == (350, 0)
    assert verdict.why == (
        "0 of 300 (0.0 %) requests failed, of web2 0 of 600 (0.0 %); a page takes 100 ms, there 100 ms"
    )
    assert verdict.as_dict()["figures"]["requests"] == 300
    assert {**verdict.as_dict(), "figures": None} == {
        "server": "web1", "percent": 10, "verdict": "pass", "why": verdict.why, "user_requests": 350,
        "user_errors": 0, "figures": None,
    }  # fmt: skip


def test_it_fails_as_soon_as_there_are_enough_errors() -> None:
    def break_down(traffic: Traffic, second: int) -> None:
        traffic.errors["web1"] = 2 if second >= 10 else 0

    second, _baking, verdict = bake(Traffic(), event=break_down)
    assert (second, verdict.said) == (13, "fail")
    assert verdict.why == "6 of 80 (7.5 %) requests failed, of web2 0 of 160 (0.0 %) in the same time"
    assert (verdict.users.requests, verdict.users.errors) == (130, 6)


@pytest.mark.parametrize(
    ("errors", "when", "ended", "said"), [(5, 14, 35, "pass"), (7, 24, 35, "fail"), (9, 14, 15, "fail")]
)
def test_early_errors_must_be_more_than_chance_the_last_look_goes_by_the_limits(
    errors: int, when: int, ended: int, said: str
) -> None:
    def cluster(traffic: Traffic, second: int) -> None:
        # The reference fails 1 % of its requests, so that 2 % are allowed: 2 of the first 100, 6 of all 300.
        traffic.errors = {"web1": errors if second == when else 0, "web2": 2 if second % 10 == 9 else 0}

    second, _baking, verdict = bake(Traffic(), event=cluster)
    assert (second, verdict.said) == (ended, said)


def test_a_look_that_only_informs_judges_what_there_is() -> None:
    held = replace(LIMITS, mode="inform").during(4)
    second, _baking, verdict = bake(Traffic(requests={"web1": 1, "web2": 1}), held)
    assert (second, verdict.said) == (4, "pass")
    assert bake(Traffic(requests={}), held)[2].said == "inconclusive"


def test_a_warm_up_is_not_judged_but_counted_for_users() -> None:
    def cold(traffic: Traffic, second: int) -> None:
        traffic.errors["web1"] = 10 if second < 4 else 0
        traffic.pair = Pair(Probe(9.0, "timed out"), Probe(0.1), "web2") if second < 5 else GOOD

    second, _baking, verdict = bake(Traffic(), event=cold)
    assert (second, verdict.said) == (35, "pass")
    assert (verdict.figures.own.errors, len(verdict.figures.pairs)) == (0, 30)
    assert (verdict.users.requests, verdict.users.errors) == (350, 40)


def test_errors_of_everybody_are_nobodys_fault() -> None:
    assert bake(Traffic(errors={"web1": 1, "web2": 2}))[2].said == "pass"
    assert bake(Traffic(errors={"web1": 1, "web2": 2}), replace(LIMITS, reference=()))[2].said == "fail"
    # web3 is no reference, and what it does is not asked.
    assert bake(Traffic(errors={"web3": 20}))[2].said == "pass"


def test_a_server_is_no_reference_of_itself() -> None:
    verdict = bake(Traffic(errors={"web1": 1}), replace(LIMITS, reference=("web1",)))[2]
    assert (verdict.said, verdict.figures.reference) == ("fail", ())


@pytest.mark.parametrize(
    ("down", "reference", "faulty"),
    [
        (range(10, 11), (), "inconclusive"),  # for a moment, and never again a reference
        (range(10, 99), (), "inconclusive"),
        (range(3, 6), (), "fail"),  # there was none as judging began
        (range(5), ("web2",), "pass"),  # in the warm-up it may
    ],
)
def test_a_reference_that_stops_serving_is_none(down: range, reference: tuple[str, ...], faulty: str) -> None:
    def go_down(traffic: Traffic, second: int) -> None:
        traffic.down = {"web2"} if second in down else set()

    second, _baking, verdict = bake(Traffic(), event=go_down)
    assert (second, verdict.said, verdict.figures.reference) == (35, "pass", reference)
    assert verdict.figures.other.requests == (600 if reference else 0)
    assert len(verdict.figures.timed) == 30, "the server's own answers are judged by the ceiling"
    # What the reference's errors would excuse exceeds the fixed limit.
    hard = bake(Traffic(errors={"web1": 1, "web2": 2}), event=go_down)[2]
    assert hard.said == faulty
    assert faulty != "inconclusive" or hard.why.startswith("its reference stopped serving, and ")


def test_only_the_reference_that_stays_is_compared_with() -> None:
    def go_down(traffic: Traffic, second: int) -> None:
        traffic.down = {"web2"} if second == 10 else set()
        traffic.pair = (
            Pair(Probe(0.1), Probe(0.1), "web3") if second % 2 else Pair(Probe(0.1), Probe(0, "refused"), "web2")
        )

    verdict = bake(Traffic(errors={"web2": 20}), replace(LIMITS, reference=("web2", "web3")), go_down)[2]
    assert (verdict.said, verdict.figures.reference, verdict.figures.other.errors) == ("pass", ("web3",), 0)
    assert len(verdict.figures.timed) == 15
    probed = verdict.figures.probed()[1]
    assert probed is not None and (probed.count, probed.of) == (0, 15)


@pytest.mark.parametrize(
    ("traffic", "second", "why"),
    [
        (Traffic(requests={"web1": 2, "web2": 20}), 55, ""),
        (Traffic(requests={"web1": 1, "web2": 20}), 65, "too little traffic: 60 requests in 60 s, 100 are needed; "),
        (Traffic(requests={}), 65, "too little traffic: 0 requests in 60 s"),
        (Traffic(requests={"web1": 9, "web2": 1}), 65, "too little traffic to compare with: 60 requests of web2"),
        (Traffic(pair=None), 65, "only 0 of 10 pairs of probes were answered"),
        (Traffic(down={"web1"}), 65, "it takes no traffic"),
    ],
)
def test_too_little_to_tell_is_waited_for_and_then_inconclusive(traffic: Traffic, second: int, why: str) -> None:
    ended, _baking, verdict = bake(traffic)
    assert (ended, verdict.said) == (second, "inconclusive" if why else "pass")
    assert verdict.why.startswith(why)


def test_a_fault_needs_no_traffic() -> None:
    wrong = Pair(Probe(0.1, "it answers 500"), Probe(0.1), "web2")
    second, _baking, verdict = bake(Traffic(requests={}, pair=wrong))
    assert (second, verdict.said) == (10, "fail")
    assert verdict.why == "5 of 5 (100.0 %) probes went wrong, of web2 0 of 5 (0.0 %) in the same time"
    slow = bake(Traffic(requests={}, pair=Pair(Probe(0.9), Probe(0.1), "web2")))
    assert (slow[0], slow[2].said) == (35, "fail")
    assert slow[2].why == "its pages are slower: 900 ms, of web2 100 ms (median of probes)"


RELOADS: dict[str, Event] = {
    "another process": lambda traffic, second: traffic.forget(pid=second + 2, uptime=0),
    "the same pid": lambda traffic, second: traffic.forget(uptime=0),
    "cleared counters": lambda traffic, second: traffic.forget(),
}


@pytest.mark.parametrize("how", RELOADS)
def test_counters_that_begin_anew_start_it_over_once(how: str) -> None:
    def once(traffic: Traffic, second: int) -> None:
        if second == 20:
            RELOADS[how](traffic, second)

    second, baking, verdict = bake(Traffic(errors={"web3": 1}), event=once)
    assert (second, verdict.said, baking.reloads) == (55, "pass", 1)
    assert verdict.figures.own.requests == 300
    # The second of the reload itself is lost, everything before it is not.
    assert verdict.users.requests == 190 + 350


@pytest.mark.parametrize("how", RELOADS)
def test_the_second_time_it_cannot_tell(how: str) -> None:
    def twice(traffic: Traffic, second: int) -> None:
        if second in (20, 40):
            RELOADS[how](traffic, second)

    second, _baking, verdict = bake(Traffic(), event=twice)
    assert (second, verdict.said) == (40, "inconclusive")
    assert verdict.why == "haproxy was reloaded 2 times during the bake, so its counters cannot be compared"
    assert verdict.users.requests == 190 + 190


def test_errors_before_a_reload_are_not_held_against_it() -> None:
    def almost(traffic: Traffic, second: int) -> None:
        traffic.errors["web1"] = 1 if 6 < second <= 10 else 0
        if second == 12:
            traffic.forget(pid=2, uptime=0)

    _second, _baking, verdict = bake(Traffic(), event=almost)
    assert (verdict.said, verdict.users.errors, verdict.figures.own.errors) == ("pass", 4, 0)


def test_what_is_skipped_is_not_looked_at() -> None:
    second, _baking, verdict = bake(Traffic(errors={"web1": 10}), replace(LIMITS, mode="skip"))
    assert (second, verdict.said, verdict.why) == (0, "skip", "")
    assert (verdict.users.requests, verdict.figures.own) == (0, NOTHING)


def test_informing_finds_the_same() -> None:
    traffic = Traffic(errors={"web1": 10})
    assert bake(traffic, replace(LIMITS, mode="inform"))[2].said == "fail"


@pytest.mark.parametrize(
    ("mode", "inconclusive", "stopping"),
    [
        ("judge", "stop", {"fail", "inconclusive"}),
        ("judge", "continue", {"fail"}),
        ("inform", "stop", set()),
        ("skip", "stop", set()),
    ],
)
def test_what_a_verdict_ends(mode: str, inconclusive: str, stopping: set[str]) -> None:
    judge = Judge(replace(LIMITS, mode=mode, inconclusive=inconclusive))
    given = bake(Traffic())[2]
    verdicts = [replace(given, said=said) for said in ("pass", "fail", "inconclusive", "skip")]
    assert {verdict.said for verdict in verdicts if judge.stops(verdict)} == stopping
    # Whoever is the only one that serves is not taken away in doubt, whoever fails is.
    assert {one.said for one in verdicts if judge.stops(replace(one, alone=True))} == stopping - {"inconclusive"}


def test_a_verdict_knows_whether_anybody_else_serves() -> None:
    assert not bake(Traffic(requests={}))[2].alone
    assert bake(Traffic(requests={}, down={"web2", "web3"}))[2].alone


def test_the_closing_counts_what_came_after_the_verdict() -> None:
    traffic = Traffic(errors={"web1": 10})
    _second, baking, verdict = bake(traffic)
    traffic.pass_second()
    last = closing(verdict, baking, traffic.sample())
    assert (last.users.requests, last.users.errors) == (verdict.users.requests + 10, verdict.users.errors + 10)
    assert (last.figures, last.said, last.why) == (verdict.figures, verdict.said, verdict.why)
    assert closing(verdict, baking, None).users == verdict.users
    traffic.forget(pid=9)
    assert closing(verdict, baking, traffic.sample()).users == verdict.users


def test_what_something_else_ends_is_undecided() -> None:
    judge = Judge(LIMITS)
    verdict = judge.undecided(judge.begin("web1", 10, 0.0, Counters(stot=3)), "broken off: it went down")
    assert (verdict.said, verdict.why, verdict.users.requests) == ("inconclusive", "broken off: it went down", 3)
