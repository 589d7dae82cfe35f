# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-playbook was called with, as Ansible understood it."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t
from functools import lru_cache

from ansible import constants as C
from ansible import context
from ansible.utils.vars import load_extra_vars

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.commands import (
    BY_NAME,
    ENDING,
    Call,
    Form,
    as_typed,
    by_full_name,
    call_of,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.variables import read_variables

COLLECTION = pathlib.Path(__file__).parents[3]
PLAYBOOKS = COLLECTION / "playbooks"

PARTS = frozenset({"check", "preflight", "rollout"})
"""Playbooks that others import; by themselves they would do nothing."""

MOLECULE_SKIPS = frozenset({"molecule-notest", "notest"})
"""Tags that molecule always skips. No step has them."""

TEXTS = ("msg", "next_command", "break_command")
"""The values of a result in which commands are named."""

# What the next command fails without. A variable's value may be a secret; a password is asked for, or is in a file.
FLAGS = {
    "ask_pass": ("--ask-pass", "DEFAULT_ASK_PASS"),
    "become_ask_pass": ("--ask-become-pass", "DEFAULT_BECOME_ASK_PASS"),
    "ask_vault_pass": ("--ask-vault-pass", "DEFAULT_ASK_VAULT_PASS"),
}
VALUES = {
    "remote_user": ("-u", "DEFAULT_REMOTE_USER"),
    "private_key_file": ("--private-key", "DEFAULT_PRIVATE_KEY_FILE"),
    "connection_password_file": ("--connection-password-file", "CONNECTION_PASSWORD_FILE"),
    "become_password_file": ("--become-password-file", "BECOME_PASSWORD_FILE"),
}


def typed(text: str, running: str = "") -> str:
    """The text with the commands in it as they would have to be typed after this run of the playbook ``running``."""
    return as_typed(text, the_call(running)) if "ansible-playbook " in text else text


def typed_result(result: dict[str, t.Any], running: str) -> dict[str, t.Any]:
    """The task's result with the commands in it as they would have to be typed after this run."""
    return {**result, **{name: typed(str(result[name]), running) for name in TEXTS if result.get(name)}}


def running_playbook(task_vars: t.Mapping[str, t.Any]) -> str:
    """Which of the collection's playbooks runs, by what the check registered; empty where it has not yet."""
    checked = task_vars.get("site_checked")
    return str(checked.get("playbook") or "") if isinstance(checked, t.Mapping) else ""


def the_call(running: str) -> Call:
    """How this run was called."""
    words = [str(word) for word in context.CLIARGS.get("args") or ()]
    own = {word: name for word in words if (name := _own_file(word))}
    return call_of(words, own, _names(), running, _form(), options())


def options() -> list[str]:
    """The options of this run that the next command needs: inventories, vault, how hosts are reached, -e @files."""
    args = context.CLIARGS
    words = [] if list(inventories()) == list(_setting("DEFAULT_HOST_LIST")) else _each("-i", map(_near, inventories()))
    words += _each("--vault-id", args.get("vault_ids") or ())
    words += _each("--vault-password-file", map(_near, args.get("vault_password_files") or ()))
    for name, (option, default) in FLAGS.items():
        words += [option] if args.get(name) and not _setting(default) else []
    for name, (option, default) in VALUES.items():
        words += [option, str(args[name])] if args.get(name) not in (None, _setting(default)) else []
    files = [str(word)[1:] for word in args.get("extra_vars") or () if str(word).startswith("@")]
    return words + _each("-e", (f"@{_near(file)}" for file in files))


def inventories() -> tuple[str, ...]:
    """The inventory's sources: paths, and lists of hosts with a comma."""
    return tuple(str(source) for source in context.CLIARGS.get("inventory") or ())


def missing_inventories() -> list[str]:
    """The inventory's sources that are not there. Ansible only warns of them, and goes on without their hosts."""
    return [_near(source) for source in inventories() if "," not in source and not pathlib.Path(source).exists()]


def unparsed_inventories(hostvars: t.Any) -> list[str]:
    """The inventory's sources that are there and of which Ansible made nothing; it only warns of them as well."""
    # For a directory Ansible notes its files, and None for the directory itself.
    parsed = [source for source in hostvars._inventory._inventory.processed_sources if source]
    return [
        _near(source)
        for source in inventories()
        if ("," in source or pathlib.Path(source).exists())
        and not any(one == source or one.startswith(source.rstrip("/") + "/") for one in parsed)
    ]


def parts_only() -> list[str]:
    """The options, and settings of ansible.cfg, by which this run would leave out tasks; empty for a whole run.

    Nothing that runs can refuse --start-at-task: where no task has that name, none is run, and the run ends well.
    """
    args = context.CLIARGS
    found = [f"--tags {','.join(args['tags'])}"] if set(args.get("tags") or ("all",)) != {"all"} else []
    skipped = [tag for tag in args.get("skip_tags") or () if tag not in MOLECULE_SKIPS]
    found += [f"--skip-tags {','.join(skipped)}"] if skipped else []
    found += [f"--start-at-task {args['start_at_task']!r}"] if args.get("start_at_task") else []
    return found + (["--step"] if args.get("step") else [])


def typed_part() -> str:
    """The playbook that was called although it is only a part of others; empty for none."""
    names = {
        word: _own_file(word) or by_full_name(word, _names()) for word in map(str, context.CLIARGS.get("args") or ())
    }
    return next((word for word, name in names.items() if name in PARTS), "")


def only_listed() -> bool:
    """Whether Ansible runs nothing because it was told to list something, or to check the syntax."""
    return any(context.CLIARGS.get(name) for name in ("listhosts", "listtasks", "listtags", "syntax"))


def unmatched_limits(hostvars: t.Any) -> list[str]:
    """The patterns of --limit that match no host. Ansible goes on with those that do."""
    inventory = hostvars._inventory
    patterns = inventory._subset or ()
    return [pattern for pattern in patterns if not inventory.list_hosts(pattern.lstrip("!&"))]


def extra_vars(loader: t.Any, templar: t.Any) -> dict[str, t.Any]:
    """The variables of -e, as Ansible merged them: each resolved, or Unreadable."""
    return {str(name): value for name, value in read_variables(load_extra_vars(loader), templar).items()}


def _setting(name: str) -> t.Any:
    """What ansible.cfg or the environment says, or Ansible's default."""
    return C.config.get_config_value(name)


def _each(option: str, values: t.Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


@lru_cache
def _names() -> frozenset[str]:
    return frozenset(path.stem for path in PLAYBOOKS.glob(f"*{ENDING}"))


def _own_file(word: str) -> str:
    """Which of the collection's playbooks the path is; empty where it is none."""
    path = pathlib.Path(word)
    own = path.suffix == ENDING and path.stem in _names() and path.parent.resolve() == PLAYBOOKS.resolve()
    return path.stem if own else ""


def _form() -> Form:
    """How the collection's playbooks are named where none of them was typed: by name, if they are found by it."""
    root = COLLECTION.parents[2].resolve()
    if any(pathlib.Path(path).resolve() == root for path in (*_setting("COLLECTIONS_PATHS"), *sys.path)):
        return BY_NAME
    return Form(os.path.join(_near(str(PLAYBOOKS)), ""), ENDING)


def _near(source: str) -> str:
    """The path from the working directory, where it is below that: Ansible makes it absolute."""
    path = pathlib.Path(source)
    if "," in source or not path.is_absolute():
        return source
    here = pathlib.Path.cwd()
    return str(path.relative_to(here)) if path != here and path.is_relative_to(here) else source
