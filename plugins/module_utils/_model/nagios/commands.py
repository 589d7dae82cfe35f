# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines that Nagios' external command file takes; a name that could smuggle in another one is refused."""

from __future__ import annotations

import re

from ..errors import InputError
from ..gate.contract import PHASE
from .problems import COMMENT

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:@+-]{0,100}")
_ILLEGAL = re.compile(r"[;\x60~!$%^&*|'\"<>?,()=\[\]]")


def check_name(text: str, what: str) -> str:
    """The text, when Nagios can take it as a name. Raises InputError."""
    if not takes(text):
        raise InputError(
            f"{text!r} is no name of a {what}: it is empty or too long, or it holds what is not printable or a ';'.",
            PHASE,
        )
    return text


def takes(text: str) -> bool:
    """Whether Nagios can take the text as a name in a command."""
    return bool(text) and text.isprintable() and ";" not in text and len(text.encode()) <= 200


def comment_of(run: str) -> str:
    """The comment of the downtimes of a run. Raises InputError."""
    if not _RUN.fullmatch(run):
        raise InputError(f"{run!r} is not the identifier of a run.", PHASE)
    return f"{COMMENT} {run}"


def run_of(comment: str) -> str:
    """The run whose downtimes have this comment; empty for those of anybody else."""
    begin, run = comment[: len(COMMENT) + 1], comment[len(COMMENT) + 1 :]
    return run if begin == f"{COMMENT} " and _RUN.fullmatch(run) else ""


def announce(host: str, start: int, seconds: int, who: str, comment: str) -> list[str]:
    """A fixed downtime for the host and all its services; times are seconds since the epoch."""
    author = _ILLEGAL.sub("_", "".join(letter for letter in who if letter.isprintable())) or COMMENT
    rest = f"{check_name(host, 'host')};{start};{start + seconds};1;0;{seconds};{author};{comment}"
    return [_line(start, f"{verb};{rest}") for verb in ("SCHEDULE_HOST_SVC_DOWNTIME", "SCHEDULE_HOST_DOWNTIME")]


def lift(now: int, comment: str) -> str:
    """Ends every downtime with exactly this comment, and no other."""
    return _line(now, f"DEL_DOWNTIME_BY_START_TIME_COMMENT;;{comment}")


def lift_of(host: str, run: str, now: int) -> str:
    """Ends every downtime of this host and its services that another run left, and no other. Raises InputError.

    An empty service and an empty start are filters that Nagios passes over; the comment must be the same, letter by
    letter (cmd_delete_downtime_by_host_name in its base/commands.c).
    """
    return _line(now, f"DEL_DOWNTIME_BY_HOST_NAME;{check_name(host, 'host')};;;{comment_of(run)}")


def force(host: str, service: str, now: int, when: int) -> str:
    """Checks a service at `when`, whatever its schedule is.

    Service by service, because SCHEDULE_FORCED_HOST_SVC_CHECKS also runs the check command of services that only
    others report on, which commonly says "no result came in" and would page somebody.
    """
    return _line(now, f"SCHEDULE_FORCED_SVC_CHECK;{check_name(host, 'host')};{check_name(service, 'service')};{when}")


def _line(now: int, command: str) -> str:
    return f"[{now}] {command}\n"
