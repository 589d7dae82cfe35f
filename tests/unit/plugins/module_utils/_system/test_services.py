# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How often services are looked at; what is seen of real ones is in tests/integration/supervisor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system import services
from tests.support import FakeClock, Host

PROBLEM = "web runs aaaaaaaaaa, current is bbbbbbbbbb."


@pytest.mark.parametrize(
    ("clear", "looks", "asked", "problems"),
    [
        ((), ["web", "api", "web"], ["web", "api"], ["is sick", "is sick"]),
        (("web",), ["web", "api"], ["api"], [PROBLEM, "is sick"]),
        (("web", "api"), ["web", "api"], [], [PROBLEM, ""]),
    ],
)
def test_where_one_look_makes_the_case_clear_there_is_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clear: tuple[str, ...],
    looks: list[str],
    asked: list[str],
    problems: list[str],
) -> None:
    looked: list[str] = []
    questions: list[str] = []

    def observe(service: Any, *_: Any) -> dict[str, Any]:
        looked.append(service.name)
        wrong = service.name == "web" and "web" not in looked[:-1]
        return {"name": service.name, "problem": PROBLEM if wrong else "", "release": "", "pid": 1}

    def unwell(checks: Any, _clock: Any) -> list[str]:
        questions.extend(check.service.name for check in checks)
        return ["is sick" for _ in checks]

    monkeypatch.setattr(services, "observe", observe)
    monkeypatch.setattr(services, "unwell", unwell)
    clock = FakeClock()
    raw = [{"name": name, "project": "site"} for name in ("web", "api")]
    entries = services.observe_services(
        raw, Host(tmp_path).layout, "/sock", clock, lambda entry: entry["name"] in clear
    )
    assert (looked, questions) == (looks, asked)
    assert [entry["problem"] for entry in entries] == problems
    assert len(clock.slept) == len(looks) - 2
