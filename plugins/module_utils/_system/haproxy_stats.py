# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module haproxy_stats does: read every process, and wait, where asked, until servers are up and serving."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .._model.errors import InputError
from .._model.haproxy.rules import check_haproxy_name
from .._model.result import Result
from .clock import SystemClock
from .haproxy import runtime_sockets
from .haproxy_page import HttpStats
from .haproxy_servers import Process, Servers


def read_or_wait(params: Mapping[str, Any], clock: SystemClock) -> Result:
    """Reads once, or with `state` serving until it is proven. Raises DeployError; never changes haproxy."""
    for name in filter(None, [params["backend"], *(params["servers"] or [])]):
        check_haproxy_name(name, "backend or server")
    if params["timeout"] < 0 or params["check_interval"] < 0:
        raise InputError("timeout and check_interval must not be negative.")
    gate = Servers(params, sources(params), clock)
    return gate.wait() if params["state"] == "serving" else gate.present()


def sources(params: Mapping[str, Any]) -> Sequence[Process]:
    """Where to read from: `socket`, or else URL_SPEC. Raises InputError."""
    return runtime_sockets(params["socket"], params["connect_timeout"]) if params["socket"] else [HttpStats(params)]
