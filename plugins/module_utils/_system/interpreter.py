# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Python interpreter is: the things that decide whether a wheel fits."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .._model.errors import DeployError, InputError
from . import command

TIMEOUT = 30.0
QUESTION = (
    "import json, sys, sysconfig; "
    "print(json.dumps(['%d.%d' % sys.version_info[:2], sysconfig.get_platform().replace('-', '_').replace('.', '_')]))"
)


@dataclass(frozen=True)
class Interpreter:
    """``python`` as ``3.11``, ``platform`` as ``linux_x86_64``."""

    path: str
    python: str
    platform: str


def inspect(path: str) -> Interpreter:
    """Ask the interpreter at the absolute ``path``. Raises InputError when there is none that works there."""
    if not path.startswith("/"):
        raise InputError(f"{path!r} is not the absolute path of a Python interpreter.")
    try:
        outcome = command.run([path, "-I", "-c", QUESTION], TIMEOUT, command.clean_environment())
        version, platform = json.loads(outcome.out)
    except (DeployError, ValueError) as error:
        raise InputError(f"{path} is not a working Python interpreter on this host: {error}") from error
    return Interpreter(path, version, platform)
