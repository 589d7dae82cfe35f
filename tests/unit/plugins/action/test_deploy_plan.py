# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan, as the preflight calls for it and shows it."""

from __future__ import annotations

import re

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_plan
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from tests.controller import NEW, OLD, PROJECT, balancer, decide, survey

FLEET = {"static": ["www1"], "web": ["blue", "green"], "home": ["home"]}
HOSTS = ["home", "blue", "green", "www1"]
COMMITS = {"count": 12, "list": [f"c{number}" for number in range(12)]}
RESOLVED = {"hash": NEW, "commits": COMMITS, "files_changed": {"count": 1, "list": ["M app.py"]}, "requirements": {}}


def plan(surveys=None, servers=None, task_vars=None, variables=None, **args):
    """A deploy of NEW to four healthy hosts that run OLD, unless told otherwise."""
    asked = {host: survey(serves=host != "www1") for host in HOSTS} | (surveys or {})
    given = {
        "action": "deploy",
        "project": PROJECT,
        "projects": {PROJECT: {}},
        "hosts": HOSTS,
        "servers": balancer(blue=True, green=True) if servers is None else servers,
        "resolved": RESOLVED,
        **FLEET,
        **args,
    }
    registered = {
        host: {"preflight_survey": {"survey": said}, "deploy_project": PROJECT, **(variables or {}).get(host, {})}
        for host, said in asked.items()
    }
    return decide(deploy_plan.ActionModule, given, registered, **(task_vars or {}))


def test_a_plan_names_the_run_and_shows_each_turn():
    result, lines = plan()
    assert (result["turns"], result["build_host"]) == (["www1", "blue", "green", "home"], "home")
    assert result["token"] > 7
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{4}", result["run"])
    assert "@" in result["who"]
    assert result["msg"] == "4 host(s) will change"
    text = "\n".join(lines)
    assert re.search(r"blue +a{10} +b{10} +switch \+ restart", text)
    assert re.search(r"www1 +a{10} +b{10} +switch$", text, re.MULTILINE)


def test_commits_are_listed_and_cut_unless_diff_is_asked_for():
    short, whole = "\n".join(plan()[1]), "\n".join(plan(task_vars={"ansible_diff_mode": True})[1])
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
    assert raised.value.msg.endswith("nothing was changed on any host: green: green could not be reached")
    assert raised.value.as_result()["next_command"].endswith("ansible-playbook playbooks/deploy.yml")


def test_all_findings_come_at_once():
    lines = []
    bad = {host: survey(problems=[f"{host} is full"]) for host in ("blue", "green")}
    with pytest.raises(DeployError) as raised:
        lines += plan(bad)[1]
    assert "2 findings, named above" in raised.value.msg
    assert raised.value.as_result()["findings"] == ["blue: blue is full", "green: green is full"]


def test_a_request_is_checked_before_any_host_is_asked():
    result, lines = plan(surveys={host: {} for host in HOSTS}, state="checked")
    assert (result["quiet"], lines) == (True, [])
    with pytest.raises(InputError, match="no project 'nope'"):
        plan(state="checked", project="nope")
    with pytest.raises(InputError, match="takes no --limit"):
        plan(state="checked", task_vars={"ansible_limit": "blue"})


def test_a_rollback_without_a_hash_asks_the_hosts_which_release_was_good():
    with pytest.raises(InputError, match="No host knows an earlier good release"):
        plan(action="rollback", version="")


def test_what_nagios_knew_before_is_a_line_and_its_silence_stops_the_run():
    red = {"problems": [{"host": "web4", "service": "disk", "state": "CRITICAL"}]}
    assert "  note: Nagios: 1 problem is known before: web4/disk CRITICAL" in plan(nagios=red)[1]
    assert not any("Nagios" in line for line in plan(nagios={"skipped": True, "changed": False})[1])
    silent = {"failed": False, "outcome": "failed", "msg": "The page is cut off."}
    with pytest.raises(DeployError, match="Nagios: it cannot tell .* The page is cut off. .*=continue"):
        plan(nagios=silent)
    result, _lines = plan(nagios=silent, nagios_unknown="continue")
    assert result["notes"] == (
        "deploy_nagios_unknown=continue: Nagios could not tell what was wrong before the run: The page is cut off.",
    )
    assert plan(nagios=red)[0]["notes"] == ()


def test_a_host_that_nagios_does_not_watch_is_found_by_the_name_that_it_has_there():
    watched = {"problems": [], "hosts": ["blue", "green", "home"]}
    assert not plan(nagios=watched)[0]["blocked"]
    with pytest.raises(DeployError, match="green: Nagios watches no service of 'green.us'"):
        plan(nagios=watched, variables={"green": {"deploy_nagios_name": "green.us"}})


def staged(*served):
    """What a loop over one staging host registers."""
    said = {"reachable": True, "projects": {PROJECT: {"served": list(served)}}}
    return {"results": [{"ansible_loop_var": "staging_host", "staging_host": "dev0", "survey": said}]}


def test_a_release_that_staging_never_had_is_not_deployed_where_it_must_have_been():
    asked = {"require_staged": True, "staging": ["dev0"]}
    assert plan(staged=staged(OLD, NEW), **asked)[0]["turns"]
    with pytest.raises(DeployError, match="never current on dev0"):
        plan(staged=staged(OLD), **asked)
    with pytest.raises(DeployError, match="dev0: it cannot be asked"):
        plan(staged={"skipped": True, "results": [{"skipped": True, "item": "dev0"}]}, **asked)
    assert plan(staged={"skipped": True}, staging=["dev0"])[0]["turns"]


