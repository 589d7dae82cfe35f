# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy_server as a process against a real haproxy; what haproxy thinks is read independently of the module."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.haproxy.balancer import Clients, Haproxy, get
from tests.integration.haproxy.calls import FORCED_DRAIN, FORCED_MAINT, READY, in_background, server


def test_do_do_again_undo_undo_again(haproxy: Haproxy) -> None:
    would = server(haproxy, "maint", check=True)
    assert (would["changed"], would["outcome"], would["failed"]) == (True, "would", False)
    assert would["diff"]["before"] == "web/web1: admin ready, status UP, weight 100\n"
    assert would["diff"]["after"] == "web/web1: admin maint, status MAINT, weight 100\n"
    assert haproxy.admin_bits("web1") == READY

    out = server(haproxy, "maint")
    assert (out["changed"], out["outcome"], out["admin_before"]) == (True, "done", "ready")
    assert (out["admin"], out["status"], out["weight"], out["sessions"]) == ("maint", "MAINT", 100, 0)
    assert [step["step"] for step in out["steps"]] == ["drain", "maint"]
    assert out["diff"] == would["diff"]
    assert haproxy.admin_bits("web1") == FORCED_MAINT

    for check in (True, False):
        again = server(haproxy, "maint", check=check)
        assert (again["changed"], again["outcome"], again["admin_before"]) == (False, "unchanged", "maint")
        assert again["diff"]["before"] == again["diff"]["after"]

    would = server(haproxy, "ready", check=True)
    assert (would["changed"], would["outcome"]) == (True, "would")
    assert haproxy.admin_bits("web1") == FORCED_MAINT

    back = server(haproxy, "ready")
    assert (back["changed"], back["admin"], back["status"], back["weight"]) == (True, "ready", "UP", 100), back
    names = [step["step"] for step in back["steps"]]
    assert names == ["check", "weight", "enter", "hold", "weight", "hold", "weight", "hold"]
    assert back["diff"] == would["diff"]
    assert (haproxy.admin_bits("web1"), haproxy.weights("web1")) == (READY, (100, 100))

    for check in (True, False):
        again = server(haproxy, "ready", check=check)
        assert (again["changed"], again["outcome"]) == (False, "unchanged")


def test_out_and_back_under_load_loses_nothing(haproxy: Haproxy) -> None:
    with Clients(haproxy.front) as clients:
        assert not server(haproxy, "maint", min_in_rotation=1)["failed"]
        served = haproxy.web1.served
        time.sleep(0.3)
        assert haproxy.web1.served == served, "a server in maint got traffic"
        back = server(haproxy, "ready")
    assert not back["failed"], back
    assert clients.sent > 100
    assert clients.errors == []
    assert haproxy.web1.served > served


def test_the_ramp_is_set_before_traffic_comes(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    seen: list[tuple[str, int]] = []
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.01):
            status, weight = haproxy.row("web", "web1")["status"], haproxy.weights("web1")[0]
            seen.append((status, weight))

    thread = threading.Thread(target=sample)
    thread.start()
    assert not server(haproxy, "ready")["failed"]
    over.set()
    thread.join()
    up = [weight for status, weight in seen if status.startswith("UP")]
    assert up[0] == 10
    assert up == sorted(up)
    assert {10, 50, 100} == set(up)


def test_drain_waits_for_a_slow_request(haproxy: Haproxy) -> None:
    assert get(haproxy.front, "/") == 200
    haproxy.command("set server web/web2 state maint")
    slow, status = in_background(lambda: get(haproxy.front, "/slow/4"))
    time.sleep(0.2)
    haproxy.command("set server web/web2 state ready")
    out = server(haproxy, "maint")
    assert not out["failed"], out
    slow.join(0.5)
    assert status == [200], "the slow request had not ended when the step did"
    assert out["steps"][0]["seconds"] >= 0.5


