"""The lab's command line: one verb, one thing done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from lab import demo, engine, fleet, load, repositories
from lab.book import GIT_SERVER, HOSTS, NAGIOS_URL, PLACES, SITE_URL, STATISTICS_URL, repository_url
from lab.errors import LabError
from lab.process import locked


def main(argv: Sequence[str]) -> int:
    """Runs one verb; 0 when it did what it says, 1 with one sentence on standard error when it could not."""
    options = _parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Six real hosts in containers.")
    verbs = parser.add_subparsers(required=True, metavar="verb")

    def verb(name: str, work: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.set_defaults(verb=work)
        return added

    verb("engine", _engine, "make sure that a Docker engine answers")
    verb("up", _up, "bring the lab up, or repair it; prints the addresses")
    verb("down", _down, "remove the lab; its images stay")
    verb("status", _status, "say what runs and where it answers")
    verb("sources", _sources, "put the stand-in repositories back to their own history")
    verb("repo", _repo, "make an empty repository on the git server").add_argument("name")
    verb("demo", _demo, "a first deploy, then a second one under load").add_argument("--rate", type=float, default=200)
    load.add_options(verb("load", load.main, "send requests at a constant rate and judge every answer"))
    return parser


def _engine(_options: argparse.Namespace) -> int:
    engine.ensure()
    print(engine.describe())
    return 0


def _up(_options: argparse.Namespace) -> int:
    bring_up()
    return _status(_options)


def bring_up() -> None:
    """Engine, hosts, keys and repositories; what is there already stays as it is."""
    with _one_at_a_time():
        engine.ensure()
        fleet.up()
        repositories.ensure()


def _down(_options: argparse.Namespace) -> int:
    with _one_at_a_time():
        engine.ensure()
        fleet.down()
    return 0


def _sources(_options: argparse.Namespace) -> int:
    with _one_at_a_time():
        repositories.ensure(again=True)
    return 0


def _repo(options: argparse.Namespace) -> int:
    print(repositories.create(options.name))
    return 0


def _demo(options: argparse.Namespace) -> int:
    bring_up()
    return demo.run(options.rate)


def _status(_options: argparse.Namespace) -> int:
    if not engine.answers():
        raise LabError("no Docker engine answers: python -m lab up")
    seen = fleet.observe()
    for host in HOSTS:
        container = seen.get(host.container)
        state = container.status if container else "missing"
        ssh = f"ssh 127.0.0.1:{host.ssh_port}" if fleet.ssh_answers(host) else "ssh does not answer"
        print(f"{host.name:<9} {state:<8} {host.address:<13} {ssh}")
    print(
        f"site        {SITE_URL}\nhaproxy     {STATISTICS_URL}\nnagios      {NAGIOS_URL}status.cgi?host=all\n"
        f"git         {repository_url('openlibrary')}   (inside: {GIT_SERVER.name})\n"
        f"keys        {PLACES.state}\ninventory   {PLACES.root / 'inventories' / 'lab'}"
    )
    healthy = all(container.status == "running" for container in seen.values()) and len(seen) == len(HOSTS)
    return 0 if healthy else 1


def _one_at_a_time() -> AbstractContextManager[None]:
    """Two commands that repair the same lab at once would undo each other's steps."""
    return locked(PLACES.state / "lock")
