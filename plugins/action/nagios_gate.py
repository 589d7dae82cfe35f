# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module nagios_gate; a lost connection is a failed step, not the end of the host's part in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import CONTINUE, TIMEOUT
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import SHOWN_WITHIN
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep


class ActionModule(RemoteStep):
    """See the module's documentation."""

    timeouts = ("timeout",)

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """A judgement waits for its time-out, a downtime until Nagios shows it; nothing else does, and none back."""
        if informs(args):
            return None
        if args.get("state") == "judged":
            return super().gives_up_after({"timeout": TIMEOUT.default, **nagios_of(args)})
        return SHOWN_WITHIN if args.get("state") in ("announced", "lifted") else None

    def lost(self, host: str, reason: str) -> dict[str, t.Any]:
        """Who asks Nagios is not the host whose turn it is: without an answer nobody is to blame."""
        silent = f"Nagios could not be asked, because {host} could not be reached: {reason}"
        unknown = {"msg": silent, "state_now": "What Nagios thinks is unknown.", "blame": NOBODY}
        return self.after({**super().lost(host, reason), **unknown}, self._task.args, {})

    def after(self, result: dict[str, t.Any], args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """A host that must come back does so whatever became of the question, be it that the module itself failed.

        A module that did not get as far as saying whom it blames ran where Nagios is asked, not on the turn's host.
        """
        told = informs(args) or nagios_of(args).get("unknown") == CONTINUE
        told = told and args.get("state") in ("announced", "judged")
        if not result.get("failed"):
            return result
        if not told or result.get("verdict") == "fail":
            return {"blame": NOBODY, **result}
        return {**result, "failed": False, "outcome": "unchanged", "verdict": "unknown"}


def informs(args: t.Mapping[str, t.Any]) -> bool:
    """Whether nothing is waited for."""
    return args.get("mode") == "inform" or args.get("direction") == BACK


def nagios_of(args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """How Nagios is waited for; empty where the arguments are not even of the right form, which the module says."""
    given = args.get("nagios")
    return dict(given) if isinstance(given, t.Mapping) else {}
