"""A site that is right, for the tests of its check: each test says what is different."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Given
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.model import Checked
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.parse import parse

HOME, BLUE, GREEN, WWW, DEV, MONITOR = "books", "shop1", "shop2", "edge", "try", "eye"
PARTS = {"home": [HOME], "web": [BLUE, GREEN], "static": [WWW], "staging": [DEV]}
GROUPS = {"all": [HOME, BLUE, GREEN, WWW, DEV, MONITOR], "home": [HOME], "web": [BLUE, GREEN], "www": [WWW]}
SHOP = {"name": "shop", "project": "shop", "port": 8000, "health_url": "http://127.0.0.1:8000/well"}
ALL = {
    "deploy_root": "/srv/shop",
    "deploy_user": "ship",
    "deploy_service_user": "shop",
    "deploy_python": "/usr/bin/python3",
    "deploy_supervisor_socket": "/run/supervisor.sock",
    "deploy_project": "shop",
    "deploy_projects": {
        "shop": {"repository": "ssh://git@code/shop.git", "branch": "main", "build": [["make"]]},
        "conf": {"repository": "ssh://git@code/conf.git", "branch": "main"},
    },
    "deploy_balancers": [{"host": WWW, "socket": "/run/haproxy.sock", "backend": "shop"}],
}
NAGIOS: dict[str, Any] = {
    "name": "nagios",
    "module": "openlibrary.deploy.nagios_gate",
    "via": MONITOR,
    "options": {"url": "http://eye/cgi-bin/", "hostgroup": "shop"},
}
"""A gate, which the site has where a test says so: `deploy_gates`."""
NGINX = {"name": "nginx", "project": "conf", "test": ["nginx", "-t", "-c", "{release}/nginx.conf"], "unit": "nginx"}
OWN: dict[str, dict[str, Any]] = {
    HOME: {"deploy_services": [{"name": "index", "project": "shop", "progress_file": "/srv/shop/shared/offset"}]},
    BLUE: {"deploy_services": [SHOP]},
    GREEN: {"deploy_services": [SHOP]},
    WWW: {"deploy_services": [], "deploy_reloads": [NGINX]},
    DEV: {"deploy_services": [SHOP]},
    MONITOR: {},
}

WATCH = {"name": "watch", "module": "some.where.watch", "when": ["turn"], "unknown": "stop", "timeout": 60.0}
"""A gate of a checked site."""


def with_gates(plain: Mapping[str, Any], *gates: Mapping[str, Any]) -> dict[str, Any]:
    """A checked site in its plain form, with these gates in place of its own: each is WATCH but for what it says."""
    made = [{**WATCH, **gate} for gate in gates]
    names = [gate["name"] for gate in made]
    hosts = {
        host: {**own, "gates": {name: {"host": host, "via": "localhost", "become": False} for name in names}}
        for host, own in plain["hosts"].items()
    }
    return {**plain, "gates": made, "hosts": hosts}


def given(
    playbook: str = "deploy",
    everywhere: Mapping[str, Any] | None = None,
    on: Mapping[str, Mapping[str, Any]] | None = None,
    without: tuple[str, ...] = (),
    **more: Any,
) -> Given:
    """The site with other values ``everywhere`` or ``on`` some hosts; ``more`` as Given has it. What -e and the play
    say is in the hosts' variables, too, as Ansible has it."""
    hosts = {}
    for host in GROUPS["all"]:
        values = copy.deepcopy({**ALL, **OWN[host], **(everywhere or {}), **((on or {}).get(host, {}))})
        for source in (more.get("play", {}), more.get("extra", {})):
            values |= {name: value for name, value in source.items() if name.startswith("deploy_")}
        hosts[host] = {name: value for name, value in values.items() if name not in without}
    return Given(playbook, more.pop("parts", PARTS), hosts, more.pop("groups", GROUPS), **more)


def check(playbook: str = "deploy", *args: Any, **more: Any) -> Checked:
    """The answer for that site."""
    return parse(given(playbook, *args, **more))


def lines(checked: Checked) -> list[str]:
    """The lines that refuse the run."""
    return [fault.line for fault in checked.faults]


def warned(checked: Checked) -> list[str]:
    """The lines that only warn."""
    return [fault.line for fault in checked.warnings]
