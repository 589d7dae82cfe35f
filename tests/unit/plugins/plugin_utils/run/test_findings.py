# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.findings import (
    Finding,
    nagios_findings,
    nagios_notes,
    staged_findings,
    unwatched_findings,
)
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


DISK = {"host": "web4", "service": "disk", "state": "CRITICAL", "since": 1.0, "output": "full"}
RED = {"problems": [DISK], "msg": "Nagios watches 9 services; 1 has a problem already."}
SILENT = [
    {"failed": True, "msg": "Nagios' data are 300 s old.", "problems": []},
    {"outcome": "failed", "msg": "Nagios' data are 300 s old.", "problems": []},
    {"msg": "Nagios' data are 300 s old.", "changed": False},
]


def asks(action: str = "deploy", unknown: str = "stop") -> Request:
    return Request(action=action, project="web", nagios_unknown=unknown)


@pytest.mark.parametrize("baseline", [{}, {"skipped": True, "changed": False}, {"problems": []}])
def test_without_a_nagios_or_a_problem_nothing_is_said(baseline: dict[str, Any]) -> None:
    assert (nagios_findings(asks(), baseline, True), nagios_notes(asks(), baseline, True)) == ([], [])


@pytest.mark.parametrize("action", ["deploy", "restart", "rollback"])
def test_what_was_red_before_is_one_note(action: str) -> None:
    (found,) = nagios_findings(asks(action), RED, True)
    assert found == Finding("Nagios", "1 problem is known before: web4/disk CRITICAL", blocking=False)
    (many,) = nagios_findings(asks(action), {"problems": [DISK] * 7}, True)
    assert many.sentence.startswith("7 problems are known before: web4/disk CRITICAL, web4/disk")
    assert many.sentence.endswith("CRITICAL and 2 more")


@pytest.mark.parametrize("baseline", SILENT)
@pytest.mark.parametrize(
    ("request_", "restarts", "blocking", "noted"),
    [
        (asks("deploy"), True, True, False),
        (asks("restart"), True, True, False),
        (asks("deploy", "continue"), True, False, True),
        (asks("deploy"), False, False, False),
        (asks("rollback"), True, False, False),
    ],
)
def test_a_nagios_that_cannot_tell_stops_what_restarts_services(
    baseline: dict[str, Any], request_: Request, restarts: bool, blocking: bool, noted: bool
) -> None:
    (found,) = nagios_findings(request_, baseline, restarts)
    assert (found.host, found.blocking) == ("Nagios", blocking)
    assert "Nagios' data are 300 s old." in found.sentence
    assert found.skip == "nagios"
    assert bool(nagios_notes(request_, baseline, restarts)) == noted


def test_a_nagios_that_said_nothing_at_all_is_no_good_news() -> None:
    assert "It gave no answer." in nagios_findings(asks(), {"failed": True}, True)[0].sentence


@pytest.mark.parametrize(
    ("request_", "blocking"),
    [(asks(), True), (asks("restart"), True), (asks("deploy", "continue"), False), (asks("rollback"), False)],
)
def test_whom_nagios_does_not_watch_it_cannot_judge(request_: Request, blocking: bool) -> None:
    watched = {**RED, "hosts": ["web3.us", "home"]}
    (found,) = unwatched_findings(request_, watched, {"web3": "web3.us", "web4": "web4.us"}, ["web3", "web4", "home"])
    assert (found.host, found.blocking, found.skip) == ("web4", blocking, "nagios")
    assert "'web4.us'" in found.sentence and "deploy_nagios_name" in found.sentence


@pytest.mark.parametrize("baseline", [{}, {"skipped": True}, {"hosts": [], "failed": True}, {"problems": []}])
def test_where_nagios_says_nothing_that_is_found_already(baseline: dict[str, Any]) -> None:
    assert unwatched_findings(asks(), baseline, {}, ["web3"]) == []
