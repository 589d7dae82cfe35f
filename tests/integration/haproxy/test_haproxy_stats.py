# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy_stats as a process against a real haproxy, by socket and by HTTP."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import sentence, since
from tests.integration.haproxy.balancer import Clients, Haproxy, free_port, get
from tests.support import run_module


def stats(check: bool = False, **args: Any) -> dict[str, Any]:
    return run_module("haproxy_stats", {"check_interval": 0.25, **args}, check=check)


@pytest.mark.parametrize("check", [False, True])
def test_reads_by_socket(haproxy: Haproxy, check: bool) -> None:
    with Clients(haproxy.front):
        time.sleep(0.3)
    haproxy.command("set server web/web2 state drain")
    read = stats(check, socket=[haproxy.operator], backend="web")
    first, second = read["servers"]
    assert (read["changed"], read["in_rotation"]) == (False, 1)
    assert (first["server"], first["status"], first["admin"]) == ("web1", "UP", "ready")
    assert (first["weight"], first["configured_weight"]) == (100, 100)
    assert first["stot"] > 0
    assert first["in_rotation"]
    assert (second["admin"], second["in_rotation"], second["taken_out_by"]) == ("drain", False, "an operator")
    assert second["why"].startswith("its status is DRAIN")
    assert read["process"][0]["version"].startswith("2.")
    assert read["process"][0]["pid"] == int(haproxy.command("show info").split("Pid: ")[1].split()[0])


def errors(haproxy: Haproxy) -> dict[str, Any]:
    """What haproxy_stats counts, once no request is under way any more."""
    time.sleep(0.1)
    found: dict[str, Any] = stats(socket=[haproxy.admin], backend="web", servers=["web2"])["errors"]
    return found


def test_what_users_met_in_between(haproxy: Haproxy) -> None:
    first = errors(haproxy)
    assert [get(haproxy.front, "/") for _ in range(4)] == [200] * 4
    haproxy.web1.failing = haproxy.web2.failing = 1
    assert [get(haproxy.front, "/") for _ in range(3)] == [500] * 3
    haproxy.web1.breaking = haproxy.web2.breaking = True
    assert [get(haproxy.front, "/") for _ in range(2)] == [502] * 2
    for name in ("web1", "web2"):
        haproxy.command(f"set server web/{name} state maint")
    assert [get(haproxy.front, "/") for _ in range(5)] == [503] * 5
    last = errors(haproxy)
    assert (last["process"], last["uptime"] >= first["uptime"]) == (first["process"], True)
    added = {name: last[name] - first[name] for name in last if name not in ("process", "uptime")}
    assert added == {
        "requests": 14,
        "backend_5xx": 10,
        "servers_5xx": 3,
        "without_server": 5,
        "frontend_5xx": 10,
        "broken": 0,
    }
    assert sentence(since(first, last)) == "10 of 14 requests failed (5 found no server)"
    haproxy.restart()
    assert get(haproxy.front, "/") == 502
    assert sentence(since(last, errors(haproxy))).startswith("1 of 1 requests failed, counted since haproxy was resta")


def test_users_of_the_last_server_once_it_is_gone(haproxy: Haproxy) -> None:
    first = errors(haproxy)
    haproxy.command("set server web/web2 state maint")
    haproxy.web1.close()
    statuses = [get(haproxy.front, "/") for _ in range(3)]
    haproxy.wait_for("web", "web1", "DOWN")
    statuses += [get(haproxy.front, "/") for _ in range(4)]
    assert statuses == [503] * 7
    met = since(first, errors(haproxy))
    assert (met.requests, met.failed) == (7, 7)
    assert met.without_server >= 4


def test_who_took_servers_out(haproxy: Haproxy) -> None:
    haproxy.command("set server mix/light state maint")
    read = stats(socket=[haproxy.admin])
    by = {server["server"]: server["taken_out_by"] for server in read["servers"]}
    assert (by["disabled"], by["light"], by["web1"]) == ("the configuration", "an operator", "")
    assert by["follower"] == "the server that it tracks"


def test_reads_by_http_with_a_password(haproxy: Haproxy) -> None:
    url = f"http://127.0.0.1:{haproxy.stats}/admin?stats"
    read = stats(url=url, url_username="ops", url_password="secret", backend="web", servers=["web2"])
    assert [server["server"] for server in read["servers"]] == ["web2"]
    assert read["servers"][0]["admin"] == "unknown"
    assert (read["process"], read["in_rotation"]) == ([], 1)
    assert (read["servers"][0]["weight"], read["servers"][0]["configured_weight"]) == (100, None)
    assert (read["errors"]["process"], read["errors"]["uptime"], read["errors"]["backend_5xx"]) == ([], None, 0)
    wrong = stats(url=url, url_username="ops", url_password="geheim")
    assert "HTTP 401; check url_username and url_password" in wrong["msg"]
    assert "geheim" not in str(wrong["msg"])
    page = stats(url=f"http://127.0.0.1:{haproxy.front}/")
    assert "was asked for its statistics and answered nothing" in page["msg"]
    assert "cannot be read" in stats(url=f"http://127.0.0.1:{free_port()}/")["msg"]


def test_gate_waits_until_serving(haproxy: Haproxy) -> None:
    haproxy.web1.healthy = False
    haproxy.wait_for("web", "web1", "DOWN")
    threading.Timer(0.8, lambda: setattr(haproxy.web1, "healthy", True)).start()
    begin = time.monotonic()
    read = stats(socket=[haproxy.admin], backend="web", state="serving", timeout=10)
    assert not read["failed"], read
    assert read["in_rotation"] == 2
    assert time.monotonic() - begin > 0.8


def test_gate_names_what_does_not_serve(haproxy: Haproxy) -> None:
    haproxy.web1.healthy = False
    haproxy.wait_for("web", "web1", "DOWN")
    read = stats(socket=[haproxy.admin], backend="web", state="serving", timeout=0.6)
    assert read["failed"]
    assert read["msg"].startswith("Not up and serving within 0.6 s: web/web1: its status is DOWN (L7STS/503")
    assert "web2" not in read["msg"]
    assert read["in_rotation"] == 1


def test_gate_is_not_fooled_by_ready_after_maint(haproxy: Haproxy) -> None:
    haproxy.command("set server web/web1 state maint")
    haproxy.web1.alive = False
    haproxy.command("set server web/web1 state ready")
    read = stats(socket=[haproxy.admin], backend="web", servers=["web1"], state="serving", timeout=1)
    assert read["failed"]
    assert get(haproxy.front, "/") == 200


def test_gate_with_names_that_are_wrong_does_not_wait(haproxy: Haproxy) -> None:
    begin = time.monotonic()
    read = stats(socket=[haproxy.admin], backend="web", servers=["web7"], state="serving", timeout=30)
    assert read["msg"] == "Backend 'web' has no server web7; it has: web1, web2."
    assert time.monotonic() - begin < 10


def test_wants_exactly_one_source(haproxy: Haproxy) -> None:
    assert "one of the following is required: socket, url" in stats()["msg"]
    both = stats(socket=[haproxy.admin], url="http://127.0.0.1/")
    assert "mutually exclusive" in both["msg"]
    assert "is not an http or https address" in stats(url="file:///etc/passwd")["msg"]
