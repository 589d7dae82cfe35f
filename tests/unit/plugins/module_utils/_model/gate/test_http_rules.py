# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an answer says, what its limits make of it, and what follows from looks at it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.exchange import Reply
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_rules import (
    NOTHING,
    OUTSIDE,
    RIGHT,
    Look,
    PageTrial,
    WantedPage,
    find,
    same,
    shown,
    taken,
    was_right,
)

URL = "http://queue/status"


@pytest.mark.parametrize(
    ("wanted", "status", "text", "kind", "told"),
    [
        (WantedPage((200,)), 200, "", RIGHT, "answers 200"),
        (WantedPage((200,)), 503, '{"v": 1}', OUTSIDE, "answers 503 instead of 200"),
        (WantedPage((200, 204)), 302, "", OUTSIDE, "answers 302 instead of 200 or 204"),
        (WantedPage((503,), "v", most=1), 503, '{"v": 1}', RIGHT, "says v is 1"),
        (WantedPage((200,), "v"), 200, '{"v": null}', RIGHT, "says v is null"),
        (WantedPage((200,), "v"), 200, "{}", NOTHING, "has no v in its answer"),
        (WantedPage((200,), "v"), 200, "[]", NOTHING, "has no v in its answer"),
        (WantedPage((200,), "v"), 200, '{"v": {}}', NOTHING, "has an object at v instead of a value"),
        (WantedPage((200,), "v"), 200, '{"v": []}', NOTHING, "has a list at v instead of a value"),
        (WantedPage((200,), "v", most=3), 200, '{"v": 3}', RIGHT, "says v is 3"),
        (WantedPage((200,), "v", most=3), 200, '{"v": 3.5}', OUTSIDE, "says v is 3.5, more than 3"),
        (WantedPage((200,), "v", least=3), 200, '{"v": 2}', OUTSIDE, "says v is 2, less than 3"),
        (WantedPage((200,), "v", least=1, most=3), 200, '{"v": 2}', RIGHT, "says v is 2"),
        (WantedPage((200,), "v", most=3), 200, '{"v": "2"}', NOTHING, 'says v is "2", which is not a number'),
        (WantedPage((200,), "v", most=3), 200, '{"v": true}', NOTHING, "says v is true, which is not a number"),
        (WantedPage((200,), "v", most=3), 200, '{"v": null}', NOTHING, "says v is null, which is not a number"),
        (WantedPage((200,), "v", most=3), 200, '{"v": NaN}', NOTHING, "answers what is not JSON"),
        (WantedPage((200,), "v", most=3), 200, '{"v": -Infinity}', NOTHING, "answers what is not JSON"),
        (
            WantedPage((200,), "v", least=3),
            200,
            '{"v": 1e999}',
            NOTHING,
            "has a number at v that is too large",
        ),
        (WantedPage((200,), "v", most=3), 200, f'{{"v": {"9" * 30}}}', OUTSIDE, "says v is 1e+30, more than 3"),
        (
            WantedPage((200,), "v", most=3),
            200,
            f'{{"v": {"9" * 9000}}}',
            NOTHING,
            "has a number at v that is too large",
        ),
        (WantedPage((200,), "v", equals="up"), 200, '{"v": "up"}', RIGHT, 'says v is "up"'),
        (WantedPage((200,), "v", equals="up"), 200, '{"v": "UP"}', OUTSIDE, 'says v is "UP" instead of "up"'),
        (WantedPage((200,), "v"), 200, "", NOTHING, "answers what is not JSON"),
        (WantedPage((200,), "v"), 200, "[" * 100_000, NOTHING, "answers what is not JSON"),
        (WantedPage((200,), "v"), 200, '{"v": 1} and more', NOTHING, "answers what is not JSON"),
    ],
)
def test_look(wanted: WantedPage, status: int, text: str, kind: str, told: str) -> None:
    look = wanted.look(Reply(status, text), 0.0)
    assert (look.kind, look.told, look.status) == (kind, told, status)


def test_a_long_answer_counts_by_its_status_alone() -> None:
    assert WantedPage((200,)).look(Reply(200, "x", cut=True), 0.0).kind == RIGHT
    assert WantedPage((200,), "v").look(Reply(200, '{"v": 1}', cut=True), 0.0).kind == NOTHING