def test_without_a_staging_host_that_is_refused_before_any_host_is_asked():
    with pytest.raises(InputError, match="no staging host.*Nothing was asked of any host"):
        plan(state="checked", require_staged=True)
    assert plan(state="checked", require_staged=True, staging=["dev0"])[0]["quiet"]
    assert plan(state="checked", require_staged=True, action="rollback")[0]["quiet"]


OLSYSTEM = {
    "project": "olsystem",
    "projects": {"olsystem": {}, PROJECT: {}},
    "variables": {"www1": {"deploy_reloads": [{"name": "nginx", "project": "olsystem"}]}},
}


def test_configuration_is_reloaded_where_the_inventory_says_so():
    result, lines = plan(**OLSYSTEM)
    text = "\n".join(lines)
    assert [host for host, planned in result["hosts"].items() if planned["reload"]] == ["www1"]
    assert (result["service_project"], result["restart_always"]) == ("olsystem", False)
    assert re.search(r"www1 +- +b{10} +switch \+ reload$", text, re.MULTILINE)
    assert re.search(r"blue +- +b{10} +switch$", text, re.MULTILINE)
    elsewhere = plan(variables=OLSYSTEM["variables"])[0]["hosts"]
    assert not any(planned["reload"] for planned in elsewhere.values())


@pytest.mark.parametrize("then", [True, "true", PROJECT])
def test_the_site_restarts_with_its_configuration_when_asked_to(then):
    result, lines = plan(**OLSYSTEM, then_restart=then)
    assert (result["service_project"], result["restart_always"]) == (PROJECT, True)
    assert result["hosts"]["blue"]["proves"] == OLD
    assert f"Plan: deploy olsystem, then restart {PROJECT}, in this order" in lines


def test_restarting_what_is_not_there_is_refused_before_any_host_is_asked():
    for given in ({**OLSYSTEM, "then_restart": "nope"}, {"then_restart": True}):
        with pytest.raises(InputError, match="deploy_then_restart"):
            plan(state="checked", **given)


def test_nothing_to_do_for_what_nothing_runs_claims_no_proof():
    had = {"current": NEW, "wanted": NEW, "releases": []}
    found = {host: survey(projects={"olsystem": had}) for host in HOSTS}
    assert plan(found, **OLSYSTEM)[0]["msg"].endswith("have olsystem bbbbbbbbbb already.")
    assert plan(found, **OLSYSTEM, action="restart")[0]["msg"].endswith("run no service of olsystem.")


def test_a_pause_for_a_person_where_none_can_answer_is_refused_before_any_host_is_asked(monkeypatch):
    asked = {"state": "checked", "pause": "person"}
    monkeypatch.setattr(deploy_plan, "person_there", lambda _message: False)
    with pytest.raises(InputError, match="needs a terminal.*<minutes>. Nothing was asked of any host"):
        plan(**asked)
    assert plan(**asked, task_vars={"ansible_check_mode": True})[0]["quiet"]
    assert plan(**asked, action="restart")[0]["quiet"]
    assert plan(state="checked", pause="5")[0]["quiet"]
    monkeypatch.setattr(deploy_plan, "person_there", lambda _message: True)
    assert plan(**asked)[0]["quiet"]


def test_what_is_no_pause_is_refused_and_no_pause_is_none():
    with pytest.raises(InputError, match="deploy_pause_after_blue is 'soon'"):
        plan(state="checked", pause="soon")
    assert plan(pause="5")[0]["pause_after"] == "blue"
    assert plan(pause="0")[0]["pause_after"] == ""


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("deploy_bake", "skp", "value of bake must be one of"),
        ("deploy_bake_timeout", "20", "timeout of 20 s is shorter than its 30 s"),
        ("deploy_bake_warmup", "soon", "bake_warmup"),
        ("deploy_bake_probe_paths", ["no slash"], "probe path 'no slash'"),
        ("deploy_ramp", [100, 10], "must rise"),
    ],
)
def test_what_could_only_fail_when_a_node_is_out_is_refused_beforehand(variable, value, why):
    variables = {"green": {variable: value}}
    with pytest.raises(InputError, match="nothing was asked of any host") as refused:
        plan(state="checked", variables=variables)
    assert refused.value.msg.startswith("green cannot come back") and why in refused.value.msg


def test_the_bake_as_people_write_it_on_the_command_line_is_taken():
    variables = {"blue": {"deploy_bake": "skip", "deploy_bake_timeout": "40", "deploy_ramp": "10,100"}}
    assert plan(state="checked", variables=variables)[0]["quiet"]


SILENT = {"outcome": "failed", "failed": True, "msg": "There is no haproxy socket at /run/haproxy/admin.sock."}


def test_a_silent_balancer_stops_what_must_leave_rotation():
    with pytest.raises(DeployError, match="balancer is silent: There is no haproxy socket") as stopped:
        plan(servers=[], balancer="www1", surveys={"here": survey()}, variables={"here": {"balancer_stats": SILENT}})
    assert "blue, green cannot leave rotation without it" in stopped.value.msg
    assert "has no server" not in stopped.value.msg


def test_a_silent_balancer_does_not_keep_the_release_out_that_mends_it():
    quiet = {host: survey(serves=False) for host in HOSTS}
    reloads = {"www1": {"deploy_reloads": [{"name": "haproxy", "project": PROJECT}]}}
    result, lines = plan(
        servers=[], balancer="www1", surveys={**quiet, "here": survey()},
        variables={**reloads, "here": {"balancer_stats": SILENT}},
    )  # fmt: skip
    assert (result["hosts"]["www1"]["reload"], result["hosts"]["www1"]["watched"]) == (True, True)
    assert "note: www1: the balancer is silent" in "\n".join(lines)
