# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import (
    DeployError,
    FencedError,
    LockedError,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import (
    UNREADABLE,
    Lock,
    check_fence,
    describe_lock,
    lock_age,
    parse_lock,
    refuse_foreign,
    render_lock,
)

LOCK = Lock("run-7", 7, "mek", "openlibrary", "deploy", "a" * 40, "2026-11-23T18:00:00.000Z", "friday")


def test_a_lock_comes_back_as_it_was_written() -> None:
    assert parse_lock(render_lock(LOCK)) == LOCK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({**LOCK.as_dict(), "token": "7"}),
        json.dumps({**LOCK.as_dict(), "who": 1}),
    ],
)
def test_a_lock_that_cannot_be_read_belongs_to_nobody(text: str) -> None:
    lock = parse_lock(text)
    assert lock is UNREADABLE
    assert not lock.held_by("", 0)
    with pytest.raises(LockedError, match="cannot be read"):
        check_fence(lock, "", 0)


@pytest.mark.parametrize(
    ("lock", "run", "token", "error"),
    [
        (None, "", 0, None),
        (LOCK, "run-7", 7, None),
        (None, "run-7", 7, FencedError),  # broken or closed under it
        (LOCK, "", 0, LockedError),  # used by itself while a run is on
        (LOCK, "run-6", 6, FencedError),  # taken over
        (LOCK, "run-7", 6, FencedError),  # its own older self
        (LOCK, "run-8", 8, LockedError),  # a newer run that never took this host
        (LOCK, "run-8", 7, LockedError),
    ],
)
def test_only_the_holder_may_go_on(lock: Lock | None, run: str, token: int, error: type[DeployError] | None) -> None:
    if error is None:
        check_fence(lock, run, token, phase="switch")
        return
    with pytest.raises(error) as caught:
        check_fence(lock, run, token, phase="switch")
    assert type(caught.value) is error
    assert caught.value.phase == "switch"
    assert caught.value.next_command == "ansible-playbook playbooks/lock.yml"


def test_a_refusal_says_who_and_what_and_how_long_and_how_far() -> None:
    result = refuse_foreign(LOCK, 200, "switch done at noon", phase="open").as_result()
    for word in ("mek", "deploy", "openlibrary", "a" * 40, "18:00:00", "3 min 20 s", "run-7", "switch done at noon"):
        assert word in result["msg"]
    assert result["lock"] == LOCK.as_dict()
    assert "break=true" in result["break_command"]
    assert result["outcome"] == "failed"


@pytest.mark.parametrize(
    ("last_step", "words"), [(None, "run run-7"), ("", "no step journaled"), ("out done", "last step: out done")]
)
def test_a_description_ends_with_what_is_known(last_step: str | None, words: str) -> None:
    assert describe_lock(LOCK, last_step=last_step).endswith(words)


@pytest.mark.parametrize(("since", "age"), [(LOCK.since, 60.0), ("", None), ("2026-11-23T18:02:00.000Z", 0.0)])
def test_a_lock_has_an_age_when_it_says_since_when(since: str, age: Any) -> None:
    assert lock_age(parse_lock(render_lock(Lock("r", 1, "w", "p", "deploy", "", since))), 1_795_456_860.0) == age
