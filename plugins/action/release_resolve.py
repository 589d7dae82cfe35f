# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module release_resolve; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    timeouts = ("timeout",)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the step; a failure that the plan takes as a finding has no line of its own before that."""
        result = super().run(tmp, task_vars)
        return {**result, "quiet": True} if result.get("failed") else result
