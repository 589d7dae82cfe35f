# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run ended: good only if every host of the plan proved what it was to run, and let go of the run.

From the plan, the ledger and the settlement; what hosts and the balancer say at the end is for the sentences. Pure: no
I/O, no clock.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import Met, sentence, since
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import BREAK_COMMAND
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.after import lifted, told
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.balancer import seen_at_end
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.command import playbook_command, run_words
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import project_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import note_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import (
    Ledger,
    Plan,
    cut_off,
    failures,
    notices,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.override import announcement
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.proof import (
    held,
    not_back,
    processes,
    proof,
    unproven,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import TURN, Failure, has_failed
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.report import (
    Row,
    failure_lines,
    host_state,
    run_table,
    users_sentence,
    what,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.table import short
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.urgent import announcement as hot_fix
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.verified import verify_command

Settlement = t.Mapping[str, t.Any]
"""What deploy_settle returned."""


@dataclass(frozen=True)
class Late:
    """What is known only at the end.

    ``surveys`` by host, taken where something failed; ``servers`` of the balancer; what users ``met`` by its own count;
    the sentences on what could not be put right, ``troubles``, and what gates show after a way back, ``told``;
    ``seconds`` that the run took.
    """

    surveys: t.Mapping[str, t.Mapping[str, t.Any]] = field(default_factory=dict)
    servers: t.Sequence[t.Mapping[str, t.Any]] = ()
    met: Met | None = None
    troubles: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    seconds: float = 0.0
    check_mode: bool = False


@dataclass(frozen=True)
class Verdict:
    """``sentence`` is what is true now and, where the run is not good, what to type; ``lines`` are the whole report."""

    good: bool
    sentence: str
    lines: tuple[str, ...]
    state_now: str
    next_command: str = ""


def late_of(
    asked: t.Mapping[str, t.Any],
    ledger: Ledger,
    surveys: t.Mapping[str, t.Mapping[str, t.Any]],
    now: float,
    check_mode: bool = False,
) -> Late:
    """What is known at the end, from what the last steps returned: ``balancer``, ``told``, ``lifted``, ``kept_out``.

    ``now`` in seconds since the epoch.
    """
    plan, settlement = asked["plan"], asked["settlement"]
    # Where nothing failed it was asked at the end of the turns, and not again.
    balancer = settlement["balancer"] if asked["balancer"].get("skipped") else asked["balancer"]
    troubles = [
        f"{plan['balancer']} could not keep {one.get('balancer_lost_server')} out of rotation: {one.get('msg')}"
        for one in asked["kept_out"]
        if has_failed(one)
    ]
    troubles += lifted(settlement["lift"], asked["lifted"])
    troubles += seen_at_end(plan, ledger, balancer)
    return Late(
        surveys=surveys,
        servers=balancer.get("servers", ()),
        met=since(plan["errors_before"], balancer.get("errors")) if plan["balancer"] else None,
        troubles=tuple(troubles),
        told=tuple(told(plan, asked["told"])),
        seconds=now - plan["since"],
        check_mode=check_mode,
    )


def judge(plan: Plan, ledger: Ledger, settlement: Settlement, late: Late) -> Verdict:
    """How the run ended."""
    failed = failures(plan, ledger)
    gaps = {} if failed else unproven(plan, ledger)
    shown = report_lines(plan, ledger, settlement, late)
    locked = [] if late.check_mode else held(plan, ledger)  # with --check nobody is taken
    if failed or gaps or locked:
        return _failed(plan, ledger, settlement, late, gaps, locked, shown)
    noticed = [*late.troubles, *notices(plan, ledger)]
    live = truth(plan, ledger, late.seconds)
    users = [*([sentence(late.met)] if late.met else []), *cut_off(plan, ledger)]
    lines = (*shown, *([f"Users: {'; '.join(users)}"] if users else []), *_verified_by(plan))
    if not (noticed or plan["left_out"]):
        return Verdict(True, live, lines, live)
    following = _bring_back(plan) or "ansible-playbook playbooks/status.yml"
    but = "; ".join(filter(None, [_left_out(plan), *noticed]))
    return Verdict(False, f"{live} But {but}. Next: {following}", lines, live, following)


def truth(plan: Plan, ledger: Ledger, seconds: float) -> str:
    """The one line that says what is now true, with what was proven."""
    release, hosts, took = short(plan["release"]), len(plan["hosts"]), f"{seconds:.0f} s."
    if plan["action"] == "restart":
        return f"{plan['project']} was restarted on {len(plan['turns'])} hosts, {proof(plan, ledger)}, in {took}"
    then = f", {plan['service_project']} restarted" if plan["service_project"] != plan["project"] else ""
    live = f"{plan['project']} {release} is live on {hosts} hosts{then}, {proof(plan, ledger)}"
    unjudged = ", judged by no gate" if plan["urgent"] else ""
    return f"{live}{unjudged}; the {plan['action']} took {took}"


def would(plan: Plan) -> str:
    """The sentence of a run with --check."""
    meant = f"a {plan['action']} would bring {plan['project']} {short(plan['release'])} to {len(plan['hosts'])} hosts"
    left_out = f", {_left_out(plan)}" if plan["left_out"] else ""
    return f"Check only: nothing was changed; {meant}{left_out}."


def report_lines(plan: Plan, ledger: Ledger, settlement: Settlement, late: Late) -> tuple[str, ...]:
    """The table and the notes."""
    rows = [_row(plan, host, ledger, settlement, late) for host in plan["hosts"]]
    rows += [Row(host=host, before=None, after=None, process="not reached") for host in plan["left_out"]]
    known = set(map(note_of, plan["notes"]))
    notes = [*(note for note in settlement["notes"] if note not in known), *late.told]
    said = [
        *hot_fix(plan["urgent"], plan["waived"]),
        *announcement(plan["skips"], plan["without"], plan["reason"]),
        *(f"note: {note}" for note in notes),
    ]
    return (
        "",
        *(f"  {line}" for line in run_table(rows)),
        "",
        *(f"  {line}" for line in said),
        *([""] if said else []),
    )


def _row(plan: Plan, host: str, ledger: Ledger, settlement: Settlement, late: Late) -> Row:
    planned, turn = plan["hosts"][host], ledger.get(host, TURN)
    done = turn is None or turn.good
    expected = planned["to"] if done and (turn or not planned["turn"]) else planned["current"]
    return Row(
        host=host,
        before=planned["current"],
        after=project_of(late.surveys.get(host, {}), plan["project"]).get("current") or expected,
        process=_ended(plan, host, ledger, settlement),
        haproxy=turn.rotation.status if turn and turn.rotation else "-",
        seconds=turn.seconds if turn and turn.good else None,
    )


def _ended(plan: Plan, host: str, ledger: Ledger, settlement: Settlement) -> str:
    """How the host's turn ended, and how many processes were proven."""
    turn, restores = ledger.get(host, TURN), settlement.get("hosts", {})
    if host in restores:
        went = "not restored" if host in not_back(plan, ledger, restores) else "restored"
        return f"FAILED, {went}" if turn is None or not turn.good else went
    if turn and not turn.good:
        return "FAILED"
    count = processes(plan, host, ledger)
    return f"{count} proven" if count else "-"


def _failed(
    plan: Plan,
    ledger: Ledger,
    settlement: Settlement,
    late: Late,
    gaps: t.Mapping[str, str],
    locked: t.Sequence[str],
    shown: tuple[str, ...],
) -> Verdict:
    found = [(host, one.failure) for host, one in failures(plan, ledger).items() if one.failure]
    lost = not_back(plan, ledger, settlement.get("hosts", {}))
    found += list(lost.items())
    found += [(host, Failure("Proof", gap)) for host, gap in gaps.items()]
    named = {host for host, _failure in found}
    found += [(host, Failure("Close", "it may still be locked by the run")) for host in locked if host not in named]
    states = [(host, _state(plan, host, late)) for host in plan["hosts"]]
    following = next_command(plan, ledger, settlement, locked)
    users = _users(plan, ledger, late)
    noticed = list(filter(None, [_left_out(plan), *late.troubles, *notices(plan, ledger)]))
    lines = (*shown, *failure_lines(found, states, noticed, users, following))
    hosts = ", ".join(dict.fromkeys(host for host, _failure in found))
    failed = f"{plan['action']} of {plan['project']} {short(plan['release'])} failed on {hosts}: {what(found[0][1])}"
    beside = f"Noticed: {'; '.join(noticed)}. " if noticed else ""
    sentence = f"{failed.rstrip('.')}. {_went_back(settlement, lost)}{beside}Next: {following}"
    return Verdict(False, sentence, lines, "; ".join(f"{host}: {state}" for host, state in states), following)


def _users(plan: Plan, ledger: Ledger, late: Late) -> str:
    """What users met: by the balancer's count, by the bakes of the hosts that failed, and beside both."""
    failed = failures(plan, ledger)
    loaded = [host for host in plan["hosts"] if any(one.loaded for one in ledger.forward(host))]
    beside = [f"{host} served with the release's files" for host in loaded]
    beside += cut_off(plan, ledger)
    beside += [
        f"{host} had traffic when its way back failed"
        for host in plan["hosts"]
        if (one := ledger.back(host)) and one.failure and one.served
    ]
    return users_sentence(
        late.servers,
        late.met,
        [host for host, one in failed.items() if one.served and host not in loaded],
        [step for one in failed.values() for step in one.bake],
        beside,
    )


def _went_back(settlement: Settlement, lost: t.Collection[str]) -> str:
    """What followed, as a sentence with a blank after it; empty where nothing went back."""
    back = [host for host in settlement.get("hosts", {}) if host not in lost]
    said = [f"{', '.join(back)} went back and {'is' if len(back) == 1 else 'are'} proven"] if back else []
    said += [f"{', '.join(lost)} did NOT go back"] if lost else []
    return f"{'; '.join(said)}. " if said else ""


def _state(plan: Plan, host: str, late: Late) -> str:
    return host_state(late.surveys.get(host, {}), plan["project"], plan["run"], plan["service_project"])


def next_command(plan: Plan, ledger: Ledger, settlement: Settlement, locked: t.Sequence[str]) -> str:
    """What the operator types next."""
    again = rerun(plan)
    if locked:
        hosts = ",".join(locked)
        return f"bring {hosts} back, then: {BREAK_COMMAND} --limit {hosts} -e run={plan['run']} and: {again}"
    back = [one.failure for host in plan["hosts"] if (one := ledger.back(host)) and one.failure]
    if settlement["mark_bad"] and not back:
        return f"fix the release (it is marked bad now), then: {again}"
    said = back or [one.failure for one in failures(plan, ledger).values() if one.failure]
    return next((one.next_command for one in said if one.next_command), "ansible-playbook playbooks/status.yml")


def rerun(plan: Plan) -> str:
    """The command of this run: for another project than the inventory's own it is named, or the wrong one moves."""
    return playbook_command(plan["action"], {**_words(plan), "urgent": plan["urgent"]}, without=plan["without"])


def _verified_by(plan: Plan) -> list[str]:
    command = verify_command(plan["project"], plan["own_project"])
    return [f"To verify it: {command}"] if plan["urgent"] else []


def _words(plan: Plan, **words: str) -> dict[str, str]:
    then = plan["service_project"] if plan["service_project"] != plan["project"] else ""
    return run_words(plan["project"], plan["own_project"], then, **words)


def _left_out(plan: Plan) -> str:
    """The hosts that the release is not on, and what becomes of their traffic; empty where there are none."""
    if not plan["left_out"]:
        return ""
    unable = [host for host in plan["left_out"] if host not in plan["without"]]
    web = [host for host in plan["left_out"] if host in plan["web"]]
    why = ["which could not take part"] * bool(unable) + ["as was asked for"] * bool(plan["without"])
    out = f" ({', '.join(web)}: kept out of rotation)" if web else ""
    return f"NOT on {', '.join(plan['left_out'])}, {', or '.join(why)}{out}"


def _bring_back(plan: Plan) -> str:
    """What to type once the hosts that were left out are there again; empty where there are none."""
    hosts = ", ".join(plan["left_out"])
    given = {"deploy": "version", "rollback": "hash"}.get(plan["action"])
    words = _words(plan, **({given: plan["release"]} if given else {}))
    limit = "" if given else ",".join(plan["left_out"])
    return f"bring {hosts} back, then: {playbook_command(plan['action'], words, limit=limit)}" if hosts else ""
