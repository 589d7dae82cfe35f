# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A supervised service as the inventory describes it, and the decisions of its restart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Mapping

from ..errors import HOST, NOBODY, RELEASE, InputError
from ..release.release import check_project
from .process import ServiceFacts

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(:[A-Za-z0-9][A-Za-z0-9_.-]*)?\Z")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?\Z")
_LEAST_PAUSE = 0.03
_MOST_PAUSE = 0.25
_WORD = re.compile(r"(?<![0-9a-f])[0-9a-f]{7,40}(?![0-9a-f])")

CUT_STOP = 3.0
"""Seconds that old processes get beyond a cut-off."""
KILL_WAIT = 5.0
"""Seconds until what was killed must be gone."""


@dataclass(frozen=True)
class Service:
    """One service. port 0 and empty texts mean that the service has no such thing."""

    name: str
    project: str
    port: int = 0
    health_url: str = ""
    version_url: str = ""
    progress_file: str = ""


@dataclass(frozen=True)
class Timeouts:
    """How long a restart may take, each in seconds. A ``cutoff`` of 0 cuts nothing."""

    drain: float
    stop: float
    start: float
    stable: float
    health: float
    cutoff: float = 0.0

    @property
    def drain_limit(self) -> float:
        """For how long connections are waited for, be it to fail then or to cut them."""
        return min(self.drain, self.cutoff) if self.cutoff else self.drain

    def stop_limit(self, spent: float) -> float:
        """For how long old processes are waited for before they are killed.

        With a cut-off that is what is left of it after ``spent`` seconds, and CUT_STOP beyond.
        """
        return min(self.stop, max(0.0, self.cutoff - spent) + CUT_STOP) if self.cutoff else self.stop


@dataclass(frozen=True)
class Watch:
    """What is known of a service since it was started.

    pid is that of the start, 0 as long as none was seen; started and running_since are readings of the monotonic clock;
    running_since is negative until supervisor says RUNNING.
    """

    pid: int
    started: float
    running_since: float = -1.0


@dataclass(frozen=True)
class Waiting:
    """What is waited for: the step, the end of the sentence when it never comes, the deadline in monotonic seconds."""

    phase: str
    failure: str
    deadline: float


def pause(waited: float, look: float) -> float:
    """Seconds until the next look at what may happen at any moment, after ``waited`` seconds of looking.

    A look that took ``look`` seconds keeps a processor busy for a third of the time at most, and what is waited for
    is seen late by a hundredth of the wait: soon where it comes soon, cheaply where it does not.
    """
    return min(_MOST_PAUSE, max(_LEAST_PAUSE, 2 * look, waited / 100))


def parse_service(raw: Mapping[str, Any]) -> Service:
    """The service that an inventory entry describes; raises InputError with one sentence."""
    name = str(raw.get("name") or "")
    if not _NAME.match(name):
        raise InputError(f"{name!r} is not the name of a supervisor program.", phase="input")
    port = int(raw.get("port") or 0)
    if not 0 <= port <= 65535:
        raise InputError(f"The port {port} of {name} is not between 1 and 65535.", phase="input")
    for key in ("health_url", "version_url"):
        if raw.get(key) and not _URL.match(raw[key]):
            raise InputError(f"The {key} of {name} is not a plain http address: {raw[key]!r}.", phase="input")
    progress = str(raw.get("progress_file") or "")
    if progress and (not progress.startswith("/") or "\n" in progress or "\0" in progress):
        raise InputError(f"The progress_file of {name} is not an absolute path: {progress!r}.", phase="input")
    return Service(
        name=name,
        project=check_project(str(raw.get("project") or "")),
        port=port,
        health_url=raw.get("health_url") or "",
        version_url=raw.get("version_url") or "",
        progress_file=progress,
    )


def names_release(body: str, wanted: str) -> bool:
    """Whether an answer names the release: the hash or a prefix of 7 and more digits of it.

    In JSON a whole string value has to be that; in any other text a word made of hex digits.
    """
    try:
        words = _strings(json.loads(body))
    except ValueError:
        words = _WORD.findall(body)
    return any(len(word) >= 7 and wanted.startswith(word) for word in words)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    # A bare number is a legal JSON document and a possible answer of a plain-text version page.
    return [str(value)]


def death(service: ServiceFacts, watch: Watch, now: float, reason: str) -> str:
    """The sentence when a started service has died, else nothing.

    ``now``: monotonic seconds. ``reason``: how supervisor says that it ended, may be empty.
    """
    replaced = bool(watch.pid and service.pid and service.pid != watch.pid)
    if service.statename in ("RUNNING", "STARTING") and not replaced:
        return ""
    if service.spawnerr and not watch.pid:
        return f"{service.name} could not be started: {service.spawnerr}"
    age = service.stop - service.start if service.stop >= service.start > 0 else now - watch.started
    return f"{service.name} died {max(0.0, age):.0f} s after its start ({reason or 'state ' + service.statename})"


def blame_for_death(service: ServiceFacts, watch: Watch) -> str:
    """Whom it blames that a started service is dead: the release, unless supervisor or a person ended it."""
    if service.statename in ("STOPPING", "STOPPED"):
        return NOBODY
    # Supervisor says the same of a program that ran and of one that it could not run.
    unborn = service.spawnerr and not watch.pid and not service.spawnerr.startswith("Exited too quickly")
    return HOST if unborn else RELEASE


def observe_start(service: ServiceFacts, watch: Watch, now: float) -> Watch:
    """What is known after one more look at a service that has not died."""
    running = watch.running_since
    if service.statename != "RUNNING":
        running = -1.0
    elif running < 0:
        running = now
    return Watch(pid=watch.pid or service.pid, started=watch.started, running_since=running)


def pending(watch: Watch, now: float, limits: Timeouts, healthy: bool, moved: bool) -> Waiting | None:
    """What a started service still has to show, None when only the proof is left. ``now``: monotonic seconds."""
    if watch.running_since < 0:
        return Waiting("start", f"is not RUNNING after {limits.start:g} s", watch.started + limits.start)
    if not healthy:
        return Waiting("health", f"is not healthy after {limits.health:g} s", watch.running_since + limits.health)
    if now - watch.running_since < limits.stable:
        return Waiting("stable", f"was not RUNNING for {limits.stable:g} s", watch.running_since + limits.stable + 1)
    if not moved:
        return Waiting("progress", f"made no progress in {limits.start:g} s", watch.started + limits.start)
    return None


def exit_reason(log: str, name: str) -> str:
    """How a program ended last, in supervisor's own words, from the tail of its main log; empty when it does not say.

    getProcessInfo is no source for this: it forgets the exit status as soon as the program is started again.
    """
    program = re.escape(name.rpartition(":")[2])
    found = re.findall(rf"(?:exited|stopped): {program} \(([^;)]*)", log)
    return found[-1] if found else ""
