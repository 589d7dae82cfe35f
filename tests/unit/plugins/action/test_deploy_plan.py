# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan, as the preflight calls for it and shows it."""

from __future__ import annotations

import re

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from tests import controller
from tests.controller import CONFIGURATION, HOSTS, NEW, NGINX, OLD, PROJECT, WHO, site, skipping, survey

COMMITS = {"count": 12, "list": [f"c{number}" for number in range(12)]}
RESOLVED = {"hash": NEW, "commits": COMMITS, "files_changed": {"count": 1, "list": ["M app.py"]}, "requirements": {}}


def plan(surveys=None, of=None, **more):
    """A deploy of NEW to four healthy hosts that run OLD, unless told otherwise."""
    return controller.plan(of, surveys, **{"resolved": RESOLVED, **more})


def test_a_plan_names_the_run_and_shows_each_turn():
    result, lines = plan()
    assert (result["turns"], result["build_host"]) == (["www1", "blue", "green", "home"], "home")
    assert result["token"] > 7
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{4}", result["run"])
    assert (result["who"], result["own_project"]) == (WHO, PROJECT)
    assert result["msg"] == "4 host(s) will change"
    text = "\n".join(lines)
    assert re.search(r"blue +a{10} +b{10} +switch \+ restart", text)
    assert re.search(r"www1 +a{10} +b{10} +switch$", text, re.MULTILINE)


def test_commits_are_listed_and_cut_unless_diff_is_asked_for():
    short, whole = "\n".join(plan()[1]), "\n".join(plan(ansible_diff_mode=True)[1])
    assert "12 commit(s), 1 file(s) change" in short
    assert "... and 2 more" in short and "c11" not in short and "app.py" not in short
    assert "c11" in whole and "M app.py" in whole


def test_nothing_to_do_is_said_in_one_sentence_and_lines_up_no_host():
    result, lines = plan(resolved={"hash": OLD})
    assert (result["noop"], result["members"], lines) == (True, [], [])
    assert result["msg"].startswith(f"Nothing to do: www1, blue, green, home run {PROJECT} {OLD[:10]} already")


def test_one_finding_is_the_error_itself():
    with pytest.raises(DeployError) as raised:
        plan({"green": {"reachable": False, "problems": ["green could not be reached"]}})
    assert "nothing was changed on any host: green could not be reached. Next: " in raised.value.msg
    assert raised.value.as_result()["next_command"] == (
        "fix that, or, to leave green out: ansible-playbook playbooks/deploy.yml -e without=green -e \"reason=''\""
    )


def test_all_findings_come_at_once():
    lines = []
    bad = {host: survey(problems=[f"{host} is full"]) for host in ("blue", "green")}
    with pytest.raises(DeployError) as raised:
        lines += plan(bad)[1]
    assert "2 findings, listed above" in raised.value.msg
    assert raised.value.as_result()["findings"] == ["blue is full", "green is full"]


def test_a_rollback_without_a_hash_asks_the_hosts_which_release_was_good():
    with pytest.raises(DeployError, match="^No host knows an earlier good release"):
        plan(of=site("rollback"))


QUEUE = {"name": "queue"}
MUTE = {"gate": "queue", "verdict": "unknown", "msg": "queue: The page is cut off."}


def answered(**answer):
    """What a loop over the one gate registers as it is read."""
    return {"gates_read": [{"gate": "queue", "verdict": "pass", "msg": "2 wait", **answer}]}


