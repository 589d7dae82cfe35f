# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of the module nagios_gate that need one look at Nagios or a few: baseline, downtime, downtime lifted."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.errors import NOBODY, DeployError
from .._model.host.ticket import BACK
from .._model.nagios import commands
from .._model.nagios.options import CONTINUE, MAX_AGE
from .._model.nagios.problems import (
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
from .._model.result import Result
from .clock import SystemClock
from .nagios import Cgi, CommandFile


def goes_on(params: Mapping[str, Any]) -> bool:
    """Whether the run goes on although Nagios cannot tell: the host must come back, or somebody said so beforehand."""
    return bool(params["nagios"]["unknown"] == CONTINUE or informs(params))


def informs(params: Mapping[str, Any]) -> bool:
    """Whether nothing is waited for, and nothing fails for what Nagios shows.

    So it is on the way back: users must be off a bad release in seconds.
    """
    return bool(params["mode"] == "inform" or params["direction"] == BACK)


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
        self._informs = informs(params)

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
            return Result(False, msg, PHASE, state_now=msg, values={"downtimes": 0, "earlier_runs": []})

    def _announced(self) -> Result:
        if not self._file:
            msg = f"No downtime for {self._host}: no command file of Nagios is given."
            none = {"downtimes": 0, "earlier_runs": []}
            return Result(False, msg, PHASE, state_now=f"{self._host} may page somebody.", values=none)
        shown = self._cgi.downtimes()
        missing, earlier, now = self._missing(shown), self._earlier(shown), int(self._clock.now())
        length = int(self._nagios["downtime"])
        lines = [commands.lift_of(self._host, run, now) for run in earlier]
        if missing:
            lines += commands.announce(self._host, now, length, self._params["who"] or "", self._comment)
        if self._check_mode and lines:
            what = f"would put {self._host} into a downtime of {length} s" if missing else "would lift downtimes"
            return self._would(lines, what + _of_earlier(earlier))
        self.send(lines)
        if missing and not self._informs:
            self._wait(self._missing, f"the downtime of {self._host}")
        msg = self._told(missing, length) + _of_earlier(earlier)
        count = len(missing) + len(self._own(shown)) if self._informs else len(self._own())
        values = {"downtimes": count, "earlier_runs": earlier}
        return Result(bool(lines), msg, PHASE, state_now=msg, diff=diff("", "".join(lines)), values=values)

    def _told(self, missing: list[str], length: int) -> str:
        if not missing:
            return f"{self._host} is in a downtime of this run already."
        if self._informs:
            return f"Nagios is told of a downtime of {self._host}, so that nobody is paged; it is not waited for."
        return f"{self._host} is in a downtime of Nagios, so that nobody is paged; it ends by itself after {length} s."

    def _earlier(self, shown: list[Downtime]) -> list[str]:
        """The runs that left a downtime of this host: this run has the host's lock, so that they are over."""
        runs = {commands.run_of(one.comment) for one in shown if one.host == self._host}
        return sorted(runs - {"", self._params["run"]})

    def lift(self) -> Result:
        """No downtime of this run any more; those of others stay."""
        own, now = self._own(), int(self._clock.now())
        if not own:
            msg = "Nagios shows no downtime of this run."
            if self._file and not self._check_mode:
                self._lift_unseen(commands.lift(now, self._comment))
            return Result(False, msg, PHASE, state_now=msg, values={"downtimes": 0})
        if not self._file:
            raise DeployError(
                f"{len(own)} downtimes of this run cannot be lifted: no command file of Nagios is given.",
                PHASE,
                f"Nagios shows downtimes with the comment {self._comment!r}.",
                "Delete them in Nagios, or wait until they end by themselves.",
                NOBODY,
            )
        line = commands.lift(now, self._comment)
        if self._check_mode:
            return self._would([line], f"would lift {len(own)} downtimes of this run")
        self._file.send(line)
        msg = f"Nagios is told to lift {len(own)} downtimes of this run; it is not waited for."
        if not self._informs:
            self._wait(self._left, "that the downtimes of this run are lifted")
            msg = f"{len(own)} downtimes of this run are lifted."
        before = "".join(f"{one.host}/{one.service}\n" for one in own)
        return Result(True, msg, PHASE, state_now=msg, diff=diff(before, ""), values={"downtimes": 0})

    def _lift_unseen(self, line: str) -> None:
        """Who informs does not wait until Nagios shows a downtime; it does in order what it is told."""
        try:
            self.send([line])
        except DeployError:
            return  # nor can it have been told of a downtime by this way

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
        return ([commands.lift(now, self._comment)] if own or self._informs else []) + forced

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

    def _own(self, shown: list[Downtime] | None = None) -> list[Downtime]:
        listed = self._cgi.downtimes() if shown is None else shown
        return [one for one in listed if one.comment == self._comment]

    def _missing(self, shown: list[Downtime] | None = None) -> list[str]:
        wanted = {"", *(service.name for service in self._read().of(self._host))}
        if len(wanted) == 1:
            raise NagiosError(f"Nagios shows no service of {self._host} in hostgroup {self._nagios['hostgroup']!r}.")
        return sorted(wanted - {one.service for one in self._own(shown) if one.host == self._host})

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


def _of_earlier(runs: list[str]) -> str:
    return f" What {', '.join(runs)} left of theirs is lifted." if runs else ""
