# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheelhouses: everything that an environment needs, built once on the home node, with every file's digest."""

from __future__ import annotations

import json
import os
import re
from typing import Mapping, Sequence

from .._model.errors import DeployError, InputError
from .._model.release import requirements as model
from .._model.release.requirements import Requirements
from . import command, files, git
from .interpreter import Interpreter
from .scratch import scratch
from .tree import file_digest

COMPLETE = "environment.json"
LOCK = "lock.txt"
VENV_TIMEOUT = 180.0
OVER_SSH = re.compile(r"\bgit\+ssh://", re.IGNORECASE)
PIP_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "PIP_CERT",
    "PIP_TRUSTED_HOST",
)


def members(wheelhouse: str) -> list[str]:
    """The files of a wheelhouse in the order of a bundle; empty while it is not complete. Raises OSError."""
    if not os.path.isfile(os.path.join(wheelhouse, COMPLETE)):
        return []
    return [COMPLETE, LOCK, *sorted(name for name in os.listdir(wheelhouse) if name.endswith(".whl"))]


def packages(wheelhouse: str) -> list[str]:
    """``name==version`` of everything in a complete wheelhouse. Raises OSError."""
    return model.locked_names(files.read_text(os.path.join(wheelhouse, LOCK)) or "")


def make_wheelhouse(
    build: str, name: str, required: Requirements, path: str, python: Interpreter, timeout: float
) -> str:
    """The wheelhouse ``<build>/wheels/<name>``, made if it is not there.

    ``path`` is the requirements file among ``required.files``. Raises DeployError with the end of what pip said,
    OSError.
    """
    house = os.path.join(build, "wheels", name)
    if members(house):
        return house
    os.makedirs(os.path.dirname(house), exist_ok=True)
    tools = _tools(build, python)
    with scratch(os.path.dirname(house), f".{name}") as work:
        for inner, text in required.files:
            target = os.path.join(work, "requirements", inner)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            files.write_atomic(target, text)
        wheels = os.path.join(work, "wheels")
        os.mkdir(wheels)
        asked = os.path.join(work, "requirements", path)
        _pip_wheel(tools, asked, wheels, os.path.join(build, "cache"), pip_environment(required), timeout)
        files.write_atomic(os.path.join(wheels, LOCK), _lock(wheels))
        facts = {"name": name, "python": python.python, "platform": python.platform}
        files.write_atomic(os.path.join(wheels, COMPLETE), json.dumps(facts, sort_keys=True) + "\n")
        os.replace(wheels, house)
    return house


def _tools(build: str, python: Interpreter) -> str:
    """An interpreter with pip and nothing else, for building only."""
    directory = os.path.join(build, "tools", python.python)
    marker = os.path.join(directory, "complete")
    if not os.path.isfile(marker):
        os.makedirs(os.path.dirname(directory), exist_ok=True)
        argv = [python.path, "-m", "venv", "--clear", directory]
        outcome = command.run(argv, VENV_TIMEOUT, command.clean_environment())
        if outcome.code != 0:
            raise DeployError(
                f"{python.path} cannot make a virtual environment (Debian: apt install python3-venv): "
                f"{outcome.last_line}",
                log_tail=outcome.tail(),
            )
        files.write_atomic(marker, "")
    return os.path.join(directory, "bin", "python")


def pip_environment(required: Requirements) -> dict[str, str]:
    """The environment that pip builds in; only requirements over ssh reach the ssh agent of whoever called."""
    login = any(OVER_SSH.search(line) for line in required.lines)
    return {**git.environment(login), **{name: os.environ[name] for name in PIP_VARIABLES if name in os.environ}}


def _pip_wheel(
    python: str, requirements: str, target: str, cache: str, environment: Mapping[str, str], timeout: float
) -> None:
    argv = [python, "-m", "pip", "--no-input", "--disable-pip-version-check", "--cache-dir", cache, "wheel"]
    argv += ["--wheel-dir", target, "--requirement", requirements]
    outcome = command.run(argv, timeout, environment)
    if outcome.code != 0:
        raise DeployError(
            f"A requirement could not be found or built on the home node: {_reason(outcome)}", log_tail=outcome.tail()
        )


def _reason(outcome: command.Outcome) -> str:
    errors = [line.strip() for line in outcome.text.splitlines() if line.strip().startswith("ERROR:")]
    return errors[-1][7:507] if errors else outcome.last_line


def _lock(wheels: str) -> str:
    names: Sequence[str] = sorted(os.listdir(wheels))
    if not names:
        raise InputError("The requirements file asks for nothing: leave the project's requirements empty.")
    return "".join(f"{model.lock_line(name, file_digest(os.path.join(wheels, name)))}\n" for name in names)
