# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's side of a step whose module unpacks a bundle on the host."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.bundle import Bundle
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import bundles
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class DeliveringStep(RemoteStep):
    """Puts the bundle that the host needs, if it needs one, into its spool; then the module runs."""

    def choose(self, given: t.Sequence[t.Mapping[str, t.Any]], args: t.Mapping[str, t.Any]) -> Bundle | None:
        """The bundle among those ``given`` that this host needs; None for none. Raises InputError."""
        raise NotImplementedError

    def before(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Deliver the bundle. What is wrong with the arguments is for the module to say, in the form of its result."""
        given, ticket = args.get("bundles") or [], args.get("ticket")
        if self._task.check_mode or not given or not isinstance(ticket, t.Mapping):
            return args
        host = self._task.delegate_to or task_vars.get("inventory_hostname", "")
        try:
            bundles.deliver(self._connection, self.choose(given, args), host, str(ticket.get("root")))
        except InputError:
            return args
        return args
