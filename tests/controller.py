# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shared by the tests of what runs on the controller: decisions called with what hosts registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables

PROJECT = "openlibrary"
OLD, NEW = "a" * 40, "b" * 40


def survey(current: str | None = OLD, running: str | None = None, serves: bool = True, **more: Any) -> dict[str, Any]:
    """What a healthy host answers, as the module release_survey returns it."""
    release = {"hash": OLD, "completed": "2026-01-01T00:00:00.000Z", "environment": "e1", "bad": False}
    service = {
        "name": "app",
        "project": PROJECT,
        "state": "RUNNING",
        "release": running or current,
        "problem": "",
        "processes": [{"pid": 1}],
    }
    return {
        "reachable": True,
        "problems": [],
        "lock": None,
        "last_token": 7,
        "free_mib": 2048,
        "environments": ["e1"],
        "services": [service] if serves else [],
        "projects": {PROJECT: {"current": current, "wanted": OLD, "previous_good": None, "releases": [release]}},
        **more,
    }


def balancer(**serving: bool) -> list[dict[str, Any]]:
    """The servers, as the module haproxy_stats returns them."""
    return [
        {"server": name, "in_rotation": up, "status": "UP" if up else "MAINT", "admin": "ready" if up else "maint"}
        for name, up in serving.items()
    ]


def decide(
    action: type[Decision], args: Mapping[str, Any], registered: Mapping[str, Mapping[str, Any]], **task_vars: Any
) -> tuple[dict[str, Any], list[str]]:
    """The result of a decision, and the lines that it printed. ``registered``: each host's variables."""
    checked = ArgumentSpecValidator(action.argument_spec).validate(dict(args))
    assert not checked.error_messages
    acting = action(None, None, None, None, None)
    lines: list[str] = []
    acting.say = lines.extend  # type: ignore[method-assign]
    variables = Variables({"inventory_hostname": "here", "hostvars": registered, **task_vars})
    return acting.decide(checked.validated_parameters, variables), lines
