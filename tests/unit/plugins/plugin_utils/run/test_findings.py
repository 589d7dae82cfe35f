# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.findings import Finding, staged_findings
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request

A, B = "a" * 40, "b" * 40
GATED = Request(action="deploy", project="web", require_staged=True)
DOWN: dict[str, Any] = {"reachable": False, "problems": ["no answer"]}
NEVER = f"release {A} was never current on {{}} (deploy_require_staged); test it there first"
UNKNOWN = f"it cannot be asked whether release {A} was ever current there (deploy_require_staged); bring it back"


def host(*served: str, **changes: Any) -> dict[str, Any]:
    return {"reachable": True, "projects": {"web": {"served": list(served)}}, **changes}


@pytest.mark.parametrize(
    "surveys",
    [
        {"dev0": host(A)},
        {"dev0": host(B, A)},
        {"dev0": host(A, problems=["Only 3 MiB are free"])},
        {"dev0": DOWN, "dev1": host(A)},
        {"dev0": host(B), "dev1": host(A)},
    ],
)
def test_a_release_that_was_current_on_a_staging_host_may_be_deployed(surveys: dict[str, dict[str, Any]]) -> None:
    assert staged_findings(GATED, A, surveys) == []


@pytest.mark.parametrize(
    ("surveys", "findings"),
    [
        ({"dev0": host(B)}, [Finding("dev0", NEVER.format("dev0"))]),
        ({"dev0": {"reachable": True}}, [Finding("dev0", NEVER.format("dev0"))]),
        (
            {"dev0": {"reachable": True, "projects": {"other": {"served": [A]}}}},
            [Finding("dev0", NEVER.format("dev0"))],
        ),
        ({"dev1": host(B), "dev0": host()}, [Finding("dev0, dev1", NEVER.format("dev0, dev1"))]),
        ({"dev0": DOWN}, [Finding("dev0", UNKNOWN)]),
        ({"dev0": {}}, [Finding("dev0", UNKNOWN)]),
        ({"dev0": DOWN, "dev1": host(B)}, [Finding("dev0", UNKNOWN), Finding("dev1", NEVER.format("dev1"))]),
    ],
)
def test_a_release_that_nobody_tested_is_refused(surveys: dict[str, Any], findings: list[Finding]) -> None:
    assert [replace(finding, skip="") for finding in staged_findings(GATED, A, surveys)] == findings
    assert all(finding.blocking and finding.skip == "staged" for finding in staged_findings(GATED, A, surveys))


def test_a_gate_without_a_staging_host_is_no_gate_that_is_passed() -> None:
    (finding,) = staged_findings(GATED, A, {})
    assert finding.blocking
    assert "the inventory has no staging host" in finding.sentence


@pytest.mark.parametrize(
    "request_",
    [
        Request(action="deploy", project="web"),
        Request(action="rollback", project="web", require_staged=True),
        Request(action="restart", project="web", require_staged=True),
    ],
)
def test_only_a_deploy_waits_and_only_where_it_is_asked_for(request_: Request) -> None:
    assert staged_findings(request_, A, {"dev0": DOWN}) == []
