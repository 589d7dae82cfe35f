# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy_stats as a process against a real haproxy, by socket and by HTTP."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

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
    assert (first["server"], first["status"], first["weight"], first["admin"]) == ("web1", "UP", 100, "ready")
    assert first["stot"] > 0
    assert first["in_rotation"]
    assert (second["admin"], second["in_rotation"], second["taken_out_by"]) == ("drain", False, "an operator")
    assert second["why"].startswith("its status is DRAIN")
    assert read["process"][0]["version"].startswith("2.")
    assert read["process"][0]["pid"] == int(haproxy.command("show info").split("Pid: ")[1].split()[0])


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
