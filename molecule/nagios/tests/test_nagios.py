"""The gate before the lab's own Nagios: old and new problems, silence about a restart, and all that is no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest

from tests.fleet import monitor, runs
from tests.fleet.snapshot import BLUE, GREEN

GATE = "../molecule/nagios/gate"
SECURED = {"deploy_nagios_url": "http://127.0.0.1:8083/secured/cgi-bin/nagios4/"}


@pytest.fixture(scope="module", autouse=True)
def calm() -> None:
    """Nagios shows nothing, and has a result for the passive service."""
    monitor.wait_for(monitor.checked, "that all is well", 60)
    monitor.well()


def look(**more: Any) -> runs.Run:
    """What a turn of blue asks of Nagios."""
    return runs.play(GATE, **{"run": f"test-{time.time():.0f}", **monitor.SETTINGS, **more})


def test_a_problem_that_was_there_before_does_not_block() -> None:
    with monitor.problem() as name:
        run = look()
    assert run.rc == 0, run.output
    assert f"known before: {name} is CRITICAL" in run.output


def test_a_new_hard_problem_blocks() -> None:
    try:
        run = look(meanwhile=monitor.reported(GREEN, 2))
    finally:
        monitor.well()
    assert run.rc != 0
    assert f"Nagios shows new problems: {GREEN}/{monitor.PASSIVE} is CRITICAL" in run.output


def test_one_that_somebody_acknowledged_does_not() -> None:
    known = f"{GREEN};{monitor.PASSIVE}"
    with monitor.problem() as name:
        monitor.send(monitor.command(f"ACKNOWLEDGE_SVC_PROBLEM;{known};1;0;0;tests;known"))
        acknowledged = "problem_has_been_acknowledged"
        monitor.wait_for(lambda: bool(monitor.services()[name][acknowledged]), "the acknowledgement")
        run = look()
    assert run.rc == 0, run.output
    assert "shows 0 problems" in run.output and "shows no new problem" in run.output


@pytest.fixture
def down() -> Iterator[list[str]]:
    """The words that stop blue's service for long enough that Nagios sees it hard, and start it again."""
    wait = "for n in $(seq 40); do supervisorctl status openlibrary | grep -q RUNNING && exit 0; sleep 0.5; done"
    script = f"supervisorctl stop openlibrary && sleep 12 && supervisorctl start openlibrary && {wait}"
    yield ["docker", "exec", BLUE, "sh", "-c", script]
    monitor.wait_for(monitor.shows(f"{BLUE}/web", "ok"), "blue well")


def test_a_restart_pages_nobody_and_leaves_no_downtime(down: list[str]) -> None:
    before = monitor.pages()
    run = look(announced=True, meanwhile=down)
    assert run.rc == 0, run.output
    assert monitor.pages() == before
    assert monitor.downtimes() == []
    assert f"{BLUE} is in a downtime" in run.output


def unknown(**more: Any) -> str:
    """What the baseline says where Nagios is no help; the turn would not begin."""
    run = look(judged=False, **more)
    assert "Nagios shows" not in run.output or "no service" in run.output, run.output
    return run.output


def test_a_stopped_nagios_is_unknown() -> None:
    with monitor.stopped():
        assert "Nagios is stopped" in unknown()
        stopped = look(deploy_nagios_timeout=2)
        going_on = look(deploy_nagios_timeout=2, deploy_nagios_unknown="continue")
    assert stopped.rc != 0
    assert "Nagios could not tell" in stopped.output
    assert going_on.rc == 0, going_on.output
    assert "deploy_nagios_unknown=continue" in going_on.output


def test_a_wrong_hostgroup_is_unknown() -> None:
    assert "has no hostgroup 'nope'" in unknown(deploy_nagios_hostgroup="nope")


def test_missing_rights_and_a_refused_login_are_unknown() -> None:
    login = {**SECURED, "deploy_nagios_user": "lab-nobody", "deploy_nagios_password": "lab-nobody-password"}
    assert "rights" in unknown(**login)
    assert "refused the login" in unknown(**{**login, "deploy_nagios_password": "wrong"})


class Half(BaseHTTPRequestHandler):
    """Passes on half of each page of the lab's Nagios."""

    def do_GET(self) -> None:
        with urlopen(f"http://127.0.0.1:18083{self.path}", timeout=10) as answer:
            page = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page) // 2))
        self.end_headers()
        self.wfile.write(page[: len(page) // 2])

    def log_message(self, *words: object) -> None:
        pass


@pytest.mark.parametrize("source", ["statusjson", "status"])
def test_a_page_cut_in_half_is_unknown(source: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/cgi-bin/nagios4/"
        here = {"deploy_nagios_url": url, "deploy_nagios_via": "localhost", "deploy_nagios_command_file": ""}
        said = unknown(**here, deploy_nagios_source=source)
        server.shutdown()
    assert "cut off" in said
