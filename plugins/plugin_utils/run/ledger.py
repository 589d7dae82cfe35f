# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All records of a run, and what they say together. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK, FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import gate_notes, note_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import (
    BUILD,
    OPEN,
    STAGE,
    TURN,
    Failure,
    Record,
    Ticket,
)

Plan = t.Mapping[str, t.Any]
"""What deploy_plan returned."""


@dataclass(frozen=True)
class Ledger:
    """All records of a run; their order does not matter."""

    run: str
    records: tuple[Record, ...] = ()

    def get(self, host: str, part: str, direction: str = FORWARD) -> Record | None:
        """The host's record, or None where there is none."""
        wanted = Ticket(self.run, host, direction)
        return next((one for one in self.records if one.part == part and one.ticket == wanted), None)

    def forward(self, host: str) -> tuple[Record, ...]:
        """The host's records of the way forward, in the order of the run."""
        parts = (self.get(host, part) for part in (OPEN, BUILD, STAGE, TURN))
        return tuple(record for record in parts if record)

    def failed(self, host: str) -> Record | None:
        """The first record of the way forward in which the host failed."""
        return next((record for record in self.forward(host) if record.failure), None)

    def back(self, host: str) -> Record | None:
        """The record of the host's way back."""
        return self.get(host, TURN, BACK)

    def done(self, host: str) -> bool:
        """Whether the host's turn went well."""
        turn = self.get(host, TURN)
        return turn is not None and turn.good

    def with_failures(self, found: t.Mapping[str, Failure]) -> Ledger:
        """The ledger with what was found afterwards, by host: in the turn's record, where it does not say so itself."""
        turns = {host: self.get(host, TURN) or Record(Ticket(self.run, host), TURN) for host in found}
        marked = {host: replace(turns[host], failure=found[host]) for host in found if self.failed(host) is None}
        kept = [one for one in self.records if one not in [turns[host] for host in marked]]
        return Ledger(self.run, (*kept, *marked.values()))

    def of_host(self, host: str) -> tuple[Record, ...]:
        """All records of the host."""
        back = self.back(host)
        return (*self.forward(host), *([back] if back else []))


def failures(plan: Plan, ledger: Ledger) -> dict[str, Record]:
    """The record in which each host failed, in the plan's order."""
    return {host: record for host in plan["hosts"] if (record := ledger.failed(host))}


def unknown(plan: Plan, ledger: Ledger) -> dict[str, Failure]:
    """The failure of each host whose turn must have begun and left no record.

    That is every turn where no host failed, and otherwise those up to the last wave of which one was recorded.
    """
    recorded = [host for host in plan["turns"] if ledger.get(host, TURN)]
    begun = list(plan["turns"])
    if failures(plan, ledger):
        # Who takes its turn together with one that was recorded has begun as well.
        last = next((wave for wave in reversed(plan["waves"]) if set(wave) & set(recorded)), ())
        begun = begun[: begun.index(last[-1]) + 1] if last else []
    return {
        host: Failure("Record", f"unknown what happened on {host}: there is no record of its turn", NOBODY)
        for host in begun
        if host not in recorded
    }


def notes_of(plan: Plan, ledger: Ledger) -> list[str]:
    """What the journals must keep: of the preflight, of gates that did not simply pass, and who answered a pause."""
    records = [record for host in plan["hosts"] for record in ledger.forward(host)]
    said = [one for record in records for one in record.said]
    # What was skipped on request the preflight has noted, with the reason.
    if "bake" in plan["skips"]:
        said = [one for one in said if one.verdict != "skip"]
    notes = [*plan["notes"], *gate_notes(said), *(note for record in records for note in record.notes)]
    return [note for note in dict.fromkeys(map(note_of, notes)) if note]


def cut_off(plan: Plan, ledger: Ledger) -> list[str]:
    """Whose requests were cut off so that their host could leave rotation, a clause each."""
    cut = {host: sum(record.cut for record in ledger.of_host(host)) for host in plan["hosts"]}
    return [f"{count} requests that {host} did not end in time were cut off" for host, count in cut.items() if count]


def notices(plan: Plan, ledger: Ledger) -> list[str]:
    """What was noticed and stopped nothing, each once."""
    said = [notice for host in plan["hosts"] for record in ledger.of_host(host) for notice in record.notices]
    return list(dict.fromkeys(said))
