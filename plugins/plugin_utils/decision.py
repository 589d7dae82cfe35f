# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frame of the tasks that run on the controller alone: they read what hosts said and decide."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible import context
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import serving_names
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.commands import as_typed

display = Display()


class Decision(ActionBase):
    """Validates its arguments and calls ``decide``; a DeployError becomes a failed result. Asks nothing of any host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    argument_spec: t.ClassVar[dict[str, t.Any]] = {}

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """The decision, as the task's result. Raises DeployError."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the decision."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(self.argument_spec)
        result["changed"] = False
        try:
            result.update(self.decide(args, Variables(task_vars or {})))
        except DeployError as error:
            result.update(error.as_result(), failed=True)
        for name in ("msg", "next_command"):
            if name in result:
                result[name] = typed(str(result[name]))
        return result

    @staticmethod
    def say(lines: t.Iterable[str]) -> None:
        """Prints the lines as they are, whatever the output callback."""
        for line in lines:
            display.display(typed(line))


def typed(text: str) -> str:
    """The text with the commands in it as they would have to be typed after this run."""
    args = context.CLIARGS
    default = C.config.get_config_value("DEFAULT_HOST_LIST")
    return as_typed(text, args.get("args") or (), args.get("inventory") or (), default)


class Variables:
    """What the hosts of the run registered."""

    def __init__(self, task_vars: t.Mapping[str, t.Any]) -> None:
        self._vars = task_vars

    @property
    def host(self) -> str:
        """The host that the task is for."""
        return str(self._vars["inventory_hostname"])

    @property
    def limit(self) -> list[str] | None:
        """The hosts of the play that --limit leaves; None where the operator gave none."""
        return list(self._vars.get("ansible_play_hosts_all", ())) if self._vars.get("ansible_limit") else None

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

    def server_name(self, host: str) -> str:
        """What the balancer calls the host."""
        return str(self.of(host, "deploy_balancer_server") or host)

    def in_rotation(self, hosts: t.Iterable[str], servers: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, bool]:
        """Whether the balancer sends traffic to each of the hosts."""
        serving = serving_names(servers)
        return {host: self.server_name(host) in serving for host in hosts}
