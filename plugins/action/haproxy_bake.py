# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module haproxy_bake; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import SKIP, Limits
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    timeouts = ("warmup", "timeout")

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """After the warm-up and the time in which it must tell; what is skipped waits for nothing."""
        bake = args.get("bake") or {}
        if not isinstance(bake, t.Mapping) or bake.get("mode") == SKIP:
            return None
        return super().gives_up_after({"warmup": Limits.warmup, "timeout": Limits.timeout, **bake})
