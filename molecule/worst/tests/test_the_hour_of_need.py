"""The hour of need: requests that never end on a bad release, and the last node that serves fails.

Each begins with the fleet on a release that hangs on one page.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from lab.book import SITE_URL
from tests.fleet import runs, snapshot, sources
from tests.fleet.snapshot import BLUE, GREEN, WEB

# Seconds that the page hangs: far longer than anybody waits for it.
FOREVER = 900
CUTOFF = 3


def hangs(text: str) -> str:
    """The application with a page that does not end."""
    return text.replace("time.sleep(WORK_SECONDS)", f"time.sleep({FOREVER} if path == '/hang' else WORK_SECONDS)")


@pytest.fixture
def bad() -> tuple[str, str]:
    """The release before, and the one that the fleet runs now, with the page that hangs."""
    before = snapshot.take([BLUE])[BLUE].current()
    made = sources.commit(edits={"openlibrary/server.py": hangs})
    runs.succeed("deploy", version=made, **runs.QUICK)
    return before, made


@contextmanager
def hanging(many: int = 1) -> Iterator[None]:
    """Requests that hang on each web node, as haproxy counts them."""
    site = ("127.0.0.1", urlsplit(SITE_URL).port)
    with ExitStack() as stack:
        for _number in range(many * len(WEB)):
            connection = stack.enter_context(socket.create_connection(site, timeout=10))
            connection.sendall(b"GET /hang HTTP/1.1\r\nHost: openlibrary.org\r\n\r\n")
        deadline = time.monotonic() + 20
        while not all(snapshot.rotation()[name].sessions >= many for name in WEB):
            assert time.monotonic() < deadline, "the requests that hang are not on both nodes"
            time.sleep(0.1)
        yield


def test_a_rollback_cuts_what_never_ends_and_puts_the_bad_release_back_nowhere(bad: tuple[str, str]) -> None:
    before, made = bad
    settings = {**runs.QUICK_BACK, "deploy_drain_cutoff": CUTOFF, "deploy_drain_timeout": 300}
    with hanging():
        run = runs.succeed("rollback", **settings)
    snapshot.assert_fleet_runs(before)
    assert sorted(snapshot.in_rotation()) == sorted(WEB)
    for name in WEB:
        assert f"1 requests that {name} did not end in time were cut off" in run.output
    assert f"{made[:10]}" not in run.output.partition("Verdict")[2].partition("Users:")[2]


def test_a_node_that_is_out_hurries_when_the_last_one_that_serves_fails(bad: tuple[str, str]) -> None:
    made = sources.commit()
    settings = {**runs.QUICK, "deploy_ramp": [10, 100], "deploy_ramp_hold": 60, "deploy_stable_seconds": 4}
    deploy = runs.start("deploy", version=made, **settings)
    deploy.wait_for(lambda: snapshot.rotation()[BLUE].status == "MAINT")
    snapshot.supervisorctl(GREEN, "stop", "openlibrary")
    run = deploy.end()
    assert f"{BLUE} came back at once, without ramp and bake: no other node served" in run.output
    # Its own turn mends the other one.
    snapshot.assert_fleet_runs(made)
    assert run.rc != 0, "what happened on the way must not be lost"
