# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What leaving and entering rotation have in common: what is wished, what is seen, what is remembered, and one move.

A stepper is a function of those three and of the time. It is asked again after every reading, so whatever happens in
between (a reload of haproxy that loses its state, another operator) shows in the next reading and is answered there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..bake.figures import NOTHING, Counters, Sample
from ..bake.judge import BakeVerdict, Baking, Judge
from ..bake.limits import JUDGE
from ..errors import HOST, InputError
from ..haproxy.rules import ProcessReading, Rules, ServerView, fails_check, takes_traffic, why_not_serving
from ..haproxy.state import DRAIN, MAINT, READY

SEND, WAIT, DONE, FAIL = "send", "wait", "done", "fail"

READBACK_SECONDS = 10.0
"""How long a state that haproxy accepted may take until every process shows it."""


NO_ALLOWANCE = Rules()


@dataclass(frozen=True)
class Wish:
    """What the operator wants for one server. Times in seconds, ramp in percent of the configured weight.

    `state` is maint, drain or ready. With `goal` drain, a server on its way to ready stops, checked healthy, in drain.
    `lost`: a run had taken the server out, but haproxy has forgotten that, so that it is ready without any proof.
    With a `baker`, each step of the ramp is held until it has a verdict (see haproxy_bake). `beside` are the servers
    that move at the same time, and stand in for nobody. With a `drain_cutoff` sessions that are left then are cut. Only
    with `may_return` a server that leaves goes back to ready. With `hurry` one that comes back while nobody serves is
    let in at once.
    """

    backend: str
    server: str
    state: str
    rules: Rules = NO_ALLOWANCE
    goal: str = READY
    min_in_rotation: int = 0
    drain_timeout: float = 330.0
    drain_cutoff: float = 0.0
    may_return: bool = True
    check_timeout: float = 60.0
    check_interval: float = 2.0
    ramp: tuple[int, ...] = (10, 100)
    ramp_hold: float = 5.0
    require_traffic: bool = True
    lost: bool = False
    baker: Judge | None = None
    beside: frozenset[str] = frozenset()
    hurry: bool = False

    @property
    def name(self) -> str:
        """`backend/server`."""
        return f"{self.backend}/{self.server}"

    def hold_of(self, memory: Memory) -> float:
        """Seconds that a step is held at least: a bake that judges takes the place of the hold."""
        judged = self.baker and self.baker.mode == JUDGE and not memory.no_bake
        return 0.0 if judged or memory.hurried else self.ramp_hold

    def set_state(self, state: str) -> str:
        """The runtime command for an administrative state."""
        return f"set server {self.name} state {state}"

    def set_weight(self, percent: int) -> str:
        """The runtime command for a weight relative to the configured one."""
        return f"set server {self.name} weight {percent}%"

    def cut_sessions(self) -> str:
        """The runtime command that ends what the server still has of sessions."""
        return f"shutdown sessions server {self.name}"


@dataclass(frozen=True)
class Seen:
    """One reading of all haproxy processes: the server in each, the other servers, the backend's requests and weights.

    `others` gives for each other server of the backend why it is not serving, empty when it is in every process;
    `relief` is how many of them any process sends new requests to, healthy or not. `sample` is what a bake counts,
    None where there is none.
    """

    views: tuple[ServerView, ...]
    pids: tuple[int, ...]
    others: tuple[tuple[str, str], ...] = ()
    relief: int = 0
    backend_requests: int = 0
    backend_weight: int = 0
    sample: Sample | None = None

    @property
    def admin(self) -> str:
        """ready when it is ready in any process, else drain when it is in any, else maint."""
        states = {view.admin_state for view in self.views}
        return READY if READY in states else DRAIN if DRAIN in states else MAINT

    @property
    def abandoned(self) -> bool:
        """True when the backend has other servers, and none of them takes traffic."""
        return bool(self.others) and not self.relief

    @property
    def sessions(self) -> int:
        """Requests that are with the server or in its queue."""
        return sum(view.stats.sessions for view in self.views)

    @property
    def running(self) -> int:
        """Requests that are with the server."""
        return sum(view.stats.scur or 0 for view in self.views)

    @property
    def is_down(self) -> bool:
        """True when it is down for every process."""
        return all(view.stats.status.split(" ")[0] == "DOWN" for view in self.views)

    @property
    def requests(self) -> int:
        """Sessions that the server has had since the processes began."""
        return sum(view.stats.stot or 0 for view in self.views)

    @property
    def takes_traffic(self) -> bool:
        """True when any process may send it new requests."""
        return any(takes_traffic(view.stats) for view in self.views)

    @property
    def configured_weight(self) -> int:
        """The least weight that any process has configured for the server."""
        return min(view.admin.configured_weight for view in self.views if view.admin)

    def has_weight(self, percent: int) -> bool:
        """True when every process gives the server this share of its configured weight."""
        return all(
            view.admin is not None and view.admin.weight == weight_at(view.admin.configured_weight, percent)
            for view in self.views
        )

    def why_not_serving(self, rules: Rules) -> str:
        """Why some process does not show it up and serving; empty when all do."""
        return next(filter(None, (why_not_serving(view.stats, rules) for view in self.views)), "")

    @property
    def worst(self) -> ServerView:
        """The server in the process where it is least healthy."""
        return next((view for view in self.views if view.stats.status not in ("UP", "DRAIN")), self.views[0])

    @property
    def health(self) -> int:
        """How much haproxy's checks make of it, in the process where that is least; 0 without checks."""
        return min(view.stats.check_health or 0 for view in self.views)

    @property
    def fails_checks(self) -> bool:
        """True when haproxy's own checks of the server fail or have lately failed, in any process."""
        return any(fails_check(view.stats) for view in self.views)

    def describe(self) -> str:
        """The status in the process where it is least healthy, with what its last check said."""
        return self.worst.stats.describe()


