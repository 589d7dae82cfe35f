# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times as the files on a host hold them: ISO 8601 in UTC with milliseconds and ``Z``."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from .errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def render_time(epoch: float) -> str:
    """Seconds since the epoch as ``2026-11-23T18:00:00.000Z``."""
    moment = _EPOCH + timedelta(milliseconds=round(epoch * 1000))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_time(text: str) -> float:
    """The opposite of :func:`render_time`, in seconds since the epoch. Raises InputError."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        raise InputError(f"{text!r} is not a time such as 2026-11-23T18:00:00.000Z.") from None
    return (moment - _EPOCH) / timedelta(seconds=1)


def render_age(seconds: float) -> str:
    """A duration in seconds for a person: ``12 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    total = max(0, int(seconds))
    for size, unit, below, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if total >= size:
            return f"{total // size} {unit} {total % size // below} {smaller}"
    return f"{total} s"
