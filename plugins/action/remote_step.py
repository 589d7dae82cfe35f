# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the modules that need nothing else of the controller than RemoteStep. See the documentation of remote_step."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import CUT_STOP, KILL_WAIT
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep, seconds_given

TIMEOUTS: t.Mapping[str, tuple[str, ...]] = {
    "haproxy_stats": ("timeout",),
    "release_tag": ("timeout",),
    "service_reload": ("reload_timeout", "test_timeout"),
    "supervisor_service": ("drain_timeout", "stop_timeout", "start_timeout", "health_timeout", "stable_seconds"),
}
"""For a module that waits: the parameters, in seconds, that add up to the time after which it gives up."""


class ActionModule(RemoteStep):
    """meta/runtime.yml routes the modules here; which one it is, the task says."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module that the task names."""
        if self.module == "remote_step":
            raise AnsibleActionFail("remote_step is not a step by itself; name the module to run")
        return super().run(tmp, task_vars)

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """See RemoteStep."""
        return seconds_given(cut_short(args), TIMEOUTS.get(self.module, ()))


def cut_short(args: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """The arguments as they count where there is a cut-off: it bounds what is waited for, and the end of the rest."""
    cutoff = seconds_given(args, ("drain_cutoff",))
    return {**args, "drain_timeout": cutoff, "stop_timeout": CUT_STOP + KILL_WAIT} if cutoff else args
