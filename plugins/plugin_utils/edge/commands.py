# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as the operator would have to type them after this run: with its playbook, its inventory, its vault."""

from __future__ import annotations

import posixpath
import re
import shlex
import typing as t
from dataclasses import dataclass

PLAYBOOK = re.compile(r"ansible-playbook playbooks/([a-z_]+)\.yml")
COLLECTION = "openlibrary.deploy."
ENDING = ".yml"


@dataclass(frozen=True)
class Form:
    """How the collection's playbooks are named: what stands before a name, and what after it."""

    before: str
    after: str

    def of(self, name: str) -> str:
        """The playbook as it is typed."""
        return f"{self.before}{name}{self.after}"


BY_NAME = Form(COLLECTION, "")


@dataclass(frozen=True)
class Call:
    """How a run was called, as far as the next command needs it.

    ``names`` are the collection's playbooks, ``form`` how they are named. ``wrapper`` is the site's own playbook that
    imports the one called ``running``, as it was typed; empty where the collection's own was. ``options`` are words.
    """

    names: frozenset[str]
    form: Form
    wrapper: str = ""
    running: str = ""
    options: tuple[str, ...] = ()

    def command(self, name: str) -> str:
        """The command for one of the collection's playbooks."""
        playbook = self.wrapper if self.wrapper and name == self.running else self.form.of(name)
        return shlex.join(["ansible-playbook", *self.options, playbook])


def call_of(
    typed: t.Sequence[str],
    own: t.Mapping[str, str],
    names: t.Iterable[str],
    running: str,
    form: Form,
    options: t.Sequence[str] = (),
) -> Call:
    """The call, from the playbooks that were ``typed``.

    ``own`` names those of them that are files of the collection, by path; ``running`` is the playbook that runs, empty
    where nobody knows; ``form`` holds where the site's own playbook was typed.
    """
    names = frozenset(names)
    called = {word: name for word in typed if (name := own.get(word) or by_full_name(word, names))}
    if called:
        word = next((word for word, name in called.items() if name == running), next(iter(called)))
        return Call(names, _form(word), options=tuple(options))
    # Of several playbooks nobody can tell which one imports ours.
    wrapper = typed[0] if len(typed) == 1 else ""
    return Call(names, form, wrapper, running, tuple(options))


def by_full_name(word: str, names: frozenset[str]) -> str:
    """Which of the collection's playbooks the word names; empty where it is none."""
    name = word.removeprefix(COLLECTION).removesuffix(ENDING) if word.startswith(COLLECTION) else ""
    return name if name in names else ""


def _form(word: str) -> Form:
    if word.startswith(COLLECTION):
        return BY_NAME
    return Form(posixpath.join(posixpath.dirname(word), ""), ENDING)


def as_typed(text: str, call: Call) -> str:
    """The text, in which each command of this collection is one that works after a run that was called so.

    What has been rewritten stays as it is.
    """
    return PLAYBOOK.sub(lambda match: call.command(match[1]) if match[1] in call.names else match[0], text)
