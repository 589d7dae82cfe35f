# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says, on the controller, who runs what. See the documentation of openlibrary.deploy.deploy_status."""

from __future__ import annotations

import json
import pathlib
import typing as t
from dataclasses import asdict

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import STATUS, surveys_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.balancer import answer_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import server_names
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.status import (
    FleetStatus,
    fleet_status,
    other_projects,
    other_status,
    status_lines,
)


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "site": {"type": "dict", "required": True},
        "hosts": {"type": "list", "elements": "str", "required": True},
        "balancer": {"type": "dict", "default": {}},
        "beside": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Print the table; fail when there is drift."""
        asked, servers = args["site"]["request"], answer_of(args["balancer"], args["beside"]).get("servers", [])
        surveys = surveys_of(STATUS, args["hosts"], variables)
        usual = args["site"]["own_project"]
        status = fleet_status(asked["project"], surveys, servers, server_names(args["site"]), usual)
        others = [other_status(name, surveys, usual) for name in other_projects(asked["project"], surveys)]
        drift = [text for each in (status, *others) for text in each.drift]
        answer = {
            "status": {**status_values(status), "drift": drift},
            "projects": {each.project: status_values(each) for each in (status, *others)},
            "surveys": surveys,
            "servers": servers,
        }
        if asked["json"]:
            pathlib.Path(asked["json"]).expanduser().write_text(
                json.dumps(answer, indent=2, sort_keys=True) + "\n", encoding="utf-8"
            )
        self.say(["", *(f"  {line}".rstrip() for line in status_lines(status, others)), ""])
        sentence = f"{len(drift)} drift(s), named above" if drift else "the fleet is as it should be"
        return {**answer, "failed": bool(drift), "msg": sentence, "phase": "status", "outcome": "unchanged"}


def status_values(status: FleetStatus) -> dict[str, t.Any]:
    """The status of one project as plain data."""
    return {**asdict(status), "deployed": status.deployed, "drift": list(status.drift)}
