# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says, on the controller, how the run ended. See the documentation of openlibrary.deploy.deploy_verdict."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.command import playbook_command, run_words
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.fleet import project_of
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gates import note_of
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.override import announcement
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.report import (
    Failure,
    Row,
    failure_lines,
    host_state,
    run_table,
    short,
    users_sentence,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.settle import Turn
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.turns import failure_of, turn_of, unwinding_failure


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "plan": {"type": "dict", "required": True},
        "settlement": {"type": "dict", "required": True},
        "servers": {"type": "list", "elements": "dict", "default": []},
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Print the table and the sentence that is now true; fail if the run failed."""
        plan, settlement = args["plan"], args["settlement"]
        rows = [row_of(host, plan, settlement, variables) for host in plan["hosts"]]
        rows += [Row(host=host, before=None, after=None, process="not reached") for host in plan["left_out"]]
        if not variables.check_mode:
            notes = note_lines(plan, settlement, variables)
            self.say(["", *(f"  {line}" for line in run_table(rows)), "", *notes])
        still_locked = [] if variables.check_mode else locked(plan, variables)
        if settlement["failing"] or still_locked:
            return self._failed(args, still_locked, variables)
        sentence = truth(plan, time.time() - plan["since"], variables.check_mode)
        if plan["left_out"]:
            return incomplete(plan, sentence, rerun(plan))
        return {"msg": sentence, "outcome": "unchanged", "phase": "verdict", "state_now": sentence}

    def _failed(self, args: dict[str, t.Any], still_locked: t.Sequence[str], variables: Variables) -> dict[str, t.Any]:
        plan, settlement = args["plan"], args["settlement"]
        failures = all_failures(plan, settlement, variables)
        states = [
            (host, host_state(survey_of(host, variables), plan["project"], plan["run"], plan["service_project"]))
            for host in plan["hosts"]
        ]
        back = {host: found for host in plan["hosts"] if (found := unwinding_failure(variables, host))}
        following = next_command(plan, settlement, back, still_locked, rerun(plan))
        self.say(failure_lines(failures, states, users(args["servers"], settlement, back), following))
        who = ", ".join(dict.fromkeys(failure.host for failure in failures)) or ", ".join(still_locked)
        return {
            "failed": True,
            "msg": f"{plan['action']} of {plan['project']} {short(plan['release'])} failed on {who}; see above",
            "outcome": "failed",
            "phase": "verdict",
            "state_now": "; ".join(f"{host}: {state}" for host, state in states),
            "next_command": following,
        }


def users(
    servers: t.Sequence[t.Mapping[str, t.Any]],
    settlement: t.Mapping[str, t.Any],
    back: t.Mapping[str, t.Mapping[str, t.Any]],
) -> str:
    """What users met, forward and on the way ``back``."""
    forward = settlement["failures"]
    beside = [f"{host} served with the release's files" for host in settlement["loaded"]]
    beside += [f"{host} had traffic when its way back failed" for host, failure in back.items() if failure["served"]]
    return users_sentence(
        servers,
        [host for host, failure in forward.items() if failure["served"] and host not in settlement["loaded"]],
        [step for failure in forward.values() for step in failure["bake"]],
        beside,
    )


def note_lines(plan: t.Mapping[str, t.Any], settlement: t.Mapping[str, t.Any], variables: Variables) -> list[str]:
    """What was skipped, what the gates said that did not simply pass, and what Nagios may still keep quiet about.

    What else the preflight noted was said there.
    """
    known = set(map(note_of, plan["notes"]))
    notes = [note for note in settlement["notes"] if note not in known]
    lifted = variables.result(next(iter(plan["hosts"])), "monitoring_lifted")
    if lifted.get("outcome") == "failed":
        notes.append(f"a downtime of this run may still stand in Nagios: {lifted.get('msg')}")
    lines = [*announcement(plan["skips"], plan["reason"]), *(f"note: {note}" for note in notes)]
    return [*(f"  {line}" for line in lines), ""] if lines else []


def incomplete(plan: t.Mapping[str, t.Any], sentence: str, command: str) -> dict[str, t.Any]:
    """The result of a run that went well on every host that could take part, where some could not."""
    hosts = ", ".join(plan["left_out"])
    web = [host for host in plan["left_out"] if host in plan["web"]]
    kept_out = f"; {', '.join(web)} gets no traffic until it did" if web else ""
    again = f"bring {hosts} back, then: {command} -e hash={plan['release']}"
    return {
        "failed": True,
        "msg": f"{sentence} NOT on {hosts}, which could not take part{kept_out}. Next: {again}",
        "outcome": "failed",
        "phase": "verdict",
        "state_now": sentence,
        "next_command": again,
    }


def locked(plan: t.Mapping[str, t.Any], variables: Variables) -> list[str]:
    """The hosts that the run took and that did not say that it let go of them."""
    held = [
        host
        for host in plan["hosts"]
        if not variables.result(host, "verdict_closed").get("closed")
        and not variables.result(host, "preflight_failed").get("failure")
    ]
    if plan["keeper"] and not variables.result(plan["keeper"], "verdict_balancer_closed").get("closed"):
        held.append(plan["balancer"])
    return held


def survey_of(host: str, variables: Variables) -> dict[str, t.Any]:
    """What the host said of itself at the end of a run that failed; empty where it was not asked."""
    survey: dict[str, t.Any] = variables.result(host, "verdict_survey").get("survey", {})
    return survey


def all_failures(plan: t.Mapping[str, t.Any], settlement: t.Mapping[str, t.Any], variables: Variables) -> list[Failure]:
    """What made the run fail, and what failed after that while hosts were taken back."""
    found = list(settlement["failures"].items())
    found += [(host, failure) for host in plan["hosts"] if (failure := unwinding_failure(variables, host))]
    kept_out = variables.result(next(iter(plan["hosts"])), "balancer_kept_out").get("results", ())
    found += [
        (plan["balancer"], failure_of("Keep out of rotation what cannot be asked", result))
        for result in kept_out
        if result.get("outcome") == "failed"
    ]
    return [
        Failure(host=host, step=item["step"], message=item["message"], log_tail=item["log_tail"])
        for host, item in found
    ]


def row_of(host: str, plan: t.Mapping[str, t.Any], settlement: t.Mapping[str, t.Any], variables: Variables) -> Row:
    """The host's line: what it had, what it has now, and what was proven."""
    planned = plan["hosts"][host]
    turn = turn_of(host, plan, variables) if planned["turn"] else None
    after = planned["to"] if turn is None or turn.status == "done" else planned["current"]
    return Row(
        host=host,
        before=planned["current"],
        after=project_of(survey_of(host, variables), plan["project"]).get("current") or after,
        process=process_of(host, turn, settlement, variables),
        haproxy=variables.result(host, "balancer_returned").get("status", "-"),
        seconds=variables.result(host, "turn_done").get("seconds"),
    )


def process_of(host: str, turn: Turn | None, settlement: t.Mapping[str, t.Any], variables: Variables) -> str:
    """How the host's turn ended, and how many processes were proven."""
    if unwinding_failure(variables, host):
        return "FAILED, not restored"
    restored = host in settlement.get("hosts", {})
    if turn is not None and turn.status == "failed":
        return "FAILED, restored" if restored else "FAILED"
    services = variables.result(host, "restart_services").get("services", ())
    proven = sum(len(service.get("pids", ())) for service in services if service.get("proven"))
    return f"{proven} proven" if proven else "-"


def truth(plan: t.Mapping[str, t.Any], seconds: float, check_mode: bool) -> str:
    """The one line that says what is now true."""
    release, hosts = short(plan["release"]), len(plan["hosts"])
    if check_mode:
        would = f"a {plan['action']} would bring {plan['project']} {release} to {hosts} hosts"
        return f"Check only: nothing was changed; {would}."
    if plan["action"] == "restart":
        return f"{plan['project']} was restarted and proven on {len(plan['turns'])} hosts in {seconds:.0f} s."
    live = f"{plan['project']} {release} is live on {hosts} hosts{proven(plan)}"
    return f"{live}; the {plan['action']} took {seconds:.0f} s."


def proven(plan: t.Mapping[str, t.Any]) -> str:
    """What the processes proved, as the end of a clause; nothing where no process runs any of it."""
    if not any(planned["services"] for planned in plan["hosts"].values()):
        return ""
    return (
        ", proven" if plan["service_project"] == plan["project"] else f", {plan['service_project']} restarted, proven"
    )


def rerun(plan: t.Mapping[str, t.Any]) -> str:
    """The command of this run: for another project than the inventory's own it is named, or the wrong one moves."""
    then = plan["service_project"] if plan["service_project"] != plan["project"] else ""
    return playbook_command(plan["action"], run_words(plan["project"], plan["own_project"], then))


def next_command(
    plan: t.Mapping[str, t.Any],
    settlement: t.Mapping[str, t.Any],
    back: t.Mapping[str, t.Mapping[str, t.Any]],
    still_locked: t.Sequence[str],
    again: str,
) -> str:
    """What the operator types next; ``again`` is the command of this run, ``back`` what failed on the way back."""
    if still_locked:
        hosts = ",".join(still_locked)
        return (
            f"bring {hosts} back, then: ansible-playbook playbooks/lock.yml --limit {hosts} "
            f"-e break=true -e run={plan['run']} -e \"reason='...'\" and: {again}"
        )
    if settlement["mark_bad"] and not back:
        return f"mend the release (it is marked bad now), then: {again}"
    failures = [*back.values(), *([] if back else settlement["failures"].values())]
    said = [item["next_command"] for item in failures if item["next_command"]]
    return said[0] if said else "ansible-playbook playbooks/status.yml"
