# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frame of the tasks that run on the controller alone: they read what hosts said and decide."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.command_line import (
    running_playbook,
    typed,
    typed_result,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.who import who

display = Display()


class Decision(ActionBase):
    """Validates its arguments and calls ``decide``; a DeployError becomes a failed result. Asks nothing of any host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    argument_spec: t.ClassVar[dict[str, t.Any]] = {}
    running = ""
    """The collection's playbook that runs."""

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """The decision, as the task's result. Raises DeployError."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the decision."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _validation, args = self.validate_argument_spec(self.argument_spec)
        self.running = str(args.get("playbook") or running_playbook(task_vars))
        result["changed"] = False
        try:
            result.update(self.decide(args, Variables(task_vars)))
        except DeployError as error:
            result.update(error.as_result(), failed=True)
        return typed_result(result, self.running)

    def say(self, lines: t.Iterable[str]) -> None:
        """Prints the lines as they are, but for commands, whatever the output callback."""
        for line in lines:
            display.display(typed(line, self.running))


class Variables:
    """What the hosts of the run registered."""

    def __init__(self, task_vars: t.Mapping[str, t.Any]) -> None:
        self._vars = task_vars

    @property
    def host(self) -> str:
        """The host that the task is for."""
        return str(self._vars["inventory_hostname"])

    @property
    def hostvars(self) -> t.Any:
        """The variables of every host, as Ansible keeps them."""
        return self._vars["hostvars"]

    @property
    def groups(self) -> t.Mapping[str, t.Sequence[str]]:
        """The inventory's groups, with their hosts."""
        return dict(self._vars.get("groups") or {})

    @property
    def who(self) -> str:
        """Who is behind the run."""
        return who(lambda name: self.of(self.host, name))

    @property
    def limit(self) -> list[str] | None:
        """The hosts of the play that --limit leaves; None where the operator gave none."""
        return list(self._vars.get("ansible_play_hosts_all", ())) if self._vars.get("ansible_limit") else None

    @property
    def limit_text(self) -> str:
        """What the operator gave with --limit; empty for nothing."""
        return str(self._vars.get("ansible_limit") or "")

    @property
    def check_mode(self) -> bool:
        """Whether the playbook runs with --check."""
        return bool(self._vars.get("ansible_check_mode"))

    @property
    def diff_mode(self) -> bool:
        """Whether the playbook runs with --diff."""
        return bool(self._vars.get("ansible_diff_mode"))

    def of(self, host: str, name: str) -> t.Any:
        """The host's variable, or None where it has none."""
        hostvars = self._vars["hostvars"]
        return hostvars[host].get(name) if host in hostvars else None

    def result(self, host: str, name: str) -> dict[str, t.Any]:
        """A result that the host registered; empty where the task was skipped or never ran there."""
        found = self.of(host, name)
        return {} if not found or found.get("skipped") else dict(found)
