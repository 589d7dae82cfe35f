# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A haproxy in a few lines, which behaves as the real one does, and what drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.figures import Pair, Probe, sample_of
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import ProcessReading
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import ServerAdmin
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import ProcessInfo, ServerStats
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.admit import admit
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.leave import leave
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import (
    DONE,
    FAIL,
    SEND,
    Memory,
    Move,
    Seen,
    Wish,
    seen_by,
)

POLL, CHECK = 0.25, 1.0
BITS = {"ready": 0, "maint": 1, "drain": 8}
WISH = Wish("web", "web1", "maint", drain_timeout=10, check_timeout=8, check_interval=CHECK, ramp_hold=2)
OUT, DRAINED = WISH, replace(WISH, state="drain")
IN, CHECKED = replace(WISH, state="ready"), replace(WISH, state="ready", goal="drain")


@dataclass
class World:
    """One server in one haproxy process: rise 2, fall 3, a check each second, `works` decides how it ends.

    `other` is the status of the only other server. `failing` is the share of its requests that get a 500; `slow` is
    what a probe of it takes, in seconds.
    """

    state: str = "ready"
    health: int = 4
    weight: int = 100
    configured: int = 100
    sessions: int = 0
    works: bool = True
    other: str = "UP"
    pid: int = 1
    now: float = 100.0
    last_check: float = 100.0
    requests: int = 0
    backend_requests: int = 0
    rate: int = 0
    failing: float = 0.0
    errors: float = 0.0
    slow: float = 0.1
    uptime: int = 1000
    commands: list[str] = field(default_factory=list)

    def status(self) -> str:
        if self.state == "maint":
            return "MAINT"
        if not self.health or self.health < 2:
            return "DOWN" if not self.health else "DOWN 1/2"
        word = "DRAIN" if self.state == "drain" else "UP"
        return word if self.health == 4 else f"{word} {self.health - 1}/3"

    def seen(self) -> Seen:
        maint = self.state == "maint"
        stats = ServerStats(
            "web", "web1", 2, status=self.status(), weight=self.weight, act=1, bck=0, scur=self.sessions, qcur=0,
            stot=self.requests, lbtot=self.requests, hrsp_5xx=int(self.errors),
            check_status="" if maint else "L7OK" if self.works else "L4CON",
            check_rise=2, check_fall=3, check_health=None if maint else self.health,
        )  # fmt: skip
        rest = max(0, self.backend_requests - self.requests)
        other = ServerStats("web", "web2", 2, self.other, "L7OK", weight=100, act=1, bck=0, stot=rest, check_health=4)
        backend = ServerStats("web", "BACKEND", 1, "UP", stot=self.backend_requests)
        admin = ServerAdmin("web", "web1", BITS[self.state], self.weight, self.configured)
        reading = ProcessReading("/sock", (stats, other, backend), (admin,), ProcessInfo(self.pid, self.uptime, "2.6"))
        pair = Pair(Probe(self.slow), Probe(0.1), "web2")
        return replace(seen_by((reading,), WISH), sample=sample_of((reading,), "web", self.now, (pair,)))

    def obey(self, command: str) -> None:
        self.commands.append(command.replace("set server web/web1 ", ""))
        if command == "shutdown sessions server web/web1":
            self.sessions = 0
            return
        what, value = command.split()[3:]
        if what == "weight":
            self.weight = self.configured * int(value.rstrip("%")) // 100
            return
        if self.state == "maint" and value != "maint":
            self.health = 2  # the trap: it counts as up before any check
            self.last_check = self.now
        self.state = value

    def restart(self) -> None:
        self.pid += 1
        self.state, self.weight, self.health = "ready", self.configured, 2
        self.requests, self.errors, self.backend_requests, self.uptime = 0, 0.0, 0, 0

    def pass_time(self) -> None:
        self.now += POLL
        self.backend_requests += self.rate
        if self.state == "ready" and self.health >= 2:
            self.serve(self.rate * self.weight // 200)
        if self.state != "maint" and self.now - self.last_check >= CHECK:
            self.last_check = self.now
            self.health = min(4, self.health + 1) if self.works else 0

    def serve(self, many: int) -> None:
        """So many requests, of which the share that fails does."""
        self.requests += many
        self.errors += many * self.failing


Event = Callable[[World, int], None]


def go(world: World, wish: Wish, event: Event | None = None) -> Move:
    """Drives the world to the end as the real driver does; `event` happens to it before each reading."""
    stepper = leave if wish.state in ("maint", "drain") else admit
    memory = Memory(since=world.now)
    for reading in range(400):
        if event:
            event(world, reading)
        move = stepper(wish, world.seen(), memory, world.now)
        for command in move.commands:
            world.obey(command)
        if move.kind in (DONE, FAIL):
            return move
        assert bool(move.commands) == (move.kind == SEND)
        memory = move.memory
        world.pass_time()
    raise AssertionError(f"no end in sight: {memory}")


def at(when: int, **changes: Any) -> Event:
    def event(world: World, reading: int) -> None:
        if reading == when:
            vars(world).update(changes)

    return event
