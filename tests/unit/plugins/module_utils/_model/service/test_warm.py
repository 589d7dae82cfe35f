# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service's workers are asked before users come, and what is said of it."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.warm import (
    PageAnswer,
    at_once,
    check_question,
    warmed,
    warmed_sentence,
)


def answer(path: str, status: int = 200, problem: str = "", seconds: float = 0.1) -> PageAnswer:
    return PageAnswer("web", path, status, problem, seconds)


@pytest.mark.parametrize(("processes", "questions"), [(0, 1), (1, 1), (2, 1), (4, 3), (26, 25), (500, 32)])
def test_each_worker_gets_a_question_and_the_master_none(processes: int, questions: int) -> None:
    assert at_once(processes) == questions


def test_all_is_well() -> None:
    said = warmed(["/", "/a"], 4, [answer("/", seconds=1.236), answer("/a", 302), answer("/", 399), answer("/a")])
    assert said == {"paths": ["/", "/a"], "asked": 4, "answered": 4, "slowest": 1.24, "problems": []}
    assert warmed_sentence(said) == "4 of 4 pages answered while warming up, the slowest after 1.24 s"


def test_what_went_wrong_is_said_once_with_how_often() -> None:
    wrong = [answer("/a", 404, seconds=9.0), answer("/", 500), answer("/a", 404), answer("/", 0, "timed\x1b[1m out")]
    said = warmed(["/", "/a"], 6, [*wrong, answer("/")])
    assert (said["answered"], said["slowest"]) == (1, 0.1)
    assert said["problems"] == [
        "1 had no answer after 5 s",
        "/a of web: it answers 404 (2 times)",
        "/ of web: it answers 500",
        "/ of web: timed out",
    ]
    assert warmed_sentence(said) == (
        "1 of 6 pages answered while warming up, the slowest after 0.1 s (1 had no answer after 5 s)"
    )


def test_nobody_answered() -> None:
    said = warmed(["/"], 3, [])
    assert said["problems"] == ["3 had no answer after 5 s"]
    assert warmed_sentence(said) == "0 of 3 pages answered while warming up (3 had no answer after 5 s)"


def test_what_is_said_is_bounded() -> None:
    said = warmed(["/"], 9, [answer(f"/{number}" + "x" * 999, 500) for number in range(9)])
    assert len(said["problems"]) == 6
    assert said["problems"][-1] == "and 4 more"
    assert max(map(len, said["problems"])) == 200


@pytest.mark.parametrize(
    ("path", "host"), [("works", ""), ("", ""), ("/a b", ""), ("/\r\nX: y", ""), ("/ä", ""), ("/", "a b"), ("/", "a\n")]
)
def test_what_cannot_be_asked(path: str, host: str) -> None:
    with pytest.raises(InputError):
        check_question(["/", path], host)


@pytest.mark.parametrize(
    ("paths", "host"), [([], ""), (["/", "/works/1?x=%20"], "openlibrary.org:8080"), (["/"], "[::1]:80")]
)
def test_what_can_be_asked(paths: list[str], host: str) -> None:
    assert check_question(paths, host) is None  # type: ignore[func-returns-value]