@pytest.mark.parametrize(("before", "bits"), [("drain", FORCED_DRAIN), ("maint", FORCED_MAINT)])
def test_what_an_operator_took_out_is_left_out(haproxy: Haproxy, before: str, bits: int) -> None:
    haproxy.command(f"set server web/web1 state {before}")
    out = server(haproxy, "maint")
    assert out["admin_before"] == before
    assert out["changed"] == (before == "drain")
    with Clients(haproxy.front) as clients:
        served = haproxy.web1.served
        back = server(haproxy, "ready", restore=out["admin_before"])
    assert not back["failed"], back
    assert back["admin"] == before
    assert haproxy.admin_bits("web1") == bits
    assert haproxy.web1.served == served
    assert clients.errors == []
    assert not server(haproxy, "ready", restore=before)["changed"]


def test_drain_keeps_checks_running(haproxy: Haproxy) -> None:
    assert server(haproxy, "drain")["changed"]
    assert haproxy.row("web", "web1")["status"] == "DRAIN"
    assert not server(haproxy, "drain")["changed"]
    assert server(haproxy, "ready")["changed"]
    assert haproxy.admin_bits("web1") == READY


def test_an_interrupted_ramp_is_taken_up_again(haproxy: Haproxy) -> None:
    haproxy.command("set server web/web1 weight 50%")
    back = server(haproxy, "ready")
    assert back["changed"]
    assert [step["step"] for step in back["steps"]] == ["watch", "weight", "hold"]
    assert haproxy.weights("web1") == (100, 100)


def test_servers_of_every_kind(haproxy: Haproxy) -> None:
    light = server(haproxy, "ready", backend="mix", server="disabled")
    assert not light["failed"], light
    assert light["admin_before"] == "maint"
    assert [step["step"] for step in light["steps"]].count("hold") == 1, "weight 1 has no ramp"
    unchecked = server(haproxy, "ready", backend="mix", server="unchecked", check_timeout=0.5)
    assert "it has no health check" in unchecked["msg"]
    assert not server(haproxy, "ready", backend="mix", server="unchecked", allow_no_check=True)["failed"]
    zero = server(haproxy, "ready", backend="mix", server="zero")
    assert "configured weight of 0" in zero["msg"]
    spare = server(haproxy, "ready", backend="mix", server="spare", check_timeout=0.5)
    assert "only a backup server" in spare["msg"]
    haproxy.command("set server mix/light state maint")
    follower = server(haproxy, "maint", backend="followers", server="follower")
    assert follower["changed"], "maintenance by a tracked server ends when that one comes back"


def test_all_sockets_are_acted_on(haproxy: Haproxy, tmp_path: Path) -> None:
    place = tmp_path / "second"
    place.mkdir()
    second = Haproxy(place)
    try:
        both = [haproxy.admin, f"tcp:127.0.0.1:{second.tcp}"]
        out = server(haproxy, "maint", socket=both)
        assert not out["failed"], out
        assert (haproxy.admin_bits("web1"), second.admin_bits("web1")) == (FORCED_MAINT, FORCED_MAINT)
        second.web1.healthy = False
        back = server(haproxy, "ready", socket=both, check_timeout=1)
        assert back["failed"]
        assert (haproxy.admin_bits("web1"), second.admin_bits("web1")) == (FORCED_MAINT, FORCED_MAINT)
    finally:
        second.close()


def test_a_run_holds_the_host_and_journals(haproxy: Haproxy, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deploys").mkdir(parents=True)
    lock = {"run": "r1", "token": 7, "who": "mek", "project": "openlibrary", "action": "deploy", "to": "", "since": "",
            "reason": ""}  # fmt: skip
    (root / "deploys" / "lock.json").write_text(json.dumps(lock))
    run: dict[str, Any] = {"root": str(root), "project": "openlibrary", "run": "r1", "token": 7, "who": "mek"}
    assert server(haproxy, "maint", **run)["admin_before"] == "ready"
    assert server(haproxy, "maint", **run)["admin_before"] == "ready", "the run's own maint is nobody's wish"
    assert not server(haproxy, "ready", **run)["failed"]
    lines = [json.loads(line) for line in (root / "deploys" / "journal.jsonl").read_text().splitlines()]
    assert [(line["step"], line["outcome"]) for line in lines] == [
        ("out", "begin"),
        ("out", "done"),
        ("in", "begin"),
        ("in", "done"),
    ]
    assert lines[0]["detail"] == "web/web1 before=ready"
    stranger = server(haproxy, "maint", **{**run, "run": "r2", "token": 6})
    assert stranger["failed"]
    assert haproxy.admin_bits("web1") == READY