def test_what_a_gate_shows_already_is_a_line_and_its_silence_stops_the_run():
    watched = site(gates=[QUEUE])
    result, lines = plan(of=watched, **answered(baseline={"waiting": 2}))
    assert "  note: queue: 2 wait" in lines and result["notes"] == ()
    assert result["gates"]["baselines"] == {"queue": {"waiting": 2}}
    assert not any("queue" in line for line in plan()[1])
    with pytest.raises(DeployError, match="queue: it cannot tell .* The page is cut off. .*-e skip=queue -e"):
        plan(of=watched, gates_read=[MUTE])
    skipped, lines = plan(of=skipping(watched, "queue", reason="it moves house"), gates_read=[MUTE])
    assert "  note: queue: skipped: it cannot tell what is wrong already: The page is cut off." in lines
    assert skipped["notes"] == (
        "skip=queue (it moves house): queue: it cannot tell what is wrong already: The page is cut off.",
    )
    result, _lines = plan(of=site(gates=[{**QUEUE, "unknown": "continue"}]), gates_read=[MUTE])
    assert result["notes"] == (
        "went on (unknown: continue): queue: it cannot tell what is wrong already: The page is cut off.",
    )


def test_a_gate_before_the_run_stops_it_in_its_own_words():
    first = site(gates=[{**QUEUE, "when": ["before"]}])
    full = {"gate": "queue", "verdict": "fail", "msg": "queue: it is full"}
    with pytest.raises(DeployError, match="host: queue: it is full. Next: .*-e skip=queue"):
        plan(of=first, gates_before=[full])
    assert plan(of=first, gates_before=[{**full, "verdict": "pass"}])[0]["turns"]
    with pytest.raises(DeployError, match="whether the run may begin: it gave no answer"):
        plan(of=first)


def test_a_host_that_a_gate_does_not_watch_is_found_by_the_name_that_it_has_there():
    watched = site(gates=[QUEUE])
    seen = answered(baseline={"hosts": ["blue", "green", "home"]})
    assert not plan(of=watched, **seen)[0]["blocked"]
    watched["hosts"]["green"]["gates"]["queue"]["host"] = "green.us"
    with pytest.raises(DeployError, match="green: the gate queue does not watch 'green.us'"):
        plan(of=watched, **seen)


def staged(*served):
    """What a loop over one staging host registers."""
    said = {"reachable": True, "projects": {PROJECT: {"served": list(served)}}}
    return [{"ansible_loop_var": "other", "other": {"host": "dev0", "root": "/srv"}, "survey": said}]


def test_a_release_that_staging_never_had_is_not_deployed_where_it_must_have_been():
    asked = {"of": site(everywhere={"deploy_require_staged": True})}
    assert plan(beside=staged(OLD, NEW), **asked)[0]["turns"]
    with pytest.raises(DeployError, match="never current on dev0"):
        plan(beside=staged(OLD), **asked)
    with pytest.raises(DeployError, match="dev0: it cannot be asked"):
        plan(beside=[{"skipped": True, "item": {"host": "dev0"}}], **asked)
    assert plan(beside=[])[0]["turns"]


def test_what_is_skipped_is_announced_in_the_plan():
    asked = skipping(site(gates=[QUEUE]), "queue", "bake", reason="nobody is there")
    result, lines = plan(of=asked, **answered())
    assert lines.count("  Skipped on request: queue, bake (nobody is there)") == 1
    assert (result["skips"], result["bake"], result["reason"]) == (("queue", "bake"), "skip", "nobody is there")
    assert result["gates"]["judges"] == ()
    assert not [line for line in plan()[1] if "Skipped" in line]


def test_a_refusal_repeats_the_request_with_what_has_to_be_skipped():
    found = {"green": survey()}
    found["green"]["projects"][PROJECT]["releases"].append({"hash": NEW, "completed": "x", "bad": True, "why": "died"})
    with pytest.raises(DeployError, match=r"green: release b{40} is marked bad \(died\)\. Next: ") as raised:
        plan(found, site(version="v1.2"), ansible_check_mode=True)
    assert raised.value.next_command.endswith(
        "playbooks/deploy.yml --check -e version=v1.2 -e skip=bad -e \"reason=''\""
    )
    assert plan(found, site(version="v1.2", skip="bad", reason="x"))[0]["turns"]


