# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, whether the fleet serves one commit. See the documentation of deploy_tag."""

from __future__ import annotations

import getpass
import socket
import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.moment import render_time
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.tag import check_names
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.tagging import check_tagging, served_commit
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["checked", "served"], "default": "served"},
        "project": {"type": "str", "required": True},
        "projects": {"type": "dict", "required": True},
        "name": {"type": "str", "default": ""},
        "moving": {"type": "str", "default": ""},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "web": {"type": "list", "elements": "str", "default": []},
        "home": {"type": "list", "elements": "str", "default": []},
        "servers": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Check the request; find the one commit that is served."""
        fleet = Fleet(web=tuple(args["web"]), home=tuple(args["home"]))
        check_tagging(args["project"], args["projects"], fleet, variables.limit)
        check_names(args["name"], args["moving"])
        if args["state"] == "checked":
            return {"msg": "the request can be carried out", "outcome": "unchanged", "quiet": True}
        surveys = {host: variables.result(host, "tag_survey").get("survey", {}) for host in args["hosts"]}
        names = {host: variables.server_name(host) for host in args["web"]}
        commit, reasons = served_commit(args["project"], surveys, args["servers"], names)
        if reasons:
            self.say(f"  stop: {reason}" for reason in reasons if len(reasons) > 1)
            raise refused(args["project"], reasons)
        return {
            "msg": f"all {len(surveys)} hosts serve {args['project']} {commit}",
            "outcome": "unchanged",
            "phase": "tag",
            "commit": commit,
            "who": f"{getpass.getuser()}@{socket.gethostname()}",
            "when": render_time(time.time()),
        }


def refused(project: str, reasons: t.Sequence[str]) -> DeployError:
    """The one error for all reasons, which were printed a line each."""
    reason = reasons[0] if len(reasons) == 1 else f"{len(reasons)} reasons, named above"
    return DeployError(
        f"Nothing was tagged: the fleet does not serve one commit of {project} as it should: {reason}",
        phase="tag",
        state_now="nothing was tagged",
        next_command="put that right, then: ansible-playbook playbooks/tag.yml",
        reasons=list(reasons),
    )
