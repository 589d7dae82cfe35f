"""Nagios in the way of real runs: what was red before, what becomes red, what is no answer; and nobody is paged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
import yaml

from lab.book import LAB, NAGIOS_URL, PLACES
from tests.fleet import monitor, runs, snapshot, sources
from tests.fleet.runs import Run
from tests.fleet.snapshot import BLUE, FLEET, GREEN, Snapshot

KNOWN = "deploy-2026-10-19"
GATE = "../molecule/gates/gate"
ENTRY: dict[str, Any] = yaml.safe_load((PLACES.root / "inventories/lab/group_vars/all.yml").read_text())[
    "deploy_gates"
][0]
"""The lab's own gate."""
SECURED = "http://127.0.0.1:8083/secured/cgi-bin/nagios4/"
# The bake has a scenario of its own.
QUICK: dict[str, Any] = {name: value for name, value in runs.QUICK.items() if name != "deploy_gates"}


@pytest.fixture(scope="module", autouse=True)
def calm() -> None:
    """Nagios shows nothing, and has a result for the passive service."""
    monitor.wait_for(monitor.checked, "that all is well", 60)
    monitor.well()


def gate(options: dict[str, Any] | None = None, **entry: Any) -> dict[str, Any]:
    """The setting of a site whose Nagios is the lab's but for this; an option that is None is left out."""
    asked = {**ENTRY["options"], **(options or {})}
    asked = {name: value for name, value in asked.items() if value is not None}
    return {"deploy_gates": [{**ENTRY, **entry, "options": asked}]}


def look(**more: Any) -> Run:
    """What a turn of blue asks of Nagios, without the rest of the turn."""
    return runs.play(GATE, **{"gate_run": f"test-{time.time():.0f}", **more})


def test_a_new_problem_that_somebody_acknowledged_does_not_block() -> None:
    disk = f"{GREEN};{monitor.PASSIVE}"
    report = monitor.reported(GREEN, 2)
    acknowledge = monitor.command(f"ACKNOWLEDGE_SVC_PROBLEM;{disk};1;0;0;tests;known")
    try:
        run = look(meanwhile=[*report[:-1], f"{report[-1]}; {acknowledge[-1]}"])
    finally:
        monitor.well()
    assert run.rc == 0, run.output
    assert "none has a problem" in run.output and f"no new problem since {BLUE} came back." in run.output


@pytest.fixture
def down() -> Iterator[list[str]]:
    """The words that stop blue's service for long enough that Nagios sees it hard, and start it again."""
    wait = "for n in $(seq 40); do supervisorctl status openlibrary | grep -q RUNNING && exit 0; sleep 0.5; done"
    script = f"supervisorctl stop openlibrary && sleep 12 && supervisorctl start openlibrary && {wait}"
    yield ["docker", "exec", LAB.container(BLUE), "sh", "-c", script]
    monitor.wait_for(monitor.shows(f"{BLUE}/web", "ok"), "blue well")


def test_a_long_restart_pages_nobody_and_leaves_no_downtime(down: list[str]) -> None:
    before = monitor.pages()
    run = look(announced=True, meanwhile=down)
    assert run.rc == 0, run.output
    assert f"{BLUE} is in a downtime" in run.output
    assert monitor.pages() == before
    assert monitor.downtimes() == []


@pytest.fixture(scope="module")
def release() -> str:
    """A commit that no host has seen."""
    return sources.commit()


@dataclass(frozen=True)
class Seen:
    """A run, whom Nagios paged meanwhile, and the hosts afterwards."""

    run: Run
    paged: list[str]
    announced: list[str]
    after: dict[str, Snapshot]


@pytest.fixture(scope="module")
def judged(release: str) -> Seen:
    """A deploy in whose middle, when blue has the new release already, the balancer becomes red."""
    with monitor.problem(), monitor.silenced("ol-www1", "haproxy") as breaks:
        before, then = monitor.pages(), len(monitor.history())
        deploy = runs.start("deploy", version=release, deploy_pause_after_blue="0.02", **QUICK)
        deploy.wait_for(lambda: f"the pause after {BLUE} ended by itself" in deploy.output)
        breaks()
        run = deploy.end()
        monitor.wait_for(lambda: not monitor.downtimes(), "that no downtime is left", 5)
        seen = Seen(run, monitor.pages()[len(before) :], monitor.history()[then:], snapshot.take())
    return seen


def notes_of(seen: Snapshot) -> list[str]:
    """The notes in a host's journal."""
    return [entry["detail"] for entry in map(json.loads, seen.journal) if entry["outcome"] == "note"]


def test_what_was_red_before_does_not_block(judged: Seen) -> None:
    disk = f"{GREEN}/{monitor.PASSIVE}"
    assert "note: Nagios watches " in judged.run.output
    assert f"1 has a problem already: {disk} is CRITICAL" in judged.run.output
    assert f"no new problem since {BLUE} came back; known before: {disk}" in judged.run.output


