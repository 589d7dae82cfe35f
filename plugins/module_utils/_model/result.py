# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """A module's answer: ``msg`` is one sentence for a person, ``phase`` the step's name, ``state_now`` what is true on
    this host now, ``next_command`` what to type (may be empty), ``values`` the module's own return values."""

    changed: bool
    msg: str
    phase: str
    state_now: str = ""
    next_command: str = ""
    diff: dict[str, Any] | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def as_exit(self, check_mode: bool) -> dict[str, Any]:
        """The keyword arguments for ``exit_json``; ``outcome`` is ``unchanged``, ``would`` (check mode) or ``done``."""
        result: dict[str, Any] = dict(self.values)
        result.update(
            changed=self.changed,
            msg=self.msg,
            outcome="unchanged" if not self.changed else "would" if check_mode else "done",
            phase=self.phase,
            state_now=self.state_now,
            next_command=self.next_command,
        )
        if self.diff is not None:
            result["diff"] = self.diff
        return result
