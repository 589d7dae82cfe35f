# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What supervisor_service refuses before it asks supervisor; the rest is in tests/integration/supervisor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support import run_module, with_ticket

HASH = "a" * 40


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"services": [{"name": "web;x", "project": "site"}]}, "'web;x' is not the name of a supervisor program."),
        ({"services": [{"name": "web", "project": "site"}] * 2}, "A service is named twice."),
        ({"release": "../../etc"}, "'../../etc' is not a release: "),
        ({"project": "a b"}, "'a b' is not a project: "),
        ({"root": "/"}, "'/' is not a deploy root"),
        ({"drain_cutoff": -1}, "The drain_cutoff is less than 0 seconds."),
        ({"warm": ["/", "works"]}, "The path 'works' must begin with / and hold visible ASCII only."),
        ({"warm_host": "a\r\nX: y"}, "'a\\r\\nX: y' is not the name of a host."),
        ({}, "The services of site start the current release, which is not set."),
    ],
)
def test_refusals(tmp_path: Path, parameters: dict[str, Any], sentence: str) -> None:
    (tmp_path / "deploys").mkdir()
    arguments = {"root": str(tmp_path), "project": "site", "services": [{"name": "web", "project": "site"}]}
    result = run_module("supervisor_service", with_ticket({**arguments, **parameters}))
    assert result["failed"]
    assert result["msg"].startswith(sentence)
    assert sorted(os.listdir(tmp_path)) == ["deploys"]


def test_no_services_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "deploys").mkdir()
    result = run_module("supervisor_service", with_ticket({"root": str(tmp_path), "project": "site", "services": []}))
    assert (result["changed"], result["msg"]) == (False, "There is no service to restart.")
