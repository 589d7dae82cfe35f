# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judgement of the module nagios_gate: Nagios is asked until it can tell, or until there is no more time."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.errors import NOBODY, RELEASE
from .._model.gate.contract import FAIL, PASS, UNKNOWN, Answer
from .._model.nagios.problems import SHOWN, Downtime, Judgement, NagiosError, Status, listed, shown, told
from .._model.result import Result
from .clock import SystemClock
from .nagios_steps import Nagios, answered


class Trial:
    """One judgement: from the first reading, whose clock everything must be newer than, to a verdict."""

    def __init__(self, params: Mapping[str, Any], check_mode: bool, clock: SystemClock, nagios: Nagios) -> None:
        self._params = params
        self._check_mode = check_mode
        self._clock = clock
        self._nagios = nagios
        self._host: str = params["host"]
        self._begin = clock.monotonic()
        self._since: float | None = params["since"]
        self._looks_once = check_mode or nagios.informs
        self._ordered: list[str] = []
        self._status: Status | None = None
        self._found = Judgement()
        self._own: list[Downtime] | None = None
        self._open: tuple[str, ...] = ()

    def run(self) -> Result:
        """New problems fail at once, nothing open passes; what is open when the time is up is unknown."""
        while True:
            self._look()
            if self._found.new:
                return self._failed()
            if self._status and not self._open:
                return self._answer(PASS, f"{self._calm()}{self._aside()}.")
            if self._is_over():
                return self._unknown()
            self._clock.sleep(self._params["interval"])

    def _look(self) -> None:
        try:
            status, own = self._nagios.read()
            if self._since is None:
                self._since = status.clock
            if not self._ordered:
                ordered = self._nagios.order(status, own, int(self._clock.now()))
                if not self._check_mode:
                    self._nagios.send(ordered)
                self._ordered = ordered
        except NagiosError as error:
            # While there is time left, a Nagios that restarts or hangs is only "not yet".
            self._status, self._open = None, (error.msg.rstrip("."),)
            return
        self._status, self._own = status, own
        self._found = self._nagios.judgement(status, self._since)
        mine = [f"the downtime of {one.host}/{one.service} is not lifted yet" for one in own]
        self._open = (*self._found.waiting, *mine)

    def _is_over(self) -> bool:
        """Whether there is no time for another look, or no hope that it tells more.

        Without a baseline nothing can be found new. So a problem that is there for good is no reason to wait, and
        neither is a Nagios that is silent still: commonly it was so when the baseline was to be taken, and each turn of
        the run would wait for it anew.
        """
        if self._looks_once or self._found.undated:
            return True
        waited, interval, limit = self._waited(), self._params["interval"], self._params["timeout"]
        if self._status is None and not self._nagios.compares:
            limit = min(limit, interval)
        return bool(waited + interval > limit and waited >= min(limit, interval))

    def _failed(self) -> Result:
        new = listed([told(service) for service in self._found.new])
        what = "that were not there before the run" if self._nagios.compares else "(there is no baseline, so all count)"
        # Those of others stop the run, and speak neither against this host nor against what it runs.
        blame = RELEASE if any(service.host == self._host for service in self._found.new) else NOBODY
        return self._answer(FAIL, f"Nagios shows problems {what}: {new}.", blame)

    def _unknown(self) -> Result:
        tried = "at one look" if self._looks_once else f"within {self._waited():.0f} s"
        whom = f"{self._host} is" if self._host else "all is"
        return self._answer(UNKNOWN, f"Nagios could not tell {tried} whether {whom} well: {listed(self._open)}.")

    def _calm(self) -> str:
        if self._host:
            return f"Nagios shows no new problem since {self._host} came back"
        return f"Nagios shows no {'new ' if self._nagios.compares else ''}problem"

    def _aside(self) -> str:
        old = f"; known before: {listed([told(service) for service in self._found.old])}" if self._found.old else ""
        passive = listed(self._found.passive)
        return old + (f"; not waited for (passive checks): {passive}" if passive else "")

    def _answer(self, verdict: str, msg: str, blame: str = NOBODY) -> Result:
        if self._check_mode and self._ordered:
            msg += f" In check mode nothing is sent to Nagios; the run would send {len(self._ordered)} commands."
        answer = Answer(verdict, msg, blame, self._figures(), announced=self._stands())
        return answered(answer, bool(self._ordered or self._nagios.sent), after="".join(self._ordered))

    def _stands(self) -> bool:
        """Whether a downtime of this run may stand: one is seen, or nobody could look."""
        if self._nagios.informs and self._ordered and not self._check_mode:
            return False  # told to lift it
        return self._nagios.tells if self._own is None else bool(self._own)

    def _figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = {
            "new_problems": shown(self._found.new),
            "old_problems": shown(self._found.old),
            "not_waited_for": list(self._found.passive[:SHOWN]),
            "waited": round(self._waited(), 1),
            "commands": self._ordered,
        }
        if self._status:
            figures.update(clock=self._status.clock, services=len(self._status.services))
        if self._since is not None:
            figures["since"] = self._since
        return figures

    def _waited(self) -> float:
        return self._clock.monotonic() - self._begin
