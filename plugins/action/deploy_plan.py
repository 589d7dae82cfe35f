# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, what a run will do. See the documentation of openlibrary.deploy.deploy_plan."""

from __future__ import annotations

import getpass
import secrets
import socket
import time
import typing as t
from dataclasses import replace

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake_limits import BAKE_SPEC, MODE_SPEC, Limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.findings import Finding, staged_findings
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import Fleet
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy_steps import check_ramp
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host_plan import HostPlan
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.pause import no_terminal, parse
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.plan import Beforehand, Plan, make_plan
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.report import change_lines, short, table
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.request import (
    ACTIONS,
    Request,
    check_request,
    then_restart_of,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.terminal import person_there

WILL_PAUSE = "  Once the first web node is proven, the run waits at this terminal for your answer."


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "state": {"type": "str", "choices": ["checked", "made"], "default": "made"},
        "action": {"type": "str", "choices": list(ACTIONS), "required": True},
        "project": {"type": "str", "required": True},
        "projects": {"type": "dict", "required": True},
        "version": {"type": "str", "default": ""},
        "resolved": {"type": "dict", "default": {}},
        "static": {"type": "list", "elements": "str", "default": []},
        "web": {"type": "list", "elements": "str", "default": []},
        "home": {"type": "list", "elements": "str", "default": []},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "servers": {"type": "list", "elements": "dict", "default": []},
        "balancer": {"type": "str", "default": ""},
        "min_in_rotation": {"type": "int", "default": 1},
        "allow_bad": {"type": "bool", "default": False},
        "then_restart": {"type": "raw", "default": ""},
        "pause": {"type": "str", "default": ""},
        "nagios": {"type": "dict", "default": {}},
        "nagios_unknown": {"type": "str", "choices": ["stop", "continue"], "default": "stop"},
        "staging": {"type": "list", "elements": "str", "default": []},
        "require_staged": {"type": "bool", "default": False},
        "staged": {"type": "dict", "default": {}},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Check the request; make the plan and show it."""
        fleet = fleet_of(args, variables)
        check_request(args["action"], args["project"], args["version"], args["projects"], fleet, variables.limit)
        request = request_of(args, fleet, variables)
        if args["state"] == "checked":
            check_staging(request, args["staging"])
            check_pause(request, args["pause"], variables)
            for host in fleet.web:
                check_bake(host, variables)
            return {"msg": "the request can be carried out", "outcome": "unchanged", "quiet": True}
        plan = plan_of(request, fleet, args, variables)
        self.say(finding_lines(plan.findings))
        if plan.blocked:
            raise blocked(plan)
        if not plan.noop:
            self.say(plan_lines(plan))
            if args["resolved"].get("commits"):
                self.say(f"  {line}".rstrip() for line in ["", *change_lines(args["resolved"], variables.diff_mode)])
        return {
            "msg": noop_sentence(plan)
            if plan.noop
            else f"{len([h for h in plan.hosts if h.turn])} host(s) will change",
            "outcome": "unchanged",
            "phase": "plan",
            **plan.as_dict(),
            "web": args["web"],
            "run": f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}",
            "since": time.time(),
            "who": f"{getpass.getuser()}@{socket.gethostname()}",
        }


def fleet_of(args: t.Mapping[str, t.Any], variables: Variables) -> Fleet:
    """The parts of the hosts; which of them reload something is in their own variables."""
    hosts = list(dict.fromkeys([*args["static"], *args["web"], *args["home"]]))
    reloads = [
        host
        for host in hosts
        if any(each.get("project") == args["project"] for each in variables.of(host, "deploy_reloads") or ())
    ]
    return Fleet(static=tuple(args["static"]), web=tuple(args["web"]), home=tuple(args["home"]), reloads=tuple(reloads))


def request_of(args: t.Mapping[str, t.Any], fleet: Fleet, variables: Variables) -> Request:
    """What the operator asked for. Raises InputError for what can never be right."""
    request = Request(
        action=args["action"],
        project=args["project"],
        release=args["resolved"].get("hash", "") if args["action"] == "deploy" else args["version"],
        balancer=args["balancer"],
        allow_bad=args["allow_bad"],
        min_in_rotation=args["min_in_rotation"],
        require_staged=args["require_staged"],
        pauses=args["action"] == "deploy" and parse(args["pause"]).waits,
        nagios_unknown=args["nagios_unknown"],
    )
    hosts = [*fleet.home, *fleet.web, *fleet.static]
    usual = next((name for host in hosts if (name := variables.of(host, "deploy_project"))), "")
    return replace(request, then_restart=then_restart_of(args["then_restart"], request, args["projects"], str(usual)))


def check_staging(request: Request, staging: t.Sequence[str]) -> None:
    """Refuse a deploy that must wait for a test that no host can make. Raises InputError."""
    if staging:
        return
    for finding in staged_findings(request, None, {}):
        raise InputError(f"{finding.sentence[0].upper()}{finding.sentence[1:]}. Nothing was asked of any host.")


def check_pause(request: Request, pause: str, variables: Variables) -> None:
    """Refuse to wait for a person where none can answer; in check mode nothing waits. Raises InputError."""
    if request.pauses and parse(pause).person and not variables.check_mode and not person_there(WILL_PAUSE):
        raise no_terminal()


def check_bake(host: str, variables: Variables) -> None:
    """Refuse beforehand what haproxy_server would when the host is out of rotation already. Raises InputError."""
    given = {name: variables.of(host, f"deploy_{name}") for name in ("bake", "ramp", *BAKE_SPEC)}
    spec = {**BAKE_SPEC, "bake": MODE_SPEC, "ramp": {"type": "list", "elements": "int", "default": [100]}}
    valid = ArgumentSpecValidator(spec).validate({name: value for name, value in given.items() if value is not None})
    wrong = f"{host} cannot come back as deploy_ramp and deploy_bake* say, and nothing was asked of any host"
    if valid.error_messages:
        raise InputError(f"{wrong}: {'; '.join(valid.error_messages)}.")
    try:
        Limits.of(valid.validated_parameters)
        check_ramp(valid.validated_parameters["ramp"])
    except InputError as error:
        raise InputError(f"{wrong}: {error.msg}") from error


def plan_of(request: Request, fleet: Fleet, args: t.Mapping[str, t.Any], variables: Variables) -> Plan:
    """The plan, from what the hosts registered."""
    surveys = {host: variables.result(host, "preflight_survey").get("survey", {}) for host in args["hosts"]}
    names = {host: variables.server_name(host) for host in fleet.web}
    beforehand = Beforehand(
        nagios=args["nagios"],
        nagios_names={host: str(name) for host in args["hosts"] if (name := variables.of(host, "deploy_nagios_name"))},
        staging=staging_surveys(args["staging"], args["staged"]),
        silence=silence_of(variables.result(variables.host, "balancer_stats")),
    )
    return make_plan(request, fleet, surveys, args["servers"], names, time.time(), beforehand)


def silence_of(asked: t.Mapping[str, t.Any]) -> str:
    """Why the balancer did not answer, in the words of the task that asked it; empty where it did."""
    return "" if not asked or "servers" in asked else str(asked.get("msg") or "it gave no answer")


def staging_surveys(hosts: t.Sequence[str], staged: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The survey of each staging host, from the result of a loop over them; empty where it gave none."""
    asked = {each.get(each.get("ansible_loop_var", "item")): each for each in staged.get("results") or ()}
    return {host: asked.get(host, {}).get("survey") or {} for host in hosts}


def blocked(plan: Plan) -> DeployError:
    """The one error for all findings, which were printed a line each."""
    found = [f"{finding.host}: {finding.sentence}" for finding in plan.findings if finding.blocking]
    reason = found[0] if len(found) == 1 else f"{len(found)} findings, named above"
    return DeployError(
        f"{plan.action} of {plan.project} was not started, nothing was changed on any host: {reason}",
        phase="preflight",
        state_now="nothing was changed on any host",
        next_command=f"put that right, then: ansible-playbook playbooks/{plan.action}.yml",
        findings=found,
    )


def finding_lines(findings: t.Sequence[Finding]) -> list[str]:
    """A line for each finding; a single one that blocks the run is the error itself."""
    alone = sum(finding.blocking for finding in findings) == 1
    return [
        f"  {'stop' if finding.blocking else 'note'}: {finding.host}: {finding.sentence}"
        for finding in findings
        if not (finding.blocking and alone)
    ]


def noop_sentence(plan: Plan) -> str:
    """What is true when there is nothing to do."""
    hosts = ", ".join(host.host for host in plan.hosts)
    if plan.action == "restart":
        return f"Nothing to do: {hosts} run no service of {plan.project}."
    if not any(host.services for host in plan.hosts):
        return f"Nothing to do: {hosts} have {plan.project} {short(plan.release)} already."
    return f"Nothing to do: {hosts} run {plan.project} {short(plan.release)} already, proven from their processes."


def plan_lines(plan: Plan) -> list[str]:
    """The plan, a line a host, in the order of the turns."""
    rows = [
        (host.host, short(host.current), short(host.to), " + ".join(steps(host)) or "as it is") for host in plan.hosts
    ]
    lines = table(("host", "from", "to", "turn"), rows)
    then = f", then restart {plan.service_project}," if plan.service_project != plan.project else ","
    said = ["", f"Plan: {plan.action} {plan.project}{then} in this order", *(f"  {line}" for line in lines)]
    return said + ([f"  pause after {plan.pause_after}"] if plan.pause_after else [])


def steps(host: HostPlan) -> list[str]:
    """The words for what a turn consists of."""
    return ["switch"] * host.switch + ["reload"] * host.reload + ["restart"] * host.restart
