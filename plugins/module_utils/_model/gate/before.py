# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a value outside its limits says, by what was known of it before the run."""

from __future__ import annotations

from ..errors import NOBODY, RELEASE
from .contract import FAIL, UNKNOWN


def outside(told: str, host: str, was_right: bool | None) -> tuple[str, str, str]:
    """Verdict, blame and sentence. ``was_right`` is None where nothing is known of the time before the run.

    What was wrong already proves nothing about the release. What became wrong during the turn of a host speaks against
    the release. Between turns anything may have changed, and so it may where nobody looked before: that stops the run
    and marks nothing bad.
    """
    if was_right is False:
        return UNKNOWN, NOBODY, f"{told}. It was so before the run already, so it says nothing about the release."
    if was_right is None:
        return FAIL, NOBODY, f"{told}. Whether it was so before the run is not known."
    return FAIL, RELEASE if host else NOBODY, f"{told}. Before the run it was not so."
