# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Runs the module haproxy_server; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """Leaving waits for sessions to end, returning for the checks and then for every step of the ramp."""
        if args.get("state") == "maint":
            return seconds(args, "drain_timeout")
        judged = args.get("bake") == "judge"
        step = seconds(args, "bake_warmup", "bake_timeout") if judged else seconds(args, "ramp_hold")
        return seconds(args, "check_timeout") + len(args.get("ramp") or ()) * step


def seconds(args: t.Mapping[str, t.Any], *names: str) -> float:
    """The sum of these arguments."""
    return sum(float(args.get(name) or 0) for name in names)
