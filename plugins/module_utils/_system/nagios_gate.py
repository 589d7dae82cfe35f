# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module nagios_gate does: baseline, downtime of the host, judgement, downtime lifted."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.nagios import commands
from .._model.nagios.options import check_nagios
from .._model.result import Result
from .clock import SystemClock
from .nagios_steps import Gate
from .nagios_trial import Trial


def gate(params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Result:
    """Does what `state` says. Raises DeployError."""
    if params["state"] in ("announced", "judged"):
        commands.check_name(params["host"] or "", "host")
    check_nagios(params["nagios"])
    asked = Gate(params, check_mode, clock)
    steps = {
        "baseline": asked.baseline,
        "announced": asked.announce,
        "judged": Trial(params, check_mode, clock, asked).run,
        "lifted": asked.lift,
    }
    return steps[params["state"]]()
