# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What haproxy_server does when servers, haproxy or its caller are at fault, against a real haproxy."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import taken_out
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.integration.haproxy.balancer import Clients, Haproxy, get
from tests.integration.haproxy.calls import FORCED_DRAIN, FORCED_MAINT, READY, in_background, server


def lost(haproxy: Haproxy, path: str) -> None:
    with pytest.raises((OSError, HTTPException)):
        get(haproxy.front, path)


def test_drain_time_out_goes_back_to_ready(haproxy: Haproxy) -> None:
    haproxy.command("set server web/web2 state maint")
    haproxy.command("set server web/web1 weight 70%")
    slow, status = in_background(lambda: get(haproxy.front, "/slow/3"))
    haproxy.wait_for_session("web1")
    out = server(haproxy, "maint", drain_timeout=0.5)
    slow.join()
    assert out["failed"]
    assert "web/web1 still had 1 sessions after 0.5 s of draining; it goes back to ready." in out["msg"]
    assert (out["admin"], out["weight"], out["admin_before"]) == ("ready", 70, "ready")
    assert (out["phase"], out["move"], out["blame"]) == ("out", "drain", "host")
    assert haproxy.admin_bits("web1") == READY
    assert status == [200]


def test_an_operators_drain_that_times_out_stays(haproxy: Haproxy) -> None:
    haproxy.command("set server web/web2 state maint")
    slow, _status = in_background(lambda: get(haproxy.front, "/slow/2"))
    haproxy.wait_for_session("web1")
    haproxy.command("set server web/web1 state drain")
    out = server(haproxy, "maint", drain_timeout=0.4)
    slow.join()
    assert out["failed"]
    assert "as it was found" in out["msg"]
    assert haproxy.admin_bits("web1") == FORCED_DRAIN


@pytest.mark.parametrize("broken", ["unhealthy", "dead"])
def test_a_dead_backend_is_never_readmitted(haproxy: Haproxy, broken: str) -> None:
    with Clients(haproxy.front) as clients:
        server(haproxy, "maint")
        haproxy.web1.healthy = False
        haproxy.web1.alive = broken == "unhealthy"
        served = haproxy.web1.served
        back = server(haproxy, "ready", check_timeout=1.5)
    assert back["failed"]
    assert "was not healthy within 1.5 s: its status is DOWN" in back["msg"]
    assert "L7" in back["msg"]
    assert (back["admin"], back["weight"]) == ("maint", 100)
    assert (back["phase"], back["move"], back["blame"], back["served"]) == ("in", "check", "release", False)
    assert haproxy.admin_bits("web1") == FORCED_MAINT
    assert haproxy.weights("web1") == (100, 100)
    assert haproxy.web1.served == served
    assert clients.errors == []


