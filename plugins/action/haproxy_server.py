# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module haproxy_server; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import JUDGE, Limits
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep

DEFAULTS: t.Mapping[str, t.Any] = {
    "drain_timeout": 330,
    "check_timeout": 60,
    "ramp": (10, 100),
    "ramp_hold": 5,
}
BAKE_DEFAULTS: t.Mapping[str, t.Any] = {"mode": Limits.mode, "warmup": Limits.warmup, "timeout": Limits.timeout}


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """Leaving waits for sessions to end; coming back twice for the checks, and for every step of the ramp."""
        args = {**DEFAULTS, **args}
        try:
            if args.get("state") != "ready":
                return float(args["drain_timeout"])
            held = float(args["ramp_hold"])
            if args.get("bake") is not None:
                bake = {**BAKE_DEFAULTS, **args["bake"]}
                held = float(bake["warmup"]) + float(bake["timeout"]) if bake["mode"] == JUDGE else held
            return 2 * float(args["check_timeout"]) + len(args["ramp"]) * held
        except (TypeError, ValueError):
            return None
