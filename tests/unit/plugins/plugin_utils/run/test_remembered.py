# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What journals remember of dead runs, against what the balancer shows."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.remembered import (
    all_taken_out,
    stale,
    underweight,
    weight_left,
)


def server(name: str = "web1", weight: int | None = 100, admin: str = "ready", **more: Any) -> dict[str, Any]:
    up = admin == "ready"
    usual = {"backend": "web", "server": name, "admin": admin, "in_rotation": up, "weight": weight}
    return {**usual, "configured_weight": 100, **more}


@pytest.mark.parametrize(
    ("seen", "taken", "left", "forgotten"),
    [
        # Left at a tenth by a dead run: its memory ends with the turn that restores it.
        (server(weight=10), {"web/web1": "ready"}, {"web/web1"}, []),
        # A person brought it back, whole: whoever takes it out from now on is a person.
        (server(), {"web/web1": "ready"}, set(), ["web/web1"]),
        (server(), {"web/web1": "drain"}, set(), ["web/web1"]),
        # A person gave it less weight; no run is to restore that.
        (server(weight=10), {}, set(), []),
        (server(weight=10), {"web/web1": "drain"}, set(), []),
        # Still out: what is remembered is true.
        (server(weight=0, admin="maint"), {"web/web1": "ready"}, set(), []),
        (server(weight=10, admin="drain"), {"web/web1": "ready"}, set(), []),
        # Of another backend, or not known to haproxy.
        (server(weight=10, backend="other"), {"web/web1": "ready"}, set(), []),
        (server(weight=None), {"web/web1": "ready"}, set(), ["web/web1"]),
        (server(weight=50, configured_weight=None), {"web/web1": "ready"}, set(), ["web/web1"]),
        # It is down, and comes back with this weight: until then it is remembered.
        (server(weight=10, in_rotation=False), {"web/web1": "ready"}, set(), []),
    ],
)
def test_what_a_dead_run_left(
    seen: dict[str, Any], taken: dict[str, str], left: set[str], forgotten: list[str]
) -> None:
    assert (weight_left([seen], taken), stale([seen], taken)) == (left, forgotten)


def test_less_weight_than_configured_is_told_with_both() -> None:
    assert underweight([server(weight=10), server("web2"), server("web3", 0, "drain")]) == {"web/web1": (10, 100)}


def test_every_journal_is_asked() -> None:
    surveys = {"www1": {"taken_out": {"web/web1": "ready"}}, "www2": {"taken_out": {"b/c": "drain"}}, "gone": {}}
    assert all_taken_out(surveys) == {"web/web1": "ready", "b/c": "drain"}
