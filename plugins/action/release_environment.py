# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Puts the environment's bundle into the host's spool, if it is needed, and runs the module release_environment."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model import bundle as model
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils import bundles
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    timeouts = ("timeout",)

    def before(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Deliver the bundle. What is wrong with the arguments is for the module to say, in the form of its result."""
        given = args.get("bundles") or []
        if self._task.check_mode or not given:
            return args
        try:
            bundle = model.choose_environment(
                given, str(args.get("environment") or ""), set(args.get("have_environments") or ())
            )
        except InputError:
            return args
        host = self._task.delegate_to or task_vars.get("inventory_hostname", "")
        bundles.deliver(self._connection, bundle, host, str(args.get("root")))
        return args
