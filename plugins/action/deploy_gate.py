# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asks a gate, whatever module is behind it. See the documentation of openlibrary.deploy.deploy_gate."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKS, JUDGE, MODES
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import BACK, FORWARD
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.bounded import TooLateError, bounded
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import ledger_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import RemoteStep, stamp
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.variables import read_variables, untagged
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.answer import (
    Heard,
    heard,
    named,
    not_asked,
    secrets_of,
    unknown,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import AFTER, BEFORE, TURN
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import failures
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.question import Question, question_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import unreadable_in

ENTRIES = "deploy_gates"
"""The variable with the options. Nobody else reads those: what is registered or handed over may be printed."""


class ActionModule(RemoteStep):
    """See the module's documentation."""

    argument_spec: t.ClassVar[dict[str, t.Any]] = {
        "gate": {"type": "str", "required": True},
        "ask": {"type": "str", "choices": list(ASKS), "required": True},
        "moment": {"type": "str", "choices": [BEFORE, TURN, AFTER], "default": TURN},
        "site": {"type": "dict", "required": True},
        "plan": {"type": "dict", "default": {}},
        "mode": {"type": "str", "choices": list(MODES), "default": JUDGE},
        "direction": {"type": "str", "choices": [FORWARD, BACK], "default": FORWARD},
    }
    question: Question
    secrets: frozenset[str] = frozenset()

    def _step(self, result: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Ask, unless there is nothing to ask; a connection that is lost is an answer as well."""
        _validation, given = self.validate_argument_spec(self.argument_spec)
        variables = Variables(task_vars)
        try:
            self.question = question_of(given, variables.host)
        except DeployError as error:
            return {**result, **error.as_result(), "failed": True}
        if why := self._needless(given["plan"], variables):
            return {**result, **self._told(not_asked(why))}
        return super()._step(result, task_vars)

    def execute(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run the module of the gate."""
        question = self.question
        options, why = options_of(question.gate.name, task_vars, self._templar)
        if why:
            return self._told(unknown(why, question.ask))
        self.secrets = secrets_of(options)
        if why := self._elsewhere(task_vars):
            return self._told(unknown(why, question.ask))
        try:
            with bounded(question.longest):
                raw = self._execute_module(
                    module_name=question.gate.module, module_args=question.as_args(options), task_vars=task_vars
                )
        except TooLateError:
            why = f"the gate {question.gate.name} gave no answer within {question.longest:g} s"
            return self._told(unknown(why, question.ask))
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            why = f"the module {question.gate.module} of the gate {question.gate.name} cannot be run: {error.message}"
            return self._told(unknown(why, question.ask, self.secrets))
        answer = untagged(with_reason(raw))
        check = bool(self._task.check_mode)
        return self._told(heard(question.gate.name, question.ask, answer, self.secrets, check))

    def lost(self, host: str, reason: str) -> dict[str, t.Any]:
        """Who asks is not the host whose turn it is: without an answer nobody is to blame."""
        why = f"{host}, which asks the gate {self.question.gate.name}, could not be reached: {reason}"
        return self._told(unknown(why, self.question.ask, self.secrets))

    def gives_up_after(self, args: t.Mapping[str, t.Any]) -> float | None:
        """A judgement waits for the gate's time-out, nothing else does."""
        return self.question.gives_up_after

    def label(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """The gate, and the host that it is asked about."""
        about = f" for {task_vars.get('inventory_hostname')}" if self.question.host else ""
        return f"gate {self.question.gate.name}{about}"

    def stamp(self, task_vars: t.Mapping[str, t.Any]) -> dict[str, str]:
        """The run is the plan's, of which there is none before it is made."""
        plan = self._task.args.get("plan") or {}
        return stamp({"run": plan.get("run"), "direction": self._task.args.get("direction")}, task_vars)

    def _needless(self, plan: t.Mapping[str, t.Any], variables: Variables) -> str:
        """Why there is nothing to ask; empty where there is."""
        if not self.question.due:
            return "not its moment"
        waits = self.question.moment == AFTER and self.question.ask == self.question.mode == JUDGE
        failed = failures(plan, ledger_of(plan, variables)) if waits else {}
        return f"not asked, because {', '.join(failed)} failed" if failed else ""

    def _elsewhere(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """Why the module would not run on the host that asks; empty where it would.

        In a loop ansible-core 2.21 reaches a host that does not say how as it reached the host before.
        """
        via = self.host(task_vars)
        of_host = (task_vars.get("ansible_delegated_vars") or {}).get(via, task_vars)
        usual = str(context.CLIARGS.get("connection") or C.config.get_config_value("DEFAULT_TRANSPORT"))
        if of_host.get("ansible_connection") is not None or self._connection.matches_name([usual]):
            return ""
        return (
            f"the gate {self.question.gate.name} was not asked: this ansible-core would reach {via} by"
            f" {self._connection.ansible_name}, as the host before it; say in the inventory how {via} is reached"
            f" (ansible_connection: {usual})"
        )

    def _told(self, answer: Heard) -> dict[str, t.Any]:
        """The task's result, in which nothing is that the module or its entry has besides."""
        question, check = self.question, bool(self._task.check_mode)
        answer = named(question.gate.name, answer)
        failed = question.stops(answer, check)
        done = "would" if check else "done"
        return {
            "gate": question.gate.name,
            "ask": question.ask,
            "failed": failed,
            "changed": answer.changed,
            "verdict": answer.verdict,
            "blame": answer.blame,
            "msg": answer.msg,
            "figures": dict(answer.figures),
            "baseline": dict(answer.baseline),
            "announces": answer.announces,
            "announced": answer.announced,
            "asked": answer.asked,
            "outcome": "failed" if failed else done if answer.changed else "unchanged",
            "phase": "gate",
            # The plan says what was answered before it, and what is not asked.
            "quiet": question.before_plan or not answer.asked,
            "state_now": "",
            "next_command": "",
        }


def with_reason(raw: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of a module; of one that crashed Ansible keeps the reason elsewhere than in its sentence."""
    crashed = getattr(getattr(raw.get("exception"), "event", None), "msg", "")
    return {**raw, "msg": raw.get("msg") or crashed}


def options_of(name: str, task_vars: t.Mapping[str, t.Any], templar: t.Any) -> tuple[dict[str, t.Any], str]:
    """The options of the gate's entry, resolved for the task's host; or why there are none."""
    entries = read_variables({ENTRIES: task_vars.get(ENTRIES)}, templar)[ENTRIES]
    entries = entries if isinstance(entries, list) else []
    entry = next((one for one in entries if isinstance(one, t.Mapping) and one.get("name") == name), None)
    if entry is None:
        return {}, f"{ENTRIES} of {task_vars.get('inventory_hostname')} has no gate {name}"
    options = entry.get("options") or {}
    bad = unreadable_in(options)
    if bad or not isinstance(options, t.Mapping):
        why = bad.reason if bad else "they are not a dictionary"
        return {}, f"the options of the gate {name} cannot be read: {why}"
    return dict(options), ""
