# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judgement of the module nagios_gate: Nagios is asked until it can tell, or until there is no more time."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.errors import NOBODY, RELEASE, DeployError, ProofError
from .._model.nagios import options
from .._model.nagios.problems import PHASE, Judgement, NagiosError, Reading, diff, public, told
from .._model.result import Result
from .clock import SystemClock
from .nagios_steps import Gate, informs

IN_VAIN = 5.0
"""Seconds that a judgement to which nothing can be new waits for the checks that it asked for: they take two or three.
"""
CONTINUE = "Look at Nagios; to go on without it and say why: -e skip=nagios -e \"reason=''\""


class Trial:
    """One judgement: from the first reading, whose clock everything must be newer than, to a verdict."""

    def __init__(self, params: Mapping[str, Any], check_mode: bool, clock: SystemClock, asked: Gate) -> None:
        self._params = params
        self._check_mode = check_mode
        self._clock = clock
        self._gate = asked
        self._nagios: Mapping[str, Any] = params["nagios"]
        self._host: str = params["host"]
        self._begin = clock.monotonic()
        self._since: float | None = params["since"]
        self._ordered: list[str] = []
        self._reading: Reading | None = None
        self._found = Judgement((), (), (), ())
        self._open: tuple[str, ...] = ()

    def run(self) -> Result:
        """Raises ProofError for new problems of the host, DeployError that blames nobody for those of others and for
        what is still open; nothing where it informs, after one look."""
        only_tells = informs(self._params)
        limit: float = self._nagios["timeout"]
        while True:
            self._look()
            if only_tells:
                limit = 0.0
            elif self._gate.hopeless:
                limit = min(self._nagios["timeout"], IN_VAIN if self._ordered else self._nagios["interval"])
            if self._check_mode:
                return self._foreseen()
            if self._found.new:
                return self._failed(only_tells)
            if self._reading and not self._open:
                return self._result("pass", f"Nagios shows no new problem since {self._host} came back{self._aside()}.")
            if self._waited() + self._nagios["interval"] > limit and self._waited() >= min(
                limit, self._nagios["interval"]
            ):
                return self._unknown(only_tells)
            self._clock.sleep(self._nagios["interval"])

    def _look(self) -> None:
        try:
            reading, own = self._gate.read()
            if self._since is None:
                self._since = reading.clock
            if not self._ordered:
                self._ordered = self._gate.order(reading, own, int(self._clock.now()))
                if not self._check_mode:
                    self._gate.send(self._ordered)
        except NagiosError as error:
            # While there is time left, a Nagios that restarts or hangs is only "not yet".
            self._reading, self._open = None, (error.msg.rstrip("."),)
            return
        self._reading = reading
        self._found = self._gate.judgement(reading, self._since)
        mine = [f"the downtime of {one.host}/{one.service} is not lifted yet" for one in own]
        self._open = (*self._found.waiting, *mine)

    def _failed(self, only_tells: bool) -> Result:
        why = "; ".join(map(told, self._found.new))
        sentence = f"Nagios shows problems that were not there before the run: {why}."
        if only_tells:
            return self._result("fail", sentence, why)
        values = self._values("fail", why)
        if all(service.host != self._host for service in self._found.new):
            # It stops the run, and speaks neither against this host nor against what it runs.
            raise DeployError(sentence, PHASE, sentence, "Look at Nagios, then start again.", NOBODY, **values)
        raise ProofError(sentence, PHASE, sentence, blame=RELEASE, **values)

    def _unknown(self, only_tells: bool) -> Result:
        names = "; ".join(self._open[:10]) + ("; ..." if len(self._open) > 10 else "")
        tried = "at one look" if only_tells else f"within {self._waited():.0f} s"
        sentence = f"Nagios could not tell {tried} whether {self._host} is well: {names}."
        if only_tells:
            return self._result("unknown", sentence, names)
        if self._nagios["unknown"] == options.CONTINUE:
            return self._result("unknown", f"{sentence} Going on, as deploy_nagios_unknown=continue says.", names)
        values = self._values("unknown", names)
        raise DeployError(sentence, PHASE, "No new problem is shown.", CONTINUE, NOBODY, **values)

    def _foreseen(self) -> Result:
        told_now = "; ".join(self._open) if not self._reading else f"it shows {len(self._found.old)} known problems"
        count = len(self._ordered)
        msg = f"In check mode Nagios is read once ({told_now}); the run would send {count} commands and wait."
        values = {**self._values("unknown"), "commands": self._ordered}
        return Result(bool(self._ordered), msg, PHASE, diff=diff("", "".join(self._ordered)), values=values)

    def _aside(self) -> str:
        old = f"; known before: {', '.join(map(told, self._found.old))}" if self._found.old else ""
        passive = ", ".join(self._found.passive)
        return old + (f"; not waited for, because Nagios only hears of it: {passive}" if passive else "")

    def _result(self, verdict: str, msg: str, why: str = "") -> Result:
        return Result(bool(self._ordered), msg, PHASE, state_now=msg, values=self._values(verdict, why))

    def _values(self, verdict: str, why: str = "") -> dict[str, Any]:
        return {
            "verdict": verdict,
            "why": why,
            "new_problems": [public(service) for service in self._found.new],
            "old_problems": [public(service) for service in self._found.old],
            "not_waited_for": list(self._found.passive),
            "waited": round(self._waited(), 1),
            "clock": self._reading.clock if self._reading else 0.0,
            "services": len(self._reading.services) if self._reading else 0,
        }

    def _waited(self) -> float:
        return self._clock.monotonic() - self._begin
