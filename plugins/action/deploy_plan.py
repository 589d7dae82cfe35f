# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides, on the controller, what a run will do. See the documentation of openlibrary.deploy.deploy_plan."""

from __future__ import annotations

import secrets
import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.collected import BEFORE, surveys_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.remote_step import one_line
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.balancer import answer_of, silence_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import Fleet, server_names
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gate_findings import Told
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import by_gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.host_plan import HostPlan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.override import announcement
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import Beforehand, Plan, make_plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.refusal import finding_lines, refusal
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.table import change_lines, short, table
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.urgent import announcement as hot_fix

Site = t.Mapping[str, t.Any]
"""What deploy_site returned."""


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "site": {"type": "dict", "required": True},
        "hosts": {"type": "list", "elements": "str", "required": True},
        "resolved": {"type": "dict", "default": {}},
        "balancer": {"type": "dict", "default": {}},
        "gates_read": {"type": "list", "elements": "dict", "default": []},
        "gates_before": {"type": "list", "elements": "dict", "default": []},
        "beside": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Make the plan and show it; refuse what must not start."""
        site = args["site"]
        request = Request.of(site, args["resolved"].get("hash", ""))
        plan = plan_of(request, args, variables)
        self.say(finding_lines(plan.findings))
        if plan.blocked:
            raise refusal(plan, request, site["own_project"], variables.limit_text, variables.check_mode)
        if not plan.noop:
            self.say(plan_lines(plan))
            if args["resolved"].get("commits"):
                self.say(f"  {line}".rstrip() for line in ["", *change_lines(args["resolved"], variables.diff_mode)])
        run = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"
        changing = len([host for host in plan.hosts if host.turn])
        return {
            "msg": noop_sentence(plan) if plan.noop else f"{changing} host(s) will change",
            "outcome": "unchanged",
            "phase": "plan",
            **plan.as_dict(),
            "own_project": site["own_project"],
            "web": site["web"],
            "server_names": server_names(site),
            "surveyed": list(dict.fromkeys([plan.project, plan.service_project])),
            "run": run,
            "since": time.time(),
            "who": site["who"],
            "errors_before": answer_of(args["balancer"], args["beside"]).get("errors") or {},
            **tickets_of(plan, run, site),
        }


def plan_of(request: Request, args: t.Mapping[str, t.Any], variables: Variables) -> Plan:
    """The plan, from what the hosts registered."""
    site, hosts, answer = args["site"], args["hosts"], answer_of(args["balancer"], args["beside"])
    surveys = surveys_of(BEFORE, hosts, variables)
    beforehand = Beforehand(
        gates=told_by_gates(args, hosts),
        staging=staging_surveys(site["staging"], args["beside"]),
        silence=silence_of(answer),
        unresolved=unresolved(args["resolved"]),
    )
    servers = answer.get("servers", [])
    return make_plan(request, Fleet.of(site), surveys, servers, server_names(site), time.time(), beforehand)


def told_by_gates(args: t.Mapping[str, t.Any], hosts: t.Iterable[str]) -> Told:
    """What the gates answered, from the results of loops over them."""
    site = args["site"]
    names = {
        gate["name"]: {host: site["hosts"][host]["gates"][gate["name"]]["host"] for host in hosts}
        for gate in site["gates"]
    }
    return Told(by_gate(args["gates_read"]), by_gate(args["gates_before"]), names)


def tickets_of(plan: Plan, run: str, site: Site) -> dict[str, dict[str, dict[str, t.Any]]]:
    """The run's ticket for each host that it changes, the balancer's among them, in the form that modules take.

    With one of the ``late_tickets`` a step waits for another one whose connection was lost, as long as any may take.
    """
    hosts = dict.fromkeys([*(host.host for host in plan.hosts), plan.balancer])
    common = {"project": plan.project, "run": run, "token": plan.token, "who": site["who"]}
    tickets = {host: {"root": site["hosts"][host]["root"], **common} for host in hosts if host}
    late = {host: {**each, "flock_wait": site["hosts"][host]["orphan_timeout"]} for host, each in tickets.items()}
    return {"tickets": tickets, "late_tickets": late}


def unresolved(resolved: t.Mapping[str, t.Any]) -> str:
    """Why the version was not resolved, in the words of the step that tried; empty where it was."""
    said = str(resolved.get("module_stderr") or "").strip().splitlines()[-1:] or [str(resolved.get("msg") or "")]
    return "" if resolved.get("hash") else one_line(said[0])


def staging_surveys(hosts: t.Sequence[str], beside: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, dict[str, t.Any]]:
    """The survey of each staging host, from the loop over who is asked beside the fleet; empty where it gave none."""
    asked = {each.get(each.get("ansible_loop_var", "item"), {}).get("host"): each for each in beside}
    return {host: asked.get(host, {}).get("survey") or {} for host in hosts}


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
    said += [f"  pause after {plan.pause_after}"] if plan.pause_after else []
    said += [f"  {name} serves again; the note of the dead run that took it out is cleared" for name in plan.stale]
    announced = [*hot_fix(plan.urgent, plan.waived), *announcement(plan.skips, plan.without, plan.reason)]
    return said + [f"  {line}" for line in announced]


def steps(host: HostPlan) -> list[str]:
    """The words for what a turn consists of."""
    words = {"switch": host.switch, "reload": host.reload, "restart": host.restart, "weight": host.reweigh}
    return [word for word, done in words.items() if done]