@dataclass(frozen=True)
class Memory:
    """What a stepper knows from the readings before; times in seconds of one monotonic clock.

    `bake` is the baker's memory while it measures, `baked` when it had its verdict; `reloads` counts those under a
    bake; with `no_bake` none begins. `met` is what users met in bakes that start over. `company`: another server took
    traffic when this one began to leave; `cut` is how many sessions were ended for it. `health` is what haproxy's
    checks made of the server when they began again; `hurried`: it is let in because nobody else serves.
    """

    phase: str = "start"
    since: float = 0.0
    good_since: float | None = None
    found: str = ""
    touched: bool = False
    step: int = 0
    restarts: int = 0
    requests: int = 0
    backend_requests: int = 0
    pids: tuple[int, ...] = ()
    bake: Baking | None = None
    baked: Baking | None = None
    verdicts: tuple[BakeVerdict, ...] = ()
    reloads: int = 0
    no_bake: bool = False
    met: Counters = NOTHING
    company: bool = False
    cut: int = 0
    health: int = 0
    hurried: bool = False

    def enter(self, phase: str, now: float) -> Memory:
        """The memory at the beginning of a phase."""
        return replace(self, phase=phase, since=now, good_since=None)


@dataclass(frozen=True)
class Move:
    """What to do next: send commands, wait, be done, or fail (`commands` then make the server safe again).

    `blame` is whom a failure blames: the release where the server itself showed that it fails, nobody where a bake
    could not tell, or too few others serve, else the host: haproxy, its settings or a person.
    `gate` is the verdict of the bake that made it fail, empty where that was something else.
    """

    kind: str
    memory: Memory
    sentence: str = ""
    commands: tuple[str, ...] = ()
    blame: str = HOST
    gate: str = ""


def seen_by(readings: tuple[ProcessReading, ...], wish: Wish) -> Seen:
    """What the readings of all processes say about the wished server. Raises InputError when one does not know it."""
    neighbours = [view for reading in readings for view in reading.views(wish.backend)]
    others: dict[str, str] = {}
    for view in neighbours:
        name = view.stats.server
        if name != wish.server and name not in wish.beside:
            others[name] = others.get(name) or why_not_serving(view.stats, wish.rules)
    return Seen(
        views=tuple(reading.view(wish.backend, wish.server) for reading in readings),
        pids=tuple(reading.process.pid for reading in readings if reading.process),
        others=tuple(others.items()),
        relief=len(
            {view.stats.server for view in neighbours if view.stats.server in others and takes_traffic(view.stats)}
        ),
        backend_requests=sum(reading.backend_requests(wish.backend) for reading in readings),
        backend_weight=sum(view.stats.weight or 0 for view in neighbours if takes_traffic(view.stats)),
    )


def weight_at(configured: int, percent: int) -> int:
    """The weight (0..256) that haproxy makes of `weight N%`: rounded down, as in its own arithmetic."""
    return configured * percent // 100


def send(memory: Memory, sentence: str, *commands: str) -> Move:
    """The move that changes haproxy; from here on a failure has something to put right."""
    return Move(SEND, replace(memory, touched=True), sentence, commands)


def check_ramp(ramp: list[int]) -> tuple[int, ...]:
    """The ramp if it rises within 1..100 percent and ends at 100, else InputError."""
    rising = all(low < high for low, high in zip(ramp, ramp[1:]))
    if not ramp or not rising or ramp[0] < 1 or ramp[-1] != 100:
        raise InputError(f"The ramp {ramp} must rise, start at 1 percent or more, and end at 100.")
    return tuple(ramp)


def usable_ramp(ramp: tuple[int, ...], configured: int) -> tuple[int, ...]:
    """The steps that give at least weight 1: 10 % of a configured weight of 1 would be 0, no traffic at all."""
    return tuple(percent for percent in ramp if weight_at(configured, percent) > 0)


def floor_refusal(wish: Wish, seen: Seen) -> str:
    """Why the server may not be taken out now; empty when it may. One that takes no traffic always may."""
    serving = [name for name, why in seen.others if not why]
    if not seen.takes_traffic or len(serving) >= wish.min_in_rotation:
        return ""
    rest = "; ".join(f"{name}: {why or 'up and serving'}" for name, why in seen.others) or "there is no other server"
    return (
        f"Taking {wish.name} out would leave {len(serving)} other servers up and serving, fewer than the "
        f"{wish.min_in_rotation} that must stay ({rest})."
    )


def undo_admission(wish: Wish, memory: Memory) -> tuple[str, ...]:
    """The commands that make a server safe whose re-admission broke off."""
    # Maintenance first: while the weight goes back to the configured one, no traffic may follow it.
    return (wish.set_state(MAINT), wish.set_weight(100)) if memory.touched else ()


def undo_leaving(wish: Wish, memory: Memory) -> tuple[str, ...]:
    """The command that puts a server back as it was found when leaving broke off; ready only where it may be."""
    stays = memory.found == READY and not wish.may_return
    return (wish.set_state(memory.found),) if memory.touched and not stays else ()
