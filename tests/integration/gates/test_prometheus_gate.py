# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""prometheus_gate as a process against a real Prometheus that scrapes a real haproxy with real errors."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gates.metrics import Prometheus
from tests.integration.haproxy.balancer import Clients, Haproxy
from tests.integration.haproxy.calls import in_background
from tests.support import run_module

WINDOW = 1.2
SERIES = 'haproxy_server_http_responses_total{proxy="web", code="5xx"}'
QUERY = f"sum(rate({SERIES}[1200ms]))"


@dataclass
class Site:
    """haproxy under constant load, and Prometheus that scrapes it. One for all tests, because of the slow start."""

    haproxy: Haproxy
    prometheus: Prometheus

    def gate(self, ask: str, check: bool = False, **more: Any) -> dict[str, Any]:
        args = {
            "url": self.prometheus.url,
            "query": QUERY,
            "series": SERIES,
            "window": WINDOW,
            "interval": 0.2,
            "timeout": 15,
            "connect_timeout": 3,
            **({} if {"most", "times_baseline"} & set(more) else {"most": 2}),
            **more,
        }
        return run_module("prometheus_gate", {"ask": ask, **args}, check=check)

    def quiet(self) -> None:
        """No errors, for so long that no query sees one."""
        self.haproxy.web1.failing = 0.0
        deadline = time.monotonic() + 10
        while self.prometheus.ask(QUERY)[0]["value"][1] != "0" and time.monotonic() < deadline:
            time.sleep(0.1)


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("site")
    haproxy = Haproxy(place)
    prometheus = Prometheus(place, haproxy.stats)
    with Clients(haproxy.front, pause=0.01):
        prometheus.wait_for(QUERY)
        yield Site(haproxy, prometheus)
    prometheus.close()
    haproxy.close()


@pytest.fixture(autouse=True)
def _no_errors(site: Site) -> None:
    site.quiet()


def test_a_run_without_errors_passes(site: Site) -> None:
    before = site.gate("read")
    assert (before["verdict"], before["changed"], before["outcome"]) == ("pass", False, "unchanged"), before
    assert (before["baseline"]["value"], before["baseline"]["right"], len(before["baseline"]["targets"])) == (
        0,
        True,
        1,
    )
    assert (before["announces"], before["announced"]) == (False, False)
    begin = time.monotonic()
    told = site.gate("judge", host="web1", baseline=before["baseline"])
    assert (told["verdict"], told["blame"], told["baseline"]) == ("pass", "nobody", {}), told
    assert told["msg"] == f"Prometheus at {site.prometheus.url} gives 0."
    assert time.monotonic() - begin > WINDOW
    assert told["figures"]["newest"] > before["baseline"]["clock"] + WINDOW
    assert told["figures"]["looks"] > 1


@pytest.mark.parametrize(("host", "blame"), [("web1", "release"), ("", "nobody")])
def test_new_errors_fail(site: Site, host: str, blame: str) -> None:
    before = site.gate("read")
    site.haproxy.web1.failing = 1.0
    told = site.gate("judge", host=host, baseline=before["baseline"])
    assert (told["verdict"], told["blame"], told["failed"]) == ("fail", blame, False), told
    assert told["msg"].endswith(", more than 2. Before the run it was not so.")
    assert told["figures"]["value"] > 2


def test_errors_of_before_the_run_speak_against_nobody(site: Site) -> None:
    site.haproxy.web1.failing = 1.0
    site.prometheus.wait_for(f"{QUERY} > 10")
    before = site.gate("read")
    assert (before["verdict"], before["baseline"]["right"]) == ("pass", False)
    told = site.gate("judge", host="web1", baseline=before["baseline"])
    assert (told["verdict"], told["blame"]) == ("unknown", "nobody")
    assert "It was so before the run" in told["msg"]
    unasked = site.gate("judge", host="web1")
    assert (unasked["verdict"], unasked["blame"]) == ("fail", "nobody")


def test_errors_that_were_over_before_the_judgement_do_not_count(site: Site) -> None:
    site.haproxy.web1.failing = 1.0
    site.prometheus.wait_for(f"{QUERY} > 10")
    site.haproxy.web1.failing = 0.0
    time.sleep(0.2)
    told = site.gate("judge", host="web1")
    assert (told["verdict"], told["figures"]["value"]) == ("pass", 0), told


def test_a_multiple_of_before_the_run(site: Site) -> None:
    web1 = site.haproxy.web1
    web1.failing = 0.2
    site.prometheus.wait_for(f"{QUERY} > 4")
    limit = {"times_baseline": 2.5, "slack": 1}
    before = site.gate("read", **limit)
    assert before["baseline"]["value"] > 0
    same = site.gate("judge", host="web1", baseline=before["baseline"], **limit)
    assert same["verdict"] == "pass", same
    assert "(before the run " in same["msg"]
    web1.failing = 1.0
    more = site.gate("judge", host="web1", baseline=before["baseline"], **limit)
    assert (more["verdict"], more["blame"]) == ("fail", "release"), more
    assert more["figures"]["most"] == pytest.approx(2.5 * before["baseline"]["value"] + 1)
    unasked = site.gate("judge", host="web1", **limit)
    assert (unasked["verdict"], unasked["figures"]["looks"]) == ("unknown", 1)
    assert "was not asked before the run" in unasked["msg"]


