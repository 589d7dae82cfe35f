# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many hosts take their turns at a time. How Ansible takes it: tests/unit/roles/turn."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.filter.wave_sizes import FilterModule

wave_sizes = FilterModule().filters()["wave_sizes"]


@pytest.mark.parametrize(
    ("hostvars", "sizes"),
    [
        ({}, [1]),
        ({"localhost": {}, "home": {"plan": {"waves": [["www1", "blue"], ["green"]]}}}, [2, 1]),
        ({"home": {"plan": {"waves": []}}}, [1]),
        ({"home": {"plan": {"failed": True}}}, [1]),
    ],
)
def test_the_sizes_of_the_waves(hostvars: dict[str, Any], sizes: list[int]) -> None:
    assert wave_sizes(hostvars, "plan") == sizes
