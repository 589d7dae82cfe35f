# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module haproxy_server does: servers out of rotation or back, journaled when a run asks for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Any, Callable, Mapping, Sequence

from .._model.bake.judge import BakeVerdict, Judge, limits_for
from .._model.bake.limits import Limits
from .._model.errors import DeployError, InputError
from .._model.haproxy.rules import Rules, check_haproxy_name
from .._model.haproxy.state import DRAIN, MAINT, READY
from .._model.host.hold import otherwise
from .._model.host.journal import CUT, IN, OUT, rotation_detail, taken_out
from .._model.result import Result
from .._model.rotation import bake as haproxy_bake
from .._model.rotation.admit import admit, is_in
from .._model.rotation.leave import is_out, leave
from .._model.rotation.steps import DONE, FAIL, Memory, Seen, Wish, check_ramp, undo_admission, undo_leaving
from .clock import SystemClock
from .haproxy import runtime_sockets
from .haproxy_bake import Sampler
from .haproxy_drive import Course, Drive, Processes, Stepper, report, unwritten
from .hold import Held, hold

NEITHER = {"cut": 0, "hurried": False}
LOST = "But haproxy lost the server's maintenance (reload?), it may have had traffic while it changed"


def wishes_from(params: Mapping[str, Any]) -> list[Wish]:
    """The wishes behind the module's parameters, that of its own server first. Raises InputError."""
    for name in ("drain_timeout", "drain_cutoff", "check_timeout", "check_interval", "ramp_hold", "min_in_rotation"):
        if params[name] < 0:
            raise InputError(f"{name} is {params[name]}; it must not be negative.")
    own = {"server": params["balancer"]["server"], "restore": params["restore"]}
    wanted = {check_haproxy_name(one["server"], "server"): one["restore"] for one in (own, *params["together"])}
    if len(wanted) != 1 + len(params["together"]):
        raise InputError("A server is named twice.")
    return [_wish(params, server, restore, frozenset(wanted) - {server}) for server, restore in wanted.items()]


def _wish(params: Mapping[str, Any], server: str, restore: str, beside: frozenset[str]) -> Wish:
    back = params["state"] == READY
    return Wish(
        backend=check_haproxy_name(params["balancer"]["backend"], "backend"),
        server=server,
        # What an operator had in maintenance before goes there again, by the same safe way as on any other day.
        state=MAINT if back and restore == MAINT else params["state"],
        goal=DRAIN if back and restore == DRAIN else READY,
        rules=Rules(params["allow_no_check"], params["allow_backup"]),
        min_in_rotation=params["min_in_rotation"],
        drain_timeout=params["drain_timeout"],
        drain_cutoff=0.0 if back else params["drain_cutoff"],
        may_return=params["may_return"],
        check_timeout=params["check_timeout"],
        check_interval=params["check_interval"],
        ramp=check_ramp(params["ramp"]),
        ramp_hold=params["ramp_hold"],
        require_traffic=params["require_traffic"],
        beside=beside,
        hurry=params["hurry"],
    )


