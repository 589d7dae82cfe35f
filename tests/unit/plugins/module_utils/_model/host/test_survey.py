# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import Lock
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.survey import (
    HostFacts,
    Place,
    ProjectFacts,
    host_problems,
    lock_entry,
    project_entry,
    project_problems,
    served,
    service_problems,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import Current
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    Layout,
    Mark,
    ReleaseRecord,
)

PREPARE = "run ansible-playbook playbooks/prepare.yml --limit ol-web3"
RULE = "releases must belong to root and be writable by nobody else."
LAYOUT = Layout("/srv/x")
A, B = "a" * 40, "b" * 40
FACTS = HostFacts("ol-web3", True, 2048, 1024, (), "root", (Place("/srv/x", "root", 0o755),))
RECORD = ReleaseRecord("web", A, "2026-11-23T18:00:00.000Z", "", 1, 1, environment="e")
PROJECT = ProjectFacts("web", Current("link", A, f"deploys/web/{A}"), (A,), (RECORD,))


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({}, []),
        ({"free_mib": 1024}, []),
        ({"free_mib": 1023}, ["Only 1023 MiB are free at /srv/x; 1024 MiB are needed."]),
        (
            {"missing_users": ("deploy",)},
            [f"There is no user deploy on this host: {PREPARE}"],
        ),
        (
            {"prepared": False, "free_mib": 0, "missing_users": ("deploy",)},
            [f"This host is not prepared, /srv/x/deploys is not there: {PREPARE}"],
        ),
        ({"places": (Place("/srv/x", "root", 0o2755),)}, []),
        (
            {"places": (Place("/srv/x", "root", 0o775), Place("/srv/x/deploys", "www", 0o755))},
            [f"Somebody other than root may write /srv/x (root, 0775), /srv/x/deploys (www, 0755): {RULE}"],
        ),
    ],
)
def test_what_is_wrong_with_a_host_is_said_in_full_sentences(change: dict[str, Any], problems: list[str]) -> None:
    assert host_problems(LAYOUT, replace(FACTS, **change)) == problems


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"current": Current("missing")}, []),
        ({"current": Current("directory"), "records": ()}, ["real directory"]),
        ({"current": Current("foreign", target="/etc")}, ["a link to /etc"]),
        ({"current": Current("foreign")}, ["is a file"]),
        ({"current": Current("dangling", target="/gone")}, ["a link to /gone, which does not exist"]),
        ({"directories": (A, B)}, ["without a complete record (bbbbbbbbbb)"]),
        ({"records": ()}, ["without a complete record (aaaaaaaaaa)"]),
    ],
)
def test_what_is_wrong_with_a_project_is_said_in_full_sentences(change: dict[str, Any], words: list[str]) -> None:
    problems = project_problems(LAYOUT, replace(PROJECT, **change), [])
    assert [word in problem for word, problem in zip(words, problems, strict=True)] == [True] * len(words)


@pytest.mark.parametrize(("current", "count"), [(A, 0), (B, 1)])
def test_an_unfinished_install_is_a_problem_only_when_it_is_current(current: str, count: int) -> None:
    begun = [Entry("", "run-7", 7, "mek", "web", "", B, "install", "begin")]
    facts = replace(PROJECT, directories=(A, B), current=Current("link", current, f"deploys/web/{current}"))
    assert len(project_problems(LAYOUT, facts, begun)) == count


def test_only_what_is_not_known_of_services_is_a_problem() -> None:
    services = [
        {"state": "UNKNOWN", "problem": "supervisor does not answer"},
        {"state": "UNKNOWN", "problem": "supervisor does not answer"},
        {"state": "FATAL", "problem": "it runs nothing"},
        {"state": "RUNNING", "problem": ""},
    ]
    assert service_problems(services) == ["supervisor does not answer"]


def test_a_project_has_its_releases_in_the_order_of_completion() -> None:
    bad = Mark("bad", "2026-11-23T19:00:00.000Z", "run-7", "mek", "blue answered 500")
    older = ReleaseRecord("web", B, "2026-11-23T17:00:00.000Z", "", 1, 1, marks=(bad,), adopted=True)
    entry = project_entry(replace(PROJECT, directories=(A, B), records=(RECORD, older)), [])
    assert (entry["current"], entry["kind"], entry["runs"]) == (A, "link", [])
    assert [(each["hash"], each["bad"], each["why"], each["adopted"]) for each in entry["releases"]] == [
        (B, True, "blue answered 500", True),
        (A, False, "", False),
    ]


def switch(to: str, from_: str = "", outcome: str = "done", project: str = "web") -> Entry:
    return Entry("", "run-7", 7, "mek", project, from_, to, "switch", outcome)


@pytest.mark.parametrize(
    ("entries", "current", "hashes"),
    [
        ([], None, []),
        ([], A, [A]),
        ([switch(A), switch(B, A)], B, [B, A]),
        ([switch(A), switch(B, A), switch(A, B)], A, [A, B]),
        ([switch(B, A)], B, [B, A]),
        ([switch(A), switch(B, A, "begin"), switch(B, A, "failed")], A, [A]),
        ([switch(B, project="other")], A, [A]),
        ([replace(switch(A), step="adopt"), replace(switch(B), step="install")], None, [A]),
    ],
)
def test_what_was_ever_current_is_known_newest_first(
    entries: list[Entry], current: str | None, hashes: list[str]
) -> None:
    assert served(entries, "web", current) == hashes
    assert project_entry(replace(PROJECT, current=Current("link", current)), iter(entries))["served"] == hashes


def test_at_most_fifty_that_were_current_are_named() -> None:
    hashes = [f"{number:040x}" for number in range(60)]
    assert served([switch(each) for each in hashes], "web", None) == hashes[:9:-1]


def test_a_lock_is_shown_with_its_age_and_how_far_its_run_got() -> None:
    lock = Lock("run-7", 7, "mek", "web", "deploy", B, "2026-11-23T18:00:00.000Z")
    steps = [Entry("noon", "run-7", 7, "mek", "web", A, B, "switch", "failed")]
    assert lock_entry(None, steps, 0) is None
    shown = lock_entry(lock, steps, 1_795_456_805.0)
    assert shown == {**lock.as_dict(), "age": 5.0, "last_step": "switch failed at noon"}
    unreadable = lock_entry(replace(lock, since=""), [], 0)
    assert unreadable is not None
    assert (unreadable["age"], unreadable["last_step"]) == (None, "")
