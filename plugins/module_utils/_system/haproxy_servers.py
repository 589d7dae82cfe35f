# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The servers of haproxy as all of its processes see them: read once, or waited for."""

from __future__ import annotations

from typing import Any, Mapping, Protocol, Sequence

from .._model.errors import DeployError, InputError, ProofError
from .._model.haproxy.errors import Errors
from .._model.haproxy.rules import (
    ProcessReading,
    Rules,
    ServerView,
    check_haproxy_name,
    proven,
    server_values,
    steady_since,
    why_not_serving,
)
from .._model.haproxy.stats import SERVER_ROW, HaproxyError
from .._model.result import Result
from .clock import SystemClock
from .haproxy import PROOF_SPEC, runtime_sockets

POLL = 0.2
"""Seconds between two readings."""


class Process(Protocol):
    """A haproxy process that can be read."""

    def read(self) -> ProcessReading:
        """Everything that it says. Raises HaproxyError."""


def look(socket: Sequence[str], backend: str, clock: SystemClock) -> dict[str, Any]:
    """What M(haproxy_stats) returns of the backend; C(msg) alone, which says why, where haproxy does not answer."""
    params = {name: option["default"] for name, option in PROOF_SPEC.items()}
    try:
        check_haproxy_name(backend, "backend")
        asked = runtime_sockets(socket, params["connect_timeout"])
        found = Servers({**params, "backend": backend, "servers": None}, asked, clock).present()
    except DeployError as error:
        return {"msg": error.msg}
    return {"msg": found.msg, **found.values}


class Servers:
    """The servers that are asked about, as all processes see them."""

    def __init__(self, params: Mapping[str, Any], asked: Sequence[Process], clock: SystemClock) -> None:
        self._params = params
        self._asked = asked
        self._clock = clock
        self._rules = Rules(params["allow_no_check"], params["allow_backup"])
        self._processes: list[dict[str, Any]] = []
        self._errors: Errors | None = None

    def present(self) -> Result:
        """One reading."""
        values = self._values(self._read())
        total = len(values["servers"])
        return self._result(f"{values['in_rotation']} of {total} servers are up and serving.", values)

    def wait(self) -> Result:
        """Until each server is serving on two readings more than a check interval apart. Raises ProofError."""
        begin = self._clock.monotonic()
        good: dict[tuple[str, str], float | None] = {}
        while True:
            views, problem = self._try_read()
            now = self._clock.monotonic()
            good = {key: steady_since(good.get(key), not self._why(seen), now) for key, seen in views.items()}
            if good and all(proven(first, now, self._params["check_interval"]) for first in good.values()):
                return self._result(f"All {len(good)} servers are up and serving.", self._values(views))
            if now - begin > self._params["timeout"]:
                self._fail(views, good, problem)
            self._clock.sleep(POLL)

    def _try_read(self) -> tuple[dict[tuple[str, str], tuple[ServerView, ...]], str]:
        # A reload replaces the socket for a moment: while there is time left, not being answered is only "not yet".
        try:
            return self._read(), ""
        except HaproxyError as error:
            return {}, error.msg

    def _why(self, views: tuple[ServerView, ...]) -> str:
        return next(filter(None, (why_not_serving(view.stats, self._rules) for view in views)), "")

    def _read(self) -> dict[tuple[str, str], tuple[ServerView, ...]]:
        readings = [one.read() for one in self._asked]
        self._processes = [
            {
                "source": one.source,
                "pid": one.process.pid,
                "uptime_sec": one.process.uptime_sec,
                "version": one.process.version,
            }
            for one in readings
            if one.process
        ]
        self._errors = Errors.of(readings, self._params["backend"] or "")
        found: dict[tuple[str, str], tuple[ServerView, ...]] = {}
        for reading in readings:
            for backend in self._backends({row.backend for row in reading.rows if row.kind == SERVER_ROW}):
                for view in reading.views(backend):
                    key = (backend, view.stats.server)
                    found[key] = (*found.get(key, ()), view)
        return self._wanted(found)

    def _backends(self, known: set[str]) -> list[str]:
        return [self._params["backend"]] if self._params["backend"] else sorted(known)

    def _wanted(
        self, found: dict[tuple[str, str], tuple[ServerView, ...]]
    ) -> dict[tuple[str, str], tuple[ServerView, ...]]:
        names = self._params["servers"]
        if not names:
            return found
        known = {server for _backend, server in found}
        missing = [name for name in names if name not in known]
        if missing:
            where = f"Backend {self._params['backend']!r}" if self._params["backend"] else "haproxy"
            raise InputError(f"{where} has no server {', '.join(missing)}; it has: {', '.join(sorted(known))}.")
        return {key: views for key, views in found.items() if key[1] in names}

    def _values(self, views: dict[tuple[str, str], tuple[ServerView, ...]]) -> dict[str, Any]:
        servers = [server_values(seen, self._rules) for seen in views.values()]
        return {
            "servers": servers,
            "in_rotation": sum(1 for server in servers if server["in_rotation"]),
            "process": self._processes,
            "errors": self._errors.as_dict() if self._errors else {},
        }

    def _result(self, sentence: str, values: dict[str, Any]) -> Result:
        return Result(False, sentence, "haproxy", state_now=_told(values["servers"]), values=values)

    def _fail(
        self,
        views: dict[tuple[str, str], tuple[ServerView, ...]],
        good: dict[tuple[str, str], float | None],
        problem: str,
    ) -> None:
        unproven = [
            f"{key[0]}/{key[1]}: {self._why(seen) or 'up, but not for a whole check interval yet'}"
            for key, seen in views.items()
            if self._why(seen) or not proven(good[key], self._clock.monotonic(), self._params["check_interval"])
        ]
        values = self._values(views)
        raise ProofError(
            f"Not up and serving within {self._params['timeout']:g} s: {problem or '; '.join(unproven)}",
            "haproxy",
            _told(values["servers"]) or "unknown",
            **values,
        )


def _told(servers: list[dict[str, Any]]) -> str:
    return ", ".join(f"{server['backend']}/{server['server']} {server['status']}" for server in servers)
