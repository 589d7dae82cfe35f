# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the release's bundle into the host's spool, if it is needed, and runs the module release_install."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import bundle as model
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.delivery import DeliveringStep


class ActionModule(DeliveringStep):
    """See the module's documentation."""

    def choose(self, given: t.Sequence[t.Mapping[str, t.Any]], args: t.Mapping[str, t.Any]) -> model.Bundle | None:
        """See DeliveringStep."""
        return model.choose_release(given, str(args.get("release")), set(args.get("have") or ()))