@pytest.mark.parametrize(
    ("age", "oldest", "kind"), [(0.0, 0.0, RIGHT), (5.0, 5.0, RIGHT), (6.0, 5.0, NOTHING), (math.inf, 99.0, NOTHING)]
)
def test_what_a_cache_had_before_the_judgement_says_nothing(age: float, oldest: float, kind: str) -> None:
    assert WantedPage((200,)).look(Reply(200, "", age=age), oldest).kind == kind
    assert WantedPage((200,)).look(Reply(500, "", age=age), oldest).kind != RIGHT


DATA = {"queue": {"depth": 3, "0": "zero"}, "services": [{"state": "up"}, {"state": "down"}], "": 1}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("queue.depth", 3),
        ("queue.0", "zero"),
        ("services.1.state", "down"),
    ],
)
def test_find(path: str, found: Any) -> None:
    assert find(DATA, path) == found


@pytest.mark.parametrize(
    "path",
    ["depth", "queue.depth.more", "services.2.state", "services.-1.state", "services.x", "services.99999999999999"],
)
def test_find_nothing(path: str) -> None:
    with pytest.raises(LookupError, match="has no "):
        find(DATA, path)


@pytest.mark.parametrize(
    ("found", "wanted", "is_same"),
    [
        ("up", "up", True),
        ("up", "Up", False),
        ("5", "5", True),
        (5, "5", True),
        (5.0, "5", True),
        (5, "5.5", False),
        (5, "five", False),
        (True, "True", True),
        (True, "true", True),
        (True, "1", False),
        (False, "True", False),
        ("true", "True", False),
        (None, "null", True),
        (None, "", False),
        (0, "false", False),
    ],
)
def test_same(found: Any, wanted: str, is_same: bool) -> None:
    assert same(found, wanted) is is_same


def test_what_is_shown_is_one_short_line() -> None:
    assert shown("a\n\x1b[31mb\tc") == '"a b c"'
    assert len(shown("x" * 10_000)) == 82
    assert len(shown(1.0 / 3e-300)) <= 30


def case(last: Look, row: int = 1, times: int = 1, before: bool | None = True, host: str = "web1") -> PageTrial:
    return PageTrial(URL, host, times, before, last, row, 7, 12.0)


GOOD, BAD, NONE = Look(RIGHT, "answers 200", 200), Look(OUTSIDE, "answers 500", 500), Look(NOTHING, "is silent")


@pytest.mark.parametrize(
    ("given", "verdict", "blame", "words"),
    [
        (case(GOOD), "pass", "nobody", "answers 200 at the last of 7 looks in 12 s."),
        (case(GOOD, before=False), "pass", "nobody", "answers 200"),
        (case(GOOD, row=2, times=3), "unknown", "nobody", "but only at 2 of 3 looks in a row"),
        (case(BAD), "fail", "release", "answers 500 at the last of 7 looks in 12 s. Before the run it was not so."),
        (case(BAD, host=""), "fail", "nobody", "Before the run it was not so."),
        (case(BAD, before=False), "unknown", "nobody", "It was so before the run already, so it says nothing"),
        (case(BAD, before=None), "fail", "nobody", "Whether it was so before the run is not known."),
        (case(NONE), "unknown", "nobody", "is silent"),
        (case(NONE, before=False), "unknown", "nobody", "is silent"),
        (case(NONE, row=9), "unknown", "nobody", "is silent"),
    ],
)
def test_verdict(given: PageTrial, verdict: str, blame: str, words: str) -> None:
    answer = given.answer()
    assert (answer.verdict, answer.blame) == (verdict, blame)
    assert answer.msg.startswith(f"{URL} ")
    assert words in answer.msg
    assert answer.figures["looks"] == 7


@pytest.mark.parametrize(
    ("look", "verdict", "right"), [(GOOD, "pass", True), (BAD, "pass", False), (NONE, "unknown", None)]
)
def test_what_is_taken_before_the_run(look: Look, verdict: str, right: bool | None) -> None:
    answer = taken(URL, look)
    assert (answer.verdict, was_right(answer.baseline)) == (verdict, right)
    assert answer.as_values()["announces"] is False


@pytest.mark.parametrize("baseline", [{"right": 1}, {"right": "yes"}, {"status": 200}])
def test_a_baseline_of_somebody_else(baseline: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="baseline is not what"):
        was_right(baseline)
