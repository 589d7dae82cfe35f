# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of the module nagios_gate that need one look at Nagios or a few: baseline, downtime, downtime lifted."""

from __future__ import annotations

from typing import Any, Mapping

from .._model import nagios_commands as commands
from .._model.errors import DeployError
from .._model.nagios import (
    PHASE,
    SHOWN_WITHIN,
    Downtime,
    Judgement,
    NagiosError,
    Reading,
    check_reading,
    diff,
    judge,
    known,
    parse_baseline,
    public,
    watched,
)
from .._model.nagios_options import CONTINUE, MAX_AGE
from .._model.result import Result
from .clock import SystemClock
from .nagios import Cgi, CommandFile


def goes_on(params: Mapping[str, Any]) -> bool:
    """Whether the run goes on although Nagios cannot tell: the host must come back, or somebody said so beforehand."""
    return bool(params["mode"] == "inform" or params["nagios"]["unknown"] == CONTINUE)


class Gate:
    """One Nagios, one run."""

    def __init__(self, params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> None:
        self._params = params
        self._check_mode = check_mode
        self._clock = clock
        self._nagios: Mapping[str, Any] = params["nagios"]
        self._cgi = Cgi(self._nagios, params["url_password"])
        path = self._nagios["command_file"]
        self._file = CommandFile(path) if path else None
        self._baseline = parse_baseline(params["baseline"])
        self._comment = "" if params["state"] == "baseline" else commands.comment_of(params["run"] or "")
        self._host: str = params["host"] or ""

    def baseline(self) -> Result:
        """What is wrong already. Raises NagiosError for everything that is not an answer to the question."""
        reading = self._read()
        if self._file:
            self._file.check()
        problems = [service for service in reading.services if service.problem]
        values = {
            "problems": [public(service) for service in problems],
            "known": known(reading),
            "hosts": sorted({service.host for service in reading.services}),
            "services": len(reading.services),
            "clock": reading.clock,
        }
        msg = watched(reading)
        return Result(False, msg, PHASE, state_now=msg, values=values)

    def announce(self) -> Result:
        """A downtime for the host and all its services, shown by Nagios. Raises NagiosError, unless silence goes on."""
        try:
            return self._announced()
        except NagiosError as error:
            if not goes_on(self._params):
                raise
            msg = f"{self._host} gets no downtime, so that somebody may be paged: {error.msg}"
            return Result(False, msg, PHASE, state_now=msg, values={"downtimes": 0})

    def _announced(self) -> Result:
        if not self._file:
            msg = f"No downtime for {self._host}: no command file of Nagios is given."
            return Result(False, msg, PHASE, state_now=f"{self._host} may page somebody.", values={"downtimes": 0})
        missing = self._missing()
        if not missing:
            msg = f"{self._host} is in a downtime of this run already."
            return Result(False, msg, PHASE, state_now=msg, values={"downtimes": len(self._own())})
        length = int(self._nagios["downtime"])
        lines = commands.announce(self._host, int(self._clock.now()), length, self._params["who"] or "", self._comment)
        if self._check_mode:
            return self._would(lines, f"would put {self._host} into a downtime of {length} s")
        for line in lines:
            self._file.send(line)
        self._wait(self._missing, f"the downtime of {self._host}")
        msg = f"{self._host} is in a downtime of Nagios, so that nobody is paged; it ends by itself after {length} s."
        return Result(
            True, msg, PHASE, state_now=msg, diff=diff("", "".join(lines)), values={"downtimes": len(self._own())}
        )

    def lift(self) -> Result:
        """No downtime of this run any more; those of others stay."""
        own = self._own()
        if not own:
            msg = "Nagios shows no downtime of this run."
            return Result(False, msg, PHASE, state_now=msg, values={"downtimes": 0})
        if not self._file:
            raise DeployError(
                f"{len(own)} downtimes of this run cannot be lifted: no command file of Nagios is given.",
                PHASE,
                f"Nagios shows downtimes with the comment {self._comment!r}.",
                "Delete them in Nagios, or wait until they end by themselves.",
            )
        line = commands.lift(int(self._clock.now()), self._comment)
        if self._check_mode:
            return self._would([line], f"would lift {len(own)} downtimes of this run")
        self._file.send(line)
        self._wait(self._left, "that the downtimes of this run are lifted")
        msg = f"{len(own)} downtimes of this run are lifted."
        before = "".join(f"{one.host}/{one.service}\n" for one in own)
        return Result(True, msg, PHASE, state_now=msg, diff=diff(before, ""), values={"downtimes": 0})

    @property
    def hopeless(self) -> bool:
        """Whether a long wait is in vain: Nagios could not tell before the run, and whoever runs it said to go on."""
        return not self._baseline.taken and goes_on(self._params)

    def read(self) -> tuple[Reading, list[Downtime]]:
        """The services and this run's downtimes. Raises NagiosError."""
        return self._read(), self._own()

    def order(self, reading: Reading, own: list[Downtime], now: int) -> list[str]:
        """The commands before a judgement: lift this run's downtimes, check at once what Nagios itself checks."""
        if not self._file:
            return []
        # One whose name no command can carry is waited for as though there were no command file.
        active = [service for service in reading.of(self._host) if service.active and commands.takes(service.name)]
        # A second later than now, because results have whole seconds and must be newer than the first reading.
        forced = [commands.force(self._host, service.name, now, now + 1) for service in active]
        return ([commands.lift(now, self._comment)] if own else []) + forced

    def send(self, lines: list[str]) -> None:
        for line in lines:
            if self._file:
                self._file.send(line)

    def judgement(self, reading: Reading, since: float) -> Judgement:
        return judge(reading, self._baseline, self._host, since)

    def _read(self) -> Reading:
        nagios = self._nagios
        reading = self._cgi.read()
        age = nagios["max_age"] or MAX_AGE[nagios["source"]]
        check_reading(reading, nagios["hostgroup"], nagios["min_services"] or self._baseline.services, age)
        return reading

    def _own(self) -> list[Downtime]:
        return [one for one in self._cgi.downtimes() if one.comment == self._comment]

    def _missing(self) -> list[str]:
        wanted = {"", *(service.name for service in self._read().of(self._host))}
        if len(wanted) == 1:
            raise NagiosError(f"Nagios shows no service of {self._host} in hostgroup {self._nagios['hostgroup']!r}.")
        return sorted(wanted - {one.service for one in self._own() if one.host == self._host})

    def _left(self) -> list[str]:
        return [f"{one.host}/{one.service}" for one in self._own()]

    def _wait(self, left: Any, what: str) -> None:
        begin = self._clock.monotonic()
        while True:
            self._clock.sleep(min(1.0, self._nagios["interval"]))
            if not left():
                return
            if self._clock.monotonic() - begin > SHOWN_WITHIN:
                raise NagiosError(
                    f"Nagios took the command, and does not show {what} after {SHOWN_WITHIN:g} s:"
                    " it may not process external commands (check_external_commands)."
                )

    def _would(self, lines: list[str], what: str) -> Result:
        msg = f"In check mode nothing is sent to Nagios; the run {what}."
        return Result(True, msg, PHASE, diff=diff("", "".join(lines)), values={"downtimes": 0, "commands": lines})
