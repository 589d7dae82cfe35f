# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, whether the fleet serves one commit. See the documentation of deploy_tag."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.moment import render_time
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import TAG, surveys_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.balancer import answer_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import server_names
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.tag import served_commit


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "site": {"type": "dict", "required": True},
        "hosts": {"type": "list", "elements": "str", "required": True},
        "balancer": {"type": "dict", "default": {}},
        "beside": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Find the one commit that is served."""
        site, project = args["site"], args["site"]["request"]["project"]
        surveys = surveys_of(TAG, args["hosts"], variables)
        servers = answer_of(args["balancer"], args["beside"]).get("servers", [])
        commit, reasons = served_commit(project, surveys, servers, server_names(site))
        if not site["home"]:
            reasons.append("home has no host that could push the tag")
        if reasons:
            self.say(f"  stop: {reason}" for reason in reasons if len(reasons) > 1)
            raise refused(project, reasons)
        return {
            "msg": f"all {len(surveys)} hosts serve {project} {commit}",
            "outcome": "unchanged",
            "phase": "tag",
            "commit": commit,
            "home": site["home"][0],
            "who": site["who"],
            "when": render_time(time.time()),
        }


def refused(project: str, reasons: t.Sequence[str]) -> DeployError:
    """The one error for all reasons, which were printed a line each."""
    reason = reasons[0] if len(reasons) == 1 else f"{len(reasons)} reasons, listed above"
    return DeployError(
        f"Nothing was tagged: the fleet does not serve one commit of {project} as it should: {reason}",
        phase="tag",
        state_now="nothing was tagged",
        next_command="fix that, then: ansible-playbook playbooks/tag.yml",
        reasons=list(reasons),
    )
