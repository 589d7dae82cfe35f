# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The survey on the controller: a host that does not answer is a finding."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.openlibrary.deploy.plugins.action.release_survey import ActionModule

LOCK = {
    "who": "mek",
    "action": "deploy",
    "project": "p",
    "since": "2026-01-01T00:00:00.000Z",
    "run": "r1",
    "age": 200.0,
    "last_step": "switch done",
}
HELD = "held by mek, deploy p, since 2026-01-01T00:00:00.000Z (3 min 20 s ago), run r1, last step: switch done"


@pytest.fixture
def action():
    return ActionModule(SimpleNamespace(delegate_to=None, args={}), None, None, None, None)


def test_a_host_that_does_not_answer_is_a_finding_and_no_failure(action):
    result = action.lost("blue", "No route to host")
    assert not result.get("failed")
    assert result["survey"]["reachable"] is False
    assert result["survey"]["problems"] == [result["held"]] == ["blue could not be asked: No route to host"]


def test_a_survey_that_crashed_is_a_finding_too(action):
    crashed = {"failed": True, "msg": "MODULE FAILURE", "module_stderr": "No space left\non device"}
    result = action.after(crashed, {}, {"inventory_hostname": "blue"})
    assert not result.get("failed")
    assert result["survey"]["problems"] == ["blue could not be asked: No space left on device"]


def test_with_a_host_its_balancer_is_silent(action):
    action._task.args = {"haproxy": {"socket": ["/run/haproxy.sock"], "backend": "web"}}
    assert action.lost("www1", "gone")["balancer"] == {"msg": "www1 could not be asked: gone"}
    action._task.args = {}
    assert "balancer" not in action.lost("www1", "gone")


@pytest.mark.parametrize(("delegate_to", "name"), [(None, "blue"), ("staging1", "staging1")])
def test_the_host_is_called_what_the_inventory_calls_it(action, delegate_to, name):
    action._task.delegate_to = delegate_to
    blue = {"inventory_hostname": "blue"}
    assert action.before({"root": "/r"}, blue) == {"root": "/r", "host": name}
    assert action.before({"host": "mine"}, blue) == {"host": "mine"}
    assert action.after({"failed": True, "msg": "no"}, {}, blue)["survey"]["host"] == name


@pytest.mark.parametrize(("lock", "held"), [(None, "nobody holds this host"), (LOCK, HELD)])
def test_who_holds_a_host_is_said(action, lock, held):
    result = action.after({"changed": False, "survey": {"lock": lock}}, {}, {})
    assert (result["held"], result["quiet"]) == (held, True)
