# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import getpass
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import Host, hash_of, run_module, with_ticket

A, B, C = hash_of("a"), hash_of("b"), hash_of("c")
ME = getpass.getuser()
KEYS = {
    "reachable",
    "host",
    "time",
    "root",
    "problems",
    "free_mib",
    "python",
    "platform",
    "lock",
    "last_token",
    "taken_out",
    "environments",
    "projects",
    "services",
}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path / "root")
    host.release("a", environment="env-a", mark="good")
    host.release("b", environment="env-b")
    host.point(f"deploys/openlibrary/{A}")
    for path in [tmp_path / "root", *(tmp_path / "root").rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    return host


def survey(host: Host, **more: Any) -> dict[str, Any]:
    args = {"root": host.layout.root, "host": "ol-web3", "projects": ["openlibrary"], "release_owner": ME, **more}
    before = host.files()
    result = run_module("release_survey", args)
    assert host.files() == before
    assert result["changed"] is False
    found: dict[str, Any] = result["survey"]
    assert set(found) == KEYS
    return found


def test_a_haproxy_on_the_host_is_read_with_it_and_its_silence_keeps_nothing_back(host: Host) -> None:
    args = {"root": host.layout.root, "haproxy": {"socket": [f"{host.layout.root}/none.sock"], "backend": "web"}}
    result = run_module("release_survey", args)
    assert "There is no haproxy socket" in result["balancer"]["msg"]
    assert result["survey"]["reachable"] is True
    assert "balancer" not in run_module("release_survey", {"root": host.layout.root})


def switch(host: Host, release: str, run: str, token: int) -> None:
    args = {"root": host.layout.root, "project": "openlibrary", "release": release, "run": run, "token": token}
    assert run_module("release_symlink", with_ticket(args))["changed"]


def test_a_host_in_order_has_no_problems(host: Host) -> None:
    found = survey(host, deploy_user=ME, service_user=ME, min_free_mib=1)
    assert found["problems"] == []
    assert found["reachable"] is True
    assert found["host"] == "ol-web3"
    assert found["lock"] is None
    assert found["last_token"] == 0
    assert found["environments"] == ["env-a", "env-b"]
    assert found["services"] == []
    assert found["free_mib"] > 0
    assert found["projects"] == {
        "openlibrary": {
            "current": A,
            "kind": "link",
            "wanted": None,
            "loaded": None,
            "runs": [],
            "served": [A],
            "releases": [release_entry(A, "env-a", good=True), release_entry(B, "env-b", good=False)],
        }
    }


def release_entry(hash_: str, environment: str, good: bool) -> dict[str, Any]:
    return {
        "hash": hash_,
        "environment": environment,
        "good": good,
        "bad": False,
        "why": "",
        "adopted": False,
        "completed": "2026-11-23T16:00:00.000Z",
    }


def test_a_run_is_seen_with_its_lock_its_last_step_and_what_it_left(host: Host) -> None:
    host.lock(to=B)
    switch(host, B, "run-7", 7)
    switch(host, A, "run-7", 7)
    switch(host, B, "run-7", 7)
    found = survey(host)
    assert found["lock"]["run"] == "run-7"
    assert found["lock"]["token"] == found["last_token"] == 7
    assert isinstance(found["lock"]["age"], (int, float))
    assert found["lock"]["last_step"].startswith("switch done at ")
    assert found["projects"]["openlibrary"]["current"] == B
    (run,) = found["projects"]["openlibrary"]["runs"]
    assert run == {
        "run": "run-7",
        "token": 7,
        "action": "",
        "to": None,
        "before": A,
        "after": B,
        "closed": "",
        "left_out": [],
        "urgent": "",
        "skips": [],
    }
    assert found["projects"]["openlibrary"]["served"] == [B, A]


def test_a_host_that_was_never_prepared_answers(tmp_path: Path) -> None:
    args = {"root": str(tmp_path / "a" / "b"), "host": "ol-web3", "projects": ["openlibrary"], "min_free_mib": 1}
    found = run_module("release_survey", args)["survey"]
    (problem,) = found["problems"]
    assert problem.endswith("run ansible-playbook playbooks/prepare.yml --limit ol-web3")
    assert "not prepared" in problem
    assert found["projects"]["openlibrary"]["kind"] == "missing"
    assert found["free_mib"] > 0
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_said_with_both_numbers(host: Host) -> None:
    found = survey(host, min_free_mib=99_999_999)
    (problem,) = found["problems"]
    assert "99999999 MiB" in problem
    assert f"{found['free_mib']} MiB" in problem


def test_missing_users_are_named(host: Host) -> None:
    found = survey(host, deploy_user="no-such-deployer", service_user="no-such-service")
    assert ["no-such-deployer" in problem for problem in found["problems"]] == [True, False]
    assert "no-such-service" in found["problems"][1]


@pytest.mark.parametrize("mode", [0o775, 0o757])
@pytest.mark.parametrize("where", ["root", "deploys", "project", "release"])
def test_a_release_that_others_may_write_is_a_problem(host: Host, where: str, mode: int) -> None:
    layout = host.layout
    path = {
        "root": layout.root,
        "deploys": layout.deploys,
        "project": layout.project("openlibrary"),
        "release": layout.release("openlibrary", B),
    }[where]
    Path(path).chmod(mode)
    (problem,) = survey(host)["problems"]
    assert f"{path} ({ME}, {mode:04o})" in problem


def test_a_release_that_belongs_to_somebody_else_is_a_problem(host: Host) -> None:
    other = "nobody" if ME != "nobody" else "root"
    (problem,) = survey(host, release_owner=other)["problems"]
    assert f"{host.layout.root} ({ME}, 0755)" in problem
    assert f"must belong to {other}" in problem
    assert "and 2 more" in problem


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_release_that_the_service_user_owns_is_a_problem(host: Host) -> None:
    shutil.chown(host.layout.release("openlibrary", B), "nobody")
    (problem,) = survey(host)["problems"]
    assert f"{host.layout.release('openlibrary', B)} (nobody, 0755)" in problem


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("directory", "is a real directory, an installation of other origin: adopt it"),
        ("foreign", "which is not a release of openlibrary: adopt it"),
        ("dangling", "which does not exist"),
        ("missing", ""),
    ],
)
def test_a_current_that_is_no_release_is_a_problem(host: Host, kind: str, words: str, tmp_path: Path) -> None:
    path = Path(host.layout.current("openlibrary"))
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.symlink_to(tmp_path if kind == "foreign" else tmp_path / "gone")
    found = survey(host)
    assert found["projects"]["openlibrary"]["kind"] == kind
    assert found["projects"]["openlibrary"]["current"] is None
    assert [words in problem for problem in found["problems"]] == ([True] if words else [])


