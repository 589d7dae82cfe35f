# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What processes prove, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import (
    Location,
    ProcessFacts,
    ServiceFacts,
    Wanted,
    common_release,
    descendants,
    drift,
    environment_path,
    location,
    proof_problems,
    runs_other,
    tree,
)

OLD, NEW = "a" * 40, "b" * 40
LAYOUT = Layout("/srv/site")
RELEASE = f"/srv/site/deploys/web/{NEW}"
OLD_RELEASE = f"/srv/site/deploys/web/{OLD}"
VENV = "/srv/site/venvs/e2"
WANTED = Wanted(RELEASE, VENV, earlier_pid=7)
RUNNING = ServiceFacts("web", "RUNNING", 10, 100.0, 0.0, 110.0)
MASTER = ProcessFacts(10, 1, 10, RELEASE, (f"{VENV}/bin/python", f"{VENV}/bin/gunicorn"), VENV, 5.0)
WORKER = replace(MASTER, pid=11, ppid=10, start=6.0)


@pytest.mark.parametrize(
    ("state", "releases", "other"),
    [
        ("RUNNING", [OLD, OLD], True),
        ("RUNNING", [OLD, NEW], True),
        ("RUNNING", [NEW, NEW], False),
        ("RUNNING", [NEW, OLD], False),  # a second look decides
        ("RUNNING", [NEW, None], False),
        ("STARTING", [None], False),
        ("STARTING", [], False),
        ("BACKOFF", [], False),
        ("UNKNOWN", [], False),
        ("STOPPED", [], True),
        ("EXITED", [], True),
        ("FATAL", [], True),
    ],
)
def test_when_one_look_is_enough_for_a_restart(state: str, releases: list[str | None], other: bool) -> None:
    entry = {"state": state, "processes": [{"release": release} for release in releases]}
    assert runs_other(entry, NEW) is other


def test_a_master_and_its_workers_prove_the_release() -> None:
    deeper = replace(WORKER, pid=12, cwd=RELEASE + "/static")
    assert proof_problems(RUNNING, [MASTER, WORKER, deeper], WANTED) == []


@pytest.mark.parametrize(
    ("worker", "problem"),
    [
        ({"cwd": OLD_RELEASE}, f"works in {OLD_RELEASE}, not in {RELEASE}"),
        ({"cwd": RELEASE + "x"}, f"works in {RELEASE}x, not in {RELEASE}"),
        ({"cwd": RELEASE + " (deleted)"}, f"works in {RELEASE} (deleted), not in {RELEASE}"),
        ({"cwd": "/"}, f"works in /, not in {RELEASE}"),
        ({"cwd": ""}, "does not let its working directory be read (that takes root with CAP_SYS_PTRACE)"),
        ({"virtual_env": "/srv/site/venvs/e1"}, f"runs from the environment /srv/site/venvs/e1, not from {VENV}"),
        (
            {"argv": ("/srv/site/venvs/e1/bin/python",)},
            f"runs the interpreter /srv/site/venvs/e1/bin/python, not one of {VENV}",
        ),
        (
            {"virtual_env": "", "argv": ("gunicorn: worker [site]",)},
            "does not show its environment (gunicorn: worker [site])",
        ),
        ({"virtual_env": "", "argv": ()}, "does not show its environment (no command line)"),
        (
            {"virtual_env": "", "argv": ("/srv/site/venvs/e1/bin/python", "x.py")},
            f"runs from the environment /srv/site/venvs/e1, not from {VENV}",
        ),
    ],
)
def test_one_worker_out_of_line_is_named(worker: dict[str, object], problem: str) -> None:
    bad = replace(WORKER, **worker)  # type: ignore[arg-type]
    assert proof_problems(RUNNING, [MASTER, bad], WANTED) == [f"web: pid 11 {problem}"]


@pytest.mark.parametrize(
    "worker",
    [
        {"argv": ("gunicorn: worker [site]",)},
        {"argv": ("git", "rev-parse", "HEAD")},
        {"virtual_env": ""},
        {"virtual_env": "", "argv": ("/bin/sh", f"{VENV}/bin/thing")},
        {"virtual_env": VENV + "/"},
    ],
    ids=["setproctitle", "another program", "by its interpreter", "by its script", "with a slash"],
)
def test_either_the_variable_or_the_interpreter_shows_the_environment(worker: dict[str, object]) -> None:
    assert proof_problems(RUNNING, [MASTER, replace(WORKER, **worker)], WANTED) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "processes", "problem"),
    [
        (replace(RUNNING, statename="BACKOFF", pid=0), [], "web is BACKOFF, not RUNNING"),
        (replace(RUNNING, pid=7), [replace(MASTER, pid=7)], "web still has pid 7, it was not restarted"),
        (RUNNING, [], "web: pid 10 is gone"),
        (RUNNING, [WORKER], "web: pid 10 is gone"),
    ],
)
def test_a_service_without_a_new_running_master_proves_nothing(
    service: ServiceFacts, processes: list[ProcessFacts], problem: str
) -> None:
    assert proof_problems(service, processes, WANTED) == [problem]


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        (RELEASE, Location("web", NEW, False)),
        (RELEASE + "/a/b", Location("web", NEW, False)),
        (RELEASE + " (deleted)", Location("web", NEW, True)),
        ("/srv/site/deploys/web", None),
        ("/srv/site/deploys/web/main", None),
        (f"/srv/other/deploys/web/{NEW}", None),
        ("", None),
    ],
)
def test_location(cwd: str, expected: Location | None) -> None:
    assert location(cwd, LAYOUT) == expected


def test_the_environment_is_unknown_outside_of_the_environments() -> None:
    process = replace(MASTER, virtual_env="", argv=("/usr/bin/python3", "/usr/bin/x"))
    assert environment_path(process, LAYOUT.environments) == ""


def test_the_tree_is_found_by_parent_and_by_group() -> None:
    grandchild = replace(WORKER, pid=9, ppid=11, group=99)
    orphan = replace(WORKER, pid=13, ppid=1)
    stranger = replace(WORKER, pid=14, ppid=1, group=14)
    processes = [grandchild, MASTER, WORKER, orphan, stranger]
    assert [each.pid for each in descendants(processes, 10)] == [10, 11, 9]
    assert [each.pid for each in tree(processes, 10)] == [10, 11, 9, 13]


@pytest.mark.parametrize(
    ("cwds", "release", "sentence"),
    [
        ([RELEASE, RELEASE + "/x"], NEW, ""),
        ([], None, ""),
        ([OLD_RELEASE], OLD, "web runs aaaaaaaaaa, current is bbbbbbbbbb"),
        ([RELEASE, OLD_RELEASE], None, "web runs aaaaaaaaaa and bbbbbbbbbb, current is bbbbbbbbbb"),
        ([RELEASE + " (deleted)"], NEW, "web runs bbbbbbbbbb (deleted), current is bbbbbbbbbb"),
        (["/"], None, "web runs outside of any release (/), current is bbbbbbbbbb"),
        (
            [RELEASE, ""],
            None,
            "web runs bbbbbbbbbb and outside of any release (not readable), current is bbbbbbbbbb",
        ),
    ],
)
def test_what_all_of_them_run(cwds: list[str], release: str | None, sentence: str) -> None:
    processes = [replace(MASTER, cwd=cwd) for cwd in cwds]
    assert common_release(processes, LAYOUT) == release
    assert drift("web", processes, LAYOUT, NEW) == sentence


def test_drift_without_a_current_release() -> None:
    assert drift("web", [MASTER], LAYOUT, None) == "web runs bbbbbbbbbb, current is not set"
