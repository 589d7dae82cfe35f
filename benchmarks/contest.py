"""The rounds: each contestant in turn does each operation, is measured, and leaves the fleet to the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from benchmarks import hosts, machine, watch
from benchmarks.contestants import Contestant, ours
from benchmarks.machine import Command
from benchmarks.model import Measure, safe_after
from lab.errors import LabError
from tests.fleet import runs

RATE = 200
"""Requests a second, where there is load."""
MARGIN = 1.0
"""Seconds of load before and after."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Doing:
    """One operation: the command, the release that the web nodes serve after it, and the one that is left as bad."""

    operation: str
    command: Command
    to: str
    bad: str = ""


def begin(contestants: Sequence[Contestant], say: Say) -> str:
    """Prepares the fleet, and has each contestant deploy twice, unmeasured; returns the release they all have then."""
    hosts.prepare()
    release = hosts.make_repository()
    first = ours.CONTESTANTS[0]
    # The others begin with what ours has deployed, and with its environment.
    for contestant in (first, *(each for each in contestants if each is not first)):
        say(f"{contestant.label}: first deploys")
        contestant.setup(release)
        hosts.activate(contestant.place)
        # The first one fills what later ones find filled: mirrors, caches.
        for version in (hosts.commit(), release):
            _must(contestant, contestant.deploy(version))
    return release


def rounds(contestants: Sequence[Contestant], release: str, number: int, loaded: int, say: Say) -> Iterator[Measure]:
    """`number` rounds, the first `loaded` of them with load too. Each contestant ends each of them on `release`."""
    for index in range(number):
        for contestant in contestants:
            try:
                hosts.activate(contestant.place)
                for measure in _turn(contestant, release, index + 1, index < loaded):
                    say(described(contestant.label, measure))
                    yield measure
            except (RuntimeError, OSError, LabError) as error:
                say(f"round {index + 1}, {contestant.label}: gives up: {error}")
                yield Measure(contestant.name, "between", index + 1, False, 0, 0, 0)


def described(label: str, measure: Measure) -> str:
    """One line for whoever watches."""
    words = [f"round {measure.number}, {label}: {measure.operation} {measure.seconds:.1f} s"]
    words += [] if measure.ok else ["FAILED"]
    words += [f"safe after {measure.safe:.1f} s"] if measure.safe is not None else []
    words += [f"{measure.lost} of {measure.sent} requests lost"] if measure.sent is not None else []
    return ", ".join(words)


def _turn(contestant: Contestant, release: str, number: int, loaded: bool) -> Iterator[Measure]:
    new = hosts.commit()
    yield _quiet(contestant, Doing("deploy", contestant.deploy(new), new), number)
    yield _quiet(contestant, Doing("rollback", contestant.rollback(release), release), number)
    yield _quiet(contestant, Doing("noop", contestant.deploy(release), release), number)
    if not loaded:
        return
    new = hosts.commit()
    yield _under_load(contestant, Doing("deploy-loaded", contestant.deploy(new), new), number)
    yield _under_load(contestant, Doing("rollback-loaded", contestant.rollback(release), release, bad=new), number)
    new = hosts.commit()
    _must(contestant, contestant.deploy(new))
    yield _under_load(contestant, Doing("rollback-hung", contestant.rollback(release), release, bad=new), number)
    # Whatever hung or was cut: the next one begins as the others do.
    _must(contestant, contestant.deploy(release))


def _quiet(contestant: Contestant, doing: Doing, number: int) -> Measure:
    """An operation on a site that nobody uses."""
    _warm(contestant)
    before = hosts.counters()
    measure = _measured(contestant, doing, number)
    after = hosts.counters()
    node = hosts.WEB[0]
    return replace(
        measure,
        executions={host: after[host].sessions - before[host].sessions for host in hosts.FLEET},
        bytes=after[node].bytes - before[node].bytes,
        disk_kib=hosts.disk_kib(contestant.current) if doing.operation == "deploy" else None,
    )


def _under_load(contestant: Contestant, doing: Doing, number: int) -> Measure:
    """An operation under load, and when the bad release had left rotation, if there is one."""
    _warm(contestant)
    with ExitStack() as around:
        users = around.enter_context(runs.load(RATE, MARGIN))
        if doing.operation.endswith("hung"):
            around.enter_context(watch.hanging())
        with watch.samples() as seen:
            measure = _measured(contestant, doing, number)
    lost = users["lost"] + sum(users["not_2xx"].values())
    safe = safe_after(seen, doing.bad) if doing.bad else None
    return replace(measure, sent=users["sent"], lost=lost, wrong=users["wrong_bytes"], safe=safe)


def _measured(contestant: Contestant, doing: Doing, number: int) -> Measure:
    """What it cost. It went well if it says so, and if the web nodes then serve what they were to."""
    log = hosts.PLACE / "logs" / f"{contestant.name}-{doing.operation}-{number}.log"
    cost = machine.run(doing.command, log)
    well = cost.rc == 0 and hosts.served() == {doing.to}
    return Measure(contestant.name, doing.operation, number, well, cost.seconds, cost.controller, cost.machine)


def _warm(contestant: Contestant) -> None:
    if command := contestant.warm():
        machine.run(command, hosts.PLACE / "logs" / f"{contestant.name}-warm.log")


def _must(contestant: Contestant, command: Command) -> None:
    """What is not measured. A second try stands for the person who would look, after an operation that went wrong."""
    log = hosts.PLACE / "logs" / f"{contestant.name}-between.log"
    if machine.run(command, log).rc != 0:
        hosts.activate(contestant.place)
        if machine.run(command, log).rc != 0:
            raise RuntimeError(f"{contestant.label} cannot deploy: {log}")
