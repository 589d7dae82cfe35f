# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator asks for: the request variables of each playbook, and the grammar of names in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.hold import LONGEST_NOTE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.run_history import HOT_FIX
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.refs import check_version
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_project
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import check_tag_name
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import PREFIX, skippable

from .entries_gates import gate_names
from .findings import COMMAND_LINE, PLAY, Mistake
from .given import WEB, Given, unreadable_in
from .model import Asked
from .near import listed, near
from .readers import CONFIG, DEPLOY, LOCK, PREPARE, RESTART, ROLLBACK, STATUS, TAG
from .setting import boolean, show

VARIABLES: dict[str, tuple[str, ...]] = {
    DEPLOY: ("project", "version", "skip", "urgent", "without", "reason"),
    ROLLBACK: ("project", "hash", "skip", "without", "reason"),
    RESTART: ("project", "skip", "without", "reason"),
    STATUS: ("project", "json"),
    LOCK: ("project", "break", "run", "reason"),
    TAG: ("project", "tag_name"),
    PREPARE: ("adopt",),
    CONFIG: (),
}
"""The request variables of each playbook."""

INSTEAD = {"version": "hash", "hash": "version"}
REASON = "-e \"reason='...'\""
"""A reason of several words needs both quotes: with those of the shell alone Ansible takes the first word."""
URGENT = {
    ROLLBACK: "rollback takes no urgent: it waits for no gate and no bake anyway. Leave it out.",
    RESTART: "restart takes no urgent: it is what proves a hot fix afterwards. Leave it out.",
}
"""Why other runs than a deploy do not take it."""
LONGEST = {"reason": LONGEST_NOTE, "urgent": LONGEST_NOTE - len(HOT_FIX)}
"""Characters that journals keep."""
GONE = {"allow_bad": f"-e skip=bad {REASON}"}
RAW = "_raw_params"
"""Where Ansible leaves the words of -e that have no =."""
MEANT = frozenset({"version", "hash", "run", "tag_name"})
"""Whoever types one of these means something: an empty one may be a variable of the shell that was not set."""
BOOLEANS = frozenset({"adopt", "break"})
ALL_VARIABLES = frozenset(name for names in VARIABLES.values() for name in names)


@dataclass(frozen=True)
class ReadRequest:
    """What was asked for, everything that is wrong with it, and what has to be said about it."""

    asked: Asked
    findings: tuple[Mistake, ...] = ()
    said: tuple[str, ...] = ()


def read_request(given: Given) -> ReadRequest:
    """The request, from -e and from the vars of the play that imports the playbook; -e wins."""
    findings = name_findings(given)
    values: dict[str, Any] = {}
    wrong = set()
    for name in VARIABLES[given.playbook]:
        where = COMMAND_LINE if name in given.extra else PLAY
        value = given.extra.get(name, given.play.get(name))
        if value is None or value == "":
            if name in MEANT and name in given.extra:
                findings.append(Mistake(f"{name} is empty: give one, or leave it out.", where=COMMAND_LINE))
            continue
        try:
            values[name] = _value(name, value, given)
        except InputError as error:
            wrong.add(name)
            findings.append(Mistake(error.msg, where=where))
    asked = Asked(
        limit=None if given.limit is None else tuple(given.limit),
        **{("break_" if name == "break" else name): value for name, value in values.items()},
    )
    findings += [Mistake(sentence, where=COMMAND_LINE) for sentence in _lacking(asked, "reason" in wrong)]
    return ReadRequest(asked, tuple(findings), ignored(given))


def _lacking(asked: Asked, given: bool) -> list[str]:
    """What has to come with what was asked for; ``given``: there is a reason, and something else is wrong with it."""
    run = f" -e run={asked.run}" if asked.run else ""
    if run and not asked.break_:
        return [f"run is for breaking a lock: -e break=true{run} {REASON}"]
    if asked.reason or given:
        return []
    named = {"skip": asked.skip, "without": asked.without}
    lacking = [f"{name} needs a reason: -e {name}={','.join(words)} {REASON}" for name, words in named.items() if words]
    return lacking + ([f"break needs a reason: -e break=true{run} {REASON}"] if asked.break_ else [])


def ignored(given: Given) -> tuple[str, ...]:
    """A sentence for each request variable of this playbook that the inventory sets: it does not count."""
    return tuple(
        f"The inventory sets {name}, which is ignored: it counts from -e, and from the vars of a play that imports "
        f"{given.playbook}."
        for name in VARIABLES[given.playbook]
        if given.inventory_requests.get(name)
    )


