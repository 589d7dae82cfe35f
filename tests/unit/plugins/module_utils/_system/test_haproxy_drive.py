# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a bake that ends the way back is told, whatever haproxy and the journal do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.judge import BakeVerdict, Judge
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, NOBODY, RELEASE, DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import HaproxyError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.admit import admit
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import Seen, Wish, undo_admission
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_drive import LAST_REQUESTS, Drive
from tests.haproxy_world import IN, World
from tests.support import FakeClock

LIMITS = Limits(reference=("web2",), warmup=1, seconds=5, timeout=12, requests=50, probe_pairs=3)
BAKED = replace(IN, baker=Judge(LIMITS))
ADMITTED = ["state drain", "weight 10%", "state ready", "weight 100%"]


class Lively(FakeClock):
    """A clock whose time is the world's."""

    def __init__(self, world: World, event: Callable[[World], None]) -> None:
        super().__init__()
        self.world, self.event = world, event

    def monotonic(self) -> float:
        return self.world.now

    def sleep(self, seconds: float) -> None:
        self.world.pass_time()
        self.event(self.world)


class Ways:
    """The ways to a haproxy, which may be `gone`, and a journal that may be `full`."""

    def __init__(self, event: Callable[[Ways, World], None] = lambda ways, world: None, **world: Any) -> None:
        self.world = World(state="maint", rate=400, **world)
        self.gone = self.full = False
        self.told: list[BakeVerdict] = []
        self.clock = Lively(self.world, lambda world: event(self, world))
        self.drive = Drive(self, BAKED, admit, undo_admission, self.clock, self.tell)  # type: ignore[arg-type]

    def observe(self, wish: Wish, baking: bool = False) -> Seen:
        self.answer()
        return self.world.seen()

    def send(self, command: str) -> None:
        self.answer()
        self.world.obey(command)

    def send_anyway(self, command: str) -> list[str]:
        try:
            self.send(command)
        except HaproxyError as error:
            return [error.msg]
        return []

    def answer(self) -> None:
        if self.gone:
            raise HaproxyError("There is no haproxy socket.")

    def tell(self, verdict: BakeVerdict) -> None:
        if self.full:
            raise OSError("No space left on device")
        self.told.append(verdict)

    def fail(self) -> DeployError:
        with pytest.raises(DeployError) as failed:
            self.drive.run(self.world.seen())
        return failed.value


def test_verdicts_are_told_as_they_come() -> None:
    many: list[int] = []

    def note(ways: Ways, world: World) -> None:
        if world.weight == 100 and world.state == "ready" and not many:
            many.append(len(ways.told))

    ways = Ways(note)
    outcome = ways.drive.run(ways.world.seen())
    assert many == [1]
    assert [verdict.percent for verdict in ways.told] == [10, 100]
    assert outcome.move.memory.verdicts == tuple(ways.told)


def test_a_failed_bake_waits_for_the_last_requests() -> None:
    after: list[float] = []

    def linger(ways: Ways, world: World) -> None:
        if world.state == "maint" and world.commands:
            after.append(world.now)
            world.backend_requests += 5
            world.serve(5)
            world.sessions = 3 if len(after) < 4 else 0
        else:
            world.sessions = 3 if world.state == "ready" else 0

    ways = Ways(linger, failing=0.5)
    error = ways.fail()
    assert error.blame == RELEASE
    assert (error.phase, len(after), ways.world.state, ways.world.weight) == ("bake", 4, "maint", 100)
    (step,) = error.details["bake"]
    assert (step["user_requests"], step["user_errors"]) == (ways.world.requests, int(ways.world.errors))
    assert [verdict.as_dict() for verdict in ways.told] == [step]
    assert error.details["served"]
    assert error.next_command == ""


def test_requests_that_do_not_end_are_not_waited_for_long() -> None:
    ways = Ways(lambda ways, world: setattr(world, "sessions", 3), failing=0.5)
    began: list[float] = []
    obey = ways.world.obey

    def note(command: str) -> None:
        obey(command)
        if "maint" in command:
            began.append(ways.world.now)

    ways.world.obey = note  # type: ignore[method-assign]
    assert ways.fail().phase == "bake"
    assert LAST_REQUESTS <= ways.world.now - began[0] < LAST_REQUESTS + 1


def test_without_haproxy_it_still_tells_what_was_counted() -> None:
    def vanish(ways: Ways, world: World) -> None:
        ways.gone = world.requests > 200

    ways = Ways(vanish)
    error = ways.fail()
    assert (error.phase, error.blame, error.details["served"]) == ("in", HOST, True)
    assert error.state_now.startswith("web/web1: unknown")
    (step,) = error.details["bake"]
    assert step["verdict"] == "inconclusive"
    assert step["why"].startswith("broken off: There is no haproxy socket")
    assert 0 < step["user_requests"] <= 220
    assert len(ways.told) == 1


def test_a_verdict_that_no_journal_takes_changes_nothing() -> None:
    ways = Ways()
    ways.full = True
    outcome = ways.drive.run(ways.world.seen())
    assert (ways.world.state, ways.world.weight, ways.told) == ("ready", 100, [])
    assert outcome.unjournaled == ("The journal cannot be written: No space left on device.",) * 2


@pytest.mark.parametrize(
    ("world", "blame", "said"), [({"failing": 0.5}, RELEASE, "failed its bake"), ({"rate": 0}, NOBODY, "too little")]
)
def test_who_is_to_blame_does_not_depend_on_the_journal(world: dict[str, Any], blame: str, said: str) -> None:
    ways = Ways(lambda ways, there: vars(there).update(world))
    ways.full = True
    error = ways.fail()
    assert (error.phase, error.blame, ways.world.state) == ("bake", blame, "maint")
    assert said in error.msg
    assert error.msg.endswith(" The journal cannot be written: No space left on device.")
    assert error.details["unjournaled"] == ["The journal cannot be written: No space left on device."]


def test_doubt_says_what_to_type_and_blames_nobody() -> None:
    ways = Ways(lambda ways, world: setattr(world, "rate", 0))
    error = ways.fail()
    assert (error.phase, error.blame, error.details["reloads"]) == ("bake", NOBODY, 0)
    assert "-e skip=bake" in error.next_command


def test_reloads_are_counted_whether_it_arrives_or_not() -> None:
    times: list[float] = []

    def reload(ways: Ways, world: World) -> None:
        if world.state == "ready" and world.weight == 10 and len(times) < most:
            times.append(world.now)
            world.restart()

    most = 1
    ways = Ways(reload)
    outcome = ways.drive.run(ways.world.seen())
    assert (outcome.reloads, outcome.seen.pids) == (1, (2,))
    times.clear()
    most = 2
    error = Ways(reload).fail()
    assert (error.blame, error.details["reloads"]) == (NOBODY, 2)
