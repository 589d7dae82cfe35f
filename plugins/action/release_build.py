# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module release_build on the home node and brings the bundles that it made to the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import bundles
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    timeouts = ("timeout",)

    def after(self, result: dict[str, t.Any], args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Give every bundle its path on the controller."""
        if result.get("failed") or not result.get("bundles"):
            return result
        cache = args.get("cache") or bundles.DEFAULT_CACHE
        host = self._task.delegate_to or task_vars.get("inventory_hostname", "")
        result["bundles"] = [
            {**bundle, "local": bundles.fetch(self._connection, bundle, cache), "home": host}
            for bundle in result["bundles"]
        ]
        bundles.prune_bundles(cache)
        return result
