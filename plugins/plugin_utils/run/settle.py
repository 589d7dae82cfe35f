# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows a failure: the one place that decides whom it blames, which hosts go back, and which stay as they are.

From the plan, the ledger, and what the hosts and the balancer say then. Pure: no I/O, no clock.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import HOST, NOBODY, RELEASE
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import (
    hosts_of,
    project_of,
    services_of,
    serving_names,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Said, gate_notes, note_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger, Plan, failures, notes_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import TURN, Failure, Record
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.table import short
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.waves import Mover, Waves, in_waves


@dataclass(frozen=True)
class Restore:
    """A host that goes back to what it ran before the run."""

    host: str
    to: str
    why: str


@dataclass(frozen=True)
class Left:
    """A host that stays as it is although the run failed, and why; ``lost`` where it must get no traffic."""

    host: str
    why: str
    lost: bool = False


@dataclass(frozen=True)
class Settlement:
    """The decision; ``restores`` in the order in which it is carried out, ``waves`` with those that go together.

    ``blame`` is release, host or nobody, empty where nothing failed; with ``mark_bad`` the release is marked bad.
    ``keep_out`` are the servers of web nodes that nobody could ask: they must get no traffic when they come back.
    """

    blame: str = ""
    restores: tuple[Restore, ...] = ()
    left: tuple[Left, ...] = ()
    mark_bad: bool = False
    keep_out: tuple[str, ...] = ()
    waves: Waves = ()

    def as_dict(self, plan: Plan) -> dict[str, t.Any]:
        """Plain data, for a task's result. ``informs``: the gates that are asked once more at the end of the run."""
        unasked = self.restores or plan["action"] == "rollback" or plan["urgent"]
        return {
            **asdict(self),
            "waves": [list(wave) for wave in self.waves],
            "hosts": {restore.host: asdict(restore) for restore in self.restores},
            "informs": list(plan["gates"]["informs"]) if unasked else [],
        }


def seen_again(
    plan: Plan,
    ledger: Ledger,
    down: t.Mapping[str, str],
    surveys: t.Mapping[str, t.Mapping[str, t.Any]],
) -> dict[str, Failure]:
    """What has failed by now of hosts whose turns went well: a release that dies late dies all the same.

    ``down`` are the servers that are so at the end of the turns; ``surveys`` where there are any. What a person took
    out of rotation, or stopped, blames nobody; nor does a node that is down for haproxy and says that it is well.
    """
    found = {}
    for host in filter(ledger.done, plan["turns"]):
        turn, survey = ledger.get(host, TURN), surveys.get(host, {})
        status = down.get(plan["server_names"].get(host, ""))
        fallen = _fallen(plan, host, survey)
        if fallen:
            found[host] = fallen
        elif turn and turn.rotation and status:
            blame = NOBODY if survey.get("reachable") else HOST
            found[host] = Failure("Look again", f"haproxy shows {host} {status} after its turn", blame)
    return found


def down_in(*readings: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """The servers that haproxy would send traffic to and finds down in each reading, with their newest status.

    One reading of a server on its way down or up proves nothing.
    """
    found = [
        {one["server"]: str(one["status"]) for one in servers if one.get("admin") == "ready" and _is_down(one)}
        for servers in readings
    ]
    return {name: status for name, status in found[-1].items() if all(name in each for each in found)}


def _is_down(server: t.Mapping[str, t.Any]) -> bool:
    return str(server.get("status")).startswith("DOWN")


def _fallen(plan: Plan, host: str, survey: t.Mapping[str, t.Any]) -> Failure | None:
    """Why the host does not prove any more what it proved in its turn; None where it does, or cannot be asked."""
    proves = plan["hosts"][host]["proves"]
    if not survey.get("reachable") or not proves:
        return None
    for one in services_of(survey, plan["service_project"]):
        problem = str(one.get("problem") or "")
        if not problem and one.get("release") != proves:
            problem = f"{one['name']} does not run {short(proves)}"
        if problem:
            # Neither a supervisor that is silent nor a service that somebody stopped speaks against the release.
            blame = {"UNKNOWN": HOST, "STOPPED": NOBODY}.get(str(one.get("state")), RELEASE)
            return Failure("Look again", f"after its turn: {problem}", blame)
    return None


def found(plan: Plan, ledger: Ledger, said: t.Sequence[Said] = ()) -> dict[str, t.Any]:
    """What the ledger says at the end of the turns, as plain data.

    ``failing``: whether anything failed; ``ending`` is that for the journals, good or failed; ``failures`` by host;
    ``why`` the first of them in a line; ``notes`` what the journals must keep, with what gates ``said`` of the whole
    run; ``lift`` the gates at which something of the run may stand.
    """
    failed = failures(plan, ledger)
    standing = {name for host in plan["hosts"] for one in ledger.of_host(host) for name in one.announced}
    return {
        "failing": bool(failed),
        "ending": "failed" if failed else "good",
        "failures": {host: asdict(record.failure) for host, record in failed.items() if record.failure},
        "why": reason(failed),
        "notes": [*notes_of(plan, ledger), *gate_notes(said)],
        "lift": [name for name in plan["gates"]["announces"] if failed or name in standing],
    }


def settle(
    plan: Plan,
    ledger: Ledger,
    surveys: t.Mapping[str, t.Mapping[str, t.Any]],
    servers: t.Sequence[t.Mapping[str, t.Any]],
) -> Settlement:
    """Decide what follows. ``surveys`` by host and ``servers`` of the balancer are taken after the failure, if any.

    The host that failed goes back. Hosts that were switched before it go back too, last first, if the release is to
    blame or nobody is, which is no proof for the release; where the host is to blame (unreachable, disk, supervisor
    dead) healthy hosts stay, for a person to choose. Nobody leaves rotation below the plan's floor. In a rollback no
    web node goes back: users must be off what it ran before.
    """
    failed = failures(plan, ledger)
    blame = blame_of(failed.values())
    turns = plan["turns"] if any(record.part == TURN for record in failed.values()) else ()
    decided = [
        _settle_one(plan, host, ledger, failed, surveys.get(host, {}), servers, blame) for host in reversed(turns)
    ]
    restores = [one for one in decided if isinstance(one, Restore)]
    left = [one for one in decided if isinstance(one, Left)]
    refused = _below_floor(plan, restores, servers)
    left += refused
    staying = {one.host for one in refused}
    back = {one.host: one for one in restores if one.host not in staying}
    waves = _waves(plan, back, servers)
    lost = [one.host for one in left if one.lost and plan["hosts"][one.host]["part"] == "web"]
    out = [host for host in plan["left_out"] if host in plan["web"]]
    return Settlement(
        blame=blame,
        restores=tuple(back[host] for wave in waves for host in wave),
        left=tuple(left),
        # A rollback's target was good before: what fails then speaks against the hour, not against the release.
        mark_bad=blame == RELEASE and plan["action"] == "deploy",
        keep_out=tuple(
            plan["server_names"][host] for host in dict.fromkeys([*out, *lost]) if host in plan["server_names"]
        ),
        waves=waves,
    )


def _waves(plan: Plan, back: t.Collection[str], servers: t.Sequence[t.Mapping[str, t.Any]]) -> Waves:
    """Who goes back when: users leave the release first, so that home comes last here too; else the last turn first."""
    serving = serving_names(servers)
    # Where the balancer is silent, any of them may serve: they go one by one.
    serves = hosts_of(plan["server_names"], serving) if servers else set(plan["server_names"])
    movers = [Mover.of(plan["hosts"][host], serves) for host in reversed(plan["turns"]) if host in back]
    movers.sort(key=lambda one: ("static", "web", "home").index(one.part))
    return in_waves(movers, spare=len(serving) - plan["floor"], way_back=True)


def blame_of(failed: t.Iterable[Record]) -> str:
    """Whom the failures of a run blame together; empty without one.

    One host that is to blame excuses the release: what fails beside a broken host proves nothing. Where nobody can
    tell that excuses no proof against the release.
    """
    blames = [record.failure.blame for record in failed if record.failure]
    return next((blame for blame in (HOST, RELEASE, NOBODY) if blame in blames), "")


def reason(failed: t.Mapping[str, Record]) -> str:
    """The first failure, as short as a journal takes it; empty without one."""
    return next((note_of(f"{host}: {one.failure.sentence}") for host, one in failed.items() if one.failure), "")


def lines(settlement: Settlement) -> list[str]:
    """The decision, a line a host; none where nothing is decided."""
    said = [f"  {one.host} goes back to {short(one.to)}: {one.why}" for one in settlement.restores]
    said += [f"  {one.host} stays as it is: {one.why}" for one in settlement.left]
    return ["", "Decided:", *said] if said else []


def _settle_one(
    plan: Plan,
    host: str,
    ledger: Ledger,
    failed: t.Mapping[str, Record],
    survey: t.Mapping[str, t.Any],
    servers: t.Sequence[t.Mapping[str, t.Any]],
    blame: str,
) -> Restore | Left | None:
    planned, own = plan["hosts"][host], failed.get(host)
    mine = own is not None and own.part == TURN
    if not mine and (not ledger.done(host) or planned["current"] == planned["to"]):
        return None  # it was not touched, or was only restarted, and proven
    if not mine and blame == HOST:
        return Left(host, "its own turn succeeded, and the release is not to blame")
    if not survey.get("reachable"):
        return Left(host, "it cannot be reached, so it is unknown what it runs", lost=True)
    name = plan["server_names"].get(host)
    serves = planned["part"] != "web" or name is None or name in serving_names(servers)
    runs = runs_before(plan, host, survey)
    if runs and serves:
        return None
    if runs and not servers:
        return Left(
            host, "it runs what it ran before, and it is unknown whether it serves: the balancer does not answer"
        )
    if plan["action"] == "rollback" and planned["part"] == "web" and planned["current"] != planned["to"]:
        return _off_it(host, mine)
    return _way_back(planned["current"], planned["to"], runs, _why(own, blame), host)


def _off_it(host: str, failed: bool) -> Left:
    """A web node of a rollback: what it ran before is what users must be off, so that it goes back there in no case."""
    if failed:
        return Left(host, "it stays out of rotation: what it ran before is what the rollback leaves", lost=True)
    return Left(host, "its own turn succeeded, and what it ran before is what the rollback leaves")


def _way_back(current: str | None, to: str | None, runs: bool, why: str, host: str) -> Restore | Left:
    """Where a host goes that does not run, or does not serve with, what it had before; ``runs``: it does run that."""
    if current is None:
        return Left(host, "it had no release before this run to go back to")
    if current != to:
        return Restore(host, current, why)
    if runs:
        return Restore(host, current, "it runs what it should, but is out of rotation")
    return Left(host, "it was to be restarted on the release that it had, and did not come back")


def _why(own: Record | None, blame: str) -> str:
    """Why a host goes back: for its own failure, or for that of another host."""
    if own is not None and own.failure is not None:
        return "its own turn was stopped in doubt" if own.failure.blame == NOBODY else "its own turn failed"
    return "the release failed on another host" if blame == RELEASE else "the run was stopped in doubt on another host"


def runs_before(plan: Plan, host: str, survey: t.Mapping[str, t.Any]) -> bool:
    """Whether link and processes of the host agree on what it had before its turn."""
    planned, project, restarted = plan["hosts"][host], plan["project"], plan["service_project"]
    expected = planned["current"] if restarted == project else planned["proves"]
    # Where another project has no release, the turn did not touch its services.
    services = services_of(survey, restarted) if restarted == project or expected else []
    return project_of(survey, project).get("current") == planned["current"] and all(
        service.get("release") == expected and not service.get("problem") for service in services
    )


def _below_floor(plan: Plan, restores: t.Sequence[Restore], servers: t.Sequence[t.Mapping[str, t.Any]]) -> list[Left]:
    """The web nodes that cannot go back, since too few others would serve meanwhile.

    Each that went back serves again by the turn of the next one.
    """
    serving, refused = serving_names(servers), []
    for one in restores:
        name = plan["server_names"].get(one.host)
        if not plan["hosts"][one.host]["balanced"] or name is None:
            continue
        if name in serving and len(serving - {name}) < plan["floor"]:
            why = f"{len(serving) - 1} other node(s) would serve and deploy_min_in_rotation is {plan['floor']}"
            refused.append(Left(one.host, f"it cannot leave rotation: {why}"))
            continue
        serving = serving | {name}
    return refused
