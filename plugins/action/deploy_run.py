# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module deploy_run; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def after(self, result: dict[str, t.Any], args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Holding and letting go is not worth a line on every host; breaking somebody's lock is."""
        return {**result, "quiet": args.get("state") != "broken" and not result.get("failed")}
