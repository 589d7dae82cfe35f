# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every setting of every host, read: its value or its default, and everything that is wrong with single values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .entries import read_balancers, read_projects, read_reloads, read_services
from .entries_gates import read_gates
from .findings import COMMAND_LINE, PLAY, Mistake, Problem, name_hosts
from .given import Given, Unreadable, unreadable_in
from .near import near
from .readers import ONLY_DEPLOY, TAG
from .setting import FLEET, Setting, show
from .specification import BY_NAME, SETTINGS
from .specification_gates import GATES

Values = Mapping[str, Any]
Groups = Mapping[str, Sequence[str]]

_OPTIONAL_PARTS = ONLY_DEPLOY | {TAG}


@dataclass(frozen=True)
class Read:
    """The values of each host by the names of the settings, what is wrong, and which were not read as they stand."""

    hosts: Mapping[str, Values]
    findings: tuple[Mistake, ...]
    wrong: frozenset[tuple[str, str]]

    def right(self, host: str, name: str) -> bool:
        """Whether the host's value stands as it was set, or as its default."""
        return (host, name) not in self.wrong


def read_settings(given: Given) -> Read:
    """The settings of the fleet and the staging hosts."""
    hosts: dict[str, dict[str, Any]] = {}
    findings: list[Mistake] = []
    wrong: set[tuple[str, str]] = set()
    for host in given.everyone:
        hosts[host] = {}
        for setting in SETTINGS:
            hosts[host][setting.name], problems = read_setting(setting, host, given)
            for each in problems:
                findings.append(Mistake(each.sentence, (host,), "", each.readers, setting.name, each.entry))
                wrong.add((host, setting.name))
    return Read(hosts, tuple(placed(finding, given) for finding in findings), frozenset(wrong))


def placed(finding: Mistake, given: Given) -> Mistake:
    """The finding where its setting was set: on the command line, it is no host's."""
    if finding.setting in given.extra:
        return replace(finding, where=COMMAND_LINE, hosts=())
    if finding.setting in given.play:
        return replace(finding, where=PLAY, hosts=())
    return finding


def read_setting(setting: Setting, host: str, given: Given) -> tuple[Any, list[Problem]]:
    """The value of one setting of a host, its default where something is wrong, and what."""
    own = given.hosts.get(host, {})
    value = own.get(setting.name)
    if value is None:
        missing = setting.option.required and not _renamed(own, setting.name)
        problems = [Problem(f"{setting.name} is not set.", setting.readers)] if missing else []
        return _finished(setting, setting.default, host, given)[0], problems
    # Of what has entries, each is read by itself: a rescue reads the names of projects, and not how they are built.
    parts = [value, *value] if isinstance(value, (list, tuple)) else [value]
    whole = next((each for each in parts if isinstance(each, Unreadable)), None)
    broken = whole if "dict" in (setting.option.type, setting.option.elements) else unreadable_in(value)
    if broken:
        sentence = f"{setting.name} cannot be worked out: {broken.reason.rstrip('. ')}."
        return _finished(setting, setting.default, host, given)[0], [Problem(sentence, setting.readers)]
    value, sentence = setting.read(value)
    if sentence:
        return _finished(setting, value, host, given)[0], [Problem(sentence, setting.readers)]
    return _finished(setting, value, host, given)


def _renamed(own: Values, name: str) -> bool:
    """Whether another variable was meant to be this one: names.py says so."""
    return any(key not in BY_NAME and near(key, [name]) for key in own)


def _finished(setting: Setting, value: Any, host: str, given: Given) -> tuple[Any, list[Problem]]:
    """A value of the right type as the site has it, entries of dictionaries read."""
    if setting.name == "deploy_projects":
        return read_projects(value)
    if setting.name == GATES:
        return read_gates(value, host, list(given.hosts))
    entries: tuple[Any, ...]
    if setting.name == "deploy_services":
        entries, sentences = read_services(value)
    elif setting.name == "deploy_reloads":
        entries, sentences = read_reloads(value)
    elif setting.name == "deploy_balancers":
        entries, sentences = read_balancers(value, host, list(given.hosts), given.everyone)
    else:
        return value, []
    return entries, [Problem(sentence, setting.readers) for sentence in sentences]


def fleet_value(read: Read, given: Given, name: str) -> Any:
    """The one value of a setting of the whole fleet: that of the first host that has a right one, else the default.

    The hosts that the playbook acts on come first, so that a rescue of some is not led astray by the others.
    """
    hosts = dict.fromkeys([*given.acted, *given.everyone])
    return next((read.hosts[host][name] for host in hosts if read.right(host, name)), _any(read, name))


def _any(read: Read, name: str) -> Any:
    own = next(iter(read.hosts.values()), {})
    return own.get(name, BY_NAME[name].default)


def disagreements(read: Read, given: Given) -> list[Mistake]:
    """Settings of the whole fleet that are not the same on all of its hosts."""
    found = []
    for setting in SETTINGS:
        hosts = [host for host in given.fleet if setting.scope == FLEET and read.right(host, setting.name)]
        values = {host: read.hosts[host][setting.name] for host in hosts}
        if concerned := differing(values, given):
            found.append(placed(_disagreement(setting, values, concerned, given.groups), given))
    return found


def differing(values: Values, given: Given) -> tuple[str, ...]:
    """The hosts that are to be named because their ``values`` are not all the same, none where they are.

    Where the hosts that the playbook acts on agree, it is the others' fault: nothing to refuse a rescue of some for.
    """
    acted = [host for host in values if host in set(given.acted)]
    usual = values[(acted or list(values))[0]] if values else None
    others = [host for host in values if values[host] != usual]
    return tuple(values if set(others) & set(acted) else others)


def _disagreement(setting: Setting, values: Values, hosts: tuple[str, ...], groups: Groups) -> Mistake:
    readers = setting.readers
    if setting.name == "deploy_projects" and len({tuple(value) for value in values.values()}) == 1:
        readers = _OPTIONAL_PARTS
    if setting.option.type in ("dict", "list"):
        told = "differs from host to host"
    else:
        having: dict[str, list[str]] = {}
        for host, value in values.items():
            having.setdefault(show(value), []).append(host)
        told = "is " + " and ".join(f"{value} on {name_hosts(on, groups)}" for value, on in having.items())
    sentence = f"{setting.name} {told}: it must be the same on every host of the fleet."
    return Mistake(sentence, hosts, readers=readers, setting=setting.name)
