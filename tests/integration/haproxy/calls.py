# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the tests call haproxy_server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.options import BALANCER
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import TICKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.integration.haproxy.balancer import Haproxy
from tests.support import nested, run_module

READY, FORCED_MAINT, FORCED_DRAIN = 0, 1, 8


def server(haproxy: Haproxy, state: str, check: bool = False, **more: Any) -> dict[str, Any]:
    args = {
        "socket": [haproxy.admin],
        "backend": "web",
        "server": "web1",
        "state": state,
        "check_interval": 0.25,
        "check_timeout": 5,
        "drain_timeout": 5,
        "ramp": [10, 50, 100],
        "ramp_hold": 0.4,
        **more,
    }
    return run_module("haproxy_server", nested(args, TICKET, BALANCER), check=check, diff=True)


BAKE = {
    "warmup": 0.1,
    "seconds": 0.6,
    "timeout": 5.0,
    "requests": 10,
    "min_errors": 3,
    "probe_paths": ["/probe"],
    "probe_pairs": 2,
}
"""A bake that takes little time; what users ask and what it probes differ in their path."""


def baked(haproxy: Haproxy, limits: dict[str, Any] | None = None, check: bool = False, **more: Any) -> dict[str, Any]:
    """Brings web1 back with a bake."""
    return server(haproxy, "ready", check=check, **{"ramp": [100], "bake": {**BAKE, **(limits or {})}, **more})


def bake(haproxy: Haproxy, limits: dict[str, Any] | None = None, check: bool = False, **more: Any) -> dict[str, Any]:
    """haproxy_bake of web1."""
    where = {"socket": [haproxy.admin], "backend": "web", "server": "web1", **more}
    args = {"check_interval": 0.25, "bake": {**BAKE, **(limits or {})}, **where}
    return run_module("haproxy_bake", nested(args, BALANCER), check=check, diff=True)


def in_background(action: Any) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(action()))
    thread.start()
    return thread, results


def until(there: Callable[[], bool]) -> None:
    """Waits for what happens soon."""
    deadline = time.monotonic() + 20
    while not there():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def notes(run: dict[str, Any], step: str) -> list[str]:
    """The notes of a step in the journal of the balancer's host."""
    entries = Store(Layout(run["root"])).entries()
    return [entry.detail for entry in entries if (entry.step, entry.outcome) == (step, "note")]
