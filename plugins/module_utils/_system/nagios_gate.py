# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module nagios_gate does: baseline, downtime of the host, judgement, downtimes lifted."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.gate.contract import ANNOUNCE, JUDGE, LIFT, READ
from .._model.nagios import commands
from .._model.nagios.options import check_nagios
from .._model.result import Result
from .clock import SystemClock
from .nagios_steps import Nagios
from .nagios_trial import Trial


def gate(params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Result:
    """Does what `ask` says. Raises InputError for what cannot be right, and for nothing that Nagios says."""
    check_nagios(params)
    ask = params["ask"]
    if params["host"] or ask == ANNOUNCE:
        commands.check_name(params["host"], "host")
    comment = commands.comment_of(params["run"]) if params["run"] or ask in (ANNOUNCE, LIFT) else ""
    nagios = Nagios(params, comment, check_mode, clock)
    steps = {
        READ: nagios.baseline,
        ANNOUNCE: nagios.announce,
        JUDGE: Trial(params, check_mode, clock, nagios).run,
        LIFT: nagios.lift,
    }
    return steps[ask]()
