# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator reads at the end of a run. Pure: no I/O, no clock."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import Met, sentence
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.fleet import project_of, services_of
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Failure
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.table import short, table

Server = t.Mapping[str, t.Any]
"""What haproxy_stats returned of a server."""


@dataclass(frozen=True)
class Row:
    """One host's line in the table of a run."""

    host: str
    before: str | None
    after: str | None
    process: str = "-"
    haproxy: str = "-"
    seconds: float | None = None


def run_table(rows: t.Sequence[Row]) -> list[str]:
    """The short table at the end of a run."""
    return table(
        ("host", "from", "to", "process", "haproxy", "seconds"),
        [
            (
                row.host,
                short(row.before),
                short(row.after),
                row.process,
                row.haproxy,
                "-" if row.seconds is None else f"{row.seconds:.1f}",
            )
            for row in rows
        ],
    )


Failed = tuple[str, Failure]
"""A host, and how it failed."""


def what(failure: Failure) -> str:
    """The failure without its host: several hosts may have failed alike."""
    return f"{failure.step}: {failure.sentence}"


def failure_lines(
    failures: t.Sequence[Failed],
    states: t.Sequence[tuple[str, str]],
    noticed: t.Sequence[str],
    users: str,
    next_command: str,
) -> list[str]:
    """The four things of every failure: what and where, the state of each host, the users, what to type next.

    ``noticed`` is what must not be lost beside them, a sentence each.
    """
    lines = [
        f"FAILED on {', '.join(dict.fromkeys(host for host, failure in failures if what(failure) == text))}: {text}"
        for text in dict.fromkeys(what(failure) for _host, failure in failures)
    ]
    lines += [f"Noticed: {each}" for each in noticed]
    for host, failure in _with_different_logs(failures):
        lines += ["", f"The end of its log on {host}:", *(f"    {line}" for line in failure.log)]
    lines += ["", "State now:", *(f"    {host}: {state}" for host, state in states)]
    lines += ["", f"Users: {users}", f"Next:  {next_command}"]
    return lines


def _with_different_logs(failures: t.Sequence[Failed]) -> list[Failed]:
    """The first host of those whose logs end alike."""
    return list({one.log: (host, one) for host, one in reversed(failures) if one.log}.values())[::-1]


def host_state(survey: t.Mapping[str, t.Any], project: str, run: str, service_project: str = "") -> str:
    """What a host says of itself, in a few words; that ``run`` holds it goes without saying.

    ``service_project`` is the project whose services the run restarts, empty for ``project`` itself.
    """
    if not survey:
        return "unknown: not asked again"
    if not survey.get("reachable"):
        return "unknown: it does not answer"
    found = project_of(survey, project)
    words = [f"current is {short(found.get('current'))}"]
    for service in services_of(survey, service_project or project):
        runs = f"runs {short(service['release'])}" if service.get("release") else "its services run different releases"
        words.append(f"{service['name']} {service.get('state')}, {service.get('problem') or runs}")
    if survey.get("lock") and survey["lock"].get("run") != run:
        words.append(f"locked by run {survey['lock'].get('run')}")
    return "; ".join(words)


def users_sentence(
    servers: t.Sequence[Server],
    met: Met | None = None,
    served: t.Sequence[str] = (),
    bake: t.Sequence[t.Mapping[str, t.Any]] = (),
    beside: t.Sequence[str] = (),
) -> str:
    """What users met and meet, as far as it was observed; ``served`` had traffic when they failed.

    ``met`` is what the balancer itself counted in the run, None without one. ``bake`` is what the bakes of the hosts
    that failed counted, a dict for each step of the ramp. ``beside`` are clauses on what users may have met that nobody
    counts.
    """
    clauses = [sentence(met)] if met else []
    clauses += [f"may have been affected: {', '.join(beside)}"] if beside else []
    clauses.append(_of_nodes(servers, served, bake, bool(beside or (met and met.failed))))
    return "; ".join(clauses)


def _of_nodes(
    servers: t.Sequence[Server], served: t.Sequence[str], bake: t.Sequence[t.Mapping[str, t.Any]], affected: bool
) -> str:
    counted = [step for step in bake if step.get("verdict") != "skip"]
    if not counted:
        return _without_figures(servers, served, affected)
    requests = sum(int(step.get("user_requests") or 0) for step in counted)
    errors = sum(int(step.get("user_errors") or 0) for step in counted)
    names = list(dict.fromkeys(str(step.get("server")) for step in counted))
    if not requests:
        return f"no request reached {', '.join(names)}; {_now(servers)}"
    whose = f"{', '.join(names)} answered in {'its bake' if len(names) == 1 else 'their bakes'}"
    return f"{errors} of {requests} requests that {whose} failed; {_now(servers)}"


def _now(servers: t.Sequence[Server]) -> str:
    """Who serves now."""
    if not servers:
        return "who serves now is unknown: the balancer could not be asked"
    serving = [server["server"] for server in servers if server.get("in_rotation")]
    return f"in rotation now: {', '.join(serving)}" if serving else "STILL AFFECTED: no node is in rotation"


def _without_figures(servers: t.Sequence[Server], served: t.Sequence[str], affected: bool) -> str:
    had = f"may have been affected: {', '.join(served)} had traffic when it failed; " if served else ""
    if not servers:
        return f"{had}the balancer could not be asked"
    out = ", ".join(
        f"{server['server']} is {server.get('status')}" for server in servers if not server.get("in_rotation")
    )
    if not any(server.get("in_rotation") for server in servers):
        return f"AFFECTED: no node is in rotation ({out})"
    now = f"{_now(servers)}" + (f"; {out}" if out else "")
    return f"{had}{now}" if served or affected else f"not affected: {now}; a node that failed took no traffic"
