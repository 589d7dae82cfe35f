# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checklist prints of a result."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.callback.checklist import failure, sentence

HASH = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("result", "printed"),
    [
        ({"outcome": "done", "changed": True, "msg": "switched"}, "switched"),
        ({"outcome": "unchanged", "changed": False, "msg": "proven already"}, "proven already"),
        ({"outcome": "unchanged", "msg": "recorded", "quiet": True}, ""),
        ({"outcome": "would", "msg": "would", "skipped": True}, ""),
        ({"changed": True, "msg": "all items", "results": []}, ""),
        ({"changed": True}, "changed"),
        ({"changed": True, "msg": "made"}, "made"),
        ({"changed": False, "msg": "made"}, ""),
        ({"changed": False, "msg": "said", "_ansible_verbose_always": True}, "said"),
        ({"outcome": "done", "msg": "two\n  lines"}, "two lines"),
        ({"outcome": "done", "msg": f"{HASH} is live"}, "0123456789 is live"),
        ({"outcome": "done", "msg": f"venvs/{HASH}0 is no hash"}, f"venvs/{HASH}0 is no hash"),
        ({"outcome": "done", "msg": None}, ""),
    ],
)
def test_a_result_is_one_sentence_or_none(result, printed):
    assert sentence(result) == printed


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ({"msg": " no route "}, ["no route"]),
        ({}, ["failed without a message"]),
        ({"msg": "rc 1", "stderr": "a\nb\nc\nd\ne\nf"}, ["rc 1", "b", "c", "d", "e", "f"]),
        (
            {"msg": "MODULE FAILURE", "module_stderr": "Traceback\nValueError"},
            ["MODULE FAILURE", "Traceback", "ValueError"],
        ),
        ({"msg": "fatal: no", "stderr": "fatal: no"}, ["fatal: no"]),
    ],
)
def test_a_failure_says_what_a_command_said(result, lines):
    assert failure(result) == lines
