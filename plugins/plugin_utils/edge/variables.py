# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the inventory and of the play, read one by one: what cannot be read is a value as well."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.template import Templar

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Unreadable

PREFIX = "deploy_"


def settings_of(
    hostvars: t.Any, host: str, loader: t.Any, above: t.Mapping[str, t.Any] | None = None, given: t.Iterable[str] = ()
) -> dict[str, t.Any]:
    """Every variable ``deploy_*`` of a host of the inventory, as a task of that host would see it, or Unreadable.

    ``above`` are the raw variables of the play, which win over the inventory's; ``given`` are the names of those of -e,
    which win over both: a value is from there if its name is.
    """
    raw = hostvars.raw_get(host)
    # Without them a variable could not name another host's: hostvars[host] resolves without hostvars.
    known = {**raw, **(above or {}), **{name: raw[name] for name in given if name in raw}, "hostvars": hostvars}
    return read_variables(known, Templar(loader=loader, variables=known), lambda name: name.startswith(PREFIX))


def play_vars(task: t.Any, templar: t.Any) -> dict[str, t.Any]:
    """The ``vars`` of the task's play, with those of every play that imports it: each resolved, or Unreadable."""
    return read_variables(task.get_play().vars, templar)


def inventory_sets(
    hostvars: t.Any, hosts: t.Iterable[str], names: t.Iterable[str], given: t.Container[str]
) -> dict[str, list[str]]:
    """Which of ``names`` the inventory sets, with the hosts; not those of -e, ``given``, which win over it."""
    wanted = [name for name in names if name not in given]
    raw = {host: hostvars.raw_get(host) for host in hosts} if wanted else {}
    found = {name: [host for host in raw if name in raw[host]] for name in wanted}
    return {name: hosts for name, hosts in found.items() if hosts}


def read_variables(
    values: t.Mapping[str, t.Any], templar: t.Any, wanted: t.Callable[[str], bool] = lambda _name: True
) -> dict[str, t.Any]:
    """The values whose names are wanted, each resolved by itself, or Unreadable."""
    return {name: _resolved(value, templar) for name, value in values.items() if wanted(name)}


def _resolved(value: t.Any, templar: t.Any) -> t.Any:
    try:
        # A template takes Ansible a millisecond, whether or not there is anything to resolve.
        return untagged(value if _is_constant(value) else templar.template(value))
    except AnsibleError as error:
        if isinstance(value, t.Mapping):
            return {untagged(key): _resolved(each, templar) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [_resolved(each, templar) for each in value]
        return Unreadable(" ".join(str(error.message).split()))


def _is_constant(value: t.Any) -> bool:
    """Whether there is nothing to resolve in the value; a text with a brace may be a template."""
    if isinstance(value, str):
        return "{" not in value and not value.startswith("#jinja2:")
    if isinstance(value, t.Mapping):
        return all(_is_constant(key) and _is_constant(each) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_constant, value))
    return value is None or isinstance(value, (bool, int, float))


def untagged(value: t.Any) -> t.Any:
    """The value without what Ansible notes on it, such as where it was read."""
    if isinstance(value, t.Mapping):
        return {untagged(key): untagged(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [untagged(each) for each in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
