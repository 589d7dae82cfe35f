# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Where a fleet differs from what it should be."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.status import fleet_status, status_lines

OLD, NEW = "a" * 40, "b" * 40
UP = [{"server": "blue", "in_rotation": True, "status": "UP"}]


def survey(current=NEW, running=NEW, **more):
    """A host that is as it should be, unless told otherwise."""
    service = {
        "name": "app",
        "project": "p",
        "state": "RUNNING",
        "release": running,
        "problem": "",
        "processes": [1, 2],
    }
    project = {
        "current": current,
        "wanted": NEW,
        "previous_good": OLD,
        "releases": [{"hash": NEW, "environment": "e1"}],
    }
    return {
        "reachable": True,
        "problems": [],
        "free_mib": 2048,
        "services": [service],
        "projects": {"p": project},
        **more,
    }


def status(found, servers=UP):
    """The status of one web host, blue, and two others that are as they should be."""
    return fleet_status("p", {"blue": found, "green": survey(), "home": survey()}, servers, {"blue": "blue"})


def test_a_healthy_fleet_has_no_drift_and_knows_the_way_back():
    found = status(survey())
    assert found.drift == () and found.wanted == NEW and found.rollback == OLD
    assert any("app: 2 of bbbbbbbbbb" in line and "2.0 GiB" in line for line in status_lines(found))


@pytest.mark.parametrize(
    ("found", "servers", "part"),
    [
        (survey(current=OLD, running=OLD), UP, "current is aaaaaaaaaa, wanted is bbbbbbbbbb"),
        (survey(running=OLD), UP, "app runs aaaaaaaaaa"),
        (survey(problems=["too little disk"]), UP, "too little disk"),
        (survey(lock={"who": "mek", "since": "s", "run": "r"}), UP, "locked by mek"),
        (survey(), [], "out of rotation"),
        (survey(), [{"server": "blue", "in_rotation": False, "status": "MAINT"}], "out of rotation: MAINT"),
        ({"reachable": False, "problems": ["gone"]}, UP, "gone"),
    ],
)
def test_every_drift_is_named_with_its_host(found, servers, part):
    drift = status(found, servers).drift
    assert len(drift) == 1 and drift[0].startswith("blue: ") and part in drift[0]
