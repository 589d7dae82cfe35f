# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An option, said once: a module's argument spec, its documentation and the check of its value are made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterable

SECONDS = "seconds"

_NUMBERS = ("int", "float")


@dataclass(frozen=True)
class Option:
    """One option. ``type`` and ``elements`` are Ansible's names of types; ``unit`` is what a number counts.

    A number must be ``least`` or more, or more than ``above``, and ``most`` or less. ``default`` None means none. A
    ``secret`` is never shown; False says that a name which looks like one is none.
    """

    name: str
    type: str
    description: str
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    elements: str = ""
    unit: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    secret: bool | None = None
    suboptions: tuple[Option, ...] = ()

    def problem(self, value: Any) -> str:
        """Why a value of the right type cannot be, as the end of a sentence; empty where nothing is wrong."""
        if self.choices and value not in self.choices:
            return f"must be {' or '.join(self.choices)}"
        if self.type not in _NUMBERS:
            return ""
        if not math.isfinite(value):
            return "must be a number"
        if self.above is not None and value <= self.above:
            return f"must be more than {self.above:g}"
        if self.least is not None and value < self.least:
            return f"must be {self.least:g} or more"
        if self.most is not None and value > self.most:
            return f"must be {self.most:g} or less"
        return ""


def argument_spec(options: Iterable[Option]) -> dict[str, dict[str, Any]]:
    """The argument spec of a module, or of a dictionary, that takes the options."""
    return {option.name: _spec(option) for option in options}


def _spec(option: Option) -> dict[str, Any]:
    spec = _common(option)
    if option.secret is not None:
        spec["no_log"] = option.secret
    if option.suboptions:
        spec["options"] = argument_spec(option.suboptions)
    return spec


def documentation(options: Iterable[Option]) -> dict[str, dict[str, Any]]:
    """The same options as a module documents them."""
    return {option.name: _documented(option) for option in options}


def _documented(option: Option) -> dict[str, Any]:
    documented = {"description": [option.description], **_common(option)}
    if option.suboptions:
        documented["suboptions"] = documentation(option.suboptions)
    return documented


def _common(option: Option) -> dict[str, Any]:
    """What the argument spec and the documentation share."""
    common: dict[str, Any] = {"type": option.type}
    if option.required:
        common["required"] = True
    elif option.default is not None:
        common["default"] = list(option.default) if isinstance(option.default, tuple) else option.default
    if option.choices:
        common["choices"] = list(option.choices)
    if option.elements:
        common["elements"] = option.elements
    return common
