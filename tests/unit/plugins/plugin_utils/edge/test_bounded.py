# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What never returns is left after its time, and nothing of that stays behind."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.bounded import TooLateError, bounded


def test_what_never_returns_is_left() -> None:
    begin = time.monotonic()
    with pytest.raises(TooLateError), bounded(0.1):
        time.sleep(30)
    assert time.monotonic() - begin < 5
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_what_returns_in_time_hears_nothing_of_it() -> None:
    with bounded(0.1):
        pass
    time.sleep(0.2)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_bound_that_somebody_else_has_set_stays() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        with bounded(0.05):
            time.sleep(0.1)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_in_another_thread_there_is_no_bound() -> None:
    done = []

    def work() -> None:
        with bounded(0.01):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert done == [True]
