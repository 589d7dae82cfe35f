# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environments on a host: made offline from proven wheels, complete only with their record."""

from __future__ import annotations

import json
import os
import tarfile
from contextlib import suppress
from dataclasses import replace
from typing import Any, Callable, Mapping

from .._model.errors import DeployError, InputError, ProofError
from .._model.release import bundle as model
from .._model.release import requirements
from .._model.release.bundle import Bundle
from .._model.release.release import Layout, short
from . import command, files, interpreter, smoke, tree, unpacking, wheels
from .hold import Held
from .interpreter import Interpreter
from .scratch import remove_tree, scratch, sweep

NOTHING_LEFT = "the release is on this host but its environment is not; nothing was switched"
VENV_TIMEOUT = 180.0
PHASE = "environment"


def ensure(held: Held, params: dict[str, Any]) -> list[str] | None:
    """The packages that were installed, or None if the environment is there. Raises DeployError, OSError."""
    name = params["environment"]
    if not name or held.store.has_environment(name):
        return None
    if held.check_mode:
        return []
    bundle = model.choose_environment(params["bundles"], name, set(params["have_environments"]) - {name})
    if bundle is None:
        raise InputError(f"No bundle of the environment {name} was given.", phase=PHASE)
    python = interpreter.inspect(params["python"])
    with held.step(PHASE, to=params["release"], detail=name):
        user, timeout = params["service_user"], params["timeout"]
        return make_environment(held.layout, name, bundle, python, user, timeout, held.clock.stamp)


def check_rebind(held: Held, release: str, environment: str) -> None:
    """Refuse to give another environment to the release that services run from now. Raises DeployError, OSError.

    A process that restarts by itself would come up in the other one, without a proof and without a way back.
    """
    record = held.store.record(held.project, release)
    if record is None or record.environment in ("", environment) or held.store.current(held.project).hash != release:
        return
    raise DeployError(
        f"{short(release)} of {held.project} is current on this host with the environment {record.environment}; it is "
        f"not given {environment or 'none'} under its running services: deploy another commit.",
        phase=PHASE,
        state_now="nothing was changed",
        next_command="ansible-playbook playbooks/status.yml",
    )


def bind(held: Held, release: str, environment: str) -> bool:
    """Name the environment in the release's record; whether it was another one. Raises DeployError, OSError."""
    record = held.store.record(held.project, release)
    if record is None or not record.complete:
        if held.check_mode:
            return False
        raise DeployError(f"{release} of {held.project} is not complete on this host: install it first.", phase=PHASE)
    if record.environment == environment:
        return False
    if not held.check_mode:
        with held.step(PHASE, to=release, detail=f"bind {environment or 'none'}, was {record.environment or 'none'}"):
            held.store.save_record(replace(record, environment=environment))
    return True


def try_imports(held: Held, params: dict[str, Any]) -> list[str]:
    """The modules that were imported. Raises ProofError, InputError."""
    name, release = params["environment"], params["release"]
    ready = held.store.record(held.project, release) and (not name or held.store.has_environment(name))
    if held.check_mode and not ready:
        return []
    python = f"{held.layout.environment(name)}/bin/python" if name else params["python"]
    path = held.layout.release(held.project, release)
    smoke.imports_work(python, path, params["smoke_imports"], params["service_user"], params["smoke_timeout"])
    return list(params["smoke_imports"])


def make_environment(
    layout: Layout, name: str, bundle: Bundle, python: Interpreter, user: str, timeout: float, stamp: Callable[[], str]
) -> list[str]:
    """Make the environment ``name`` and its record; returns ``name==version`` of what is in it.

    ``user`` runs what is in it; ``timeout`` is for installing, in seconds. Raises ProofError, InputError, DeployError
    (with the end of what pip said), OSError; no usable environment is left behind then.
    """
    become = command.as_user(user)
    os.umask(0o022)  # the service user must be able to read what is made here
    os.makedirs(layout.environments, mode=0o755, exist_ok=True)
    sweep(layout.environments, ".")
    target = layout.environment(name)
    with scratch(layout.environments, f".{name}") as work:
        with unpacking.opened(layout, bundle) as stream:
            _unpack(stream, work)
        facts = json.loads(files.read_text(os.path.join(work, wheels.COMPLETE)) or "{}")
        check_fits(facts, name, python)
        lock = files.read_text(os.path.join(work, wheels.LOCK)) or ""
        _remove_left_over(target)
        try:
            _create(target, work, python, timeout)
            _check(target, become, timeout)
        except DeployError as error:
            error.state_now = NOTHING_LEFT
            # An environment without a record is none, and the next attempt removes it.
            with suppress(OSError):
                remove_tree(target)
            raise
    packages = requirements.locked_names(lock)
    record = {"name": name, "python": python.python, "platform": python.platform, "packages": packages}
    text = json.dumps({**record, "completed": stamp()}, indent=1, sort_keys=True) + "\n"
    files.write_atomic(layout.environment_record(name), text)
    files.remove(os.path.join(layout.spool, bundle.name))
    return packages


