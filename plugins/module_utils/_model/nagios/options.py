# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Nagios is reached, read and told: what nagios_gate takes beside what every gate is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from ..gate.contract import TIMEOUT
from ..gate.exchange import CONNECT_TIMEOUT, LOGIN, check
from ..option import SECONDS, Option

STATUSJSON, STATUS = "statusjson", "status"

MAX_AGE = {STATUSJSON: 120.0, STATUS: 900.0}
"""Seconds; status.cgi does not say how old its data are, so that there the newest check stands for it."""

OPTIONS: tuple[Option, ...] = (
    Option("url", "str", "Directory of Nagios' CGIs, for example C(http://monitor/cgi-bin/nagios4/).", required=True),
    Option(
        "source",
        "str",
        "V(statusjson) is for Nagios 4; V(status) reads the pages of status.cgi, which Nagios 3 has too.",
        default=STATUSJSON,
        choices=(STATUSJSON, STATUS),
    ),
    Option("hostgroup", "str", "The hostgroup that is watched.", required=True),
    *LOGIN,
    # Of each wait for a part of the answer: see _system/nagios.py.
    replace(CONNECT_TIMEOUT, description="Seconds after which one question to Nagios is given up."),
    Option(
        "date_format",
        "str",
        "Nagios' C(date_format), for O(source=status).",
        default="us",
        choices=("us", "euro", "iso8601", "strict-iso8601"),
    ),
    Option(
        "command_file",
        "path",
        "Nagios' external command file on the host that this module runs on. Without it nothing is sent.",
    ),
    Option(
        "max_age",
        "float",
        f"Seconds after which Nagios' own data count as stale; {MAX_AGE[STATUSJSON]:g} with O(source=statusjson) and"
        f" {MAX_AGE[STATUS]:g} with O(source=status), which does not say how old its data are, so that the newest check"
        " stands for it.",
        unit=SECONDS,
        above=0,
    ),
    Option(
        "min_services",
        "int",
        "How many services the hostgroup must have at least; those of the baseline when not given.",
        least=0,
    ),
    Option("interval", "float", "Seconds between two readings.", default=2.0, unit=SECONDS, above=0),
    Option(
        "downtime",
        "int",
        "Length of a downtime in seconds, after which it ends even if nobody lifts it.",
        default=1800,
        unit=SECONDS,
        least=60,
    ),
)


def check_nagios(given: Mapping[str, Any]) -> None:
    """Raises InputError for what is out of range in the module's options."""
    check((*OPTIONS, TIMEOUT), given)
