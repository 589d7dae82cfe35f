# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the inventory and of the play, each read by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.template import Templar, trust_as_template

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.variables import (
    Unreadable,
    inventory_sets,
    play_vars,
    settings_of,
    untagged,
)

RAW = {
    "blue": {
        "deploy_root": "/opt/shop",
        "deploy_python": trust_as_template("{{ deploy_root }}/python"),
        "deploy_services": [{"name": "web", "port": 80, "url": trust_as_template("http://{{ inventory_hostname }}/")}],
        "deploy_user": trust_as_template("{{ nobody_knows }}"),
        "deploy_project": trust_as_template("{{ project }}"),
        "deploy_balancer": trust_as_template("{{ hostvars['green'].address }}"),
        "deploy_unsafe": "{{ stays }}",
        "deploy_none": None,
        "inventory_hostname": "blue",
        "version": "v1",
    },
    "green": {"address": "10.0.0.2"},
}


@pytest.fixture
def hostvars():
    return SimpleHostVars(RAW)


class SimpleHostVars(dict):
    """As Ansible's: a mapping of hosts, and each host's variables as they were written."""

    def raw_get(self, host):
        return self[host]


def test_each_setting_is_read_by_itself_as_a_task_of_the_host_would(hostvars):
    settings = settings_of(hostvars, "blue", None)
    assert isinstance(settings.pop("deploy_user"), Unreadable)
    assert isinstance(settings.pop("deploy_project"), Unreadable)
    assert settings == {
        "deploy_root": "/opt/shop",
        "deploy_python": "/opt/shop/python",
        "deploy_services": [{"name": "web", "port": 80, "url": "http://blue/"}],
        "deploy_balancer": "10.0.0.2",
        "deploy_unsafe": "{{ stays }}",
        "deploy_none": None,
    }


def test_what_cannot_be_read_says_why_in_one_line(hostvars):
    reason = settings_of(hostvars, "blue", None)["deploy_user"].reason
    assert "'nobody_knows' is undefined" in reason and "\n" not in reason


def test_the_play_wins_over_the_inventory_and_extra_variables_over_both(hostvars):
    above = {"project": "shop", "deploy_root": "/srv", "deploy_none": 1}
    settings = settings_of(hostvars, "blue", None, above, given={"deploy_root"})
    assert (settings["deploy_project"], settings["deploy_root"], settings["deploy_none"]) == ("shop", "/opt/shop", 1)


def test_which_request_variables_the_inventory_sets(hostvars):
    assert inventory_sets(hostvars, ["blue", "green"], ["version", "hash"], ()) == {"version": ["blue"]}
    assert inventory_sets(hostvars, ["blue", "green"], ["version", "hash"], {"version": "v2"}) == {}


def test_the_vars_of_the_play():
    play = SimpleNamespace(vars={"version": trust_as_template("v{{ 1 + 1 }}"), "hash": trust_as_template("{{ no }}")})
    task = SimpleNamespace(get_play=lambda: play)
    found = play_vars(task, Templar(loader=None, variables={}))
    assert found["version"] == "v2" and isinstance(found["hash"], Unreadable)


def test_a_plain_value_keeps_nothing_of_ansible():
    value = untagged({trust_as_template("a"): (trust_as_template("b"), True, 1, 1.5, None)})
    assert value == {"a": ["b", True, 1, 1.5, None]}
    assert [type(each) for each in value["a"]] == [str, bool, int, float, type(None)]
