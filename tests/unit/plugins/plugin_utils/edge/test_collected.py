# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read across hosts."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import ledger_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Variables
from tests import controller

PLAN = controller.plan()[0]


@pytest.mark.parametrize("record", [{}, {"failure": None}, [], "torn", None])
def test_a_record_that_cannot_be_read_is_a_turn_that_nobody_knows_of(record):
    registered = {"blue": {"turn_record": {"records": [record]}}}
    failed = ledger_of(PLAN, Variables({"inventory_hostname": "here", "hostvars": registered})).failed("blue")
    assert failed.failure.blame == "nobody" and "cannot be read" in failed.failure.sentence
