# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator reads at the end of a run."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import Met, sentence
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import report
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure

A = "a" * 40
UP = {"server": "b", "in_rotation": True, "status": "UP"}
MAINT = {"server": "g", "in_rotation": False, "status": "MAINT"}


def test_the_table_lines_up_and_cuts_hashes():
    lines = report.run_table([report.Row(host="ol-web3", before=None, after=A, process="4 proven", seconds=1.25)])
    assert lines[0].split() == ["host", "from", "to", "process", "haproxy", "seconds"]
    assert lines[1].split() == ["ol-web3", "-", "a" * 10, "4", "proven", "-", "1.2"]
    assert lines[0].index("to") == lines[1].index("a" * 10)


def test_a_failure_says_the_four_things():
    failed = [("blue", Failure("Restart", "died", log=("Traceback",)))]
    lines = report.failure_lines(failed, [("blue", "back on aaaa")], [], "not affected", "type this")
    for line in ("FAILED on blue: Restart: died", "    Traceback", "    blue: back on aaaa", "Users: not affected"):
        assert line in lines
    assert lines[-1] == "Next:  type this"


def test_hosts_that_failed_alike_share_a_line():
    failures = [(host, Failure("Build", "no room", log=("df",))) for host in ("blue", "green")]
    lines = report.failure_lines(failures, [], [], "", "")
    assert lines[0] == "FAILED on blue, green: Build: no room"
    assert [line for line in lines if line.startswith("The end")] == ["The end of its log on blue:"]


@pytest.mark.parametrize(
    ("servers", "part"),
    [
        ([], "could not be asked"),
        ([UP, MAINT], "not affected: in rotation now: b; g is MAINT"),
        ([MAINT], "AFFECTED: no node is in rotation (g is MAINT)"),
    ],
)
def test_users(servers, part):
    assert part in report.users_sentence(servers)


def test_users_of_a_node_that_had_traffic_may_have_been_affected():
    assert "may have been affected: g had traffic" in report.users_sentence([UP, MAINT], served=["g"])


UNKNOWN = "who serves now is unknown: the balancer could not be asked"


def baked(*figures, server="g"):
    return [{"server": server, "user_errors": errors, "user_requests": requests} for errors, requests in figures]


@pytest.mark.parametrize(
    ("servers", "bake", "sentence"),
    [
        ([UP, MAINT], baked((4, 61)), "4 of 61 requests that g answered in its bake failed; in rotation now: b"),
        ([UP], baked((1, 20), (3, 41)), "4 of 61 requests that g answered in its bake failed; in rotation now: b"),
        (
            [MAINT],
            baked((4, 61)) + baked((0, 2), server="h"),
            "4 of 63 requests that g, h answered in their bakes failed; STILL AFFECTED: no node is in rotation",
        ),
        (
            [],
            baked((4, 61)),
            f"4 of 61 requests that g answered in its bake failed; {UNKNOWN}",
        ),
    ],
)
def test_users_are_counted_where_a_bake_counted_them(servers, bake, sentence):
    assert report.users_sentence(servers, None, ["g"], bake) == sentence


def test_a_bake_that_saw_no_request_says_so():
    assert report.users_sentence([UP, MAINT], None, ["g"], baked((0, 0))) == "no request reached g; in rotation now: b"


def test_a_bake_that_was_skipped_counted_nobody():
    skipped = [{**step, "verdict": "skip"} for step in baked((0, 0))]
    assert "may have been affected: g had traffic" in report.users_sentence([UP, MAINT], None, ["g"], skipped)


def test_a_host_that_failed_twice_alike_is_named_once():
    twice = [("h", Failure("Look", "it is red"))] * 2
    assert report.failure_lines(twice, [], [], "none", "status")[0] == "FAILED on h: Look: it is red"


def test_what_was_noticed_stands_beside_what_failed():
    lines = report.failure_lines([("h", Failure("Look", "it is red"))], [], ["haproxy was reloaded"], "none", "status")
    assert lines[:2] == ["FAILED on h: Look: it is red", "Noticed: haproxy was reloaded"]


MET = Met(requests=1924, failed=423, without_server=400)


def test_what_the_balancer_itself_counted_comes_first():
    assert report.users_sentence([UP, MAINT], MET).startswith(f"{sentence(MET)}; in rotation now: b")
    assert "not affected" not in report.users_sentence([UP, MAINT], MET)
    quiet = Met(requests=10)
    assert report.users_sentence([UP, MAINT], quiet).startswith(f"{sentence(quiet)}; not affected: ")


def test_what_nobody_counts_is_said_beside():
    said = report.users_sentence([UP], None, beside=["www1 served with the release's files"])
    assert said == "may have been affected: www1 served with the release's files; in rotation now: b"


def test_host_states():
    assert report.host_state({}, "p", "r") == "unknown: not asked again"
    assert report.host_state({"reachable": False}, "p", "r") == "unknown: it does not answer"
    service = {"name": "app", "project": "p", "state": "FATAL", "release": None, "problem": "it is FATAL"}
    survey = {"reachable": True, "projects": {"p": {"current": A}}, "services": [service], "lock": {"run": "r7"}}
    state = "current is aaaaaaaaaa; app FATAL, it is FATAL"
    assert report.host_state(survey, "p", "r7") == state
    assert report.host_state(survey, "p", "r8") == state + "; locked by run r7"


def test_a_silent_balancer_takes_nothing_back_of_what_is_known():
    assert report.users_sentence([], served=["g"]).startswith("may have been affected: g had traffic when it failed; ")
