# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's side of a step that runs on a host: progress while it waits, a failure where the host is gone."""

from __future__ import annotations

import shlex
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.command_line import running_playbook, typed_result
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.progress import Progress
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.who import who


class RemoteStep(ActionBase):
    """Runs the module that the task names on the host and never lets a lost connection end the host's part in the run.

    Ansible drops an unreachable host from the rest of the playbook and runs no ``rescue`` for it; the result that is
    returned here instead is an ordinary failure with ``host_down: true``, so that the run can settle.
    """

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    timeouts: t.ClassVar[tuple[str, ...]] = ()
    """Names of the parameters, in seconds, that add up to the time after which the module gives up."""

    def before(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """What the controller does before the module runs; returns the module's arguments."""
        return args

    def after(self, result: dict[str, t.Any], args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """What the controller does with the module's result; returns the task's result."""
        return result

    def lost(self, host: str, reason: str) -> dict[str, t.Any]:
        """The result for a host whose connection failed."""
        return {
            "failed": True,
            "changed": False,
            "host_down": True,
            "blame": HOST,
            "outcome": "failed",
            "phase": self.module,
            "msg": f"{host} could not be reached: {reason}",
            "state_now": "unknown: the step may have run to its end there, or not at all",
            "next_command": f"ansible-playbook playbooks/status.yml --limit {shlex.quote(host)}",
        }

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """Seconds until the module gives up by its own time-outs; None where it states no number."""
        return seconds_given(args, self.timeouts)

    @property
    def module(self) -> str:
        """The module that the task names, without its collection."""
        return str(self._task.action).rpartition(".")[2]

    def label(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """The name of the step, and for whom it is done where that is another host than the one that it runs on."""
        name = str(self._task.name or self.module)
        turn = task_vars.get("inventory_hostname")
        return (
            f"{name} for {turn}" if self._task.delegate_to not in (None, "", turn) and not self._task.run_once else name
        )

    def host(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """The host that the step acts on, as the inventory calls it."""
        return str(self._task.delegate_to or task_vars.get("inventory_hostname", "?"))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the step; the commands in its result are those that work after this run."""
        task_vars = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        result = typed_result(self._step(result, task_vars), running_playbook(task_vars))
        return {**result, "ticket": self.stamp(task_vars)}

    def stamp(self, task_vars: t.Mapping[str, t.Any]) -> dict[str, str]:
        """Whose result it is."""
        return stamp(self._task.args, task_vars)

    def execute(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run the module. Raises AnsibleConnectionFailure."""
        return dict(self._execute_module(module_args=args, task_vars=task_vars))

    def _step(self, result: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """``before``, the module, ``after``."""
        host = self.host(task_vars)
        args = signed(self._task.args, task_vars)
        try:
            with Progress(host, self.label(task_vars), self.gives_up_after(args)):
                args = self.before(args, task_vars)
                result.update(self.execute(args, task_vars))
                return self.after(result, args, task_vars)
        except AnsibleConnectionFailure as error:
            result.update(self.lost(host, one_line(error.message)))
            return result


def seconds_given(args: t.Mapping[str, t.Any], names: t.Iterable[str]) -> float | None:
    """The sum of the arguments of these names; None where none is given, or one is no number."""
    try:
        given = [float(args[name]) for name in names if args.get(name) is not None]
    except (TypeError, ValueError):
        return None
    return sum(given) if given else None


def signed(args: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The step's arguments with who is behind the run on a ticket that does not say it: the host's journal keeps it."""
    ticket = args.get("ticket")
    if not isinstance(ticket, t.Mapping) or ticket.get("who"):
        return dict(args)
    own = task_vars.get("hostvars", {}).get(task_vars.get("inventory_hostname"), {})
    return {**args, "ticket": {**ticket, "who": who(own.get)}}


def stamp(args: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Whose result this is: the run, the host whose turn it is, and the direction, as in the option `ticket`.

    A variable keeps what an earlier step registered: only by this does the record of a turn know its own results.
    """
    given = args.get("ticket")
    named = given if isinstance(given, t.Mapping) else args
    return {
        "run": str(named.get("run") or ""),
        "host": str(task_vars.get("inventory_hostname", "")),
        "direction": str(named.get("direction") or FORWARD),
    }


def one_line(text: object) -> str:
    """The text without its line breaks, so that it fits into a sentence."""
    return " ".join(str(text).split())
