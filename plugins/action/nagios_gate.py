# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Runs the module nagios_gate; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.remote_step import RemoteStep

SHOWN_WITHIN = 30.0
"""Seconds that the module waits for Nagios to show a downtime."""


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """A judgement waits for its time-out, a downtime until Nagios shows it; nothing else waits."""
        if args.get("state") == "judged" and args.get("mode") != "inform":
            return float(args.get("timeout") or 600)
        return SHOWN_WITHIN if args.get("state") in ("announced", "lifted") else None