UNRESOLVED = {"failed": False, "outcome": "failed", "msg": "There is no branch 'nope' in ssh://git."}


def test_a_version_that_is_not_there_is_said_in_the_words_of_the_step_that_looked():
    with pytest.raises(DeployError) as raised:
        plan(resolved=UNRESOLVED, of=site(version="nope"))
    assert raised.value.msg == UNRESOLVED["msg"]
    with pytest.raises(DeployError, match="^ImportError: no json$"):
        plan(resolved={"msg": "MODULE FAILURE", "module_stderr": "Traceback\nImportError: no json\n"})
    with pytest.raises(DeployError, match="2 findings"):
        plan({"green": survey(problems=["green is full"])}, resolved=UNRESOLVED)


def test_a_deploy_with_home_down_says_that_and_not_that_the_version_is_unknown():
    gone = {"reachable": False, "problems": ["home could not be asked: ssh: no"], "silence": "ssh: no"}
    unresolved = {"outcome": "failed", "msg": "home could not be reached: ssh: no"}
    with pytest.raises(DeployError) as raised:
        plan({"home": gone}, resolved=unresolved)
    assert raised.value.details["findings"] == ["home builds the releases and could not be asked: ssh: no"]


def test_configuration_is_reloaded_where_the_inventory_says_so():
    result, lines = plan(of=site(project=CONFIGURATION))
    text = "\n".join(lines)
    assert [host for host, planned in result["hosts"].items() if planned["reload"]] == ["www1"]
    assert (result["service_project"], result["restart_always"]) == ("olsystem", False)
    assert re.search(r"www1 +- +b{10} +switch \+ reload$", text, re.MULTILINE)
    assert re.search(r"blue +- +b{10} +switch$", text, re.MULTILINE)
    elsewhere = plan()[0]["hosts"]
    assert not any(planned["reload"] for planned in elsewhere.values())


def test_the_site_restarts_with_its_configuration_when_asked_to():
    result, lines = plan(of=site(project=CONFIGURATION, deploy_then_restart=PROJECT))
    assert (result["service_project"], result["restart_always"]) == (PROJECT, True)
    assert result["surveyed"] == [CONFIGURATION, PROJECT]
    assert result["hosts"]["blue"]["proves"] == OLD
    assert f"Plan: deploy olsystem, then restart {PROJECT}, in this order" in lines


def test_nothing_to_do_for_what_nothing_runs_claims_no_proof():
    had = {"current": NEW, "wanted": NEW, "releases": []}
    found = {host: survey(projects={"olsystem": had}) for host in HOSTS}
    assert plan(found, site(project=CONFIGURATION))[0]["msg"].endswith("have olsystem bbbbbbbbbb already.")
    assert plan(found, site("restart", project=CONFIGURATION))[0]["msg"].endswith("run no service of olsystem.")


def test_the_plan_says_where_the_run_pauses():
    result, lines = plan(of=site(deploy_pause_after_blue="5"))
    assert result["pause_after"] == "blue" and "  pause after blue" in lines
    assert plan(of=site(deploy_pause_after_blue="0"))[0]["pause_after"] == ""
    rescue = site("rollback", hash=OLD, everywhere={"deploy_pause_after_blue": "5"})
    assert plan(of=rescue)[0]["pause_after"] == ""


def test_the_run_has_a_ticket_for_every_host_that_it_changes():
    others = {"green": {"deploy_orphan_timeout": 3600}}
    result, _lines = plan(of=site(on=others))
    assert list(result["tickets"]) == result["turns"] == list(result["late_tickets"])
    common = {"project": PROJECT, "run": result["run"], "token": result["token"], "who": WHO}
    assert result["tickets"]["blue"] == {"root": "/opt/openlibrary", **common}
    assert result["tickets"]["green"] == {"root": "/opt/openlibrary", **common}
    assert result["late_tickets"]["green"] == {**result["tickets"]["green"], "flock_wait": 3600}
    assert result["late_tickets"]["blue"]["flock_wait"] == 900


