# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where git objects are kept: a mirror that lasts, or in check mode a store that is thrown away."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import Iterator

from .._model.release.release import Layout
from .git import Mirror
from .scratch import file_lock, scratch, sweep


@contextmanager
def object_store(layout: Layout, project: str, timeout: float, check_mode: bool) -> Iterator[Mirror]:
    """The project's mirror; in check mode one that reads its objects and is thrown away.

    Raises DeployError, OSError.
    """
    path = layout.mirror(project)
    if not check_mode:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with file_lock(f"{path}.lock", f"the mirror of {project}"):
            mirror = Mirror(path, timeout)
            if not mirror.exists():
                mirror.create()
            yield mirror
        return
    parent = layout.build if os.access(layout.build, os.W_OK) else tempfile.gettempdir()
    sweep(parent, f"resolve-{project}.")
    with scratch(parent, f"resolve-{project}") as directory:
        mirror = Mirror(os.path.join(directory, "objects.git"), timeout)
        mirror.create(alternate=path)
        yield mirror
