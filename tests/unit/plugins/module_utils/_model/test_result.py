# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, LockedError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result


def test_an_error_is_a_result_of_the_contract() -> None:
    error = LockedError(
        "It is locked.", phase="open", state_now="as before", next_command="lock.yml", lock={"run": "r"}
    )
    assert isinstance(error, DeployError)
    assert str(error) == "It is locked."
    assert error.as_result() == {
        "msg": "It is locked.",
        "phase": "open",
        "state_now": "as before",
        "next_command": "lock.yml",
        "blame": "host",
        "outcome": "failed",
        "lock": {"run": "r"},
    }


def test_details_never_hide_the_sentence() -> None:
    error = DeployError("Real.", outcome="fine")
    assert error.as_result()["outcome"] == "failed"


@pytest.mark.parametrize(
    ("changed", "check", "outcome"),
    [(False, False, "unchanged"), (False, True, "unchanged"), (True, True, "would"), (True, False, "done")],
)
def test_a_result_says_what_was_done(changed: bool, check: bool, outcome: str) -> None:
    result = Result(changed, "Done.", "switch", "at a", "", None, {"current": "a"}).as_exit(check)
    expected: dict[str, Any] = {
        "changed": changed,
        "msg": "Done.",
        "outcome": outcome,
        "phase": "switch",
        "state_now": "at a",
        "next_command": "",
        "current": "a",
    }
    assert result == expected


def test_a_diff_is_there_when_something_has_one() -> None:
    assert Result(True, "", "", diff={"before": "", "after": "x"}).as_exit(False)["diff"] == {
        "before": "",
        "after": "x",
    }
