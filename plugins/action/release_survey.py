# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module release_survey; a host that does not answer is a finding, not a failure: the plan decides."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import describe_entry
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep, one_line


class ActionModule(RemoteStep):
    """See the module's documentation."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the step; whatever keeps the host from answering, be it sudo or a full disk, is an answer about it."""
        try:
            return super().run(tmp, task_vars)
        except AnsibleError as error:
            return self.lost(self.host(task_vars or {}), one_line(error.message))

    def before(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """The sentences on what is wrong name the host as the inventory does, not as it calls itself."""
        return {**args, "host": args.get("host") or self.host(task_vars)}

    def after(self, result: dict[str, t.Any], args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Leaves it to the plan, or to the status, to say what was found."""
        if result.get("failed") or "survey" not in result:
            said = result.get("module_stderr") or result.get("msg") or "no answer"
            return self.lost(self.host(task_vars), one_line(said))
        lock = result.get("survey", {}).get("lock")
        return {
            **result,
            "quiet": True,
            "held": f"held by {describe_entry(lock)}" if lock else "nobody holds this host",
        }

    def lost(self, host: str, reason: str) -> dict[str, t.Any]:
        """What is known of a host that cannot be asked."""
        sentence = f"{host} could not be asked: {reason}"
        return {
            "changed": False,
            "quiet": True,
            "msg": sentence,
            "held": sentence,
            "outcome": "unchanged",
            "phase": "survey",
            "state_now": "unknown",
            "next_command": "",
            "survey": {"reachable": False, "host": host, "problems": [sentence], "silence": reason},
            **({"balancer": {"msg": sentence}} if self._task.args.get("haproxy") else {}),
        }
