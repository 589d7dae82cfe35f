# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hosts of a run registered, read across hosts: the one place that knows such a variable by its name.

A test matches every name with a ``register`` of the roles.
"""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    BESIDE,
    LEFT,
    RELOADED,
    RESTARTED,
    RETURNED,
    SWITCHED,
    TURN,
    Failure,
    Record,
    Ticket,
)

RECORDS = ("preflight_record", "stage_build_record", "stage_record", "turn_record", "settle_record")
"""Where the parts of a run register their records, see deploy_turn."""
BEFORE, FAILED, AFTER = "preflight_survey", "settle_survey", "settle_late_survey"
STATUS, TAG = "status_survey", "tag_survey"
"""Where surveys of release_survey are registered: before a run, after its failure, at its end; elsewhere."""
BEGUN = "turn_begin"
"""Where a turn that begins registers what it consists of."""
STEPS: t.Mapping[str, str] = {
    LEFT: "balancer_left",
    LEFT + BESIDE: "balancer_left_beside",
    SWITCHED: "switch_done",
    RELOADED: "reload_done",
    RESTARTED: "restart_services",
    RETURNED: "balancer_returned",
}
"""Where the steps of a turn register their results, by their names in the record."""
REGISTERED = (*RECORDS, BEFORE, FAILED, AFTER, STATUS, TAG, BEGUN, *STEPS.values())


def ledger_of(plan: t.Mapping[str, t.Any], variables: Variables) -> Ledger:
    """All records of the plan's run."""
    found = [
        read_record(plan["run"], host, record)
        for host in plan["hosts"]
        for name in RECORDS
        for record in variables.result(host, name).get("records") or ()
    ]
    return Ledger(plan["run"], tuple(found))


def read_record(run: str, host: str, plain: t.Any) -> Record:
    """The record behind its plain form; what cannot be read as one is a turn that nobody knows of."""
    try:
        return Record.of(plain)
    except (KeyError, TypeError, ValueError) as error:
        failure = Failure("Record", f"the record of {host} cannot be read: {error!r}", NOBODY)
        return Record(Ticket(run, host), TURN, failure=failure)


def steps_of(host: str, variables: Variables) -> dict[str, dict[str, t.Any]]:
    """What the steps of the host's turn returned so far, of whichever turn; empty where one was not gone through."""
    return {name: variables.result(host, variable) for name, variable in STEPS.items()}


def begun_of(host: str, variables: Variables) -> dict[str, t.Any]:
    """What the host registered as its turn began; empty where none did."""
    return variables.result(host, BEGUN)


def surveys_of(name: str, hosts: t.Iterable[str], variables: Variables) -> dict[str, dict[str, t.Any]]:
    """What each of the hosts said of itself in the survey of this name; empty where it gave no answer."""
    return {host: dict(variables.result(host, name).get("survey") or {}) for host in hosts}
