# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's side of the gate: who is to blame for silence, and when a gate must not stop a run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.openlibrary.deploy.plugins.action.nagios_gate import ActionModule


def action(**args):
    """The action of a task with these arguments."""
    task = SimpleNamespace(action="openlibrary.deploy.nagios_gate", args=args, async_val=0, delegate_to="monitor")
    return ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp/x")), None, None, None)


TOLD = [{"mode": "inform"}, {"mode": "judge", "nagios": {"unknown": "continue"}}, {"direction": "back"}]


def test_a_lost_host_that_asks_is_nobodys_fault():
    result = action(state="judged", mode="judge").lost("monitor", "no route")
    assert (result["failed"], result["blame"], result["outcome"]) == (True, "nobody", "failed")
    assert result["msg"] == "Nagios could not be asked, because monitor could not be reached: no route"


@pytest.mark.parametrize("args", TOLD)
def test_it_stops_no_run_that_goes_on_anyway(args):
    result = action(state="judged", **args).lost("monitor", "no route")
    assert (result["failed"], result["outcome"], result["verdict"]) == (False, "unchanged", "unknown")


@pytest.mark.parametrize("args", TOLD)
def test_nor_does_a_module_that_failed(args):
    args = {"state": "announced", **args}
    result = action(**args).after({"failed": True, "msg": "no python"}, args, {})
    assert (result["failed"], result["verdict"], result["msg"]) == (False, "unknown", "no python")


@pytest.mark.parametrize(
    ("args", "given"),
    [
        ({"state": "baseline", **TOLD[1]}, {"failed": True}),
        ({"state": "lifted", **TOLD[1]}, {"failed": True}),
        ({"state": "judged", "nagios": "continue"}, {"failed": True}),
        ({"state": "judged", **TOLD[1]}, {"failed": True, "verdict": "fail"}),
        ({"state": "judged", "mode": "inform"}, {"changed": True, "verdict": "pass"}),
    ],
)
def test_everything_else_is_as_the_module_said(args, given):
    assert action(**args).after(given, args, {}) == ({"blame": "nobody", **given} if given.get("failed") else given)


def test_a_module_that_says_whom_it_blames_is_believed_and_one_that_died_blames_nobody():
    args = {"state": "judged"}
    said = {"failed": True, "blame": "release", "verdict": "fail"}
    assert action(**args).after(said, args, {}) == said
    assert action(**args).after({"failed": True, "module_stderr": "no python"}, args, {})["blame"] == "nobody"


@pytest.mark.parametrize(
    ("args", "seconds"),
    [
        ({"state": "judged", "nagios": {"timeout": 30}}, 30.0),
        ({"state": "judged", "nagios": {"timeout": "soon"}}, None),
        ({"state": "judged"}, 600.0),
        ({"state": "judged", "mode": "inform"}, None),
        ({"state": "judged", "direction": "back"}, None),
        ({"state": "announced"}, 30.0),
        ({"state": "announced", "direction": "back"}, None),
        ({"state": "baseline"}, None),
    ],
)
def test_what_it_counts_down_to(args, seconds):
    assert action(**args).gives_up_after(args) == seconds
