# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the steps at the balancer say that they give up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import haproxy_bake, haproxy_server
from ansible_collections.openlibrary.deploy.plugins.modules.haproxy_bake import ARGUMENT_SPEC as BAKE_ARGUMENTS
from ansible_collections.openlibrary.deploy.plugins.modules.haproxy_server import ARGUMENT_SPEC


def limit(plugin: Any, **args: Any) -> float | None:
    task = SimpleNamespace(action="x", args=args, async_val=0, check_mode=False, delegate_to=None)
    seconds: float | None = plugin.ActionModule(task, None, None, None, None, None).gives_up_after(args)
    return seconds


@pytest.mark.parametrize(
    ("args", "seconds"),
    [
        ({"state": "maint"}, 330),
        ({"state": "maint", "drain_timeout": "12.5", "bake": {}}, 12.5),
        ({"state": "drain", "drain_timeout": 7}, 7),
        ({"state": "ready"}, 2 * 60 + 2 * 5),
        ({"state": "ready", "check_timeout": 10, "ramp": [10, 50, 100], "ramp_hold": "4"}, 20 + 12),
        ({"state": "ready", "check_timeout": 10, "bake": {"mode": "inform"}}, 20 + 2 * 5),
        ({"state": "ready", "check_timeout": 10, "bake": {"mode": "skip", "timeout": 60}}, 20 + 2 * 5),
        ({"state": "ready", "check_timeout": 10, "bake": {}}, 20 + 2 * 125),
        ({"state": "ready", "bake": {"mode": "judge", "warmup": 1, "timeout": "9"}, "ramp": [100]}, 120 + 10),
        ({"state": "ready", "check_timeout": "soon"}, None),
        ({"state": "ready", "ramp": None}, None),
        ({"state": "ready", "bake": "judge"}, None),
    ],
)
def test_when_haproxy_server_gives_up(args: dict[str, Any], seconds: float | None) -> None:
    assert limit(haproxy_server, **args) == seconds


@pytest.mark.parametrize(
    ("args", "seconds"),
    [
        ({}, 125),
        ({"bake": {"warmup": 1}}, 121),
        ({"bake": {"warmup": 1, "timeout": "9"}}, 10),
        ({"bake": {"mode": "inform"}}, 125),
        ({"bake": {"mode": "skip"}}, None),
        ({"bake": {"timeout": "soon"}}, None),
        ({"bake": "skip"}, None),
    ],
)
def test_when_haproxy_bake_gives_up(args: dict[str, Any], seconds: float | None) -> None:
    assert limit(haproxy_bake, **args) == seconds


def test_the_defaults_are_the_modules() -> None:
    for name, value in haproxy_server.DEFAULTS.items():
        told = ARGUMENT_SPEC[name]["default"]
        assert (list(value) if name == "ramp" else value) == told
    for name, value in haproxy_server.BAKE_DEFAULTS.items():
        assert value == ARGUMENT_SPEC["bake"]["options"][name]["default"]
    assert BAKE_ARGUMENTS["bake"] == ARGUMENT_SPEC["bake"]
