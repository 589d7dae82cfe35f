# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services that read their configuration from a release: what is tested, and what proves that it was loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..errors import InputError
from ..haproxy.state import CONFIG_MAINT, FORCED_DRAIN, FORCED_MAINT, ServerAdmin
from ..release.release import check_project
from .process import ProcessFacts

PHASE = "reload"
TEST_PHASE = "test"
PLACEHOLDER = "{release}"
NO_NEW_WORKER = "has started no new worker"
ENDING = "shutting down"
"""What nginx writes into the title of a worker that only ends the requests it has (ngx_process_cycle.c)."""

_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_.@-]*\Z")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?\Z")
_FORCED = FORCED_MAINT | FORCED_DRAIN


@dataclass(frozen=True)
class Reloaded:
    """One service that reads its configuration from a project's release. Empty texts mean that it has no such thing.

    ``test`` is a program's argument list with the placeholder for the release's directory. A service with a
    ``haproxy_socket`` is a haproxy; ``state_file`` is the file that it reads its servers' states from.
    """

    name: str
    project: str
    test: tuple[str, ...]
    unit: str
    health_url: str = ""
    haproxy_socket: str = ""
    state_file: str = ""

    def test_of(self, directory: str) -> list[str]:
        """The test's argument list for the release in ``directory``."""
        return [word.replace(PLACEHOLDER, directory) for word in self.test]


def parse_reloads(raw: Iterable[Mapping[str, Any]], project: str) -> list[Reloaded]:
    """The services of ``project`` that an inventory describes. Raises InputError with one sentence."""
    services = [_parse(each) for each in raw if each.get("project") == project]
    names = [service.name for service in services]
    if len(set(names)) != len(names):
        raise InputError("A service is named twice.", phase="input")
    return services


def _parse(raw: Mapping[str, Any]) -> Reloaded:
    name, unit = str(raw.get("name") or ""), str(raw.get("unit") or "")
    for text in (name, unit):
        if not _UNIT.match(text):
            raise InputError(f"{text!r} is not the name of a unit of systemd.", phase="input")
    test = tuple(str(word) for word in raw.get("test") or ())
    if not any(PLACEHOLDER in word for word in test):
        raise InputError(f"The test of {name} lacks {PLACEHOLDER}: it would test other files.", phase="input")
    if raw.get("health_url") and not _URL.match(raw["health_url"]):
        raise InputError(f"The health_url of {name} is not a plain http address: {raw['health_url']!r}.", phase="input")
    for key in ("haproxy_socket", "state_file"):
        if raw.get(key) and not raw[key].startswith("/"):
            raise InputError(f"The {key} of {name} is not an absolute path: {raw[key]!r}.", phase="input")
    if raw.get("state_file") and not raw.get("haproxy_socket"):
        raise InputError(f"The state_file of {name} is of no use without its haproxy_socket.", phase="input")
    return Reloaded(
        name=name,
        project=check_project(str(raw.get("project") or "")),
        test=test,
        unit=unit,
        health_url=raw.get("health_url") or "",
        haproxy_socket=raw.get("haproxy_socket") or "",
        state_file=raw.get("state_file") or "",
    )


def detail_of(services: Sequence[Reloaded]) -> str:
    """What the journal keeps of a reload: whom it was for."""
    return " ".join(service.name for service in services)


def workers_problem(before: Iterable[ProcessFacts], after: Iterable[ProcessFacts]) -> str:
    """Nothing when the children of a master show that it loaded its files, else the end of a sentence.

    ``before`` and ``after`` are its children before and after the reload. An old one that only ends its requests
    serves nobody new.
    """
    old = {child.pid for child in before}
    after = list(after)
    if all(child.pid in old for child in after):
        return NO_NEW_WORKER
    left = [child.pid for child in after if child.pid in old and ENDING not in " ".join(child.argv)]
    return f"still serves with old workers: {', '.join(map(str, left))}" if left else ""


@dataclass(frozen=True)
class Repair:
    """A server whose state haproxy lost over a reload: the command that gives it back, and what it is."""

    server: str
    command: str
    state: str


def states_lost(before: Iterable[ServerAdmin], after: Iterable[ServerAdmin]) -> list[Repair]:
    """What must be put back after a reload, for servers that are there before and after.

    Whoever was out of rotation has to be so still, in the same way, and a weight that somebody had set has to be as it
    was unless the configuration itself names another one now. A server that the old configuration disabled and the new
    one does not is what the release wants.
    """
    repairs = []
    for old, new in _pairs(before, after):
        name = f"{new.backend}/{new.server}"
        released = bool(old.bits & CONFIG_MAINT and not new.bits & CONFIG_MAINT)
        if old.bits & _FORCED and new.state != old.state and not released:
            repairs.append(Repair(name, f"set server {name} state {old.state}", old.state))
        if old.configured_weight == new.configured_weight and old.weight != new.weight:
            repairs.append(Repair(name, f"set server {name} weight {old.weight}", f"weight {old.weight}"))
    return repairs


def states_added(before: Iterable[ServerAdmin], after: Iterable[ServerAdmin]) -> list[str]:
    """The servers that were ready and that the reload took out although the configuration does not say so."""
    return [
        f"{new.backend}/{new.server}"
        for old, new in _pairs(before, after)
        if not old.bits & _FORCED and new.bits & _FORCED and not new.bits & CONFIG_MAINT
    ]


def _pairs(before: Iterable[ServerAdmin], after: Iterable[ServerAdmin]) -> list[tuple[ServerAdmin, ServerAdmin]]:
    known = {(each.backend, each.server): each for each in before}
    return [(known[each.backend, each.server], each) for each in after if (each.backend, each.server) in known]