def check_fits(facts: Mapping[str, Any], name: str, python: Interpreter) -> None:
    """Raise ProofError unless the wheels were made for this environment, Python and platform."""
    if facts.get("name") != name:
        raise ProofError(f"The bundle holds the environment {facts.get('name')}, not {name}.", state_now=NOTHING_LEFT)
    there = (facts.get("python"), facts.get("platform"))
    if there != (python.python, python.platform):
        raise InputError(
            f"The home node made wheels for Python {there[0]} on {there[1]}, but {python.path} on this host is "
            f"Python {python.python} on {python.platform}.",
            state_now=NOTHING_LEFT,
        )


def _unpack(stream: Any, work: str) -> None:
    try:
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise ProofError(f"The environment's bundle holds {member.name!r}, which is not a file.")
                tree.write_file(os.path.join(work, model.check_wheel_member(member.name)), content, False)
    except tarfile.TarError as error:
        raise ProofError(f"The environment's bundle is damaged: {error}", state_now=NOTHING_LEFT) from error


def _remove_left_over(target: str) -> None:
    """Remove an environment without a record, unless a process lives in it. Raises DeployError, OSError."""
    if not os.path.lexists(target):
        return
    users = processes_in(target)
    if users:
        raise DeployError(
            f"{target} has no record, but process {users[0]} runs in it; it is left alone.",
            state_now=NOTHING_LEFT,
            next_command=f"ps -fp {users[0]}",
        )
    remove_tree(target)


def processes_in(directory: str, proc: str = "/proc") -> list[int]:
    """Processes whose command line or VIRTUAL_ENV lies in the directory. Raises OSError."""
    prefix = os.fsencode(directory) + b"/"
    found = []
    for name in os.listdir(proc):
        if not name.isdigit():
            continue
        words = _read(f"{proc}/{name}/cmdline").split(b"\0")
        settings = _read(f"{proc}/{name}/environ").split(b"\0")
        if any(word.startswith(prefix) for word in words) or b"VIRTUAL_ENV=" + prefix[:-1] in settings:
            found.append(int(name))
    return sorted(found)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _create(target: str, work: str, python: Interpreter, timeout: float) -> None:
    environment = command.clean_environment(HOME=work, PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1")
    inside = os.path.join(target, "bin", "python")
    pip = [inside, "-m", "pip", "--no-input"]
    install = ["install", "--no-index", "--find-links", work, "--no-deps", "--require-hashes", "--no-cache-dir"]
    steps = (
        ([python.path, "-m", "venv", target], VENV_TIMEOUT, "could not be made (Debian: apt install python3-venv)"),
        ([*pip, *install, "-r", os.path.join(work, wheels.LOCK)], timeout, "could not be filled"),
    )
    for argv, limit, failure in steps:
        _demand(command.run(argv, limit, environment), failure)


def _check(target: str, become: Callable[[], None], timeout: float) -> None:
    # From here on the interpreter runs what the wheels brought (a .pth file is code), so never as root.
    environment = command.clean_environment(
        HOME="/nonexistent",
        PYTHONDONTWRITEBYTECODE="1",
        PIP_CONFIG_FILE=os.devnull,
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_CACHE_DIR="1",
    )
    argv = [os.path.join(target, "bin", "python"), "-m", "pip", "--no-input", "check"]
    _demand(command.run(argv, timeout, environment, directory="/", become=become), "is not consistent (pip check)")


def _demand(outcome: command.Outcome, failure: str) -> None:
    if outcome.code != 0:
        raise DeployError(f"The environment {failure}: {outcome.last_line}", log_tail=outcome.tail())
