# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be said of how a server left and came back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.rotation import notices_of

BACK = {"status": "UP", "admin": "ready", "weight": 100, "configured_weight": 100, "process": [7]}


@pytest.mark.parametrize(
    ("left", "returned", "said"),
    [
        ({"process": [7]}, {}, []),
        ({}, {"hurried": True}, ["blue came back at once, without ramp and bake: no other node served"]),
        ({"process": [6]}, {}, ["haproxy was reloaded during the turn of blue"]),
        ({"reloads": 1}, {}, ["haproxy was reloaded during the turn of blue"]),
        (
            {},
            {"lost": True},
            ["haproxy forgot that blue was out of rotation: it may have had traffic during the change"],
        ),
        ({}, {"weight": 10}, ["blue came back with weight 10 of 100"]),
        ({}, {"weight": 10, "failed": True}, []),
    ],
)
def test_what_is_said(left: dict[str, Any], returned: dict[str, Any], said: list[str]) -> None:
    assert notices_of("blue", left, {**BACK, **returned}) == said
