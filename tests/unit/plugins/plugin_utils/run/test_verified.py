# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what a host runs was judged: a hot fix is not, until a later run has done so."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.verified import (
    hot_fix_drift,
    unverified,
    verify_command,
)

OLD, FIX, OTHER = "a" * 40, "b" * 40, "c" * 40
WHY = "it is down"


def run(action: str = "deploy", before: str | None = OLD, after: str | None = FIX, **more: Any) -> dict[str, Any]:
    """A run that ended well and waited for its verdicts."""
    usual = {"action": action, "before": before, "after": after, "closed": "good", "urgent": "", "skips": []}
    return {**usual, **more}


HOT = run(urgent=WHY)
RESTART = run("restart", FIX, FIX)


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ([], ""),
        ([HOT], WHY),
        ([run()], ""),
        ([HOT, run()], WHY),
        # What verifies it.
        ([RESTART, HOT], ""),
        ([run(before=OTHER), run(before=FIX, after=OTHER), HOT], ""),
        ([run("restart", FIX, FIX, skips=["bad", "staged"]), HOT], ""),
        # What does not.
        ([{**RESTART, "closed": "failed"}, HOT], WHY),
        ([{**RESTART, "closed": ""}, HOT], WHY),
        ([run("restart", FIX, FIX, skips=["bake"]), HOT], WHY),
        ([run("restart", FIX, FIX, skips=["nagios"]), HOT], WHY),
        ([run("deploy", FIX, FIX), HOT], WHY),
        ([run("rollback", OTHER, FIX), run(before=FIX, after=OTHER), HOT], WHY),
        ([run(before=FIX, urgent="again"), HOT], "again"),
        # What never came to its end is told by other drift.
        ([{**HOT, "closed": "failed"}], ""),
        # Another release is current: the hot fix is gone.
        ([run("rollback", FIX, OLD), HOT, run(before=OTHER, after=OLD)], ""),
    ],
)
def test_a_hot_fix_is_drift_until_a_run_judged_it(runs: list[dict[str, Any]], why: str) -> None:
    assert unverified({"current": runs[0]["after"] if runs else FIX, "runs": runs}) == why


def test_where_nothing_is_current_nothing_has_to_be_verified() -> None:
    assert unverified({"current": None, "runs": [{**HOT, "after": None}]}) == unverified({}) == ""


def test_the_drift_says_what_to_type() -> None:
    found = {"current": FIX, "runs": [HOT]}
    (line,) = hot_fix_drift(found, verify_command("site", "site"))
    assert line == (
        f"{FIX[:10]} came as a hot fix that waited for no verdict ({WHY}); to verify it: "
        "ansible-playbook playbooks/restart.yml"
    )
    assert verify_command("conf", "site").endswith("restart.yml -e project=conf")
    assert hot_fix_drift({"current": FIX, "runs": [RESTART, HOT]}, "x") == []
