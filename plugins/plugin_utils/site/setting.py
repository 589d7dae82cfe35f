# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A setting of the site: what it means, what it may be, which playbooks read it, and how one value of it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.secret import names_secret, without_secrets

from .given import Unreadable, unreadable_in
from .near import listed, near

HOST, FLEET = "host", "fleet"

TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
FALSE = frozenset({"n", "no", "off", "0", "false", "f"})
"""Ansible's spellings of booleans."""

LONGEST_SHOWN = 80

Check = Callable[[Any], Any]
"""Returns a value of the right type as it is used; raises InputError with one sentence, or with the end of one after
"it" that begins with "must" or "takes"."""


@dataclass(frozen=True)
class Setting:
    """One ``deploy_*`` variable.

    ``option`` is what it may be; ``readers`` are the playbooks that read it, and may be refused for it. With the scope
    ``fleet`` it has one value on all hosts of the fleet. ``example`` is a value that is right. ``check`` holds a value
    of the right type to a rule of its own. ``section`` is where the documentation has it.
    """

    option: Option
    readers: frozenset[str]
    example: Any
    section: str = ""
    scope: str = HOST
    check: Check | None = None

    @property
    def name(self) -> str:
        """The variable's whole name."""
        return self.option.name

    @property
    def default(self) -> Any:
        """What is used where it is not set, or set wrongly; fresh, so that nobody shares it."""
        return empty_of(self.option)

    def read(self, value: Any) -> tuple[Any, str]:
        """The value in its type, and what is wrong with it as a sentence; the default where something is."""
        return read_value(self.name, self.option, value, self.check, self.example)


def empty_of(option: Option) -> Any:
    """The default of an option; one without has the empty value of its type, and a number has None."""
    if option.default is not None:
        return whole(option.default) if option.type == "float" else plain(option.default)
    return {"str": "", "path": "", "raw": "", "bool": False, "list": [], "dict": {}}.get(option.type)


def plain(value: Any) -> Any:
    """The value with lists for tuples, all of them new."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def read_value(
    name: str, option: Option, value: Any, check: Check | None = None, example: Any = None
) -> tuple[Any, str]:
    """The value of an option in its type, and a sentence about what is wrong with it, which is empty where nothing is.

    ``name`` is what the sentence calls it.
    """
    # What has entries is read entry by entry.
    has_entries = "dict" in (option.type, option.elements)
    broken = unreadable_in(value) if not has_entries or isinstance(value, Unreadable) else None
    if broken:
        return empty_of(option), f"{name} cannot be worked out: {broken.reason.rstrip('. ')}."
    try:
        found = convert(option, value)
        return (check(found) if check else found), ""
    except InputError as error:
        return empty_of(option), _sentence(name, option, value, error.msg, example)


def _sentence(name: str, option: Option, value: Any, problem: str, example: Any) -> str:
    if not problem.startswith(("must ", "takes ")):
        # A rule of _model, whose sentence is whole.
        problem = problem.replace(" No host was contacted.", "")
        return problem if problem.startswith(name) else f"{name}: {problem}"
    shown = "not right" if is_secret(option) else show(value)
    right = f", for example {render(example)}" if example not in (None, "") and problem.startswith("takes ") else ""
    return f"{name} is {shown}: it {problem}{right}."


def is_secret(option: Option) -> bool:
    """Whether a value of it may be shown to nobody: it is said, or the name says so."""
    return names_secret(option.name) if option.secret is None else option.secret


def show(value: Any) -> str:
    """A value in a sentence, cut short where it is long."""
    text = render(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def render(value: Any) -> str:
    """A value as it could be written in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str):
        return repr(without_secrets(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {render(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(render(each) for each in value) + "]"
    return "nothing" if value is None else str(value)


def convert(option: Option, value: Any) -> Any:
    """The value in the option's type. Raises InputError with the end of a sentence: what it takes, or must be."""
    if option.type in ("int", "float"):
        return _number(option, value)
    if option.type == "bool":
        return boolean(value)
    if option.type in ("str", "path"):
        return _text(option, value)
    if option.type == "list":
        return _list(option, value)
    if option.type == "dict" and not isinstance(value, Mapping):
        raise InputError("takes a dictionary")
    return value


def _number(option: Option, value: Any) -> Any:
    number = _numeric(value)
    if number is None or (option.type == "int" and number != int(number)):
        kind = "a whole number" if option.type == "int" else "a number"
        raise InputError(f"takes {option.unit} as {kind}" if option.unit else f"takes {kind}")
    problem = option.problem(number)
    if problem:
        raise InputError(f"{problem}, in {option.unit}" if option.unit else problem)
    return whole(number)


def whole(number: float) -> float:
    """The number without its fraction where that is nothing: 60 reads better than 60.0, and Ansible takes both."""
    return int(number) if number == int(number) else number


def _numeric(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        # float() also takes 1_000 and digits of other scripts, which nobody means.
        number = float(value) if not isinstance(value, str) or (value.isascii() and "_" not in value) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and math.isfinite(number) else None


def boolean(value: Any) -> bool:
    """A boolean in one of Ansible's spellings. Raises InputError."""
    word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise InputError("takes true or false")


def _text(option: Option, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError("takes text in quotes" if isinstance(value, (int, float)) else "takes text")
    if option.choices and value not in option.choices:
        close = near(value, option.choices)
        meant = f" (did you mean {listed(close, 'or')}?)" if close else ""
        raise InputError(f"must be {listed(option.choices, 'or')}{meant}")
    if option.type == "path" and not absolute(value) and (value or option.required):
        raise InputError("takes an absolute path")
    return value


def absolute(path: str) -> bool:
    """Whether the text is an absolute path without anything that a path cannot have, or should not."""
    return path.startswith("/") and path.isprintable() and ".." not in path.split("/")


def _list(option: Option, value: Any) -> list[Any]:
    if isinstance(value, (str, int)) and not isinstance(value, bool) and option.elements in ("int", "str", "path"):
        # As Ansible's own lists do, for -e.
        value = [part.strip() for part in str(value).split(",")] if value != "" else []
    if not isinstance(value, (list, tuple)):
        raise InputError(f"takes a list{_of(option)}")
    if option.elements in ("", "raw"):
        return list(value)
    item = Option(option.name, option.elements, "")
    try:
        return [convert(item, each) for each in value]
    except InputError:
        raise InputError(f"takes a list{_of(option)}") from None


def _of(option: Option) -> str:
    kinds = {"int": "whole numbers", "str": "texts", "dict": "dictionaries", "list": "lists", "path": "absolute paths"}
    return f" of {kinds[option.elements]}" if option.elements in kinds else ""
