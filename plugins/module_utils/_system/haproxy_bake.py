# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The edges of the bake: pages asked of servers in turn; and what the module haproxy_bake does."""

from __future__ import annotations

import http.client
from typing import Any, Mapping, Sequence

from .._model.bake.figures import Pair, Probe, Sample, sample_of
from .._model.bake.judge import FAILED, BakeVerdict, Judge
from .._model.bake.limits import Limits
from .._model.errors import NOBODY, RELEASE, DeployError, InputError
from .._model.haproxy.rules import ProcessReading, check_haproxy_name
from .._model.result import Result
from .clock import SystemClock
from .haproxy import patiently, runtime_sockets
from .page import ask_page

POLL = 0.2
"""Seconds between two readings."""
PROBE_EVERY = 0.25
"""Seconds between two pairs of probes: enough pairs soon, and no load worth the name."""


class Sampler:
    """Makes the samples of a bake; keeps the turns of probes between two of them."""

    def __init__(self, limits: Limits, clock: SystemClock) -> None:
        self._limits = limits
        self._clock = clock
        self._turn = 0
        self._next = 0.0

    def __call__(self, readings: Sequence[ProcessReading], backend: str, server: str, probing: bool) -> Sample:
        """What the readings count; while `probing` with a pair of probes, when one is due."""
        now = self._clock.monotonic()
        sample = sample_of(tuple(readings), backend, now)
        if not probing or not self._limits.probe_paths or now < self._next:
            return sample
        pair = self._pair(readings[0], backend, server, sample.serving)
        self._next = self._clock.monotonic() + PROBE_EVERY
        self._turn += 1
        return Sample(sample.at, sample.process, sample.servers, sample.serving, (pair,) if pair else ())

    def _pair(self, reading: ProcessReading, backend: str, server: str, serving: frozenset[str]) -> Pair | None:
        # Each page is asked of each reference in both orders: who is asked second may find what the first one warmed.
        turn, page = divmod(self._turn, len(self._limits.probe_paths))
        path = self._limits.probe_paths[page]
        others = [name for name in self._limits.reference if name in serving and name != server]
        other = others[turn // 2 % len(others)] if others else None
        names = [server, other] if turn % 2 else [other, server]
        answers = {name: self._ask(reading, backend, name, path) for name in names if name}
        own, theirs = answers[server], answers.get(other or "")
        return None if own is None or (other and theirs is None) else Pair(own, theirs, other or "")

    def _ask(self, reading: ProcessReading, backend: str, server: str, path: str) -> Probe | None:
        admin = reading.view(backend, server).admin
        if admin is None or not admin.address or not admin.port:
            return None
        began = self._clock.monotonic()
        problem = page_problem(admin.address, admin.port, path, self._limits.probe_host, self._limits.probe_timeout)
        return Probe(self._clock.monotonic() - began, problem)


def page_problem(address: str, port: int, path: str, host: str, timeout: float) -> str:
    """Nothing when the page is answered with less than 500 within `timeout` seconds, else why not."""
    status, problem = ask_page(address, port, path, host, timeout)
    return problem or (f"it answers {status}" if status >= http.client.INTERNAL_SERVER_ERROR else "")


def bake(params: Mapping[str, Any], clock: SystemClock) -> Result:
    """Watches a server that has traffic until there is a verdict. Raises DeployError; never changes haproxy."""
    limits, where = Limits.of(params["bake"] or {}), params["balancer"]
    backend, server = check_haproxy_name(where["backend"], "backend"), check_haproxy_name(where["server"], "server")
    asked = runtime_sockets(where["socket"], params["connect_timeout"])
    judge, sampler = Judge(limits), Sampler(limits, clock)
    readings = [one.read() for one in asked]
    baking = judge.begin(server, _percent(readings, backend, server), clock.monotonic())
    while True:
        baking, verdict = judge.advance(baking, sampler(readings, backend, server, True))
        if verdict is not None:
            return _result(verdict, judge.stops(verdict), backend)
        clock.sleep(POLL)
        readings = patiently(lambda: [one.read() for one in asked], clock)


def _percent(readings: Sequence[ProcessReading], backend: str, server: str) -> int:
    admins = [reading.view(backend, server).admin for reading in readings]
    shares = [100 * one.weight // one.configured_weight for one in admins if one and one.configured_weight]
    if not shares:
        raise InputError(f"{backend}/{server} has a configured weight of 0, so it can never serve.")
    return min(shares)


def _result(verdict: BakeVerdict, stops: bool, backend: str) -> Result:
    why = f": {verdict.why}" if verdict.why else ""
    sentence = f"The bake of {backend}/{verdict.server} says {verdict.said}{why}."
    if stops:
        state = "the server has its traffic as before; nothing was changed"
        blame = RELEASE if verdict.said == FAILED else NOBODY
        raise DeployError(sentence, "bake", state, blame=blame, bake=[verdict.as_dict()])
    return Result(False, sentence, "bake", sentence, values={"bake": [verdict.as_dict()]})
