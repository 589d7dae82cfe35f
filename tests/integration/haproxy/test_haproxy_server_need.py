# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hour of need, against a real haproxy: a bounded drain, servers that move together, a return that hurries."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any

import pytest

from tests.integration.haproxy.balancer import Clients, Haproxy, get
from tests.integration.haproxy.calls import FORCED_MAINT, READY, in_background, notes, server, until


def ask(haproxy: Haproxy, path: str) -> int:
    """The status, 0 where the connection was cut."""
    try:
        return get(haproxy.front, path)
    except (OSError, HTTPException):
        return 0


def test_an_endless_request_is_cut_and_the_server_leaves(haproxy: Haproxy, run: dict[str, Any]) -> None:
    haproxy.command("set server web/web2 state maint")
    hanging, status = in_background(lambda: ask(haproxy, "/slow/9"))
    haproxy.wait_for_session("web1")
    haproxy.command("set server web/web2 state ready")
    with Clients(haproxy.front) as clients:
        out = server(haproxy, "maint", drain_timeout=60, drain_cutoff=0.5, **run)
        hanging.join()
    assert not out["failed"], out
    assert (out["cut"], out["sessions"], out["admin"]) == (1, 0, "maint")
    assert status[0] in (0, 502, 503), "the request that hung was to be cut"
    assert notes(run, "cut") == ["web/web1: 1 sessions that did not end"]
    assert clients.errors == []


def test_what_ends_in_time_is_not_cut(haproxy: Haproxy, run: dict[str, Any]) -> None:
    haproxy.command("set server web/web2 state maint")
    slow, status = in_background(lambda: ask(haproxy, "/slow/1"))
    haproxy.wait_for_session("web1")
    out = server(haproxy, "maint", drain_timeout=60, drain_cutoff=8, **run)
    slow.join()
    assert (out["failed"], out["cut"], status) == (False, 0, [200])
    assert notes(run, "cut") == []


def test_it_is_back_at_once_when_the_last_other_server_dies(haproxy: Haproxy) -> None:
    slow, _status = in_background(lambda: ask(haproxy, "/slow/4"))
    until(lambda: "1" in (haproxy.row("web", "web1")["scur"], haproxy.row("web", "web2")["scur"]))
    busy, other = ("web1", haproxy.web2) if haproxy.row("web", "web1")["scur"] == "1" else ("web2", haproxy.web1)
    step, answers = in_background(lambda: server(haproxy, "maint", server=busy, drain_timeout=60))
    until(lambda: haproxy.row("web", busy)["status"] == "DRAIN")
    other.healthy = False
    step.join()
    assert haproxy.admin_bits(busy) == READY
    slow.join()
    [out] = answers
    assert (out["failed"], out["blame"], out["admin"]) == (True, "nobody", "ready")
    assert "No other server takes traffic any more" in out["msg"]


def test_one_that_users_wait_for_is_in_after_one_check(haproxy: Haproxy, run: dict[str, Any]) -> None:
    server(haproxy, "maint", **run)
    haproxy.web2.healthy = False
    until(lambda: haproxy.row("web", "web2")["status"] == "DOWN")
    back = server(haproxy, "ready", hurry=True, **run)
    assert (back["failed"], back["hurried"], back["weight"]) == (False, True, 100)
    assert [step["step"] for step in back["steps"]] == ["check", "weight", "enter", "hold"]
    assert get(haproxy.front, "/") == 200


def test_one_on_the_ramp_gets_everything_when_the_other_dies(haproxy: Haproxy) -> None:
    server(haproxy, "maint")
    step, answers = in_background(lambda: server(haproxy, "ready", hurry=True, ramp=[10, 100], ramp_hold=30))
    until(lambda: haproxy.row("web", "web1")["status"] == "UP")
    haproxy.web2.healthy = False
    step.join(10)
    assert [(one["failed"], one["hurried"], one["weight"]) for one in answers] == [(False, True, 100)]


def test_several_move_in_one_execution(three: Haproxy, run: dict[str, Any]) -> None:
    together = [{"server": "web2"}]
    with Clients(three.front) as clients:
        out = server(three, "maint", together=together, min_in_rotation=1, **run)
        assert (three.admin_bits("web1"), three.admin_bits("web2")) == (FORCED_MAINT, FORCED_MAINT)
        back = server(three, "ready", together=together, ramp=[100], **run)
    assert clients.errors == []
    assert (out["failed"], out["together"]["web2"]["admin_before"]) == (False, "ready")
    assert (back["together"]["web2"]["outcome"], back["together"]["web2"]["status"]) == ("done", "UP")
    assert (three.admin_bits("web1"), three.admin_bits("web2")) == (READY, READY)
    again = server(three, "ready", together=together, ramp=[100], **run)
    assert (again["outcome"], again["together"]["web2"]["outcome"]) == ("unchanged", "unchanged")


def test_one_decision_about_the_floor_is_made_for_all(three: Haproxy, run: dict[str, Any]) -> None:
    out = server(three, "maint", together=[{"server": "web2"}], min_in_rotation=2, **run)
    assert out["failed"]
    assert "would leave 1 other servers up and serving" in out["msg"]
    assert out["together"]["web2"]["failed"]
    assert (three.admin_bits("web1"), three.admin_bits("web2")) == (READY, READY)


def test_what_becomes_of_one_changes_nothing_for_another(three: Haproxy, run: dict[str, Any]) -> None:
    together = [{"server": "web2"}]
    server(three, "maint", together=together, **run)
    three.web2.healthy = False
    back = server(three, "ready", together=together, ramp=[100], check_timeout=2, **run)
    assert (back["failed"], back["status"]) == (False, "UP")
    assert (back["together"]["web2"]["failed"], back["together"]["web2"]["blame"]) == (True, "release")
    assert (three.admin_bits("web1"), three.admin_bits("web2")) == (READY, FORCED_MAINT)


@pytest.mark.parametrize("names", [["web1"], ["web2", "web2"], ["web 2"]])
def test_wrong_names_change_nothing(three: Haproxy, names: list[str]) -> None:
    out = server(three, "maint", together=[{"server": name} for name in names])
    assert out["failed"]
    assert three.admin_bits("web1") == READY


def test_check_mode_foresees_both(three: Haproxy) -> None:
    out = server(three, "maint", check=True, together=[{"server": "web2"}])
    assert (out["outcome"], out["together"]["web2"]["outcome"]) == ("would", "would")
    assert (three.admin_bits("web1"), three.admin_bits("web2")) == (READY, READY)
