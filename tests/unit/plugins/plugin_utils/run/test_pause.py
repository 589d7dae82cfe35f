# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.pause import (
    Pause,
    answer_of,
    countdown,
    how_to_answer,
    parse_pause,
    pause_note,
    truth_while_paused,
    until_next_line,
    waiting,
)

OLD, NEW = "a" * 40, "b" * 40
PLAN = {
    "project": "openlibrary",
    "release": NEW,
    "pause_after": "blue",
    "turns": ["www1", "blue", "green", "home"],
    "hosts": {
        host: {"current": OLD, "to": NEW, "restart": host != "www1"} for host in ("www1", "blue", "green", "home")
    },
}


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("", Pause()),
        ("  ", Pause()),
        ("False", Pause()),
        ("none", Pause()),
        ("0", Pause()),
        ("person", Pause(person=True)),
        (" Person ", Pause(person=True)),
        ("5", Pause(seconds=300)),
        ("0.05", Pause(seconds=3)),
        ("1440", Pause(seconds=86400)),
    ],
)
def test_a_pause_is_a_person_or_minutes_or_nothing(value: str, pause: Pause) -> None:
    assert parse_pause(value) == pause
    assert pause.waits == (value.strip() not in ("", "False", "none", "0"))


@pytest.mark.parametrize("value", ["-1", "1441", "soon", "nan", "inf", "1e9", "5 min", "persons", "true", "٣"])
def test_what_is_no_pause_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="deploy_pause_after_blue is .*: give person, a number of minutes") as error:
        parse_pause(value)
    assert "No host was contacted." in error.value.msg


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("go on", "go on"),
        (" GO   on ", "go on"),
        ("g", "go on"),
        ("unwind", "unwind"),
        ("U", "unwind"),
        ("", ""),
        ("y", ""),
        ("go on and unwind", ""),
        ("undwin", ""),
    ],
)
def test_only_the_two_words_are_answers(text: str, answer: str) -> None:
    assert answer_of(text) == answer


def test_what_is_true_names_who_has_which_release() -> None:
    assert truth_while_paused(PLAN, "blue") == (
        "blue has openlibrary bbbbbbbbbb (www1 too) and is proven from its processes; "
        "still to come: green aaaaaaaaaa, home aaaaaaaaaa"
    )
    unproven = {**PLAN, "hosts": {**PLAN["hosts"], "blue": {"current": OLD, "restart": False}}}
    assert "proven" not in truth_while_paused(unproven, "blue")


def test_the_sentences_say_how_to_answer_and_when_it_goes_on() -> None:
    person, minutes = how_to_answer(Pause(person=True)), how_to_answer(Pause(seconds=300))
    assert "waits for you" in person and "by itself in 5 min 0 s" in minutes
    assert all("go on" in line and "unwind" in line and "Ctrl-C" in line for line in (person, minutes))
    assert "goes on by itself in 25 s" in countdown("blue", 24.9)
    assert "'yes' is no answer" in waiting("blue", " yes") and "no answer" not in waiting("blue", " ")


@pytest.mark.parametrize(("elapsed", "left", "seconds"), [(0, 300, 5), (29.9, 270, 5), (30, 270, 30), (290, 10, 10)])
def test_the_lines_of_progress_become_rarer(elapsed: float, left: float, seconds: float) -> None:
    assert until_next_line(elapsed, left) == seconds


def test_the_journal_says_who_answered() -> None:
    assert pause_note("go on", "mek@desk", "blue", 75) == "mek@desk said go on after blue, 1 min 15 s into the pause"
    assert (
        pause_note("time", "", "blue", 300) == "the pause after blue ended by itself after 5 min 0 s; nobody answered"
    )
