# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to the workers of services that are not there; real ones answer in tests/integration/supervisor."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import warm as edges
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.warm import warm
from tests.support import FakeClock

WEB, API = Service("web", "site", 7071), Service("api", "site", 7072)


def test_every_worker_of_every_service_is_asked_for_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, str, str]] = []
    together = threading.Barrier(4, timeout=10)

    def ask_page(address: str, port: int, path: str, host: str, timeout: float) -> tuple[int, str]:
        assert 0 < timeout <= 5
        asked.append((address, port, path, host))
        together.wait()  # nobody gets an answer before all have asked
        return (200, "") if path == "/" else (0, "timed out")

    monkeypatch.setattr(edges, "ask_page", ask_page)
    said = warm([WEB, API], {"web": 4, "api": 2}, ["/", "/a"], "ol.org", SystemClock())
    assert Counter(asked) == {
        ("127.0.0.1", port, path, "ol.org"): count for port, count in ((7071, 3), (7072, 1)) for path in ("/", "/a")
    }
    assert (said["asked"], said["answered"]) == (8, 4)
    assert said["problems"] == ["/a of web: timed out (3 times)", "/a of api: timed out"]


def test_nobody_is_asked_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    def ask_page(_address: str, _port: int, _path: str, _host: str, timeout: float) -> tuple[int, str]:
        clock.time += 4.0
        return 200, ""

    monkeypatch.setattr(edges, "ask_page", ask_page)
    said = warm([WEB], {"web": 2}, ["/a", "/b", "/c"], "", clock)
    assert (said["asked"], said["answered"], said["problems"]) == (3, 2, ["1 had no answer after 5 s"])


def test_where_no_more_threads_can_be_had_the_rest_is_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, []

    def refuse(self: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(edges, "ask_page", lambda *_: (200, ""))
    monkeypatch.setattr(threading.Thread, "start", refuse)
    said = warm([WEB], {"web": 4}, ["/"], "", SystemClock())
    assert (said["asked"], said["answered"], said["problems"]) == (3, 1, ["2 had no answer after 5 s"])
