# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Runs the module release_survey; a host that does not answer is a finding, not a failure: the plan decides."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def lost(self, host: str, reason: str) -> dict[str, t.Any]:
        """What is known of a host that cannot be asked."""
        sentence = f"{host} could not be reached: {reason}"
        return {
            "changed": False,
            "msg": sentence,
            "outcome": "unchanged",
            "phase": "survey",
            "state_now": "unknown",
            "next_command": "",
            "survey": {"reachable": False, "host": host, "problems": [sentence]},
        }
