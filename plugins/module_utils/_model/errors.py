# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a step raises instead of failing by itself: a sentence for a person and what to type next."""

from __future__ import annotations

from typing import Any

RELEASE, HOST, NOBODY = "release", "host", "nobody"
"""Whom a failure blames: the release, so that every host leaves it; the host, so that the others stay as they are; or
nobody, where it cannot be told: every host goes back, and nothing is marked bad."""


class DeployError(Exception):
    """A step that must not go on.

    ``msg`` is one sentence for a person; ``phase`` names the step, ``state_now`` says what is true on this host now,
    ``next_command`` what to type (may be empty). ``blame`` is the host unless whoever raises it knows better.
    ``details`` are further values of the module's result.
    """

    def __init__(
        self,
        msg: str,
        phase: str = "",
        state_now: str = "",
        next_command: str = "",
        blame: str = HOST,
        **details: Any,
    ) -> None:
        super().__init__(msg)
        self.msg = msg
        self.phase = phase
        self.state_now = state_now
        self.next_command = next_command
        self.blame = blame
        self.details = details

    def as_result(self) -> dict[str, Any]:
        """The keyword arguments for ``fail_json``, in the form of the result contract."""
        result: dict[str, Any] = dict(self.details)
        result.update(
            msg=self.msg,
            phase=self.phase,
            state_now=self.state_now,
            next_command=self.next_command,
            blame=self.blame,
            outcome="failed",
        )
        return result


class InputError(DeployError):
    """A value from outside is not what it must be; nothing was touched."""


class LockedError(DeployError):
    """Somebody else holds this host."""


class FencedError(DeployError):
    """This run held the host once and no longer does: another run took over, or a person broke the lock."""


class ProofError(DeployError):
    """What was done did not have the effect that must be proven."""
