# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shared by the tests of what runs on the controller: decisions called with what hosts registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.openlibrary.deploy.plugins.action import deploy_plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Given
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.parse import parse
from tests import sites

PROJECT, CONFIGURATION, WHO = "openlibrary", "olsystem", "mek@laptop"
OLD, NEW = "a" * 40, "b" * 40
HOSTS = ["home", "blue", "green", "www1"]
PARTS = {"static": ["www1"], "web": ["blue", "green"], "home": ["home"], "staging": ["dev0"]}
EVERYWHERE = {
    **sites.ALL,
    "deploy_root": "/opt/openlibrary",
    "deploy_project": PROJECT,
    "deploy_projects": {
        PROJECT: {"repository": "ssh://git@code/openlibrary.git", "branch": "master"},
        CONFIGURATION: {"repository": "ssh://git@code/olsystem.git", "branch": "master"},
    },
    "deploy_balancers": [{"host": "www1", "socket": "/run/haproxy.sock", "backend": "web"}],
}
APP = {"name": "app", "project": PROJECT, "port": 8080, "health_url": "http://127.0.0.1:8080/"}
NGINX = {**sites.NGINX, "project": CONFIGURATION}
OWN: dict[str, dict[str, Any]] = {
    "home": {"deploy_services": [{"name": "app", "project": PROJECT, "progress_file": "/opt/openlibrary/offset"}]},
    "blue": {"deploy_services": [APP]},
    "green": {"deploy_services": [APP]},
    "www1": {"deploy_services": [], "deploy_reloads": [NGINX]},
    "dev0": {"deploy_services": [APP]},
}


def site(
    playbook: str = "deploy",
    everywhere: Mapping[str, Any] | None = None,
    on: Mapping[str, Mapping[str, Any]] | None = None,
    gates: Iterable[Mapping[str, Any]] = (),
    **extra: Any,
) -> dict[str, Any]:
    """What deploy_site returns for a site that is right: www1, blue and green, home, and dev0 for staging.

    Settings may differ ``everywhere`` or ``on`` some hosts; ``gates`` are the site's; ``extra`` is what -e says.
    """
    common = {**EVERYWHERE, **(everywhere or {})}
    settings = {name: value for name, value in extra.items() if name.startswith("deploy_")}
    hosts = {host: {**common, **own, **(on or {}).get(host, {}), **settings} for host, own in OWN.items()}
    checked = parse(Given(playbook, PARTS, hosts, {"all": list(OWN)}, extra=extra, who=WHO))
    assert sites.lines(checked) == []
    return sites.with_gates(checked.site.as_dict(), *gates)


def skipping(checked: Mapping[str, Any], *names: str, reason: str = "x") -> dict[str, Any]:
    """The checked site with a request that skips these names."""
    return {**checked, "request": {**checked["request"], "skip": list(names), "reason": reason}}


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
        "projects": {PROJECT: {"current": current, "wanted": OLD, "releases": [release]}},
        **more,
    }


def balancer(**serving: bool) -> list[dict[str, Any]]:
    """The servers, as the module haproxy_stats returns them."""
    return [
        {"server": name, "in_rotation": up, "status": "UP" if up else "MAINT", "admin": "ready" if up else "maint"}
        for name, up in serving.items()
    ]


def decide(
    action: type[Decision],
    args: Mapping[str, Any],
    registered: Mapping[str, Mapping[str, Any]],
    lines: list[str] | None = None,
    **task_vars: Any,
) -> tuple[dict[str, Any], list[str]]:
    """The result of a decision, and the lines that it printed. ``registered``: each host's variables.

    Who gives the list of ``lines`` has them also of a decision that raises.
    """
    lines = [] if lines is None else lines
    checked = ArgumentSpecValidator(action.argument_spec).validate(dict(args))
    assert not checked.error_messages
    acting = action(None, None, None, None, None)
    acting.say = lines.extend  # type: ignore[method-assign]
    variables = Variables({"inventory_hostname": "here", "hostvars": registered, **task_vars})
    return acting.decide(checked.validated_parameters, variables), lines


def plan(
    of: Mapping[str, Any] | None = None,
    surveys: Mapping[str, Mapping[str, Any]] | None = None,
    servers: list[dict[str, Any]] | None = None,
    registered: Mapping[str, Mapping[str, Any]] | None = None,
    **more: Any,
) -> tuple[dict[str, Any], list[str]]:
    """What deploy_plan returns and prints: four healthy hosts that run OLD get NEW, unless told otherwise.

    ``of`` is the site; ``more`` are other arguments, and variables of the task that begin with ansible_.
    """
    said = {host: survey(serves=host != "www1") for host in HOSTS} | dict(surveys or {})
    variables = {host: {"preflight_survey": {"survey": each}} for host, each in said.items()}
    args = {
        "site": of or site(),
        "hosts": HOSTS,
        "balancer": {"servers": balancer(blue=True, green=True) if servers is None else servers},
        "resolved": {"hash": NEW},
        **{name: value for name, value in more.items() if not name.startswith("ansible_")},
    }
    task_vars = {name: value for name, value in more.items() if name.startswith("ansible_")}
    return decide(deploy_plan.ActionModule, args, {**variables, **(registered or {})}, **task_vars)
