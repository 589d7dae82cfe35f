# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run's ticket for a host: whatever changes the host takes it, and its options are said here alone."""

from __future__ import annotations

from ..option import SECONDS, Option

FORWARD, BACK = "forward", "back"
"""The directions of a run: to its release, and, once that failed, back to what the hosts ran before."""

FLOCK_WAIT = Option(
    "flock_wait",
    "float",
    "Seconds to wait for another step that still runs on the host, for one thing a step whose connection to the"
    " controller broke. After that this step fails and nothing is changed.",
    default=5.0,
    unit=SECONDS,
    least=0,
)

TICKET = Option(
    "ticket",
    "dict",
    "The ticket with which a run may change the host. Every step of a run on a host takes the same one.",
    required=True,
    suboptions=(
        Option("root", "path", "The deploy root on the host, an absolute path.", required=True),
        Option("project", "str", "Name of the project.", required=True),
        Option(
            "run",
            "str",
            "Identifier of the run that this step belongs to; it must hold the lock of the host. When empty, the module"
            " is used by itself and nobody may hold the lock.",
            default="",
        ),
        Option(
            "token",
            "int",
            "The fencing token of the run. A host that has given its lock to another token refuses the step.",
            default=0,
            secret=False,
        ),
        Option(
            "who",
            "str",
            "The person behind the run, for the journal. When empty, C(unknown).",
            default="",
        ),
        Option(
            "direction",
            "str",
            "Whether the step belongs to the way forward or to the way back. It changes nothing; the result carries it,"
            " so that nobody takes the one for the other.",
            default=FORWARD,
            choices=(FORWARD, BACK),
        ),
        FLOCK_WAIT,
    ),
)