def rotate(params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Result:
    """Takes the servers out or brings them back. Raises DeployError (haproxy, lock, input, proof) and OSError.

    What it says and raises is about its own server; of those that move with it ``together`` tells, by their names.
    """
    wishes = wishes_from(params)
    try:
        return _rotate(wishes, params, check_mode, clock)
    except DeployError as error:
        error.phase = error.phase or phase_of(wishes[0])
        raise


def phase_of(wish: Wish) -> str:
    """The name of the step, by which the journal has it."""
    return IN if wish.state == READY else OUT


def _rotate(wishes: Sequence[Wish], params: Mapping[str, Any], check_mode: bool, clock: SystemClock) -> Result:
    with ExitStack() as stack:
        held = stack.enter_context(hold(params["ticket"], check_mode, clock)) if params["ticket"] else None
        if len(wishes) == 1:
            return _move(wishes[0], params, held, check_mode, clock)
        with ThreadPoolExecutor(len(wishes)) as pool:
            moves = {one.server: pool.submit(_move, one, params, held, check_mode, clock) for one in wishes}
        own = moves.pop(wishes[0].server)
        return _with_others(own, {name: _plain(move, check_mode) for name, move in moves.items()})


def _with_others(own: Future[Result], others: dict[str, dict[str, Any]]) -> Result:
    """The result or the error of the step's own server, with what became of the others. Raises DeployError."""
    broken = own.exception()
    if broken is not None:
        error = _known(broken)
        error.details["together"] = others
        raise error
    result = own.result()
    went = "; ".join(str(one["msg"]).rstrip(".") for one in others.values())
    return replace(result, msg=f"{result.msg} {went}.", values={**result.values, "together": others})


def _plain(move: Future[Result], check_mode: bool) -> dict[str, Any]:
    """What the module would have said of the server alone."""
    error = move.exception()
    if error is None:
        return move.result().as_exit(check_mode)
    return {**_known(error).as_result(), "failed": True}


def _known(error: BaseException) -> DeployError:
    """The error as one that can carry what became of the others."""
    return error if isinstance(error, DeployError) else DeployError(f"The step broke: {error}.")


def _move(wish: Wish, params: Mapping[str, Any], held: Held | None, check_mode: bool, clock: SystemClock) -> Result:
    limits = limits_for(Limits.of(params["bake"] or {}), wish.ramp_hold)
    baked = params["bake"] is not None and wish.state == READY
    wish = replace(wish, baker=Judge(limits) if baked else None)
    asked = runtime_sockets(params["balancer"]["socket"], params["connect_timeout"])
    balancer = Processes(asked, Sampler(limits, clock) if baked else None)
    seen = balancer.observe(wish)
    taken = taken_out(held.store.entries()) if held and held.run else {}
    # A state set over the socket is gone after a reload: then the server is ready, and nobody brought it back. A
    # reload takes the weight with it, so one at less than its weight was brought back by a run that died then.
    gone = seen.admin == READY and seen.has_weight(100) and wish.name in taken
    wish = replace(wish, lost=params["state"] == READY and gone)
    before = seen.admin if seen.admin == READY else taken.get(wish.name, seen.admin)
    if held:
        forget(held, wish, seen)
    rotation = ServerChange(wish, seen, before)
    return rotation.preview() if check_mode else rotation.carry_out(balancer, held, clock)


def forget(held: Held, wish: Wish, seen: Seen) -> None:
    """Notes that a server which is to leave is in rotation, whatever an earlier run left behind. Raises OSError.

    One at less than its weight was left so by that run, and one that is to be ready may have lost its maintenance: both
    are brought back before anything is forgotten.
    """
    if wish.state == READY or seen.admin != READY or not seen.has_weight(100):
        return
    for name, before in otherwise(held.store.entries(), held.run, [wish.name]).items():
        held.note(OUT, rotation_detail(name, before))


class ServerChange:
    """One server, as it was found, on its way to what is wished.

    `before` is its state before any run touched it. One that is ready now was brought back, by whomever.
    """

    def __init__(self, wish: Wish, seen: Seen, before: str) -> None:
        self._wish = wish
        self._seen = seen
        self._before = before
        self._coming = wish.state == READY
        self._stepper: Stepper = admit if self._coming else leave

    def preview(self) -> Result:
        """What would be done, by one reading. Raises DeployError for what would be refused."""
        move = self._stepper(self._wish, self._seen, Memory(), 0.0)
        if move.kind == FAIL:
            raise DeployError(move.sentence, self._phase, self._state(self._seen), **self._values(self._seen, []))
        there: Callable[[Wish, Seen], bool] = is_in if self._coming else is_out
        if there(self._wish, self._seen):
            return self._result(False, f"{self._wish.name} is {self._aim} already", self._seen, [])
        return self._result(True, f"{self._wish.name} would go to {self._aim}", self._seen, [])

    def carry_out(self, balancer: Processes, held: Held | None, clock: SystemClock) -> Result:
        """Does it, with a journal entry unless there is nothing to do. Raises DeployError, OSError."""
        undo = undo_admission if self._coming else undo_leaving
        drive = Drive(balancer, self._wish, self._stepper, undo, clock, lambda verdict: self._keep(held, verdict))
        idle = self._stepper(self._wish, self._seen, Memory(), 0.0).kind in (DONE, FAIL)
        step = nullcontext() if held is None or idle else held.step(self._phase, detail=self._detail)
        with step:
            try:
                outcome = drive.run(self._seen)
            except DeployError as error:
                error.details["lost"] = self._wish.lost
                if held is not None and not idle:
                    self._learn(held, error)
                raise
        if held and outcome.move.memory.cut:
            held.note(CUT, f"{self._wish.name}: {outcome.move.memory.cut} sessions that did not end")
        return self._arrived(outcome)

    def _keep(self, held: Held | None, verdict: BakeVerdict) -> None:
        if held:
            held.note("bake", haproxy_bake.verdict_note(self._wish, verdict))

    def _learn(self, held: Held, error: DeployError) -> None:
        """Takes down that a server is as it was found. That it cannot be is a part of the failure that is under way."""
        if self._coming or error.details.get("admin") != self._before:
            return
        try:
            held.note(self._phase, self._detail)
        except OSError as unwritable:
            sentence = unwritten(unwritable)
            error.msg = f"{error.msg} {sentence}"
            error.details["unjournaled"] = [*error.details["unjournaled"], sentence]

    def _arrived(self, outcome: Course) -> Result:
        memory = outcome.move.memory
        sentence = f"{outcome.move.sentence}{haproxy_bake.in_a_few_words(memory.verdicts)}"
        result = self._result(memory.touched, sentence, outcome.seen, outcome.steps, memory.verdicts)
        found = {
            "reloads": outcome.reloads,
            "unjournaled": list(outcome.unjournaled),
            "cut": memory.cut,
            "hurried": memory.hurried,
        }
        return replace(result, msg=" ".join([result.msg, *outcome.unjournaled]), values={**result.values, **found})

    @property
    def _detail(self) -> str:
        return rotation_detail(self._wish.name, self._before)

    @property
    def _phase(self) -> str:
        return phase_of(self._wish)

    @property
    def _aim(self) -> str:
        return self._wish.goal if self._coming else self._wish.state

    def _state(self, seen: Seen) -> str:
        return f"{self._wish.name} is {seen.describe()} by haproxy, set to {seen.admin}, {seen.sessions} sessions"

    def _values(self, seen: Seen, steps: list[dict[str, Any]]) -> dict[str, Any]:
        names = {"backend": self._wish.backend, "server": self._wish.server}
        found = {"admin_before": self._before, "lost": self._wish.lost, "reloads": 0, "unjournaled": [], **NEITHER}
        return {**names, **report(seen), **found, "steps": steps}

    def _result(
        self,
        changed: bool,
        sentence: str,
        seen: Seen,
        steps: list[dict[str, Any]],
        verdicts: Sequence[BakeVerdict] = (),
    ) -> Result:
        lost = f" {LOST}." if self._wish.lost else ""
        return Result(
            changed=changed,
            msg=f"{sentence}.{lost}",
            phase=self._phase,
            state_now=self._state(seen),
            diff={"before": _shown(self._wish, self._seen), "after": self._after(changed, seen)},
            values={**self._values(seen, steps), "bake": [verdict.as_dict() for verdict in verdicts]},
        )

    def _after(self, changed: bool, seen: Seen) -> str:
        if changed and seen is self._seen:
            status = {READY: "UP", DRAIN: "DRAIN", MAINT: "MAINT"}[self._aim]
            weight = seen.configured_weight if self._aim == READY else report(seen)["weight"]
            return f"{self._wish.name}: admin {self._aim}, status {status}, weight {weight}\n"
        return _shown(self._wish, seen)


def _shown(wish: Wish, seen: Seen) -> str:
    now = report(seen)
    return f"{wish.name}: admin {now['admin']}, status {now['status']}, weight {now['weight']}\n"
