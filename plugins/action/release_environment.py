# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the environment's bundle into the host's spool, if it is needed, and runs the module release_environment."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import bundle as model
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.delivery import DeliveringStep


class ActionModule(DeliveringStep):
    """See the module's documentation."""

    timeouts = ("timeout",)

    def choose(self, given: t.Sequence[t.Mapping[str, t.Any]], args: t.Mapping[str, t.Any]) -> model.Bundle | None:
        """See DeliveringStep."""
        return model.choose_environment(
            given, str(args.get("environment") or ""), set(args.get("have_environments") or ())
        )
