# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The status of the fleet, for people and for scripts."""

from __future__ import annotations

import json

from ansible_collections.openlibrary.deploy.plugins.action import deploy_status
from tests.controller import NEW, OLD, PROJECT, balancer, decide, site, survey


def status(servers=(), json_file="", **surveys):
    asked = {"json": json_file} if json_file else {}
    args = {"site": site("status", **asked), "hosts": list(surveys), "balancer": {"servers": list(servers)}}
    registered = {host: {"status_survey": {"survey": said}} for host, said in surveys.items()}
    return decide(deploy_status.ActionModule, args, registered)


def test_a_fleet_as_it_should_be():
    result, lines = status(balancer(blue=True), blue=survey(), home=survey())
    assert (result["failed"], result["msg"]) == (False, "the fleet is as it should be")
    assert result["status"]["drift"] == []
    assert sum(line.split()[:1] in (["blue"], ["home"]) for line in lines) == 2


def test_drift_fails_and_is_named():
    result, lines = status(
        balancer(blue=False), blue=survey(running=NEW), home={"reachable": False, "problems": ["gone"]}
    )
    assert result["failed"]
    assert result["msg"] == f"{len(result['status']['drift'])} drift(s), named above"
    assert {"home: gone", "blue: out of rotation: MAINT"} <= set(result["status"]["drift"])
    assert any("app runs bbbbbbbbbb, current is aaaaaaaaaa" in line for line in lines)


def test_a_script_gets_the_whole_answer_as_json(tmp_path):
    target = tmp_path / "status.json"
    result, _lines = status(balancer(blue=True), json_file=str(target), blue=survey())
    written = json.loads(target.read_text())
    assert written["surveys"]["blue"] == survey()
    assert written["servers"] == result["servers"]
    assert written["status"]["hosts"][0]["host"] == "blue"


def test_every_project_is_shown_and_any_of_them_can_drift():
    def host(current):
        second = {"current": current, "wanted": current, "releases": []}
        return survey(projects={**survey()["projects"], "olsystem": second})

    result, lines = status(blue=host(None), home=host(None))
    assert "  olsystem: never deployed" in lines and not result["projects"]["olsystem"]["deployed"]
    result, lines = status(balancer(blue=True), blue=host(NEW), home=host(NEW), www1=host(OLD))
    drift = "www1: olsystem: current is aaaaaaaaaa, should be bbbbbbbbbb"
    assert (
        result["failed"] and result["status"]["drift"] == [drift] and result["projects"]["olsystem"]["drift"] == [drift]
    )
    assert result["projects"][PROJECT]["drift"] == [] and f"  DRIFT {drift}" in lines