def test_a_limited_run_has_a_ticket_for_the_balancer_s_host_too():
    of = site("restart", on={"www1": {"deploy_orphan_timeout": 3600}})
    result, _lines = plan(of=of, hosts=["green"])
    assert (result["balancer"], result["keeper"]) == ("www1", "green")
    assert set(result["tickets"]) == set(result["late_tickets"]) == {"green", "www1"}
    assert result["tickets"]["www1"]["root"] == "/opt/openlibrary"
    assert result["late_tickets"]["www1"] == {**result["tickets"]["www1"], "flock_wait": 3600}


def test_web_nodes_are_called_as_the_balancer_calls_them():
    entry = {"host": "www1", "socket": "/run/haproxy.sock", "backend": "web", "server": "node-b"}
    of = site(on={"blue": {"deploy_balancers": [entry]}})
    result, _lines = plan(of=of, servers=controller.balancer(**{"node-b": True, "green": True}))
    assert result["server_names"] == {"blue": "node-b", "green": "green"}
    assert result["web"] == ["blue", "green"] and result["surveyed"] == [PROJECT]
    with pytest.raises(DeployError, match="no server 'node-b'"):
        plan(of=of)


SILENT = {"outcome": "failed", "failed": True, "msg": "There is no haproxy socket at /run/haproxy/admin.sock."}


def test_a_balancer_that_the_run_leaves_out_is_asked_beside_it():
    beside = [{"ansible_loop_var": "other", "other": {"host": "www1"}, "balancer": SILENT}]
    with pytest.raises(DeployError, match="balancer does not answer: There is no haproxy socket"):
        plan(balancer={}, beside=beside)


def test_a_silent_balancer_stops_what_must_leave_rotation():
    with pytest.raises(DeployError, match="balancer does not answer: There is no haproxy socket") as stopped:
        plan(balancer=SILENT)
    assert "blue, green cannot leave rotation without it" in stopped.value.msg
    assert "has no server" not in stopped.value.msg


def test_a_silent_balancer_does_not_keep_the_release_out_that_mends_it():
    quiet = {host: survey(serves=False) for host in HOSTS}
    of = site(on={"www1": {"deploy_reloads": [{**NGINX, "project": PROJECT}]}})
    result, lines = plan(quiet, of, balancer=SILENT)
    assert (result["hosts"]["www1"]["reload"], result["hosts"]["www1"]["watched"]) == (True, True)
    assert "note: www1: the balancer does not answer" in "\n".join(lines)


def test_a_turn_that_only_restores_a_weight_and_a_memory_that_ends_are_in_the_plan():
    weighed = [
        {**each, "backend": "web", "weight": 100, "configured_weight": 100}
        for each in controller.balancer(blue=True, green=True)
    ]
    weighed[0]["weight"] = 10
    found = {"www1": survey(serves=False, taken_out={"web/blue": "ready", "web/green": "ready"})}
    _result, lines = plan(found, servers=weighed, resolved={"hash": OLD})
    assert [line.split()[-1] for line in lines if line.strip().startswith("blue ")] == ["weight"]
    assert "  web/green serves again; the note of the dead run that took it out is cleared" in lines


def test_a_hot_fix_and_who_is_left_out_are_announced():
    asked = site(urgent="it is down", without="green", reason="its disk is dead", deploy_pause_after_blue="5")
    result, lines = plan({"green": {}}, asked)
    left = "the pause after blue; the bake, but for one short look at the first web node"
    assert f"  URGENT (it is down): not waited for: {left}" in lines
    assert "  Left out on request, and of rotation: green (its disk is dead)" in lines
    assert "  pause after blue" not in lines
    assert (result["urgent"], result["without"], result["keep_out"]) == ("it is down", ("green",), ("green",))
    assert result["turns"] == ["www1", "blue", "home"] and "green" not in result["tickets"]
