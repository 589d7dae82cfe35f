# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether somebody sits at the terminal of ansible-playbook, and what they type.

A task runs in a process of its own that has no terminal; ansible hands a prompt to the one that has.
"""

from __future__ import annotations

import time

from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

display = Display()


class NoTerminalError(Exception):
    """Nobody can answer: standard input is no terminal, or the run is in the background."""


class CtrlCError(Exception):
    """Somebody pressed Ctrl-C at the prompt."""


def ask(message: str, seconds: float | None = None) -> tuple[str, bool]:
    """Prints the message; returns what is typed until Enter, and whether Enter came within the ``seconds``, if given.

    Raises NoTerminalError, without having printed anything, and CtrlCError.
    """
    begin = time.monotonic()
    try:
        typed = display.prompt_until(message, seconds=seconds)  # type: ignore[arg-type]  # it only compares them
    except AnsiblePromptNoninteractive as error:
        raise NoTerminalError(str(error)) from error
    except AnsiblePromptInterrupt as error:
        raise CtrlCError(str(error)) from error
    return typed.decode("utf-8", "replace"), seconds is None or time.monotonic() - begin < seconds


def person_there(message: str) -> bool:
    """Whether a person can be asked at a terminal; if so, the message is printed there."""
    try:
        ask(message, 0)
    except NoTerminalError:
        return False
    except CtrlCError:
        return True
    return True
