"""The servers' configuration under 200 requests a second: tested before the switch, loaded without a loss, put back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from lab.book import SITE_URL
from lab.tally import Server
from tests.fleet import runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, ROOT, Snapshot

WWW = "ol-www1"
NGINX, HAPROXY = "X-Nginx-Files", "X-Haproxy-Files"
DENY, CONFIG = "etc/nginx/deny.conf", "etc/haproxy/haproxy.cfg"
# What cannot be loaded is found out by waiting.
SHORT = {"deploy_reload_timeout": 4}


@dataclass(frozen=True)
class Site:
    """A release of olsystem that tells in each answer, in a header each, that nginx and haproxy have loaded it."""

    release: str
    mark: str


def commit(base: str = "master") -> Site:
    mark = sources.stamp()
    answer = f"http-response set-header {HAPROXY} {mark}"
    edits = {
        DENY: lambda text: f"{text}add_header {NGINX} {mark} always;\n",
        CONFIG: lambda text: text.replace("frontend www\n", f"frontend www\n    {answer}\n"),
    }
    return Site(sources.commit(base, edits, repository="olsystem"), mark)


@dataclass(frozen=True)
class Daemons:
    """The pids of what answers on ol-www1, and the marks of the files that it has loaded."""

    masters: dict[str, int]
    workers: dict[str, set[int]]
    loaded: dict[str, str]


def daemons() -> Daemons:
    host = snapshot.on(WWW)
    seen = {name: host.process.filter(comm=name) for name in ("nginx", "haproxy")}
    masters = {name: next(each.pid for each in found if each.ppid == 1) for name, found in seen.items()}
    workers = {name: {each.pid for each in found} - {masters[name]} for name, found in seen.items()}
    with urlopen(SITE_URL, timeout=5) as answer:
        return Daemons(masters, workers, {name: answer.headers.get(name, "") for name in (NGINX, HAPROXY)})


@dataclass(frozen=True)
class Seen:
    """One run: the hosts and daemons before and after, and what the users got, where there were any."""

    run: Run
    users: Mapping[str, Any]
    before: Mapping[str, Snapshot]
    after: Mapping[str, Snapshot]
    old: Daemons
    new: Daemons


def observed(playbook: str, load: AbstractContextManager[dict[str, Any]], **variables: Any) -> Seen:
    before, old = snapshot.take(), daemons()
    with load as users:
        quick = runs.QUICK_BACK if playbook == "rollback" else runs.QUICK
        run = runs.play(playbook, project="olsystem", **{**quick, **SHORT, **variables})
    return Seen(run, users, before, snapshot.take(), old, daemons())


def under_load(playbook: str, **variables: Any) -> Seen:
    return observed(playbook, runs.load(200, margin=1), **variables)


def assert_runs(seen: Seen, site: Site) -> None:
    """The run went well, nobody noticed, and everything on ol-www1 has loaded the release in the processes it had."""
    assert seen.run.rc == 0, seen.run.output
    runs.assert_nothing_lost(seen.users)
    for name in FLEET:
        assert seen.after[name].current("olsystem") == site.release, name
        assert not seen.after[name].locked, name
    assert seen.new.loaded == {NGINX: site.mark, HAPROXY: site.mark}
    assert seen.new.masters == seen.old.masters
    for name, workers in seen.new.workers.items():
        assert workers.isdisjoint(seen.old.workers[name]), name
    assert not snapshot.on(WWW).file("/var/lib/haproxy/server-state").exists


def assert_untouched(seen: Seen) -> None:
    """What serves the users is as it was, whatever happened in between."""
    for name in FLEET:
        assert seen.before[name].processes == seen.after[name].processes, name


@contextmanager
def green_drained() -> Iterator[None]:
    """Somebody has taken green out of rotation by hand."""
    snapshot.haproxy(f"set server openlibrary/{GREEN} state drain")
    try:
        yield
    finally:
        snapshot.haproxy(f"set server openlibrary/{GREEN} state ready")


def marks(release: str) -> dict[str, list[str]]:
    path = f"{ROOT}/deploys/olsystem/{release}.json"
    records = {name: json.loads(snapshot.on(name).file(path).content_string) for name in FLEET}
    return {name: [mark["mark"] for mark in record["marks"]] for name, record in records.items()}


@pytest.fixture(scope="module")
def known() -> Site:
    return commit()


@pytest.fixture(scope="module")
def first(known: Site) -> Seen:
    """The first deploy of olsystem ever."""
    return under_load("deploy", version=known.release)


def test_the_first_deploy_ever_loses_no_request_and_restarts_nothing(first: Seen, known: Site) -> None:
    assert {seen.current("olsystem") for seen in first.before.values()} == {""}
    assert first.old.loaded == {NGINX: "", HAPROXY: ""}
    assert_runs(first, known)
    assert_untouched(first)
    assert {change["status"] for change in first.users["rotation"]["timeline"]} == {"UP"}


def test_status_shows_it_beside_the_site(first: Seen, known: Site, tmp_path: Path) -> None:
    run = runs.succeed("status", json=str(tmp_path / "status.json"))
    assert known.release in run.output
    run = runs.succeed("status", project="olsystem")
    assert f"wanted: olsystem {known.release}" in run.output


def test_the_same_again_changes_nothing(first: Seen, known: Site) -> None:
    before, old = snapshot.take(passed=("git",)), daemons()
    run = runs.succeed("deploy", project="olsystem", version=known.release)
    assert "Nothing to do" in run.output
    assert snapshot.differences(before, snapshot.take(passed=("git",))) == []
    assert daemons() == old


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def refused(request: pytest.FixtureRequest, first: Seen) -> tuple[str, Site, Seen]:
    site = commit(f"broken/{request.param}")
    return request.param, site, observed("deploy", nullcontext({}), version=site.release)


def test_files_that_their_own_test_refuses_are_stopped_before_the_switch(refused: tuple[str, Site, Seen]) -> None:
    name, site, seen = refused
    assert seen.run.rc != 0
    assert f"{name} refuses the files of release {site.release[:10]}" in seen.run.output
    assert_untouched(seen)
    assert seen.new == seen.old
    for host in FLEET:
        assert seen.before[host].tree["olsystem"] == seen.after[host].tree["olsystem"], host
        assert not seen.after[host].locked, host
    assert marks(site.release) == {host: ["bad"] for host in FLEET}


@pytest.fixture(
    scope="module",
    params=[
        ("broken/reload-nginx", "nginx has started no new worker"),
        ("broken/reload", "haproxy could not listen on 0.0.0.0:80"),
    ],
    ids=["nginx", "haproxy"],
)
def unloadable(request: pytest.FixtureRequest, first: Seen) -> tuple[str, Site, Seen]:
    """A release that passes every test, and that cannot be loaded all the same."""
    branch, said = request.param
    site = commit(branch)
    return said, site, under_load("deploy", version=site.release)


def assert_put_back(seen: Seen, bad: Site, known: Site) -> None:
    """The old files are back everywhere, loaded anew, and the release is marked."""
    assert seen.run.rc != 0
    assert f"{WWW} goes back to {known.release[:10]}" in seen.run.output
    assert_untouched(seen)
    for host in FLEET:
        assert seen.after[host].current("olsystem") == known.release, host
        assert not seen.after[host].locked, host
    assert seen.new.loaded == {NGINX: known.mark, HAPROXY: known.mark}
    for daemon, workers in seen.new.workers.items():
        assert workers.isdisjoint(seen.old.workers[daemon]), daemon
    assert marks(bad.release) == {host: ["bad"] for host in FLEET}


def test_after_a_failed_reload_the_old_files_are_back_and_nobody_noticed(
    unloadable: tuple[str, Site, Seen], known: Site
) -> None:
    said, site, seen = unloadable
    assert said in seen.run.output
    assert_put_back(seen, site, known)
    assert seen.new.masters == seen.old.masters
    runs.assert_nothing_lost(seen.users)


@pytest.fixture(scope="module")
def deadly(first: Seen) -> tuple[Site, Seen, Mapping[str, Server]]:
    """A release that haproxy does not survive, while green is drained by hand."""
    site = commit("broken/reload-dies")
    with green_drained():
        return site, under_load("deploy", version=site.release), snapshot.rotation()


def test_a_haproxy_that_did_not_survive_is_started_with_the_old_files_and_its_servers_states(
    deadly: tuple[Site, Seen, Mapping[str, Server]], known: Site
) -> None:
    site, seen, servers = deadly
    assert "haproxy did not survive its reload" in seen.run.output
    assert_put_back(seen, site, known)
    assert servers[GREEN].status == "DRAIN"
    assert seen.users["ok"] + seen.users["not_2xx"]["502"] == seen.users["sent"]
    assert f"may have been affected: {WWW}" in seen.run.output


@pytest.fixture(scope="module")
def second(first: Seen) -> tuple[Site, Seen, Mapping[str, Server]]:
    """A deploy while somebody has drained green by hand and given blue another weight; and both after it."""
    site = commit()
    with green_drained():
        snapshot.haproxy(f"set server openlibrary/{BLUE} weight 40")
        try:
            return site, under_load("deploy", version=site.release), snapshot.rotation()
        finally:
            snapshot.haproxy(f"set server openlibrary/{BLUE} weight 100")


def test_what_was_set_by_hand_is_kept_over_the_reload(second: tuple[Site, Seen, Mapping[str, Server]]) -> None:
    site, seen, servers = second
    assert_runs(seen, site)
    assert {change["status"] for change in seen.users["rotation"]["timeline"] if change["server"] == GREEN} == {"DRAIN"}
    assert servers[GREEN].status == "DRAIN"
    assert servers[BLUE].weight == 40
    # By haproxy itself, from its file, and not put right afterwards.
    assert "which were put back" not in seen.run.output


@pytest.fixture(scope="module")
def rolled_back(second: tuple[Site, Seen, Mapping[str, Server]]) -> Seen:
    return under_load("rollback")


def test_a_rollback_loads_the_previous_files_and_loses_no_request(rolled_back: Seen, known: Site) -> None:
    assert_runs(rolled_back, known)
    assert_untouched(rolled_back)


# A page that nobody else asks for, and that is not ready before somebody makes the file.
LONG, GATE = "works/999999999", f"{ROOT}/shared/go-on"
WAIT = f"""\
    while path == "/{LONG}" and not os.path.exists("{GATE}"):
        time.sleep(0.1)
    time.sleep(WORK_SECONDS)
