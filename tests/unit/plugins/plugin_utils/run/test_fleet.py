# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the fleet, and what the balancer calls its web nodes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import Fleet, in_rotation, server_names
from tests.controller import CONFIGURATION, NGINX, PROJECT, site

ENTRY = {"host": "www1", "socket": "/run/haproxy.sock", "backend": "web", "server": "node-b"}
RELOADS = {"deploy_reloads": [NGINX, {**NGINX, "name": "proxy", "project": PROJECT}]}


@pytest.mark.parametrize(
    ("on", "project", "reloads"),
    [
        ({}, PROJECT, ()),
        ({}, CONFIGURATION, ("www1",)),
        ({"www1": RELOADS}, PROJECT, ("www1",)),
        ({"home": RELOADS}, PROJECT, ("home",)),
        ({"green": RELOADS}, CONFIGURATION, ("www1", "green")),
        # What staging reloads is no concern of the fleet.
        ({"dev0": RELOADS}, CONFIGURATION, ("www1",)),
    ],
)
def test_the_fleet_of_a_site(on: dict[str, Any], project: str, reloads: tuple[str, ...]) -> None:
    fleet = Fleet.of(site(on=on, project=project))
    answers = ("blue", "green")
    assert fleet == Fleet(static=("www1",), web=("blue", "green"), home=("home",), reloads=reloads, answers=answers)


def test_a_web_node_is_known_by_its_own_name_unless_another_is_given() -> None:
    assert server_names(site()) == {"blue": "blue", "green": "green"}
    assert server_names(site(on={"blue": {"deploy_balancers": [ENTRY]}})) == {"blue": "node-b", "green": "green"}


def test_a_web_node_without_a_balancer_has_no_name_there() -> None:
    alone = site("status", on={"green": {"deploy_balancers": []}})
    assert server_names(alone) == {"blue": "blue"}


def test_who_gets_traffic_is_told_by_the_balancer_s_names() -> None:
    servers = [{"server": "node-b", "in_rotation": True}, {"server": "green", "in_rotation": False}]
    names = {"blue": "node-b", "green": "green", "gone": "gone"}
    assert in_rotation(names, servers) == {"blue": True, "green": False, "gone": False}
    assert in_rotation({"node-b": "blue"}, servers) == {"node-b": False}
    assert in_rotation({}, servers) == {}