def test_a_server_that_goes_down_on_the_ramp_goes_to_maint(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    coming, results = in_background(lambda: server(haproxy, "ready", ramp_hold=3))
    haproxy.wait_for("web", "web1", "UP")
    haproxy.web1.healthy = False
    coming.join()
    assert results[0]["failed"]
    assert "did not stay up" in results[0]["msg"]
    assert (results[0]["phase"], results[0]["blame"], results[0]["served"]) == ("in", "release", True)
    assert (haproxy.admin_bits("web1"), haproxy.weights("web1")) == (FORCED_MAINT, (100, 100))


def test_the_last_server_is_not_taken_out(haproxy: Haproxy) -> None:
    haproxy.web2.healthy = False
    haproxy.wait_for("web", "web2", "DOWN")
    for check in (True, False):
        out = server(haproxy, "maint", check=check, min_in_rotation=1)
        assert out["failed"]
        assert "would leave 0 other servers up and serving" in out["msg"]
        assert "web2: its status is DOWN" in out["msg"]
    assert haproxy.admin_bits("web1") == READY
    assert not server(haproxy, "maint", min_in_rotation=0)["failed"]


def test_a_dead_server_may_always_be_taken_out_at_once(haproxy: Haproxy) -> None:
    haproxy.web1.healthy = False
    haproxy.wait_for("web", "web1", "DOWN")
    out = server(haproxy, "maint", min_in_rotation=5)
    assert [step["step"] for step in out["steps"]] == ["maint"]
    assert haproxy.admin_bits("web1") == FORCED_MAINT


def test_a_restart_of_haproxy_in_between_starts_over(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    coming, results = in_background(lambda: server(haproxy, "ready", ramp=[100], ramp_hold=2))
    haproxy.wait_for("web", "web1", "UP")
    time.sleep(1)
    haproxy.restart()
    coming.join()
    back = results[0]
    assert not back["failed"], back
    assert (back["reloads"], back["lost"]) == (1, False)
    assert [step["step"] for step in back["steps"]].count("enter") == 2
    assert any("was reloaded" in step["detail"] for step in back["steps"])
    assert (haproxy.admin_bits("web1"), haproxy.weights("web1")) == (READY, (100, 100))


def test_a_haproxy_that_dies_in_between_fails_the_step(haproxy: Haproxy) -> None:
    haproxy.command("set server web/web2 state maint")
    slow, _status = in_background(lambda: lost(haproxy, "/slow/5"))
    time.sleep(0.2)
    going, results = in_background(lambda: server(haproxy, "maint", drain_timeout=30))
    haproxy.wait_for("web", "web1", "DRAIN")
    haproxy.stop()
    going.join()
    slow.join()
    assert results[0]["failed"]
    assert "haproxy at" in results[0]["msg"]
    assert results[0]["state_now"].startswith("web/web1: unknown")
    assert (results[0]["phase"], results[0]["blame"]) == ("out", "host")


def test_a_haproxy_that_dies_says_nothing_about_the_release(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    coming, results = in_background(lambda: server(haproxy, "ready", ramp_hold=5))
    haproxy.wait_for("web", "web1", "UP")
    haproxy.stop()
    coming.join()
    assert results[0]["failed"]
    assert (results[0]["phase"], results[0]["blame"], results[0]["served"]) == ("in", "host", True)


def test_a_reload_while_the_server_is_out_is_noticed(haproxy: Haproxy, run: dict[str, Any]) -> None:
    out = server(haproxy, "maint", **run)
    haproxy.restart()
    would = server(haproxy, "ready", check=True, **run)
    assert (would["changed"], would["lost"]) == (True, True)
    back = server(haproxy, "ready", **run)
    assert not back["failed"], back
    assert [step["step"] for step in back["steps"]][:4] == ["check", "weight", "enter", "hold"]
    assert back["lost"]
    assert "haproxy lost the server's maintenance (reload?), it may have had traffic while it changed" in back["msg"]
    assert (len(out["process"]), out["process"] != back["process"]) == (1, True)
    again = server(haproxy, "ready", **run)
    assert (again["changed"], again["lost"]) == (False, False)


def test_a_server_that_was_put_back_is_nothing_that_a_run_left(haproxy: Haproxy, run: dict[str, Any]) -> None:
    haproxy.command("set server web/web2 state maint")
    slow, _status = in_background(lambda: get(haproxy.front, "/slow/5"))
    time.sleep(0.3)
    assert server(haproxy, "maint", drain_timeout=0.4, **run)["failed"]
    slow.join()
    assert taken_out(Store(Layout(run["root"])).entries()) == {}
    haproxy.command("set server web/web1 state drain")
    assert server(haproxy, "maint", **run)["admin_before"] == "drain", "an operator's drain"


def test_a_socket_that_may_only_look(haproxy: Haproxy) -> None:
    out = server(haproxy, "maint", socket=[haproxy.operator])
    assert out["failed"]
    assert not out["changed"]
    assert out["msg"].count("Permission denied") == 1
    assert haproxy.admin_bits("web1") == READY


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"backend": "wrong"}, "There is no backend 'wrong'"),
        ({"server": "web9"}, "has no server 'web9'; it has: web1, web2."),
        ({"server": "web1;show info"}, "is not the name of a haproxy server"),
        ({"socket": ["tcp:192.0.2.1:9999"]}, "only a loopback address is used"),
        ({"socket": ["tcp:0.0.0.0:9999"]}, "only a loopback address is used"),
        ({"socket": ["somewhere"]}, "neither the path of a haproxy socket nor tcp:host:port"),
        ({"socket": ["/nonexistent.sock"]}, "There is no haproxy socket at /nonexistent.sock."),
        ({"ramp": [50, 10]}, "must rise"),
        ({"drain_timeout": -1}, "must not be negative"),
    ],
)
def test_wrong_input_changes_nothing(haproxy: Haproxy, args: dict[str, Any], sentence: str) -> None:
    out = server(haproxy, "maint", **args)
    assert out["failed"]
    assert sentence in out["msg"]
    assert haproxy.admin_bits("web1") == READY
