# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The specification and the site for people: docs/variables.md, and the effective settings of a host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import skippable
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.secret import without_secrets

from .gate_modules import GATE_MODULES
from .model import Checked
from .near import listed
from .readers import ALL, EVERYTHING
from .request import VARIABLES
from .setting import FLEET, Setting, render
from .specification import SECTIONS, SETTINGS, SKIPPED_BY
from .specification_gates import GATES

PLAYBOOKS = tuple(VARIABLES)

GATE = "<gate>"
"""What stands for the names of gates, each site having its own."""

_HEAD = """\
# Variables

Made by `tests/tools/variables.py` from the specification in `plugins/plugin_utils/site/`; do not edit it.

Settings belong in the inventory. Every playbook begins with a check of all of them, before it asks any host: deploy and
config refuse whatever is wrong; the others refuse what they read on the hosts that they act on, and warn of the rest.
Any setting may be changed for one run with `-e`, except a site's policies (below). Other names that begin with
`deploy_` are a site's own, unless they are one keystroke away from a setting: then they are refused.
"""

_MARKUP = re.compile(r"\b(?:[VCOM]|RV)\(([^)]*)\)")


def documentation() -> str:
    """docs/variables.md."""
    parts = [_HEAD, _request()]
    for section in SECTIONS:
        settings = [setting for setting in SETTINGS if setting.section == section]
        parts.append(f"## {section}\n\n" + _table(_HEADINGS, [_row(setting) for setting in settings]))
        parts += [_entries(setting) for setting in settings if setting.option.suboptions]
        parts += [_options_of(name) for setting in settings if setting.name == GATES for name in GATE_MODULES]
    return "\n".join(parts)


_HEADINGS = ("setting", "what it is", "takes", "default", "example", "read by")


def _row(setting: Setting) -> list[str]:
    needed = "**required**" if setting.option.required else _code(setting.default)
    same = " The same on all hosts of the fleet." if setting.scope == FLEET else ""
    example = "" if setting.option.suboptions else _code(setting.example)
    readers = "all" if setting.readers | EVERYTHING == ALL else ", ".join(_in_order(setting.readers | EVERYTHING))
    return [f"`{setting.name}`", text_of(setting.option) + same, takes(setting.option), needed, example, readers]


def _in_order(readers: Iterable[str]) -> list[str]:
    return [name for name in PLAYBOOKS if name in set(readers)]


def _code(value: Any) -> str:
    return "" if value in (None, "", [], {}) else f"`{value if isinstance(value, str) else render(value)}`"


def text_of(option: Option) -> str:
    """The option's description, Ansible's markup as Markdown."""
    return _MARKUP.sub(r"`\1`", option.description)


def takes(option: Option) -> str:
    """The type of an option in words: unit, choices and range included."""
    if option.choices and option.type == "list":
        return f"one or more of {listed(f'`{choice}`' for choice in option.choices)}"
    if option.choices:
        return listed((f"`{choice}`" for choice in option.choices), "or")
    kinds = {"int": "whole number", "float": "number", "bool": "true or false", "str": "text", "path": "absolute path"}
    kinds |= {"dict": "dictionary", "raw": "text", "list": f"list of {_PLURALS.get(option.elements, 'values')}"}
    words = option.unit if option.unit else kinds[option.type]
    limits = [
        f"more than {option.above:g}" if option.above is not None else "",
        f"{option.least:g} or more" if option.least is not None else "",
        f"{option.most:g} or less" if option.most is not None else "",
    ]
    return ", ".join([words, *filter(None, limits)])


_PLURALS = {"int": "whole numbers", "str": "texts", "dict": "dictionaries", "list": "lists of words"}


def _entries(setting: Setting) -> str:
    """The keys of a dictionary, with an example."""
    table = _keys(setting.option.suboptions)
    return f"An entry of `{setting.name}`:\n\n{table}\n    {setting.name}: {render(setting.example)}\n"


def _options_of(module: str) -> str:
    """The options of one of our gates."""
    return f"The `options` of `{module}`:\n\n{_keys(GATE_MODULES[module].options)}"


def _keys(options: Iterable[Option]) -> str:
    rows = [
        [
            f"`{option.name}`",
            text_of(option),
            takes(option),
            "**required**" if option.required else _code(option.default),
        ]
        for option in options
    ]
    return _table(("key", "what it is", "takes", "default"), rows)


def _request() -> str:
    """The request variables."""
    rows = [
        [f"`{playbook}`", _words(names), _words(skippable(playbook, [GATE]))] for playbook, names in VARIABLES.items()
    ]
    return (
        "## What is asked for\n\n"
        "These count from `-e`, and from the `vars` of a play that imports the playbook; never from the inventory. "
        "`skip` takes names with commas between them, and needs a `reason`, which is journaled: "
        f"`-e skip=bake,nagios -e \"reason='...'\"`; `{GATE}` is the name of an entry of `deploy_gates`. It also "
        f"stands in for the site's policies {listed(f'`{name}`' for name in SKIPPED_BY)}, which `-e` does not "
        "change. `without` takes names of web nodes that are left out, and needs a `reason`, too. `urgent` is why a "
        "hot fix waits for no verdict: `-e \"urgent='...'\"`.\n\n"
        + _table(("playbook", "variables", "what it can skip"), rows)
    )


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def effective(checked: Checked, host: str) -> dict[str, Any]:
    """The settings of one host as plain data, by their names, without secrets, with the parts that the host plays."""
    site = checked.site
    parts = {"home": site.home, "web": site.web, "www": site.static, "staging": site.staging}
    settings = {name: _plain(value) for name, value in checked.settings.get(host, {}).items()}
    return {"groups": [name for name, hosts in parts.items() if host in hosts], **settings}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        # Empty texts stand for what an entry does not have.
        return {name: _plain(each) for name, each in asdict(value).items() if each is False or each not in ("", (), 0)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, str):
        return without_secrets(value)
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
