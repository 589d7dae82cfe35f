# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether services that run what they should also do what they should: health, version, progress."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Callable, Sequence

from .._model.moment import render_time
from .._model.service.service import Service
from . import probe, proc
from .clock import SystemClock
from .files import changed_foreign

PROGRESS_BYTES = 64 << 10
"""How large a progress file may be."""
_PAUSE = 0.3
_LEAST = 0.05


@dataclass(frozen=True)
class HealthCheck:
    """A service that is asked how it does: the ``release`` that it should name, the ``pid`` of its master."""

    service: Service
    release: str
    pid: int


def unwell(asked: Sequence[HealthCheck], clock: SystemClock, timeout: float = probe.TIMEOUT) -> list[str]:
    """What is wrong with each service, a sentence or nothing, in their order.

    All are asked at the same time and have ``timeout`` seconds together: sick ones do not make a survey slow. Something
    is wrong only if it still is at a second look, unless the first took all the time. Raises nothing.
    """
    deadline = clock.monotonic() + timeout
    found = [f"{each.service.name} did not report its health within {timeout:g} s." for each in asked]

    def ask(index: int) -> None:
        try:
            found[index] = _twice(lambda: _problem(asked[index], deadline, clock), deadline, clock)
        except OSError as error:
            found[index] = f"{asked[index].service.name} could not be asked for its health: {error}."

    # Not a pool: at the end of the program a pool waits for a service that answers one byte a second.
    threads = [threading.Thread(target=ask, args=(index,), daemon=True) for index in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(_LEAST, deadline - clock.monotonic() + _LEAST))
    return list(found)


def _twice(look: Callable[[], str], deadline: float, clock: SystemClock) -> str:
    found = look()
    if not found or clock.monotonic() + _PAUSE >= deadline:
        return found
    clock.sleep(_PAUSE)
    return look()


def _problem(asked: HealthCheck, deadline: float, clock: SystemClock) -> str:
    service = asked.service

    def left() -> float:
        return max(_LEAST, deadline - clock.monotonic())

    sick = probe.health_problem(service.health_url, left()) if service.health_url else ""
    if sick:
        return f"{service.name} is not healthy: {sick}."
    other = probe.version_problem(service.version_url, asked.release, left()) if service.version_url else ""
    if other:
        return f"{service.name}: {other}."
    still = _standstill(service, asked.pid, clock) if service.progress_file else ""
    return f"{service.name} makes no progress: {still}." if still else ""


def _standstill(service: Service, pid: int, clock: SystemClock) -> str:
    """Why the progress file does not show that the service did anything since it was started; else empty."""
    changed, problem = changed_foreign(service.progress_file, PROGRESS_BYTES)
    if changed is None:
        return problem
    # Reckoned back from now: a clock that was put right since the start moves this and the file's time alike.
    age = proc.age(pid)
    if age is None or changed > clock.now() - age:
        return ""
    return f"{service.progress_file} was changed last at {render_time(changed)}, before its start"
