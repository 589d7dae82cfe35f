# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator reads: tables and sentences, made from plain data.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .fleet import project_of, services_of

SHORT = 10
"""Digits of a hash in a table: short to read, long enough for ``-e hash=``."""


@dataclass(frozen=True)
class Row:
    """One host's line in the table of a run."""

    host: str
    before: str | None
    after: str | None
    process: str = "-"
    haproxy: str = "-"
    seconds: float | None = None


def short(release: str | None) -> str:
    """The release as a table shows it."""
    return release[:SHORT] if release else "-"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns padded to their widest cell, two blanks apart."""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [header, *rows]]


def run_table(rows: Sequence[Row]) -> list[str]:
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


@dataclass(frozen=True)
class Failure:
    """The first thing that went wrong in a run."""

    host: str
    step: str
    message: str
    log_tail: Sequence[str] = ()


def what(failure: Failure) -> str:
    """The failure without its host: several hosts may have failed alike."""
    return f"{failure.step}: {failure.message}"


def failure_lines(
    failures: Sequence[Failure], states: Sequence[tuple[str, str]], users: str, next_command: str
) -> list[str]:
    """The four things of every failure: what and where, the state of each host, the users, what to type next."""
    lines = [
        f"FAILED on {', '.join(dict.fromkeys(failure.host for failure in failures if what(failure) == text))}: {text}"
        for text in dict.fromkeys(map(what, failures))
    ]
    for failure in _with_different_tails(failures):
        lines += ["", f"The end of its log on {failure.host}:", *(f"    {line}" for line in failure.log_tail)]
    lines += ["", "State now:", *(f"    {host}: {state}" for host, state in states)]
    lines += ["", f"Users: {users}", f"Next:  {next_command}"]
    return lines


def _with_different_tails(failures: Sequence[Failure]) -> list[Failure]:
    """The first host of those whose logs end alike."""
    return list({tuple(failure.log_tail): failure for failure in reversed(failures) if failure.log_tail}.values())[::-1]


def host_state(survey: Mapping[str, Any], project: str, run: str, service_project: str = "") -> str:
    """What a host says of itself, in a few words; that ``run`` holds it goes without saying.

    ``service_project`` is the project whose services the run restarts, empty for ``project`` itself.
    """
    if not survey.get("reachable"):
        return "unknown: it does not answer"
    found = project_of(survey, project)
    words = [f"current is {short(found.get('current'))}"]
    for service in services_of(survey, service_project or project):
        runs = f"runs {short(service['release'])}" if service.get("release") else "runs no one release"
        words.append(f"{service['name']} {service.get('state')}, {service.get('problem') or runs}")
    if survey.get("lock") and survey["lock"].get("run") != run:
        words.append(f"locked by run {survey['lock'].get('run')}")
    return "; ".join(words)


def users_sentence(
    servers: Sequence[Mapping[str, Any]],
    served: Sequence[str] = (),
    bake: Sequence[Mapping[str, Any]] = (),
    beside: Sequence[str] = (),
) -> str:
    """Whether users were or are affected, as far as the balancer tells; ``served`` had traffic when they failed.

    ``bake`` is what the bakes of the hosts that failed counted, a dict for each step of the ramp. ``beside`` are
    clauses on what users may have met that no bake counts.
    """
    sentence = _of_nodes(servers, served, bake)
    return f"may have been affected: {', '.join(beside)}; of the nodes: {sentence}" if beside else sentence


def _of_nodes(servers: Sequence[Mapping[str, Any]], served: Sequence[str], bake: Sequence[Mapping[str, Any]]) -> str:
    counted = [step for step in bake if step.get("verdict") != "skip"]
    if not counted:
        return _without_figures(servers, served)
    requests = sum(int(step.get("user_requests") or 0) for step in counted)
    errors = sum(int(step.get("user_errors") or 0) for step in counted)
    names = list(dict.fromkeys(str(step.get("server")) for step in counted))
    if not requests:
        return f"no request reached {', '.join(names)}; {_now(servers)}"
    whose = f"{', '.join(names)} answered in {'its bake' if len(names) == 1 else 'their bakes'}"
    return f"{errors} of {requests} requests that {whose} failed; {_now(servers)}"


def _now(servers: Sequence[Mapping[str, Any]]) -> str:
    """Who serves now."""
    if not servers:
        return "who serves now is unknown: the balancer could not be asked"
    serving = [server["server"] for server in servers if server.get("in_rotation")]
    return f"now {', '.join(serving)} serve(s)" if serving else "STILL AFFECTED: no node is in rotation"


def _without_figures(servers: Sequence[Mapping[str, Any]], served: Sequence[str]) -> str:
    had = f"may have been affected: {', '.join(served)} had traffic when it failed; " if served else ""
    if not servers:
        return f"{had}the balancer could not be asked"
    serving = [server["server"] for server in servers if server.get("in_rotation")]
    out = ", ".join(
        f"{server['server']} is {server.get('status')}" for server in servers if not server.get("in_rotation")
    )
    if not serving:
        return f"AFFECTED: no node is in rotation ({out})"
    now = f"{', '.join(serving)} serve(s)" + (f"; {out}" if out else "")
    return f"{had}{now}" if served else f"not affected: {now}; a node that failed took no traffic"


def change_lines(resolved: Mapping[str, Any], whole: bool) -> list[str]:
    """What a deploy brings: commits, and requirements that change; with ``whole`` the files too, and no list is cut."""
    commits, files = resolved.get("commits") or {}, resolved.get("files_changed") or {}
    required = resolved.get("requirements") or {}
    lines = [f"{commits.get('count', 0)} commit(s), {files.get('count', 0)} file(s) change"]
    lines += _listed(commits.get("list", ()), commits.get("count", 0), whole)
    if commits.get("behind"):
        lines.append(f"It lacks {commits['behind']} commit(s) of the release that is live.")
    if whole:
        lines += _listed(files.get("list", ()), files.get("count", 0), whole)
    for sign, name in (("+", "added"), ("-", "removed"), ("~", "changed")):
        lines += [f"requirement {sign} {_requirement(item)}" for item in required.get(name, ())]
    return lines


FEW = 10
"""Commits that a plan lists unless it is asked for all."""


def _listed(items: Sequence[str], count: int, whole: bool) -> list[str]:
    shown = list(items) if whole else list(items[:FEW])
    rest = count - len(shown)
    return [f"  {item}" for item in shown] + ([f"  ... and {rest} more"] if rest > 0 else [])


def _requirement(item: Any) -> str:
    return item if isinstance(item, str) else " -> ".join(str(part) for part in item)
