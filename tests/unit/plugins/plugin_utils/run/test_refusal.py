# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One refusal: all that blocks, and the whole command for the next attempt."""

from __future__ import annotations

from typing import Any

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.findings import Finding
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.override import (
    A_GATE,
    LEFT_OUT,
    announcement,
    overridden,
    override_notes,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import Plan, make_plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.refusal import finding_lines, refusal
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request, skippable

GATES = (Gate("queue"),)
BAD = Finding("blue", "release bbb is marked bad (died)", skip="bad")
STAGED = Finding("dev0", "release bbb was never current on dev0", skip="staged")
DISK = Finding("green", "too little disk")
VERSION = Finding("", "There is no branch 'nope'.")
NOTE = Finding("queue", "2 wait already", blocking=False)
DEPLOY = Request(action="deploy", project="site", version="v1")
COMMAND = "ansible-playbook playbooks/deploy.yml -e version=v1"
WHY = "-e \"reason=''\""


def refused(*findings: Finding, request: Request = DEPLOY, hosts: tuple[Any, ...] = ("blue",), **more: Any) -> Any:
    made = make_plan(request, Fleet(), {}, [], {}, 0.0)
    plan = Plan(**{**vars(made), "findings": findings, "hosts": hosts})
    return refusal(plan, request, "site", **more)


def test_what_can_be_skipped_comes_with_the_whole_command() -> None:
    error = refused(BAD, STAGED)
    assert error.next_command == (f"fix that, or, to override: {COMMAND} -e skip=bad,staged {WHY}")
    assert error.msg.endswith(f"on any host: 2 findings, listed above. Next: {error.next_command}")
    assert error.details["findings"] == [BAD.line, STAGED.line]


def test_what_cannot_comes_first_and_the_command_skips_the_rest() -> None:
    error = refused(BAD, DISK, STAGED)
    assert error.next_command == (
        f"fix what cannot be skipped (green), then, to override the rest: {COMMAND} -e skip=bad,staged {WHY}"
    )
    assert error.details["findings"] == [DISK.line, BAD.line, STAGED.line]
    assert finding_lines([NOTE, BAD, DISK]) == [
        "  stop: green: too little disk",
        "  stop unless skip=bad: blue: release bbb is marked bad (died)",
        "  note: queue: 2 wait already",
    ]


def test_where_nothing_can_be_skipped_the_command_is_that_of_this_run() -> None:
    assert refused(DISK, NOTE).next_command == f"fix that, then: {COMMAND}"


def test_what_was_skipped_already_stays_skipped() -> None:
    asked = Request(
        action="restart", project="other", skip=frozenset({"bake"}), reason="night", balancer="www1", gates=GATES
    )
    silent = Finding("queue", "it cannot tell", skip="queue")
    assert refused(silent, request=asked, limit="blue").next_command.endswith(
        f"restart.yml --limit blue -e project=other -e skip=queue,bake {WHY}"
    )
    assert refused(DISK, request=asked).next_command.endswith(f"-e project=other -e skip=bake {WHY}")


def test_a_check_stays_a_check_and_a_rollback_keeps_its_hash() -> None:
    asked = Request(action="rollback", project="site", release="abcdef1")
    assert refused(BAD, request=asked, check=True).next_command.endswith(
        f"playbooks/rollback.yml --check -e hash=abcdef1 -e skip=bad {WHY}"
    )


def test_a_single_finding_is_the_error_itself() -> None:
    assert finding_lines([BAD]) == []
    assert ": blue: release bbb is marked bad (died). Next: fix that, or" in refused(BAD).msg
    assert refused(VERSION).msg == "There is no branch 'nope'."
    assert refused(VERSION, DISK).next_command.startswith("fix that, then: ")
    assert "(the release, green)" in refused(VERSION, DISK, BAD).next_command


ILL = Finding("green", "green could not be asked", leave=True)


def test_what_can_be_left_out_comes_with_the_command_that_does_so() -> None:
    left = f"{COMMAND} -e without=green {WHY}"
    assert refused(ILL).next_command == f"fix that, or, to leave green out: {left}"
    full = Finding("green", "its disk is full", leave=True)
    assert refused(ILL, full).next_command == f"fix that, or, to leave green out: {left}"
    assert refused(ILL, DISK).next_command == (f"fix what cannot be skipped (green), then, to leave green out: {left}")
    alone = Finding("blue", "cannot leave rotation", floor=True)
    assert refused(ILL, alone).next_command == f"fix that, or, to leave green out: {left}"
    assert refused(alone).next_command == f"fix that, then: {COMMAND}"
    assert refused(ILL, BAD).next_command == (
        f"fix that, or, to override and leave green out: {COMMAND} -e skip=bad -e without=green {WHY}"
    )
    assert refused(ILL, BAD, VERSION).next_command == (
        "fix what cannot be skipped (the release), then, to override the rest and leave green out: "
        f"{COMMAND} -e skip=bad -e without=green {WHY}"
    )


def test_a_hot_fix_stays_one_and_goes_on_without_whom_it_went_before() -> None:
    asked = Request(action="deploy", project="site", urgent="it is down", without=("blue",), reason="x")
    words = 'ansible-playbook playbooks/deploy.yml -e \'{"urgent": "it is down"}\''
    assert refused(DISK, request=asked).next_command == f"fix that, then: {words} -e without=blue {WHY}"
    assert refused(ILL, request=asked).next_command.endswith(f"{words} -e without=blue,green {WHY}")


def test_with_nobody_to_work_on_that_is_what_is_said() -> None:
    assert "no host can take part (reasons above)" in refused(DISK, Finding("blue", "no"), hosts=()).msg


def test_a_finding_does_not_name_its_host_twice() -> None:
    assert Finding("blue", "blue could not be asked: no").line == "blue could not be asked: no"
    assert Finding("blue", "blueish").line == "blue: blueish"


def test_what_is_skipped_stays_visible_and_is_noted_with_the_reason() -> None:
    asked = Request(action="deploy", project="site", skip=frozenset({"bad", "queue"}), reason="mended", gates=GATES)
    told, disk = overridden([BAD, DISK], asked)
    assert (told.line, told.blocking) == ("blue: skipped: release bbb is marked bad (died)", False)
    assert disk is DISK
    assert override_notes([BAD, DISK], asked) == [
        "skip=bad (mended): blue: release bbb is marked bad (died)",
        f"skip=queue (mended): {A_GATE}",
    ]
    assert announcement(["bad", "queue"], [], "mended") == ["Skipped on request: bad, queue (mended)"]
    assert announcement([], ["green"], "dead") == ["Left out on request, and of rotation: green (dead)"]
    assert announcement([], [], "") == override_notes([BAD], DEPLOY) == []


def test_each_name_says_what_it_leaves_out() -> None:
    assert LEFT_OUT.keys() == set(skippable("deploy", ()))
    assert all(set(skippable(action, ())) <= LEFT_OUT.keys() for action in ("rollback", "restart"))
