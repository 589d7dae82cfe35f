# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bound in time for what may never return by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TooLateError(BaseException):
    """The time is up. No Exception: a connection plugin would take it for a fault of its own."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raises TooLateError once that many seconds are over.

    The keyword ``timeout`` of a task does so too, and replaces the task's result: nobody could say what follows. Where
    a task has it, it is the bound.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGALRM) != signal.SIG_DFL:
        yield
        return

    def over(_signal: int, _frame: object) -> None:
        raise TooLateError

    signal.signal(signal.SIGALRM, over)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
