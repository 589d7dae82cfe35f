"""A change of requirements is noticed by itself, installed where no package index is, and undone by a rollback."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import WEB

KNOWN = "deploy-2026-10-19"


@dataclass(frozen=True)
class Environments:
    """Names of the environments that web nodes ran before and after a deploy, as its processes and record say."""

    release: str
    before: str
    after: str


def environment_of(host: str, release: str) -> str:
    record = snapshot.on(host).file(f"{snapshot.ROOT}/deploys/openlibrary/{release}.json").content_string
    return str(json.loads(record)["environment"])


def interpreters(host: str) -> set[str]:
    """The environments that the service's processes run in."""
    commands = [command for _born, _cwd, command in snapshot.take([host])[host].processes.values()]
    return {found for command in commands for found in re.findall(r"/venvs/([^/]+)/bin/", command)}


def new_requirement() -> str:
    """A commit that requires a commit of a library that nobody has built."""
    library = sources.commit(
        repository="olclient", edits={"olclient/__init__.py": lambda text: f"{text}\n# {sources.stamp()}\n"}
    )
    pinned = re.compile(r"(olclient\.git@)[0-9a-f]{40}")
    return sources.commit(edits={"requirements.txt": lambda text: pinned.sub(rf"\g<1>{library}", text)})


@pytest.fixture(scope="module")
def deployed() -> Environments:
    release = new_requirement()
    before = environment_of(WEB[0], sources.hash_of(KNOWN))
    runs.succeed("deploy", version=release, **runs.QUICK)
    return Environments(release, before, environment_of(WEB[0], release))


@pytest.mark.parametrize("host", WEB)
def test_nodes_reach_no_package_index(host: str) -> None:
    assert not snapshot.on(host).check_output("ip route show default")


def test_the_new_environment_is_there_and_services_run_in_it(deployed: Environments) -> None:
    assert deployed.after != deployed.before
    snapshot.assert_fleet_runs(deployed.release)
    for host in WEB:
        assert environment_of(host, deployed.release) == deployed.after
        assert interpreters(host) == {deployed.after}


def test_a_rollback_goes_back_to_the_old_environment(deployed: Environments) -> None:
    runs.succeed("rollback", **runs.QUICK_BACK)
    snapshot.assert_fleet_runs(sources.hash_of(KNOWN))
    for host in WEB:
        assert interpreters(host) == {deployed.before}
