# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.request import Request, then_restart_of

PROJECTS: dict[str, Any] = {"openlibrary": {}, "olsystem": {}}
OLSYSTEM = Request(action="deploy", project="olsystem")


@pytest.mark.parametrize(
    ("given", "project"),
    [
        ("openlibrary", "openlibrary"),
        (True, "openlibrary"),
        ("True", "openlibrary"),
        ("yes", "openlibrary"),
        (False, ""),
        ("false", ""),
        ("", ""),
        (None, ""),
        (" no ", ""),
    ],
)
def test_whose_services_restart_afterwards(given: object, project: str) -> None:
    assert then_restart_of(given, OLSYSTEM, PROJECTS, "openlibrary") == project


@pytest.mark.parametrize(
    ("given", "request_", "part"),
    [
        ("nope", OLSYSTEM, "no project 'nope' in deploy_projects .known: olsystem, openlibrary"),
        ("olsystem", OLSYSTEM, "the project of this deploy itself"),
        (True, Request(action="rollback", project="openlibrary"), "the project of this rollback itself"),
        ("openlibrary", Request(action="restart", project="olsystem"), "A restart takes no deploy_then_restart"),
    ],
)
def test_what_makes_no_sense_is_refused(given: object, request_: Request, part: str) -> None:
    with pytest.raises(InputError, match=part):
        then_restart_of(given, request_, PROJECTS, "openlibrary")


def test_services_of_another_project_restart_whatever_they_run() -> None:
    then = Request(action="deploy", project="olsystem", then_restart="openlibrary")
    assert (then.service_project, then.restart_always) == ("openlibrary", True)
    assert (OLSYSTEM.service_project, OLSYSTEM.restart_always) == ("olsystem", False)
    assert Request(action="restart", project="olsystem").restart_always
