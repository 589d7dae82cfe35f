# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a survey makes of what it saw on a host: sentences on what is wrong, and the entries that decisions need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..release.release import Layout, ReleaseRecord, short
from .journal import Entry, last_step, loaded, switched_to, wanted
from .lock import Lock, lock_age
from .run_history import run_history
from .switch import ADOPT_COMMAND, Current

PREPARE_COMMAND = "ansible-playbook playbooks/prepare.yml"
_NAMED = 3
"""How many of several things a sentence names."""
SERVED = 50
"""How many hashes a survey names that were ever current."""


@dataclass(frozen=True)
class Place:
    """A directory that only ``HostFacts.owner`` may write: who owns it, and its permission bits."""

    path: str
    owner: str
    mode: int


@dataclass(frozen=True)
class HostFacts:
    """``owner`` is the user that releases must belong to, ``min_free_mib`` what must be free at the root."""

    host: str
    prepared: bool
    free_mib: int
    min_free_mib: int
    missing_users: tuple[str, ...]
    owner: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class ProjectFacts:
    """``directories`` are the hashes that have a release directory, ``records`` the complete ones of them."""

    project: str
    current: Current
    directories: tuple[str, ...]
    records: tuple[ReleaseRecord, ...]


def host_problems(layout: Layout, facts: HostFacts) -> list[str]:
    """What is wrong with the host itself, a full sentence each."""
    prepare = f"run {PREPARE_COMMAND} --limit {facts.host}"
    if not facts.prepared:
        return [f"This host is not prepared, {layout.deploys} is not there: {prepare}"]
    problems = [f"There is no user {user} on this host: {prepare}" for user in facts.missing_users]
    if facts.free_mib < facts.min_free_mib:
        problems.append(f"Only {facts.free_mib} MiB are free at {layout.root}; {facts.min_free_mib} MiB are needed.")
    return problems + _unsafe_places(facts)


def _unsafe_places(facts: HostFacts) -> list[str]:
    unsafe = [place for place in facts.places if place.owner != facts.owner or place.mode & 0o022]
    if not unsafe:
        return []
    named = ", ".join(f"{place.path} ({place.owner}, {place.mode:04o})" for place in unsafe[:_NAMED])
    rule = f"releases must belong to {facts.owner} and be writable by nobody else"
    return [f"Somebody other than {facts.owner} may write {named}{_more(unsafe)}: {rule}."]


def project_problems(layout: Layout, facts: ProjectFacts, entries: Iterable[Entry]) -> list[str]:
    """What keeps a project from being deployed by this tool, a full sentence each."""
    path, current = layout.current(facts.project), facts.current
    if current.kind == "directory":
        return [f"{path} is a real directory, an installation of other origin: adopt it with {ADOPT_COMMAND}"]
    problems = []
    if current.kind == "dangling":
        problems.append(f"{path} is a link to {current.target}, which does not exist.")
    if current.kind == "foreign":
        what = f"a link to {current.target}" if current.target else "a file"
        problems.append(f"{path} is {what}, which is not a release of {facts.project}: adopt it with {ADOPT_COMMAND}")
    unknown = _without_record(facts, entries)
    if unknown:
        named = ", ".join(short(hash_) for hash_ in unknown[:_NAMED])
        problems.append(
            f"{facts.project} has release directories without a complete record ({named}{_more(unknown)}):"
            f" adopt them with {ADOPT_COMMAND}"
        )
    return problems


def _without_record(facts: ProjectFacts, entries: Iterable[Entry]) -> list[str]:
    # What an interrupted install left is no installation by other means: the next install completes it.
    begun = {entry.to for entry in entries if entry.project == facts.project and entry.step == "install"}
    known = {record.hash for record in facts.records} | (begun - {facts.current.hash or ""})
    return [hash_ for hash_ in facts.directories if hash_ not in known]


def _more(things: Sequence[object]) -> str:
    return f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""


def service_problems(services: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why nothing is known of services. What a service that is known does wrong is no problem of the host."""
    return list(dict.fromkeys(each["problem"] for each in services if each["state"] == "UNKNOWN" and each["problem"]))


def project_entry(facts: ProjectFacts, entries: Iterable[Entry]) -> dict[str, Any]:
    """The survey's entry for a project; releases in the order of their completion."""
    entries, current = list(entries), facts.current
    return {
        "current": current.hash,
        "kind": current.kind,
        "wanted": wanted(entries, facts.project),
        "loaded": loaded(entries, facts.project),
        "runs": run_history(entries, facts.project, current.hash),
        "served": served(entries, facts.project, current.hash),
        "releases": [_release_entry(record) for record in sorted(facts.records, key=lambda each: each.completed)],
    }


def served(entries: Iterable[Entry], project: str, current: str | None) -> list[str]:
    """The hashes that are or ever were current here, each once, newest first, at most ``SERVED``.

    By the journal, which outlives the releases: one that was removed was current all the same.
    """
    history = switched_to(entries, project) + ([current] if current else [])
    return list(dict.fromkeys(reversed(history)))[:SERVED]


def _release_entry(record: ReleaseRecord) -> dict[str, Any]:
    return {
        "hash": record.hash,
        "environment": record.environment,
        "good": record.good,
        "bad": record.bad,
        "why": record.newest_mark.why if record.newest_mark else "",
        "adopted": record.adopted,
        "completed": record.completed,
    }


def lock_entry(lock: Lock | None, entries: Iterable[Entry], now: float) -> dict[str, Any] | None:
    """The survey's entry for the lock: its fields, ``age`` in seconds (None when not known), ``last_step``."""
    if lock is None:
        return None
    return {**lock.as_dict(), "age": lock_age(lock, now), "last_step": last_step(entries, lock.run)}
