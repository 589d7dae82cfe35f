# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clock, as an object, so that tests can pass their own."""

from __future__ import annotations

import time

from .._model.moment import render_time


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, never going back; for durations and deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def stamp(self) -> str:
        """Now as ISO 8601 text in UTC, with milliseconds and Z."""
        return render_time(self.now())