def test_of_several_series_the_worst_counts(site: Site) -> None:
    site.haproxy.web1.failing = 1.0
    told = site.gate("judge", query=f"rate({SERIES}[1200ms])")
    assert told["verdict"] == "fail"
    assert 'server="web1"' in told["msg"]
    assert 'server="web1"' in told["figures"]["series"]


@pytest.mark.parametrize(
    ("ask", "check", "mode"),
    [
        ("judge", True, "judge"),
        ("judge", False, "inform"),
        ("judge", True, "inform"),
        ("read", True, "inform"),
        ("announce", False, "judge"),
        ("lift", False, "judge"),
    ],
)
def test_one_look_and_nothing_changed(site: Site, ask: str, check: bool, mode: str) -> None:
    told = site.gate(ask, check=check, mode=mode, host="web1")
    assert (told["verdict"], told["changed"], told["announced"]) == ("pass", False, False), told
    assert told["figures"].get("looks", 1) == 1


def test_one_look_does_not_wait_for_what_is_not_there_yet(site: Site) -> None:
    clock = site.gate("read")["baseline"]["clock"]
    told = site.gate("judge", mode="inform", since=clock)
    assert (told["verdict"], told["figures"]["looks"]) == ("unknown", 1)
    assert "has to gather samples for 1 s more" in told["msg"] or "should have a sample" in told["msg"]


def test_a_target_that_is_down_is_unknown(site: Site) -> None:
    """Its series are gone at once; a sum over them with a default would pass."""
    before = site.gate("read")
    thread, told = in_background(
        lambda: site.gate("judge", query=f"{QUERY} or vector(0)", baseline=before["baseline"], timeout=3)
    )
    time.sleep(0.6)
    site.haproxy.stop()
    thread.join()
    once = site.gate("judge", mode="inform")
    site.haproxy.restart()
    site.prometheus.wait_for(QUERY)
    assert told[0]["verdict"] == "unknown", told
    assert "has no sample" in told[0]["msg"]
    assert "its target is down" in once["msg"]


def test_samples_of_before_its_start_are_not_new(site: Site, tmp_path: Path) -> None:
    """For five minutes Prometheus shows what it scraped last, also after a restart that nobody scraped through."""
    shutil.copytree(site.prometheus.data, tmp_path / "data", ignore=shutil.ignore_patterns("lock"))
    begin = time.monotonic()
    started = Prometheus(tmp_path, 1)
    try:
        assert started.ask(SERIES)
        time.sleep(max(0.0, begin + 1.4 - time.monotonic()))
        told = site.gate("judge", url=started.url, query=f"sum({SERIES}) or vector(0)", mode="inform", most=1e9)
        waited = site.gate("judge", url=started.url, query="vector(0)", timeout=1.3)
    finally:
        started.close()
    assert told["verdict"] == waited["verdict"] == "unknown", (told, waited)
    assert "the target is not scraped" in told["msg"]
    assert "the target is not scraped" in waited["msg"] or "has to gather" in waited["msg"]


def test_silence_is_unknown(site: Site, tmp_path: Path) -> None:
    site.prometheus.hang()
    try:
        told = site.gate("judge", mode="inform", connect_timeout=0.5)
    finally:
        site.prometheus.go_on()
    assert told["verdict"] == "unknown"
    assert told["msg"] == f"Prometheus at {site.prometheus.url} did not answer within 0.5 s."
    ended = Prometheus(tmp_path, 1)
    nothing = site.gate("judge", url=ended.url, mode="inform")
    assert "has no sample of the series" in nothing["msg"]
    ended.close()
    told = site.gate("read", url=ended.url)
    assert (told["verdict"], told["baseline"]) == ("unknown", {})
    assert told["msg"] == f"Prometheus at {ended.url} cannot be reached: Connection refused."


def test_another_server_is_unknown(site: Site) -> None:
    page = site.gate("read", url=f"http://127.0.0.1:{site.haproxy.web2.port}")
    assert (page["verdict"], page["baseline"]) == ("unknown", {})
    assert "another server answers there" in page["msg"]
    deeper = site.gate("read", url=f"{site.prometheus.url}/graph/elsewhere")
    assert "has no query API at this address (HTTP 404)" in deeper["msg"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(rate(", "refuses the query: bad_data: invalid parameter"),
        ("0/0 * up", 'gives {instance="127.0.0.1:'),
        ("nothing_here", "has no result for the query"),
    ],
)
def test_no_value_is_unknown(site: Site, query: str, words: str) -> None:
    told = site.gate("read", query=query)
    assert (told["verdict"], told["baseline"]) == ("unknown", {})
    assert words in told["msg"]
    assert told["figures"]["value"] is None


def test_input_that_cannot_be_right(site: Site) -> None:
    longer = site.gate("judge", query=f"sum(rate({SERIES}[5m]))")
    assert longer["failed"]
    assert "looks back 300 s" in longer["msg"]
    assert "must be a selector" in site.gate("judge", series=f"sum({SERIES})")["msg"]
    password = site.gate("judge", url="http://ops:hunter2@127.0.0.1:9090")
    assert password["failed"]
    assert "hunter2" not in password["msg"]
