# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pauses of a loop, by a clock that moves only when somebody sleeps."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system.pace import Pace
from tests.support import FakeClock


def test_a_wait_begins_with_short_pauses_that_grow() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    while len(clock.slept) < 500:
        pace.wait()
    assert clock.slept[0] == pytest.approx(0.03)
    assert clock.slept == sorted(clock.slept)
    assert clock.slept[-1] == pytest.approx(0.25)


def test_the_time_that_a_look_takes_counts_and_that_of_the_pause_does_not() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for look in (0.0, 0.1, 0.0):
        clock.time += look
        pace.wait()
    assert clock.slept == pytest.approx([0.03, 0.2, 0.03])


@pytest.mark.parametrize(("most", "slept"), [(5, 0.03), (0.01, 0.01), (1e-17, 0.001), (-1, 0.001)])
def test_a_pause_ends_with_the_wait(most: float, slept: float) -> None:
    clock = FakeClock()
    Pace(clock).wait(most)
    assert clock.slept == pytest.approx([slept])
