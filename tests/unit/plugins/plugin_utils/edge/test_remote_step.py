# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's side of a step: its progress lines, and what becomes of a lost connection."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible import context
from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import (
    RemoteStep,
    one_line,
    signed,
)

CONNECTION = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp/x"))


class Step(RemoteStep):
    """A step whose module answers, or whose connection fails."""

    timeouts = ("drain_timeout", "check_timeout")

    def __init__(self, answer=None, delegate_to=None, **args):
        task = SimpleNamespace(
            action="openlibrary.deploy.release_symlink",
            args=args,
            async_val=0,
            check_mode=False,
            delegate_to=delegate_to,
            name="Switch",
            run_once=False,
        )
        super().__init__(task, CONNECTION, None, None, None)
        self.answer = answer
        self.asked = []

    def _execute_module(self, module_args, task_vars):
        self.asked.append(module_args)
        if self.answer is None:
            raise AnsibleConnectionFailure("No route\n  to host")
        return dict(self.answer)


def test_a_lost_connection_is_a_failed_result_so_that_rescue_runs():
    result = Step().run(task_vars={"inventory_hostname": "blue"})
    assert (result["failed"], result["host_down"], result["outcome"]) == (True, True, "failed")
    assert "unreachable" not in result
    assert result["phase"] == "release_symlink"
    assert result["msg"] == "blue could not be reached: No route to host"
    assert result["next_command"].endswith("--limit blue")


def test_it_is_the_host_that_was_acted_on_that_is_named():
    assert "www1 could not be reached" in Step(delegate_to="www1").run(task_vars={"inventory_hostname": "blue"})["msg"]


def test_the_commands_of_a_module_are_those_of_this_run(monkeypatch):
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(args=["openlibrary.deploy.deploy"], inventory=["inv"]))
    status = "ansible-playbook playbooks/status.yml"
    for step in (Step({"failed": True, "msg": f"see {status}", "next_command": status}), Step()):
        result = step.run(task_vars={"inventory_hostname": "blue"})
        assert result["next_command"].startswith("ansible-playbook -i inv openlibrary.deploy.status")
        assert "playbooks/" not in result["msg"]


def test_a_ticket_says_who_is_behind_the_run():
    task_vars = {"inventory_hostname": "blue", "hostvars": {"blue": {"deploy_who": "ann"}}}
    assert signed({"ticket": {"run": "r"}}, task_vars) == {"ticket": {"run": "r", "who": "ann"}}
    assert signed({"ticket": {"who": "mek"}}, task_vars) == {"ticket": {"who": "mek"}}
    assert signed({"root": "/r"}, task_vars) == {"root": "/r"}
    assert signed({"ticket": {}}, {})["ticket"]["who"]


def test_what_a_plugin_does_before_and_after_the_module_is_part_of_the_step():
    class Around(Step):
        def before(self, args, task_vars):
            return {**args, "more": 1}

        def after(self, result, args, task_vars):
            return {**result, "seen": args["more"], "on": task_vars["inventory_hostname"]}

    step = Around({"changed": True}, release="x")
    result = step.run(task_vars={"inventory_hostname": "blue"})
    assert step.asked == [{"release": "x", "more": 1}]
    assert (result["changed"], result["seen"], result["on"]) == (True, 1, "blue")


def test_a_transfer_that_loses_the_connection_is_no_different():
    class Putting(Step):
        def before(self, args, task_vars):
            raise AnsibleConnectionFailure("gone")

    assert Putting({"changed": True}).run(task_vars={"inventory_hostname": "blue"})["host_down"]


@pytest.mark.parametrize(
    ("args", "seconds"),
    [
        ({}, None),
        ({"other": 5}, None),
        ({"drain_timeout": 5, "check_timeout": "2.5"}, 7.5),
        ({"drain_timeout": 5, "check_timeout": None}, 5.0),
        ({"drain_timeout": "soon"}, None),
    ],
)
def test_when_a_step_gives_up(args, seconds):
    assert Step().gives_up_after(args) == seconds


@pytest.mark.parametrize(("delegate_to", "label"), [(None, "Switch"), ("blue", "Switch"), ("www1", "Switch for blue")])
def test_whose_turn_it_is_is_told_where_another_host_acts(delegate_to, label):
    assert Step(delegate_to=delegate_to).label({"inventory_hostname": "blue"}) == label


def test_a_text_fits_into_a_sentence():
    assert one_line("a\n  b\tc ") == "a b c"