def test_releases_without_a_record_need_adoption(host: Host) -> None:
    for letter in "cdef":
        Path(host.layout.release("openlibrary", hash_of(letter))).mkdir()
    (problem,) = survey(host)["problems"]
    assert "c" * 10 in problem
    assert "and 1 more" in problem
    assert problem.endswith("ansible-playbook playbooks/prepare.yml -e adopt=true")


def test_what_an_interrupted_install_left_needs_no_adoption(host: Host) -> None:
    host.lock(to=C)
    Path(host.layout.release("openlibrary", C)).mkdir()
    Path(host.layout.journal).write_text(
        '{"time":"2026-11-23T18:00:00.000Z","run":"run-7","token":7,"who":"mek","project":"openlibrary","from":"",'
        f'"to":"{C}","step":"install","outcome":"begin","detail":""}}\n'
        '{"time":"2026-11-23T18:00'
    )
    found = survey(host)
    assert found["problems"] == []
    assert C not in [release["hash"] for release in found["projects"]["openlibrary"]["releases"]]
    host.point(f"deploys/openlibrary/{C}")
    assert len(survey(host)["problems"]) == 1


def test_a_supervisor_that_does_not_answer_is_one_problem(host: Host, tmp_path: Path) -> None:
    services = [{"name": name, "project": "openlibrary"} for name in ("openlibrary", "solr-updater")]
    found = survey(host, services=services, supervisor_socket=str(tmp_path / "no.sock"))
    (problem,) = found["problems"]
    assert str(tmp_path / "no.sock") in problem
    assert [service["name"] for service in found["services"]] == ["openlibrary", "solr-updater"]
    assert [service["release"] for service in found["services"]] == [None, None]


def test_all_projects_that_are_there_are_looked_at(host: Host) -> None:
    host.release("c", project="olsystem")
    Path(host.layout.project("olsystem")).chmod(0o755)
    Path(host.layout.release("olsystem", C)).chmod(0o755)
    found = survey(host, projects=[])
    assert sorted(found["projects"]) == ["olsystem", "openlibrary"]
    assert found["problems"] == []
    assert list(survey(host, projects=["coverstore"])["projects"]) == ["coverstore"]


def test_the_interpreter_that_makes_environments_is_the_one_that_counts(host: Host, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho \'["3.99", "linux_z80"]\'\n')
    python.chmod(0o755)
    found = survey(host, python=str(python))
    assert (found["python"], found["platform"]) == ("3.99", "linux_z80")


@pytest.mark.parametrize("change", [{"projects": ["../x"]}, {"root": "/"}, {"services": [{"name": "x"}]}])
def test_wrong_input_is_refused(host: Host, change: dict[str, Any]) -> None:
    args = {"root": host.layout.root, "projects": ["openlibrary"], **change}
    assert run_module("release_survey", args)["failed"]
