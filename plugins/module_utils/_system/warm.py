# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Warming services up: their workers answer some pages before users ask for any."""

from __future__ import annotations

import threading
from typing import Any, Mapping, Sequence

from .._model.service.service import Service
from .._model.service.warm import WARM_SECONDS, PageAnswer, at_once, warmed
from .clock import SystemClock
from .page import ask_page

_HERE = "127.0.0.1"
_LEAST = 0.05


def warm(
    services: Sequence[Service], processes: Mapping[str, int], paths: Sequence[str], host: str, clock: SystemClock
) -> dict[str, Any]:
    """Asks each service for ``paths`` as often as it has workers, and says how that went. Raises nothing.

    ``processes``: how many each service has, by name, its master included. ``host`` is the Host header.
    """
    answers: list[PageAnswer] = []
    deadline = clock.monotonic() + WARM_SECONDS

    def ask(service: Service) -> None:
        for path in paths:
            began = clock.monotonic()
            if began >= deadline:
                return
            status, problem = ask_page(_HERE, service.port, path, host, max(_LEAST, deadline - began))
            answers.append(PageAnswer(service.name, path, status, problem, clock.monotonic() - began))

    each = [service for service in services for _number in range(at_once(processes[service.name]))]
    # Not a pool: at the end of the program a pool waits for a page that never comes.
    threads = [threading.Thread(target=ask, args=(service,), daemon=True) for service in each]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:
        # No more threads can be had here: those that there are ask on, and the rest counts as unanswered.
        threads = [thread for thread in threads if thread.ident is not None]
    for thread in threads:
        thread.join(max(_LEAST, deadline - clock.monotonic() + _LEAST))
    return warmed(paths, len(each) * len(paths), list(answers))