"""


@dataclass(frozen=True)
class Long:
    """A deploy with a restart of the site, and a request to blue that was under way before haproxy was reloaded.

    ``waiting`` and ``daemons`` are how blue and ol-www1 were when that request was all that blue still had.
    """

    seen: Seen
    site: Site
    waiting: Snapshot
    daemons: Daemons
    went_on: str
    status: int
    body: str


def send_to_blue(pool: ThreadPoolExecutor) -> Any:
    """Sends the long request while green takes none."""

    def ask() -> tuple[int, str]:
        with urlopen(f"{SITE_URL}{LONG}", timeout=60) as answer:
            return answer.status, answer.read().decode()

    with green_drained():
        asked = pool.submit(ask)
        time.sleep(0.3)
    return asked


@pytest.fixture(scope="module")
def long(rolled_back: Seen) -> Iterator[Long]:
    edits = {
        "openlibrary/server.py": lambda text: text.replace("import json\n", "import json\nimport os\n").replace(
            "    time.sleep(WORK_SECONDS)\n", WAIT
        )
    }
    runs.succeed("deploy", version=sources.commit(edits=edits), **runs.QUICK)
    site = commit()
    blue = snapshot.on(BLUE)
    blue.check_output(f"rm -f {GATE}")
    before, old = snapshot.take(), daemons()
    with runs.load(200, margin=1) as users, ThreadPoolExecutor(1) as pool:
        deploy = runs.start(
            "deploy", project="olsystem", version=site.release, deploy_then_restart="openlibrary", **runs.QUICK
        )
        # As late before the reload as can be: nginx and haproxy wait 60 s for an answer.
        deploy.wait_for(lambda: snapshot.on(WWW).file(f"{ROOT}/deploys/olsystem/{site.release}.json").exists)
        asked = send_to_blue(pool)
        deploy.wait_for(lambda: blue.file(f"{ROOT}/olsystem").linked_to.endswith(site.release))
        # Long enough for a restart that does not wait.
        time.sleep(2)
        waiting, then = snapshot.take([BLUE])[BLUE], daemons()
        went_on = blue.check_output("date --utc +%FT%T.%3NZ")
        blue.check_output(f"touch {GATE}")
        run = deploy.end()
        status, body = asked.result()
    yield Long(Seen(run, users, before, snapshot.take(), old, daemons()), site, waiting, then, went_on, status, body)
    blue.check_output(f"rm -f {GATE}")


def test_a_restart_of_the_site_comes_with_the_deploy_on_request(long: Long) -> None:
    assert_runs(long.seen, long.site)
    for name in FLEET:
        before, after = long.seen.before[name], long.seen.after[name]
        assert after.current() == before.current(), name
        assert not set(before.processes) & set(after.processes), name
        assert after.releases_running <= {after.current()}, name
    assert snapshot.in_rotation() == [BLUE, GREEN]


def test_a_request_of_the_old_haproxy_holds_up_the_restart_of_its_node(long: Long) -> None:
    """haproxy itself counts none of it: the one that runs does not know what its predecessor still has."""
    assert long.daemons.loaded[HAPROXY] == long.site.mark
    assert long.daemons.workers["haproxy"] & long.seen.old.workers["haproxy"], "the old process is gone"
    assert long.waiting.processes == long.seen.before[BLUE].processes
    restarts = [json.loads(line) for line in long.seen.after[BLUE].journal[len(long.seen.before[BLUE].journal) :]]
    restarts = [entry for entry in restarts if entry["step"] == "restart"]
    assert restarts
    assert all(entry["time"] > long.went_on for entry in restarts)


def test_that_request_gets_its_whole_answer(long: Long) -> None:
    assert long.status == 200
    assert long.seen.before[BLUE].current() in long.body
