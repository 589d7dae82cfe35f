# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a survey reads of a haproxy; tests/integration asks a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system import haproxy, haproxy_servers
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock

CAPTURES = Path(__file__).resolve().parents[3] / "fixtures" / "haproxy"
NAMES = ("show_info.txt", "show_stat.csv", "show_servers_state.txt")


def test_a_look_has_what_haproxy_stats_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = "\n\n".join((CAPTURES / f"2.6.0-{name}").read_text().strip("\n") for name in NAMES)
    monkeypatch.setattr(haproxy.RuntimeSocket, "ask", lambda _self, _line: reply)
    found = haproxy_servers.look(["/run/haproxy.sock"], "mix", SystemClock())
    assert set(found) == {"msg", "servers", "in_rotation", "process", "errors"}
    assert {server["backend"] for server in found["servers"]} == {"mix"}
    assert found["in_rotation"] == sum(server["in_rotation"] for server in found["servers"])
    assert [process["source"] for process in found["process"]] == ["/run/haproxy.sock"]


@pytest.mark.parametrize(
    ("socket", "backend", "why"),
    [
        ("/nowhere/haproxy.sock", "web", "There is no haproxy socket at /nowhere/haproxy.sock."),
        ("tcp:10.0.0.1:1", "web", "only a loopback address"),
        ("/run/haproxy.sock", "a; shutdown", "backend"),
    ],
)
def test_a_haproxy_that_does_not_answer_is_an_answer_that_says_why(socket: str, backend: str, why: str) -> None:
    found = haproxy_servers.look([socket], backend, SystemClock())
    assert set(found) == {"msg"} and why in found["msg"]
