# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of the module nagios_gate that need one look at Nagios or a few: baseline, downtime, downtimes lifted."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from .._model.gate.contract import INFORM, PASS, PHASE, UNKNOWN, Answer
from .._model.nagios import commands
from .._model.nagios.options import MAX_AGE
from .._model.nagios.problems import (
    SHOWN_WITHIN,
    Downtime,
    Judgement,
    NagiosError,
    Status,
    check_reading,
    diff,
    judge,
    known,
    parse_baseline,
    shown,
    watched,
)
from .._model.result import Result
from .clock import SystemClock
from .nagios import Cgi, CommandFile


def answered(answer: Answer, changed: bool = False, before: str = "", after: str = "") -> Result:
    """The module's result; ``before`` and ``after`` are what diff mode shows."""
    told = diff(before, after) if before or after else None
    return Result(changed, answer.msg, PHASE, state_now=answer.msg, diff=told, values=answer.as_values())


class Nagios:
    """One Nagios, asked for one run, whose downtimes have the comment; none has it where no run is given."""

    def __init__(self, params: Mapping[str, Any], comment: str, check_mode: bool, clock: SystemClock) -> None:
        self._params = params
        self._comment = comment
        self._check_mode = check_mode
        self._clock = clock
        self._cgi = Cgi(params)
        path = params["command_file"]
        self._file = CommandFile(path) if path else None
        self._baseline = parse_baseline(params["baseline"])
        self._host: str = params["host"]
        self.sent = False
        """Whether Nagios took a command."""

    @property
    def informs(self) -> bool:
        """Whether nothing is waited for."""
        return bool(self._params["mode"] == INFORM)

    @property
    def compares(self) -> bool:
        """Whether there is a baseline."""
        return self._baseline.taken

    @property
    def tells(self) -> bool:
        """Whether Nagios can have been told of a downtime of this run."""
        return bool(self._file and self._comment)

    def baseline(self) -> Result:
        """What is wrong already; everything that is not an answer to the question is unknown."""
        try:
            status = self._read()
            if self._file:
                self._file.check()
        except NagiosError as error:
            return answered(Answer(UNKNOWN, error.msg))
        problems = [service for service in status.services if service.problem]
        figures = {"services": len(status.services), "problems": shown(problems), "clock": status.clock}
        taken = {
            "known": known(status),
            "hosts": sorted({service.host for service in status.services}),
            "services": len(status.services),
        }
        msg = watched(status, problems)
        return answered(Answer(PASS, msg, figures=figures, baseline=taken, announces=self._file is not None))

    def announce(self) -> Result:
        """A downtime for the host and all its services, shown by Nagios."""
        if not self._file:
            msg = f"No downtime for {self._host}, so somebody may be paged: no command file of Nagios is given."
            return answered(Answer(PASS, msg, figures={"downtimes": 0, "earlier_runs": []}))
        own: list[Downtime] = []
        try:
            listed = self._cgi.downtimes()
            own = self.own(listed)
            return self._announced(listed, len(own))
        except NagiosError as error:
            # What was sent may take effect later: then somebody must lift it.
            msg = f"{self._host} gets no downtime, so somebody may be paged: {error.msg}"
            return answered(Answer(UNKNOWN, msg, announced=self.sent or bool(own)), self.sent)

    def _announced(self, listed: list[Downtime], own: int) -> Result:
        missing, earlier, now = self._missing(listed), self._earlier(listed), int(self._clock.now())
        length = int(self._params["downtime"])
        lines = [commands.lift_of(self._host, run, now) for run in earlier]
        if missing:
            lines += commands.announce(self._host, now, length, self._params["who"], self._comment)
        figures = {"downtimes": own, "earlier_runs": earlier, "commands": lines}
        if self._check_mode and lines:
            what = f"would put {self._host} into a downtime of {length} s" if missing else "would lift downtimes"
            return self._would(lines, what + _of_earlier(earlier), figures, own)
        self.send(lines)
        if missing and not self.informs:
            self._wait(self._missing, f"the downtime of {self._host}")
        figures["downtimes"] = own + len(missing) if self.informs else len(self.own())
        msg = self._told(missing, length) + _of_earlier(earlier)
        return answered(Answer(PASS, msg, figures=figures, announced=True), bool(lines), after="".join(lines))

    def _told(self, missing: list[str], length: int) -> str:
        if not missing:
            return f"{self._host} is in a downtime of this run already."
        if self.informs:
            return f"Sent to Nagios, not waited for: a downtime of {self._host}, so that nobody is paged."
        return f"{self._host} is in a downtime of Nagios, so that nobody is paged; it ends by itself after {length} s."

    def _earlier(self, listed: list[Downtime]) -> list[str]:
        """The runs that left a downtime of this host: this run has the host's lock, so that they are over."""
        runs = {commands.run_of(one.comment) for one in listed if one.host == self._host}
        return sorted(runs - {"", self._params["run"]})

    def lift(self) -> Result:
        """No downtime of this run any more, of whatever host; those of others stay."""
        try:
            return self._lifted()
        except NagiosError as error:
            msg = f"Downtimes of this run may still stand in Nagios: {error.msg}"
            return answered(Answer(UNKNOWN, msg, announced=self.tells), self.sent)

    def _lifted(self) -> Result:
        own, line = self._own_of(""), commands.lift(int(self._clock.now()), self._comment)
        if not own:
            if not self._check_mode:
                self._lift_unseen(line)
            return answered(Answer(PASS, "Nagios shows no downtime of this run.", figures={"downtimes": 0}))
        figures = {"downtimes": len(own), "commands": [line]}
        if not self._file:
            msg = (
                f"{len(own)} downtimes of this run, with the comment {self._comment!r}, cannot be lifted, because no"
                " command file of Nagios is given; delete them in Nagios, or wait until they end by themselves."
            )
            return answered(Answer(UNKNOWN, msg, figures={"downtimes": len(own)}, announced=True))
        if self._check_mode:
            return self._would([line], f"would lift {len(own)} downtimes of this run", figures, len(own))
        self.send([line])
        msg = f"Sent to Nagios, not waited for: the end of {len(own)} downtimes of this run."
        if not self.informs:
            self._wait(lambda: self._own_of(""), "that the downtimes of this run are lifted")
            msg = f"{len(own)} downtimes of this run are lifted."
        before = "".join(f"{one.host}/{one.service}\n" for one in own)
        return answered(Answer(PASS, msg, figures={**figures, "downtimes": 0}), True, before=before)

    def _lift_unseen(self, line: str) -> None:
        """Who informs does not wait until Nagios shows a downtime; it does in order what it is told."""
        try:
            self.send([line])
        except NagiosError:
            return  # nor can it have been told of a downtime by this way

    def read(self) -> tuple[Status, list[Downtime]]:
        """The services, and this run's downtimes of the host, or of all hosts without one. Raises NagiosError."""
        return self._read(), self.own() if self._comment else []

    def order(self, status: Status, own: list[Downtime], now: int) -> list[str]:
        """The commands before a judgement: lift this run's downtimes, check at once what Nagios itself checks."""
        if not self._file:
            return []
        if not self._host:
            return [commands.lift(now, self._comment)] if own else []
        # Who informs has not seen its downtime, which may be shown later.
        lift = own or (self._comment and self.informs)
        # One whose name no command can carry is waited for as though there were no command file.
        active = [service for service in status.of(self._host) if service.active and commands.takes(service.name)]
        # A second later than now, because results have whole seconds and must be newer than the first reading.
        forced = [commands.force(self._host, service.name, now, now + 1) for service in active]
        return ([commands.lift_of(self._host, self._params["run"], now)] if lift else []) + forced

    def send(self, lines: list[str]) -> None:
        """The commands, where there is a command file. Raises NagiosError."""
        for line in lines:
            if self._file:
                self._file.send(line)
                self.sent = True

    def judgement(self, status: Status, since: float) -> Judgement:
        """The rule of the gate on what Nagios shows."""
        return judge(status, self._baseline, self._host, since)

    def own(self, listed: list[Downtime] | None = None) -> list[Downtime]:
        """This run's downtimes of the host, or of all hosts without one. Raises NagiosError."""
        return self._own_of(self._host, listed)

    def _own_of(self, host: str, listed: list[Downtime] | None = None) -> list[Downtime]:
        shown_now = self._cgi.downtimes() if listed is None else listed
        return [one for one in shown_now if one.comment == self._comment and host in ("", one.host)]

    def _read(self) -> Status:
        params = self._params
        status = self._cgi.read()
        age = MAX_AGE[params["source"]] if params["max_age"] is None else params["max_age"]
        expected = self._baseline.services if params["min_services"] is None else params["min_services"]
        check_reading(status, params["hostgroup"], expected, age)
        return status

    def _missing(self, listed: list[Downtime] | None = None) -> list[str]:
        wanted = {"", *(service.name for service in self._read().of(self._host))}
        if len(wanted) == 1:
            raise NagiosError(f"Nagios shows no service of {self._host} in hostgroup {self._params['hostgroup']!r}.")
        return sorted(wanted - {one.service for one in self.own(listed)})

    def _wait(self, left: Callable[[], object], what: str) -> None:
        begin = self._clock.monotonic()
        while True:
            self._clock.sleep(min(1.0, self._params["interval"]))
            if not left():
                return
            if self._clock.monotonic() - begin > SHOWN_WITHIN:
                raise NagiosError(
                    f"Nagios took the command, and does not show {what} after {SHOWN_WITHIN:g} s:"
                    " it may not process external commands (check_external_commands)."
                )

    def _would(self, lines: list[str], what: str, figures: Mapping[str, Any], own: int) -> Result:
        msg = f"In check mode nothing is sent to Nagios; the run {what}."
        return answered(Answer(PASS, msg, figures=figures, announced=own > 0), True, after="".join(lines))


def _of_earlier(runs: list[str]) -> str:
    return f" Those left by {', '.join(runs)} are lifted." if runs else ""
