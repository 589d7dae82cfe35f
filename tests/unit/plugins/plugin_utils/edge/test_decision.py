# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What decisions read of the hosts."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Variables

HOSTVARS = {
    "blue": {"made": {"changed": True}, "left": {"skipped": True, "changed": False}},
    "green": {},
}


@pytest.fixture
def variables():
    return Variables({"inventory_hostname": "blue", "hostvars": HOSTVARS, "ansible_check_mode": True})


@pytest.mark.parametrize(
    ("host", "name", "expected"),
    [
        ("blue", "made", {"changed": True}),
        ("blue", "left", {}),
        ("blue", "never", {}),
        ("green", "made", {}),
        ("gone", "made", {}),
    ],
)
def test_a_result_is_empty_unless_the_task_ran_there(variables, host, name, expected):
    assert variables.result(host, name) == expected


def test_a_result_is_a_copy(variables):
    variables.result("blue", "made")["changed"] = False
    assert variables.result("blue", "made") == {"changed": True}


def test_how_the_playbook_was_called(variables):
    assert (variables.check_mode, variables.diff_mode, variables.limit) == (True, False, None)
    assert Variables({"ansible_limit": "blue", "ansible_play_hosts_all": ["blue"]}).limit == ["blue"]
