# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says, while steps run, who waits for what: hosts that wait for the same share a line.

Ansible runs each host's part of a task in a process of its own, and the main one knows neither time-outs nor labels. So
the processes meet in a file of this run's temporary directory, and whichever sees first that a line is due says it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Callable

from ansible import constants as C
from ansible.utils.display import Display

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.waiting import WaitingHosts

LOOK_EVERY = 1.0
"""Seconds between two looks whether a line is due."""

display = Display()


class Progress:
    """A host's part of a step, for as long as it runs. Where the file cannot be used each host speaks for itself."""

    def __init__(self, host: str, label: str, gives_up_after: float | None) -> None:
        self._host = host
        self._label = label
        self._limit = gives_up_after
        self._own = WaitingHosts()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Progress:
        now = time.monotonic()
        self._change(lambda waiting: (waiting.joined(self._host, now, self._limit), ""))
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()
        self._change(lambda waiting: (waiting.left(self._host), ""))

    def _tell(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            if line := self._change(lambda waiting: waiting.told(self._label, time.monotonic())):
                display.display(line)

    def _change(self, change: Callable[[WaitingHosts], tuple[WaitingHosts, str]]) -> str:
        """Change what all know, and return the line that comes of it."""
        self._own, own_line = change(self._own)
        try:
            return changed(meeting_place(self._label), change)
        except (OSError, ValueError):
            return own_line


def meeting_place(label: str) -> str:
    """The file in which the processes of this run say who waits for the step."""
    name = hashlib.sha256(label.encode()).hexdigest()[:16]
    return os.path.join(C.DEFAULT_LOCAL_TMP, f"waiting-{name}.json")  # type: ignore[attr-defined]  # made from configuration


def changed(path: str, change: Callable[[WaitingHosts], tuple[WaitingHosts, str]]) -> str:
    """Change the file while no other process does. Raises OSError, or ValueError where it holds something else."""
    with open(path, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        waiting, line = change(WaitingHosts.parse(file.read()))
        file.truncate(0)
        file.write(waiting.render())
    return line
