# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Switching the current link, and proving that it is switched."""

from __future__ import annotations

import os

from .._model.errors import ProofError
from .._model.host.switch import PHASE, SwitchFacts, describe_current
from . import files
from .store import Store


def observe_switch(store: Store, project: str, release: str) -> SwitchFacts:
    """What a switch of ``project`` to ``release`` finds on this host. Raises InputError, OSError."""
    layout = store.layout
    record = store.record(project, release)
    exists = record is not None and record.complete and os.path.isdir(layout.release(project, release))
    return SwitchFacts(
        current=store.current(project),
        record=record if exists else None,
        environment_complete=bool(record and record.environment and store.has_environment(record.environment)),
    )


def apply_switch(store: Store, project: str, release: str, target: str) -> None:
    """Does what was decided; its last act is to look whether current is the release. Raises ProofError, OSError."""
    layout = store.layout
    files.replace_link(layout.current(project), target)
    current = store.current(project)
    wanted = layout.release(project, release)
    if current.hash != release or not os.path.samefile(layout.current(project), wanted):
        raise ProofError(
            f"{layout.current(project)} does not lead to {wanted} after the switch.",
            phase=PHASE,
            state_now=describe_current(project, current),
            next_command="ansible-playbook playbooks/status.yml",
        )
