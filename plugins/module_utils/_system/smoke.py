# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a release imports in its environment, tried as the user who will serve it."""

from __future__ import annotations

import os
import re
from typing import Sequence

from .._model.errors import RELEASE, InputError, ProofError
from .._model.release.release import short
from . import command

MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def check_imports(imports: Sequence[str]) -> None:
    """Raise InputError unless every import is a module's dotted name."""
    for name in imports:
        if not MODULE.fullmatch(name):
            raise InputError(f"{name!r} is not the name of a Python module.")


def imports_work(python: str, release: str, imports: Sequence[str], user: str, timeout: float) -> None:
    """Import each module in a process of its own, with the release as working directory.

    Nothing is written: no bytecode, no home. ``timeout`` is for each, in seconds. Raises ProofError with the last line
    of the traceback, InputError, DeployError.
    """
    become = command.as_user(user)
    prefix = os.path.dirname(os.path.dirname(python))
    environment = command.clean_environment(
        HOME="/nonexistent",
        PYTHONDONTWRITEBYTECODE="1",
        VIRTUAL_ENV=prefix,
        DEPLOY_RELEASE=os.path.basename(release),
        DEPLOY_PROJECT=os.path.basename(os.path.dirname(release)),
    )
    environment["PATH"] = f"{prefix}/bin:{environment['PATH']}"
    for name in imports:
        argv = [python, "-c", f"import {name}"]
        outcome = command.run(argv, timeout, environment, directory=release, become=become)
        if outcome.code != 0:
            raise ProofError(
                f"import {name} fails in the release {short(os.path.basename(release))}: {outcome.last_line}",
                phase="smoke",
                state_now="the release is on this host but nothing was switched",
                blame=RELEASE,
                log_tail=outcome.tail(),
            )
