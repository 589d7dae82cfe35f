# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a step that waits is worth a line, and for whom the line speaks."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.waiting import (
    EVERY,
    FIRST,
    WaitingHosts,
    progress_line,
)


def lines(waiting: WaitingHosts, *times: float) -> list[str]:
    """What is said where somebody looks at these times."""
    said = []
    for now in times:
        waiting, line = waiting.told("Stage", now)
        said.append(line)
    return said


TWO = WaitingHosts().joined("home", 0, 60).joined("web3", 1, 60)


def test_hosts_that_wait_for_the_same_share_a_line() -> None:
    assert lines(TWO, 6) == ["    home, web3: Stage: 6 s, gives up in 54 s"]


def test_a_step_that_has_only_begun_says_nothing() -> None:
    assert lines(TWO, FIRST - 0.1) == [""]
    assert lines(WaitingHosts(), 100) == [""]


def test_who_has_only_begun_is_not_named_yet() -> None:
    assert lines(TWO.joined("www1", 4, 10), 6.4, 16.5) == [
        "    home, web3: Stage: 6 s, gives up in 54 s",
        "    home, web3, www1: Stage: 16 s, gives up in 0 s",
    ]


def test_nothing_is_said_again_within_ten_seconds() -> None:
    said = lines(TWO, *range(60))
    assert [now for now, line in enumerate(said) if line] == [5, 15, 25, 35, 45, 55]
    assert EVERY == 10


def test_nor_where_the_step_begins_again() -> None:
    waiting, line = TWO.told("Stage", 20)
    assert line
    again = waiting.left("home").left("web3").joined("home", 21, None)
    assert lines(again, 26, 29.9, 30) == ["", "", "    home: Stage: 9 s"]


def test_who_is_done_is_not_named() -> None:
    assert lines(TWO.left("home").left("nobody"), 8) == ["    web3: Stage: 7 s, gives up in 53 s"]


def test_processes_read_what_others_wrote() -> None:
    told, _line = TWO.joined("www1", 2, None).told("Stage", 9.5)
    for waiting in (WaitingHosts(), TWO, told):
        assert WaitingHosts.parse(waiting.render()) == waiting
    assert WaitingHosts.parse("") == WaitingHosts()


@pytest.mark.parametrize(
    ("seconds", "left", "line"),
    [
        (5.2, None, "    blue: Switch: 5 s"),
        (5.2, 54.8, "    blue: Switch: 5 s, gives up in 55 s"),
        (70.0, -10.0, "    blue: Switch: 70 s, gives up in 0 s"),
    ],
)
def test_a_line(seconds: float, left: float | None, line: str) -> None:
    assert progress_line("blue", "Switch", seconds, left) == line
