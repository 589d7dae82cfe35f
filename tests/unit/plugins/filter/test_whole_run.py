# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run of which only a part was asked for. How Ansible takes it: tests/integration/controller."""

from __future__ import annotations

import pytest
from ansible import context
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.openlibrary.deploy.plugins.filter.whole_run import FilterModule

whole_run = FilterModule().filters()["whole_run"]


@pytest.mark.parametrize("args", [{}, {"tags": ("all",)}, {"tags": ("x",), "listtasks": True}])
def test_a_whole_run_and_a_listing_have_their_hosts(monkeypatch, args):
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(args))
    assert whole_run("all:localhost") == "all:localhost"


def test_a_part_is_refused_with_all_that_asked_for_it(monkeypatch):
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(tags=("x",), step=True))
    with pytest.raises(AnsibleFilterError, match="^--tags x and --step would leave out steps"):
        whole_run("all")
