# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits, on the controller, once blue is proven. See the documentation of openlibrary.deploy.deploy_pause."""

from __future__ import annotations

import time
import typing as t
from dataclasses import asdict

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import NOBODY, DeployError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.terminal import CtrlCError, NoTerminalError, ask
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.who import at_terminal
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import pause as model
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Ticket


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "after": {"type": "str", "required": True},
        "plan": {"type": "dict", "required": True},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Say what is true, and wait for an answer or for the time to pass. Raises DeployError for ``unwind``."""
        pause, host = model.parse_pause(args["after"]), args["plan"]["pause_after"]
        if not pause.waits or not host:
            return {"msg": "no pause", "outcome": "unchanged", "quiet": True, **ended("", "", "")}
        truth, ticket = model.truth_while_paused(args["plan"], host), Ticket(args["plan"]["run"], host)
        if variables.check_mode:
            would = {"msg": "the run would pause here", "outcome": "would", "phase": "pause"}
            return {**would, **ended("", "", "", ticket)}
        self.say(["", f"  Pause: {truth}.", f"  {model.how_to_answer(pause)}"])
        begin = time.monotonic()
        try:
            answer = wait(pause, host, self.say)
        except NoTerminalError as error:
            raise nobody_left(host, truth, ticket) from error
        who = "" if answer == model.TIME else at_terminal()
        note = model.pause_note(answer, who, host, time.monotonic() - begin)
        if answer == model.UNWIND:
            raise unwind(truth, **ended(answer, who, note, ticket))
        said = {"msg": note, "outcome": "done", "phase": "pause", "state_now": truth}
        return {**said, **ended(answer, who, note, ticket)}


def wait(pause: model.Pause, host: str, say: t.Callable[[list[str]], None], clock: t.Any = time) -> str:
    """Somebody's answer, or ``time`` when nobody gave one. Raises NoTerminalError where only a person could go on."""
    begin, typed, asked = clock.monotonic(), "", ""
    while True:
        elapsed = clock.monotonic() - begin
        left = pause.seconds - elapsed
        if not pause.person and left <= 0:
            return model.TIME
        seconds = None if pause.person else model.until_next_line(elapsed, left)
        line = model.waiting(host, asked) if pause.person else model.countdown(host, left)
        try:
            text, complete = ask(line, seconds)
        except CtrlCError:
            return model.UNWIND
        except NoTerminalError:
            if seconds is None:
                raise
            say([line])
            clock.sleep(seconds)
            continue
        # A progress line cuts what is being typed in two; the answer is the whole of it.
        typed += text
        if answer := model.answer_of(typed):
            return answer
        if complete:
            typed, asked = "", typed


def ended(answer: str, who: str, note: str, ticket: Ticket | None = None) -> dict[str, t.Any]:
    """The module's own values."""
    return {"answer": answer, "who": who, "note": note, **({"ticket": asdict(ticket)} if ticket else {})}


def unwind(truth: str, **values: t.Any) -> DeployError:
    """The failure that takes everything back and marks nothing bad."""
    return DeployError(
        f"{values['note']}: every host goes back, nothing is marked bad",
        phase="pause",
        state_now=truth,
        next_command="ansible-playbook playbooks/status.yml",
        blame=NOBODY,
        **values,
    )


def nobody_left(host: str, truth: str, ticket: Ticket) -> DeployError:
    """The failure where the terminal of the beginning is gone, or the run was put into the background."""
    note = f"nobody could answer the pause after {host}: the run lost its terminal, or is in the background"
    return unwind(truth, **ended(model.UNWIND, "", note, ticket))
