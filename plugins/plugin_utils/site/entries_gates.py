# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of `deploy_gates`: each is read, and everything that is wrong with it is said.

Values of options are read here to be checked, and go no further: an entry keeps their names alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import JUDGE

from . import checks
from .entries import Problems, label_of, read_entry
from .findings import Problem
from .gate_modules import ASKED_NAMES, COLLECTION, GATE_MODULES, OF_THE_ENTRY, GateModule
from .given import Given, unreadable_in
from .model import GateEntry
from .near import listed, near
from .readers import FORWARD
from .setting import Check, read_value
from .specification_gates import GATE_OPTIONS, GATES

_RULES: dict[str, Check] = {"name": checks.gate_name, "module": checks.full_module, "when": checks.whens}
_HOST = next(option for option in GATE_OPTIONS if option.name == "host")


def read_gates(raw: Sequence[Any], host: str, inventory: Sequence[str]) -> tuple[tuple[GateEntry, ...], list[Problem]]:
    """The gates as the ``host`` has them, without those that are wrong, and everything that is wrong with them."""
    gates: dict[str, GateEntry] = {}
    problems: list[Problem] = []
    names = []
    for number, each in enumerate(raw, 1):
        entry, found = _gate(label_of(GATES, each, number), each, host, inventory)
        names.append(each["name"] if checks.is_gate_name(each.get("name")) else f"entry {number}")
        problems += [Problem(sentence, FORWARD, names[-1]) for sentence in found]
        if not found:
            gates.setdefault(entry.name, entry)
    more = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    problems += [Problem(f"{GATES} names {name} twice.", FORWARD, name) for name in more]
    return tuple(gates.values()), problems


def _gate(label: str, raw: Mapping[Any, Any], host: str, inventory: Sequence[str]) -> tuple[GateEntry, Problems]:
    values, problems = read_entry(label, raw, GATE_OPTIONS, _RULES)
    problems += _module(label, values["module"]) + _via(label, values["via"], inventory)
    own = GATE_MODULES.get(values["module"])
    if values["host"]:
        problem = read_value(f"{label}.host", _HOST, values["host"], own.host if own else checks.line)[1]
        problems += [problem] if problem else []
    problems += _options(f"{label}.options", own, values)
    values.update(when=tuple(values["when"]), host=values["host"] or host, options=tuple(map(str, values["options"])))
    return GateEntry(**values), problems


def _module(label: str, name: str) -> Problems:
    close = near(name, GATE_MODULES) if name not in GATE_MODULES else []
    if close:
        return [f"{label}.module is {name!r}; did you mean {listed(close, 'or')}?"]
    if name.startswith(COLLECTION) and name not in GATE_MODULES:
        return [f"{label}.module is {name!r}, which is not a gate; this collection has {listed(GATE_MODULES)}."]
    return []


def _via(label: str, via: str, inventory: Sequence[str]) -> Problems:
    hosts = ["localhost", *inventory]
    close = near(via, hosts)
    meant = f" (did you mean {listed(close, 'or')}?)" if close else ""
    return [] if via in hosts else [f"{label}.via is {via!r}: it takes a host of the inventory, or localhost{meant}."]


def _options(label: str, own: GateModule | None, entry: Mapping[str, Any]) -> Problems:
    raw = entry["options"]
    problems = [_misplaced(label, name) for name in raw if name in ASKED_NAMES]
    problems += [f"{label} has the key {key}, which is not text." for key in raw if not isinstance(key, str)]
    rest = {name: value for name, value in raw.items() if isinstance(name, str) and name not in ASKED_NAMES}
    for name, value in rest.items():
        # Of ours all but dictionaries are read below.
        if (not own or isinstance(value, Mapping)) and (broken := unreadable_in(value)):
            problems.append(f"{label}.{name} cannot be worked out: {broken.reason.rstrip('. ')}.")
    if own:
        values, found = read_entry(label, rest, own.options, own.rules)
        problems += found
        problems += _together(label, own, {**values, "timeout": entry["timeout"]}, rest) if not problems else []
    return problems


def _together(label: str, own: GateModule, values: Mapping[str, Any], given: Mapping[str, Any]) -> Problems:
    """What the module itself says of its options as they will reach it in a run forward."""
    unset = {option.name: option.default for option in own.options if given.get(option.name) is None}
    try:
        if own.check:
            own.check({**values, **unset, "mode": JUDGE})
    except InputError as error:
        return [f"{label}: {error.msg}"]
    return []


def _misplaced(label: str, name: str) -> str:
    return f"{label} has {name}, which {'belongs beside options' if name in OF_THE_ENTRY else 'each run sets itself'}."


def gate_names(given: Given) -> tuple[str, ...]:
    """The names of the fleet's gates, in the inventory's order, be the rest of an entry wrong."""
    raw = [given.hosts.get(host, {}).get(GATES) for host in given.fleet]
    entries = [entry for each in raw if isinstance(each, (list, tuple)) for entry in each]
    names = [entry.get("name") for entry in entries if isinstance(entry, Mapping)]
    return tuple(dict.fromkeys(name for name in names if checks.is_gate_name(name)))
