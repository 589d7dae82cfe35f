# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import (
    Current,
    SwitchFacts,
    decide_switch,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout, ReleaseRecord

LAYOUT = Layout("/srv/x")
A, B = "a" * 40, "b" * 40
RECORD = ReleaseRecord("web", B, "2026-11-23T18:00:00.000Z", "", 1, 1, environment="env-b")
AT_A = SwitchFacts(Current("link", A, f"deploys/web/{A}"), RECORD, True)
AT_B = replace(AT_A, current=Current("link", B, f"deploys/web/{B}"))
TO_B = f"deploys/web/{B}"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (AT_A, TO_B),
        (AT_B, None),
        (replace(AT_A, current=Current("missing")), TO_B),
        (replace(AT_A, current=Current("dangling", target=f"deploys/web/{A}")), TO_B),
        (replace(AT_A, record=replace(RECORD, environment=""), environment_complete=False), TO_B),
    ],
)
def test_what_must_be_done_follows_from_what_is_there(found: SwitchFacts, expected: str | None) -> None:
    assert decide_switch(LAYOUT, "web", B, None, found) == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"record": None}, "no complete record"),
        ({"environment_complete": False}, "env-b .* is not complete"),
        ({"current": Current("directory")}, "/srv/x/web is a real directory"),
        ({"current": Current("foreign")}, "/srv/x/web is a file"),
        ({"current": Current("foreign", target="/etc")}, "a link to /etc, which is not a release of web"),
        ({"current": Current("dangling", target="/gone")}, "a link to /gone, which does not exist"),
        ({"current": Current("dangling", target=f"deploys/api/{A}")}, "not a release of web"),
    ],
)
def test_what_must_not_be_switched_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DeployError, match=words) as caught:
        decide_switch(LAYOUT, "web", B, None, replace(AT_A, **change))
    assert caught.value.phase == "switch"
    assert caught.value.state_now.startswith("nothing was switched")
    assert caught.value.next_command.startswith("ansible-playbook playbooks/")


def test_what_an_earlier_step_would_have_brought_may_be_missing() -> None:
    assert decide_switch(LAYOUT, "web", B, A, replace(AT_A, record=None), foreseen=True) == TO_B
    assert decide_switch(LAYOUT, "web", B, A, replace(AT_A, environment_complete=False), foreseen=True) == TO_B
    with pytest.raises(DeployError, match="real directory"):
        decide_switch(LAYOUT, "web", B, A, replace(AT_A, current=Current("directory")), foreseen=True)


@pytest.mark.parametrize(
    ("found", "expect", "refused"),
    [
        (AT_A, None, False),
        (AT_A, A, False),
        (AT_A, B, True),
        (AT_A, "", True),
        (AT_A, "c" * 40, True),
        (AT_B, A, False),
        (AT_B, "", False),
        (replace(AT_A, current=Current("missing")), "", False),
        (replace(AT_A, current=Current("missing")), A, True),
    ],
)
def test_an_expectation_is_held_unless_the_step_was_done_before(
    found: SwitchFacts, expect: str | None, refused: bool
) -> None:
    if refused:
        with pytest.raises(DeployError, match="somebody else switched it"):
            decide_switch(LAYOUT, "web", B, expect, found)
    else:
        assert decide_switch(LAYOUT, "web", B, expect, found) == (None if found == AT_B else TO_B)