def name_findings(given: Given) -> list[Mistake]:
    """Extra variables, and vars of the play, that were meant to be request variables of this playbook."""
    found = [Mistake(text, where=COMMAND_LINE) for name in given.extra if (text := about(name, given.playbook, True))]
    if RAW in given.extra:
        # Which words is not said: they may be the rest of a password.
        lost = f"Some words are not part of any variable: a value of several words needs its own quotes, as in {REASON}"
        found.append(Mistake(lost, where=COMMAND_LINE))
    return found + [Mistake(text, where=PLAY) for name in given.play if (text := about(name, given.playbook, False))]


def about(name: str, playbook: str, typed: bool) -> str:
    """What is wrong with the name of a variable that was typed, or given by a play; empty where nothing is.

    A play may set what is for other playbooks that it imports.
    """
    own = VARIABLES[playbook]
    if name in own:
        return ""
    if name in GONE and "bad" in skippable(playbook, ()):
        return f"{name} is not known any more: {GONE[name]}"
    if name == "urgent" and playbook in URGENT:
        return URGENT[playbook] if typed else ""
    if name in ALL_VARIABLES:
        takes = listed([INSTEAD[name]] if INSTEAD.get(name) in own else own) if own else "none of these variables"
        return f"{playbook} takes no {name}; it takes {takes}." if typed else ""
    close = near(name, own)
    return f"{playbook} takes no {name}; did you mean {listed(close, 'or')}?" if close else ""


def _value(name: str, value: Any, given: Given) -> Any:
    """The value of a request variable. Raises InputError with one sentence."""
    if broken := unreadable_in(value):
        raise InputError(f"{name} cannot be worked out: {broken.reason.rstrip('. ')}.")
    if name in BOOLEANS:
        try:
            return boolean(value)
        except InputError as error:
            raise InputError(f"{name} is {show(value)}: it {error.msg}.") from None
    if name == "skip":
        return read_skip(value, given.playbook, gate_names(given))
    if name == "without":
        return read_without(value, given)
    if not isinstance(value, str):
        kind = (
            "a list or a dictionary"
            if isinstance(value, (list, dict))
            else f"{value}, which YAML does not read as text"
        )
        raise InputError(f'{name} is {kind}: quote it, as in -e \'{{"{name}": "..."}}\'.')
    text = str(value)
    if not text.isprintable() or not text.strip():
        raise InputError(f"{name} must be printable text on one line.")
    return _text(name, text)


def _text(name: str, text: str) -> str:
    if name == "project":
        return check_project(text)
    if name == "version":
        return check_version(text)
    if name == "tag_name":
        return check_tag_name(text)
    if name == "hash" and not PREFIX.fullmatch(text):
        raise InputError(f"hash is {text!r}, which is not a commit hash: give 7 to 40 hex digits, lower case.")
    if name in LONGEST and len(text) > LONGEST[name]:
        raise InputError(f"{name} has {len(text)} characters; {LONGEST[name]} are kept at most.")
    return text.strip()


def read_skip(value: Any, playbook: str, gates: Sequence[str]) -> tuple[str, ...]:
    """The names to skip, in the order of what can be, from a list or a text with commas. Raises InputError."""
    known = skippable(playbook, gates)
    names, unknown = _names("skip", value, known, ",".join(known[-2:]))
    if unknown:
        meant = _meant(unknown, known) or f"it can skip {listed(known)}."
        raise InputError(f"skip: {playbook} has no {listed(unknown, 'or')} to skip; {meant}")
    return tuple(name for name in known if name in names)


def read_without(value: Any, given: Given) -> tuple[str, ...]:
    """The web nodes to leave out, in the inventory's order, from a list or a text with commas. Raises InputError.

    One at least is left that the run acts on.
    """
    web = given.part(WEB)
    names, unknown = _names("without", value, web, ",".join(web[-1:]))
    if unknown:
        meant = _meant(unknown, web) or f"the inventory has {listed(web)}."
        raise InputError(f"without takes web nodes, and {listed(unknown)} is none; {meant}")
    if names and not set(web) & set(given.acted) - names:
        raise InputError(f"without={','.join(sorted(names))} leaves no web node that could take a turn.")
    return tuple(name for name in web if name in names)


def _names(name: str, value: Any, known: Sequence[str], example: str) -> tuple[set[str], list[str]]:
    """The names in a list, or in a text with commas; and those of them that are not known. Raises InputError."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise InputError(f"{name} is {show(value)}: it takes names with commas between them, for example {example}.")
    names = {word.strip() for word in words} - {""}
    return names, sorted(names - set(known))


def _meant(unknown: Sequence[str], known: Sequence[str]) -> str:
    """The question whether names that are near were meant; empty where none is."""
    close = sorted({each for name in unknown for each in near(name, known)})
    return f"did you mean {listed(close, 'or')}?" if close else ""
