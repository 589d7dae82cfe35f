# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Output that an operator can read: the plays as headings, one sentence a step and host, failures without a dump."""

from __future__ import annotations

DOCUMENTATION = """
name: checklist
type: stdout
short_description: A deployment as a checklist
description:
  - Prints the plays as headings and, for each step and host, the one sentence that the step's module returned.
  - Steps that changed nothing and have nothing to say are not printed; C(-v) prints every result whole.
extends_documentation_fragment:
  - ansible.builtin.result_format_callback
author: Open Library developers (@openlibrary)
"""

import re
import typing as t

from ansible import constants as C
from ansible.plugins.callback import CallbackBase

if t.TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task

FULL_HASH = re.compile(r"\b([0-9a-f]{10})[0-9a-f]{30}\b")
"""Hashes are cut to what ``-e hash=`` takes, so that a sentence stays a line."""


def sentence(result: t.Mapping[str, t.Any]) -> str:
    """What a result has to say in one line; empty where it is not worth one."""
    if result.get("quiet") or result.get("skipped") or "results" in result:
        return ""
    message = FULL_HASH.sub(r"\1", " ".join(str(result.get("msg") or "").split()))
    if result.get("outcome") or result.get("_ansible_verbose_always"):
        return message
    return (message or "changed") if result.get("changed") else ""


def failure(result: t.Mapping[str, t.Any]) -> list[str]:
    """The lines for a failed result: the message, and what a command said."""
    lines = [str(result.get("msg") or "failed without a message").strip()]
    for stream in ("module_stderr", "stderr"):
        said = str(result.get(stream) or "").strip()
        if said and said not in lines[0]:
            lines += said.splitlines()[-5:]
    return lines


def acting_host(result: CallbackTaskResult) -> str:
    """The host that the task acted on, which for a delegated task is not the one whose turn it is."""
    return str(result.task.delegate_to or result.host.get_name())


class CallbackModule(CallbackBase):
    """The events that are worth a line."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "openlibrary.deploy.checklist"

    def __init__(self) -> None:
        super().__init__()
        self._heading = ""
        self._said = ""

    def v2_playbook_on_play_start(self, play: Play) -> None:
        """Keeps the heading until the play has a task to run; a play over hosts in turn has one heading."""
        self._heading = play.get_name().strip() + (" (check: nothing is changed)" if play.check_mode else "")

    def v2_playbook_on_task_start(self, task: Task, is_conditional: bool) -> None:
        """The heading of the play that the task begins."""
        if self._heading != self._said:
            self._display.display(f"\n{self._heading}", color=C.COLOR_HIGHLIGHT)
            self._said = self._heading

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """One sentence, where there is one."""
        self._whole(result)
        changed = result.result.get("changed")
        self._line(result, sentence(result.result), C.COLOR_CHANGED if changed else C.COLOR_OK)

    def v2_runner_item_on_ok(self, result: CallbackTaskResult) -> None:
        """One sentence an item."""
        self.v2_runner_on_ok(result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """What failed; the whole of it only with -v."""
        self._whole(result)
        # Each item of a loop has said by itself why it failed.
        for line in () if "results" in result.result else failure(result.result):
            self._line(result, f"FAILED: {line}", C.COLOR_ERROR)

    def v2_runner_item_on_failed(self, result: CallbackTaskResult) -> None:
        """What failed, an item."""
        self.v2_runner_on_failed(result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """A host that does not answer."""
        self._line(result, f"UNREACHABLE: {failure(result.result)[0]}", C.COLOR_UNREACHABLE)

    def v2_on_file_diff(self, result: CallbackTaskResult) -> None:
        """The difference, as --diff asks for."""
        results = result.result["results"] if result.task.loop and "results" in result.result else [result.result]
        for one in results:
            text = self._get_diff(one["diff"]) if one.get("diff") and one.get("changed") else ""
            if text:
                self._display.display(text)

    def _line(self, result: CallbackTaskResult, text: str, color: str) -> None:
        if text:
            self._display.display(f"  {acting_host(result):<10} {text}", color=color)

    def _whole(self, result: CallbackTaskResult) -> None:
        if result.result.get("outcome") and not self._display.verbosity:
            self._handle_warnings(result.result)
        else:
            self._handle_warnings_and_exception(result)
        if self._display.verbosity:
            self._display.display(f"  [{result.task.get_name()}] {self._dump_results(result.result)}")