def test_a_new_hard_problem_takes_the_fleet_back_and_is_named(judged: Seen, release: str) -> None:
    assert judged.run.rc != 0
    assert "shows problems that were not there before the run: ol-www1/haproxy is CRITICAL" in judged.run.output
    for host in (GREEN, BLUE):
        assert f"{host} goes back to " in judged.run.output
    known = sources.hash_of(KNOWN)
    assert {name: seen.current() for name, seen in judged.after.items()} == dict.fromkeys(FLEET, known)
    assert all(seen.releases_running <= {known} for seen in judged.after.values())
    assert snapshot.in_rotation() == list(snapshot.WEB)
    record = snapshot.on(BLUE).file(f"{snapshot.ROOT}/deploys/openlibrary/{release}.json").content_string
    assert json.loads(record)["marks"] == [], "another host's problem is no proof against the release"


def test_the_restarts_of_a_deploy_and_of_its_unwinding_page_nobody(judged: Seen) -> None:
    # The one page is that for what really is wrong.
    assert [line.rsplit(" ", 1)[0] for line in judged.paged] == ["PROBLEM ol-www1 haproxy CRITICAL"]
    # There and back again, each turn in a downtime that was lifted.
    for host in (BLUE, GREEN):
        for said in ("STARTED", "CANCELLED"):
            alerts = [line for line in judged.announced if f"HOST DOWNTIME ALERT: {host};{said}" in line]
            assert len(alerts) == 2, judged.announced


def test_the_end_of_a_pause_by_time_is_journaled(judged: Seen) -> None:
    assert any("ended by itself" in note for note in notes_of(judged.after[BLUE])[-3:])


class Half(BaseHTTPRequestHandler):
    """Passes on half of each page of the lab's Nagios."""

    def do_GET(self) -> None:
        with urlopen(urljoin(NAGIOS_URL, self.path), timeout=10) as answer:
            page = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page) // 2))
        self.end_headers()
        self.wfile.write(page[: len(page) // 2])

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def cut() -> Iterator[Callable[..., dict[str, Any]]]:
    """The setting, with further options, for a Nagios whose pages are cut in half."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/cgi-bin/nagios4/"
        yield lambda **more: gate({"url": url, "command_file": None, **more}, via="localhost", become=False)
        server.shutdown()


NOBODY = {"url_username": "lab-nobody", "url_password": "lab-nobody-password", "url": SECURED}


@pytest.fixture(scope="module")
def unseen() -> str:
    """A commit that no host has seen, and none gets."""
    return sources.commit()


def refused(release: str, **settings: Any) -> str:
    """The one sentence with which a deploy is refused, and nothing is touched."""
    before = snapshot.take(passed=("git",))
    run = runs.play("deploy", version=release, **settings)
    assert snapshot.differences(before, snapshot.take(passed=("git",))) == []
    assert run.rc != 0, run.output
    sentences = [line for line in run.output.splitlines() if "FAILED: " in line]
    assert len(sentences) == 1, run.output
    assert "nothing was changed on any host" in sentences[0]
    assert f"playbooks/deploy.yml -e version={release} -e skip=nagios -e \"reason=''\"" in sentences[0]
    return sentences[0]


def test_a_wrong_hostgroup_stops_a_deploy(unseen: str) -> None:
    assert "has no hostgroup 'nope'" in refused(unseen, **gate({"hostgroup": "nope"}))


def test_missing_rights_stop_a_deploy(unseen: str) -> None:
    assert "has no rights" in refused(unseen, **gate(NOBODY))


def test_a_page_cut_in_half_stops_a_deploy(unseen: str) -> None:
    with cut() as setting:
        assert "cut off" in refused(unseen, **setting())
        page = look(judged=False, **setting(source="status"))
    assert "cut off" in page.output and "watches" not in page.output


def test_a_refused_login_is_unknown() -> None:
    run = look(judged=False, **gate({**NOBODY, "url_password": "wrong-password"}))
    assert "refused the login" in run.output and "wrong-password" not in run.output


def test_a_stopped_nagios_stops_a_deploy(unseen: str) -> None:
    with monitor.stopped():
        assert "Nagios is stopped" in refused(unseen)


def restarted(**settings: Any) -> tuple[Run, list[str]]:
    """A restart of blue while Nagios is stopped, and the notes that it left."""
    with monitor.stopped():
        run = runs.succeed("restart", "--limit", BLUE, **{**QUICK, **settings})
    return run, notes_of(snapshot.take([BLUE])[BLUE])[-3:]


def test_a_site_may_have_it_go_on_which_is_journaled() -> None:
    _run, notes = restarted(**gate(unknown="continue", timeout=2))
    assert any(note.startswith("went on (unknown: continue): nagios: it cannot tell") for note in notes), notes
    assert any("could not tell, and the run went on" in note for note in notes), notes


def test_an_operator_may_skip_it_which_is_said_and_journaled_with_the_reason() -> None:
    run, notes = restarted(skip="bake,nagios", reason="the monitor moves house")
    assert run.output.count("Skipped on request: nagios, bake (the monitor moves house)") == 2
    assert "note: nagios: skipped: it cannot tell what is wrong already: " in run.output
    assert "Nagios is stopped" in run.output
    assert f"{BLUE} gets no downtime" in run.output
    assert "Nagios could not tell within" not in run.output
    assert any(note.startswith("skip=nagios (the monitor moves house): ") for note in notes), notes
