# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services as the inventory describes them, and the decisions of their restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import ServiceFacts
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import (
    Service,
    Timeouts,
    Watch,
    blame_for_death,
    death,
    exit_reason,
    names_release,
    observe_start,
    parse_service,
    pause,
    pending,
)

HASH = "0123456789abcdef" * 2 + "01234567"
OTHER = "f" * 40
FULL = {
    "name": "web",
    "project": "site",
    "port": 7071,
    "health_url": "http://127.0.0.1:7071/health?x=1",
    "version_url": "https://[::1]:7071/version",
    "progress_file": "/srv/offset",
}
LIMITS = Timeouts(drain=1, stop=1, start=10, stable=5, health=20)
STARTED = ServiceFacts("web", "STARTING", 12, 100.0, 90.0, 101.0)
RUNNING = replace(STARTED, statename="RUNNING")


@pytest.mark.parametrize(
    ("waited", "look", "seconds"),
    [
        (0, 0, 0.03),
        (3, 0.01, 0.03),
        (0, 0.05, 0.1),  # a dear look is had less often
        (10, 0.01, 0.1),  # and so is a late one
        (60, 0, 0.25),
        (0, 3, 0.25),
    ],
)
def test_the_pause_between_two_looks(waited: float, look: float, seconds: float) -> None:
    assert pause(waited, look) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("drain", "stop", "cutoff", "spent", "waits", "ends"),
    [
        (330, 60, 0, 0, 330, 60),
        (330, 60, 0, 500, 330, 60),
        (330, 60, 20, 0, 20, 23),
        (330, 60, 20, 15, 20, 8),
        (330, 60, 20, 20.1, 20, 3),
        (10, 60, 20, 10, 10, 13),
        (330, 2, 20, 20, 20, 2),
    ],
)
def test_a_cutoff_bounds_the_drain_and_the_end(
    drain: float, stop: float, cutoff: float, spent: float, waits: float, ends: float
) -> None:
    limits = replace(LIMITS, drain=drain, stop=stop, cutoff=cutoff)
    assert (limits.drain_limit, limits.stop_limit(spent)) == (waits, ends)


def test_a_service_is_read_with_and_without_its_options() -> None:
    assert parse_service(FULL) == Service(**FULL)  # type: ignore[arg-type]
    assert parse_service({"name": "group:web-1", "project": "site"}) == Service("group:web-1", "site")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "web; reboot"},
        {"name": "all\n"},
        {"project": "../etc"},
        {"port": 70000},
        {"port": -1},
        {"health_url": "file:///etc/passwd"},
        {"health_url": "http://user@host/"},
        {"version_url": "http://127.0.0.1/\r\nX: y"},
        {"progress_file": "offset"},
        {"progress_file": "/srv/\0"},
    ],
)
def test_a_wrong_description_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        parse_service({**FULL, **wrong})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (HASH, True),
        (HASH[:7], True),
        (HASH[:6], False),
        (f"commit {HASH[:9]}, up 3 days", True),
        (f"commit {HASH}0", False),
        (f"x{HASH[:8]}y", True),
        (f'{{"software": {{"version": "{HASH}"}}}}', True),
        (f'["{HASH[:7]}"]', True),
        (f'{{"version": "release {HASH}"}}', False),
        (f'{{"{HASH}": "version"}}', False),
        (f'{{"version": "{OTHER}"}}', False),
        ("0123456", True),
        ("", False),
        ("null", False),
    ],
)
def test_whether_an_answer_names_the_release(body: str, expected: bool) -> None:
    assert names_release(body, HASH) is expected


