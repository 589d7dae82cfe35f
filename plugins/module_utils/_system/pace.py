# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pauses of a loop that waits for what may happen at any moment."""

from __future__ import annotations

from .._model.service.service import pause
from .clock import SystemClock

_LEAST = 0.001
"""A rest of no time would be waited for again and again."""


class Pace:
    """The pace of one wait, which begins now."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._began = self._looked = clock.monotonic()

    def wait(self, most: float | None = None) -> None:
        """Sleeps until the next look is due, in ``most`` seconds at the latest; the last look ends now."""
        now = self._clock.monotonic()
        due = pause(now - self._began, now - self._looked)
        self._clock.sleep(due if most is None else max(_LEAST, min(due, most)))
        self._looked = self._clock.monotonic()