@pytest.mark.parametrize(
    ("facts", "pid", "reason", "sentence"),
    [
        (STARTED, 0, "", ""),
        (RUNNING, 12, "", ""),
        (
            replace(RUNNING, statename="BACKOFF", pid=0, stop=103.0),
            12,
            "exit status 1",
            "web died 3 s after its start (exit status 1)",
        ),
        (
            replace(RUNNING, statename="EXITED", pid=0, stop=103.0),
            12,
            "",
            "web died 3 s after its start (state EXITED)",
        ),
        (
            replace(RUNNING, pid=13, start=104.0, stop=103.0),
            12,
            "terminated by SIGKILL",
            "web died 4 s after its start (terminated by SIGKILL)",
        ),
        (
            replace(STARTED, statename="BACKOFF", pid=0, spawnerr="can't find command"),
            0,
            "",
            "web could not be started: can't find command",
        ),
        (
            replace(RUNNING, statename="STOPPED", pid=0, stop=101.0),
            12,
            "",
            "web died 1 s after its start (state STOPPED)",
        ),
    ],
    ids=["starting", "running", "backoff", "exited", "started again", "no command", "stopped by somebody"],
)
def test_death(facts: ServiceFacts, pid: int, reason: str, sentence: str) -> None:
    assert death(facts, Watch(pid, started=1000.0), 1004.0, reason) == sentence


@pytest.mark.parametrize(
    ("statename", "spawnerr", "pid", "blame"),
    [
        ("EXITED", "", 12, "release"),
        ("BACKOFF", "Exited too quickly (process log may have details)", 0, "release"),
        ("FATAL", "Exited too quickly (process log may have details)", 12, "release"),
        ("BACKOFF", "can't find command '/opt/openlibrary/bin/launch'", 0, "host"),
        ("BACKOFF", "Too many processes in process table to spawn 'web'", 0, "host"),
        ("STOPPED", "", 12, "nobody"),
        ("STOPPING", "", 12, "nobody"),
        ("RUNNING", "", 11, "release"),
    ],
)
def test_whom_a_death_blames(statename: str, spawnerr: str, pid: int, blame: str) -> None:
    facts = replace(RUNNING, statename=statename, spawnerr=spawnerr)
    assert blame_for_death(facts, Watch(pid, started=1000.0)) == blame


def test_running_is_counted_from_the_first_reading_and_anew_after_a_gap() -> None:
    watch = observe_start(STARTED, Watch(0, started=0.0), 1.0)
    assert watch == Watch(12, 0.0, -1.0)
    watch = observe_start(RUNNING, watch, 2.0)
    assert observe_start(RUNNING, watch, 3.0) == Watch(12, 0.0, 2.0)
    watch = observe_start(STARTED, watch, 4.0)
    assert observe_start(RUNNING, watch, 5.0).running_since == 5.0


@pytest.mark.parametrize(
    ("since", "now", "healthy", "moved", "phase", "deadline"),
    [
        (-1.0, 1.0, False, False, "start", 10.0),
        (2.0, 3.0, False, False, "health", 22.0),
        (2.0, 3.0, True, False, "stable", 8.0),
        (2.0, 7.0, True, False, "progress", 10.0),
        (2.0, 7.0, True, True, None, 0.0),
    ],
)
def test_what_is_waited_for(
    since: float, now: float, healthy: bool, moved: bool, phase: str | None, deadline: float
) -> None:
    waiting = pending(Watch(12, 0.0, since), now, LIMITS, healthy, moved)
    assert (waiting.phase, waiting.deadline) == (phase, deadline) if waiting else phase is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("web", "terminated by SIGKILL"),
        ("site:web", "terminated by SIGKILL"),
        ("updater", "exit status 2"),
        ("other", ""),
    ],
)
def test_how_a_program_ended_in_supervisors_log(name: str, reason: str) -> None:
    log = (
        "2026-11-23 18:00:00,000 WARN exited: web (exit status 1; not expected)\n"
        "2026-11-23 18:00:01,000 INFO exited: updater (exit status 2; expected)\n"
        "2026-11-23 18:00:02,000 WARN exited: web (terminated by SIGKILL; not expected)\n"
        "2026-11-23 18:00:03,000 INFO spawned: 'web' with pid 9\n"
    )
    assert exit_reason(log, name) == reason
