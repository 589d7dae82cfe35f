# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module supervisor_service against a real supervisord."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, render_entry
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import proc
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.services import observe_services

from .host import NEW, OLD, Host, free_port

Make = Callable[..., Host]


@pytest.fixture(name="make")
def _make(tmp_path: Path) -> Iterator[Make]:
    hosts: list[Host] = []

    def make(**programs: str) -> Host:
        hosts.append(Host(tmp_path, programs))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def test_restart_is_proven_and_the_second_run_changes_nothing(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port} --workers 2", idle="")
    web = {
        "name": "web",
        "port": port,
        "health_url": f"http://127.0.0.1:{port}/health",
        "version_url": f"http://127.0.0.1:{port}/version",
    }
    before = host.pid("web"), host.pid("idle")
    host.switch(NEW)

    would = host.run(web, {"name": "idle"}, check=True)
    assert (would["outcome"], would["restarted"]) == ("would", ["web", "idle"])
    assert (host.pid("web"), host.pid("idle")) == before
    assert host.store.entries() == []

    done = host.run(web, {"name": "idle"}, release=NEW)
    assert (done["changed"], done["outcome"], done["restarted"], done["killed"]) == (True, "done", ["web", "idle"], [])
    first, second = done["services"]
    assert (first["release"], first["environment"], first["proven"]) == (NEW, "env1", True)
    assert len(first["pids"]) == 3
    assert first["pid"] == host.pid("web") != before[0]
    assert second["release"] == NEW
    steps = [(entry.step, entry.outcome, entry.from_, entry.to) for entry in host.store.entries()]
    assert steps == [("restart", "begin", OLD, NEW), ("restart", "done", OLD, NEW)]

    again = host.run(web, {"name": "idle"})
    assert (again["changed"], again["outcome"], again["restarted"]) == (False, "unchanged", [])
    assert host.pid("web") == first["pid"]
    forced = host.run(web, {"name": "idle"}, restart=True)
    assert forced["restarted"] == ["web", "idle"]
    assert host.pid("web") != first["pid"]


def test_a_service_that_dies_is_named_with_its_last_words(make: Make) -> None:
    host = make(web="--die-after 0.8")
    host.switch(NEW)
    result = host.run({"name": "web"}, stable_seconds=4)
    assert result["failed"]
    assert (result["phase"], result["blame"]) == ("start", "release")
    assert re.fullmatch(
        r"web died [0-3] s after its start \(exit status 3\): fatal: no such table: works\.", result["msg"]
    )
    assert "fatal: no such table: works" in result["log_tail"]
    assert result["state_now"].startswith("web is ")
    assert [entry.outcome for entry in host.store.entries()] == ["begin", "failed"]


@pytest.mark.parametrize(
    ("last_words", "shown"),
    [
        (b"\x1b[31mTraceback\x1b[0m: no such table: works\n", "Traceback: no such table: works"),
        (b"caf\xe9 \xff\xfe\n", "caf\ufffd \ufffd\ufffd"),
        (b"x" * 40000 + b"\n", "x" * 200),
        ("ü".encode() * 10000 + b"!!\n", "ü" * 199),
        (b"", r"\(exit status 3\)"),
        (b"\x00\x07\x1b[0m\n", r"\(exit status 3\)"),
        ("\ufffe <&\u2028 \x85\n".encode(), "\ufffd <&"),
    ],
)
def test_whatever_a_service_writes_when_it_dies_it_is_the_release_that_died(
    make: Make, tmp_path: Path, last_words: bytes, shown: str
) -> None:
    (tmp_path / "words").write_bytes(last_words)
    host = make(web=f"--die-after 0.5 --last-words {tmp_path}/words")
    host.switch(NEW)
    result = host.run({"name": "web"}, stable_seconds=4)
    assert (result["failed"], result["phase"], result["blame"]) == (True, "start", "release"), result
    assert re.match(r"web died [0-3] s after its start \(exit status 3\)", result["msg"])
    assert re.search(shown, result["msg"]) and result["msg"].isprintable()
    assert all(line.isprintable() and len(line) <= 500 for line in result["log_tail"])
    assert result["state_now"].startswith("web is ")


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    """The deploy root on a disk of its own that is soon full."""
    root = tmp_path / "root"
    root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(root)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    yield root
    subprocess.run(["umount", "--lazy", str(root)], check=True)


@pytest.mark.parametrize(("arguments", "phase"), [("", "restart"), ("--die-after 0.2", "start")])
def test_a_release_that_fills_the_disk_is_to_blame_for_it(
    small_disk: Path, make: Make, arguments: str, phase: str
) -> None:
    host = make(web=f"--fill {small_disk} {arguments}")
    host.switch(NEW)
    # What a disk has given to a file it need not give again: the entry of the begin ends where such a piece ends.
    begin = Entry("2026-11-23T18:00:00.000Z", "", 0, "unknown", "site", OLD, NEW, "restart", "begin", "web")
    padding = 4096 - len(render_entry(begin))
    Path(host.layout.journal).write_text("-" * (padding - 1) + "\n")
    result = host.run({"name": "web"}, stable_seconds=2)
    assert (result["failed"], result["phase"], result["blame"]) == (True, phase, "release"), result
    assert "No space left on device" in result["unjournaled"]
    assert [entry.outcome for entry in host.store.entries()] == ["begin"]
    if phase == "restart":
        assert result["msg"].startswith(f"Release {NEW[:10]} has filled the disk of {small_disk} since it was started")


def test_a_service_that_somebody_stops_blames_nobody(make: Make) -> None:
    host = make(web="")
    host.switch(NEW)
    before = host.pid("web")

    def stop() -> None:
        host.wait_until(lambda: host.pid("web") not in (0, before))
        host.supervisor.stop("web")

    stopping = threading.Thread(target=stop)
    stopping.start()
    result = host.run({"name": "web"}, stable_seconds=8)
    stopping.join()
    assert (result["failed"], result["phase"], result["blame"]) == (True, "start", "nobody"), result


def test_a_launcher_that_is_gone_blames_the_host(make: Make) -> None:
    host = make(web="")
    host.switch(NEW)
    os.rename(host.root / "bin/launch", host.root / "bin/gone")
    result = host.run({"name": "web"})
    assert (result["failed"], result["phase"], result["blame"]) == (True, "start", "host"), result


def test_a_service_that_cannot_start_says_why(make: Make) -> None:
    host = make(web="")
    Path(host.layout.release("site", NEW), "service.py").write_text("import no_such_module\n")
    host.switch(NEW)
    result = host.run({"name": "web"})
    assert (result["phase"], result["blame"]) == ("start", "release")
    assert "ModuleNotFoundError: No module named 'no_such_module'" in result["msg"]


def test_health_that_never_comes_fails_with_the_answer(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port} --sick")
    host.switch(NEW)
    result = host.run({"name": "web", "health_url": f"http://127.0.0.1:{port}/health"}, health_timeout=1)
    assert (result["phase"], result["blame"]) == ("health", "release")
    assert result["msg"] == f"web is not healthy after 1 s: http://127.0.0.1:{port}/health answers 500."
    assert f"on {NEW[:10]}" in result["state_now"]


def test_a_version_that_does_not_agree_fails(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port} --version-lies")
    host.switch(NEW)
    result = host.run({"name": "web", "version_url": f"http://127.0.0.1:{port}/version"})
    assert (result["failed"], result["phase"], result["blame"]) == (True, "version", "release")
    assert "does not name bbbbbbbbbb" in result["msg"]


def test_a_worker_in_another_directory_is_named(make: Make) -> None:
    host = make(web="--workers 1 --worker-cwd /")
    host.switch(NEW)
    result = host.run({"name": "web"})
    assert (result["failed"], result["phase"], result["blame"]) == (True, "proof", "release")
    assert f"works in /, not in {host.layout.release('site', NEW)}" in result["msg"]


def test_an_updater_has_to_make_progress(make: Make, tmp_path: Path) -> None:
    moving, still = tmp_path / "moving", tmp_path / "still"
    still.write_text("7")
    host = make(updater=f"--progress {moving}", stuck="")
    host.switch(NEW)
    assert host.run({"name": "updater", "progress_file": str(moving)})["outcome"] == "done"
    result = host.run({"name": "stuck", "progress_file": str(still)}, start_timeout=1.5)
    assert (result["failed"], result["phase"], result["blame"]) == (True, "progress", "release")
    assert result["msg"] == f"stuck made no progress in 1.5 s: {still} is as it was before the start."


def test_a_pipe_in_place_of_the_progress_file_does_not_hang_the_step(make: Make, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = make(stuck="").run({"name": "stuck", "progress_file": str(pipe)}, restart=True, start_timeout=1.5)
    assert (result["failed"], result["phase"]) == (True, "progress")
    assert result["msg"] == f"stuck made no progress in 1.5 s: {pipe} is no regular file."


def test_orphans_of_the_old_tree_are_killed_and_named(make: Make) -> None:
    host = make(web="--stubborn-orphan")
    host.wait_until(lambda: len([p for p in proc.kins() if p.group == host.pid("web")]) == 2)
    orphan = next(p.pid for p in proc.kins() if p.group == host.pid("web") and p.pid != host.pid("web"))
    host.switch(NEW)
    result = host.run({"name": "web"}, stop_timeout=1)
    assert result["killed"] == [orphan]
    assert str(orphan) in result["msg"]
    assert proc.read_process(orphan) is None


def test_a_connection_in_flight_is_waited_for(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port}")
    host.wait_until(lambda: proc.listening(port))
    answers: list[bytes] = []

    def ask() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
            while block := client.recv(4096):
                answers.append(block)

    asking = threading.Thread(target=ask)
    asking.start()
    host.wait_until(lambda: proc.established(port) == 1)
    result = host.run({"name": "web", "port": port}, restart=True)
    asking.join()
    assert b"".join(answers).startswith(b"HTTP/1.0 200")
    assert result["outcome"] == "done"


def test_a_connection_that_does_not_end_leaves_the_service_alone(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port}")
    host.wait_until(lambda: proc.listening(port))
    pid = host.pid("web")
    with socket.create_connection(("127.0.0.1", port), timeout=10):
        result = host.run({"name": "web", "port": port}, restart=True, drain_timeout=0.3)
    assert (result["failed"], result["phase"], result["blame"]) == (True, "drain", "host")
    assert f"web has 1 on port {port}" in result["msg"]
    assert host.pid("web") == pid
    assert host.store.entries() == []


@pytest.fixture(name="hanging")
def _hanging(make: Make, tmp_path: Path) -> Iterator[tuple[Host, dict[str, object], list[int], socket.socket]]:
    """A service of whose two workers one hangs in a request: its pids, the one that hangs last, and the client."""
    port, asked = free_port(), tmp_path / "asked"
    host = make(web=f"--port {port} --prefork 2 --asked {asked}")
    host.wait_until(lambda: len(proc.tree(host.pid("web"))) == 3)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /hang HTTP/1.0\r\n\r\n")
        host.wait_until(lambda: asked.exists() and asked.read_text())
        worker = int(asked.read_text().split()[0])
        yield host, {"name": "web", "port": port}, [host.pid("web"), worker], client


def test_what_does_not_end_is_cut_off_before_anybody_elses_time_is_up(
    hanging: tuple[Host, dict[str, object], list[int], socket.socket],
) -> None:
    host, web, pids, client = hanging
    host.switch(NEW)
    # Supervisor would kill the master alone, after five seconds: that it is among the killed says who was first.
    result = host.run(web, drain_cutoff=0.3, drain_timeout=60, stop_timeout=60)
    assert (result["outcome"], result["cut"], sorted(result["killed"])) == ("done", 1, sorted(pids)), result
    assert result["msg"] == (
        "web restarted and proven; old processes that did not end were killed: "
        f"{', '.join(map(str, result['killed']))}; connections that did not end in time were cut: 1."
    )
    assert client.recv(1) == b""
    said = [(entry.step, entry.outcome, entry.detail) for entry in host.store.entries()]
    cut = f"web has 1 on port {web['port']}"
    assert said == [("restart", "begin", "web"), ("cut", "note", cut), ("restart", "done", "web")]


def test_a_worker_that_hangs_for_nobody_does_not_get_the_rest_of_the_cutoff(
    hanging: tuple[Host, dict[str, object], list[int], socket.socket],
) -> None:
    host, web, pids, client = hanging
    client.close()
    host.wait_until(lambda: proc.established(int(str(web["port"]))) == 0)
    result = host.run(web, restart=True, drain_cutoff=300, stop_timeout=300)
    assert (result["outcome"], result["cut"], sorted(result["killed"])) == ("done", 0, sorted(pids)), result
    assert [entry.outcome for entry in host.store.entries()] == ["begin", "done"]


def test_each_worker_answers_before_users_come(make: Make, tmp_path: Path) -> None:
    port, asked = free_port(), tmp_path / "asked"
    host = make(web=f"--port {port} --prefork 3 --asked {asked}", idle="")
    host.switch(NEW)
    web = {"name": "web", "port": port, "health_url": f"http://127.0.0.1:{port}/health"}
    would = host.run(web, {"name": "idle"}, check=True, warm=["/cold"])
    assert (would["outcome"], "warmed" in would, asked.exists()) == ("would", False, False)

    result = host.run(web, {"name": "idle"}, warm=["/cold", "/works/1"], warm_host="example.org")
    warmed = result["warmed"]
    assert (warmed["paths"], warmed["asked"], warmed["answered"]) == (["/cold", "/works/1"], 6, 6), warmed
    assert warmed["problems"] == [] and warmed["slowest"] >= 0.3
    assert f"; 6 of 6 pages answered while warming up, the slowest after {warmed['slowest']:g} s." in result["msg"]
    lines = [line.split() for line in asked.read_text().splitlines()]
    cold = [int(pid) for pid, path, name in lines if (path, name) == ("/cold", "example.org")]
    service = result["services"][0]
    assert sorted([*cold, service["pid"]]) == sorted(service["pids"])
    assert "warmed" not in host.run(web, {"name": "idle"}, warm=["/cold"])


def test_a_page_that_does_not_come_changes_nothing(make: Make) -> None:
    port = free_port()
    host = make(web=f"--port {port} --prefork 2 --sick")
    host.switch(NEW)
    web = {"name": "web", "port": port, "health_url": f"http://127.0.0.1:{port}/version"}
    result = host.run(web, warm=["/health", "/hang", "/works/1"])
    assert (result["outcome"], result["failed"]) == ("done", False), result
    assert {name: result["warmed"][name] for name in ("asked", "answered", "problems")} == {
        "asked": 6,
        "answered": 0,
        "problems": [
            "2 had no answer after 5 s",
            "/health of web: it answers 500 (2 times)",
            "/hang of web: timed out (2 times)",
        ],
    }
    assert "; 0 of 6 pages answered while warming up (2 had no answer after 5 s)." in result["msg"]
    assert [entry.outcome for entry in host.store.entries()] == ["begin", "done"]


def test_a_release_without_a_record_is_refused_untouched(make: Make) -> None:
    host = make(web="")
    host.switch(NEW)
    os.unlink(host.layout.record("site", NEW))
    pid = host.pid("web")
    for always in (False, True):
        result = host.run({"name": "web"}, restart=always)
        assert result["msg"] == f"Release {NEW[:10]} of site is not complete on this host: it has no record."
    assert (host.pid("web"), host.store.entries()) == (pid, [])


def test_a_release_that_is_not_current_is_refused_untouched(make: Make) -> None:
    host = make(web="")
    pid = host.pid("web")
    result = host.run({"name": "web"}, release=NEW)
    assert result["failed"]
    assert result["msg"] == f"The services of site start the current release, which is {OLD}, not {NEW}."
    assert host.pid("web") == pid


def test_a_dead_supervisor_and_an_unknown_program_get_one_sentence(make: Make) -> None:
    host = make(web="")
    assert host.run({"name": "nothing"})["msg"] == "supervisor on this host has no program nothing."
    host.close()
    result = host.run({"name": "web"})
    assert result["msg"].startswith(f"supervisor on this host does not answer at {host.socket} (")
    assert result["blame"] == "host"
    entry = observe_services([{"name": "web", "project": "site"}], host.layout, host.socket, SystemClock())[0]
    assert (entry["state"], entry["release"], entry["problem"]) == ("UNKNOWN", None, result["msg"])


def test_the_survey_names_drift_and_proves_the_rest(make: Make) -> None:
    host = make(web="--workers 1")
    raw = [{"name": "web", "project": "site"}]
    host.wait_until(lambda: len(observe_services(raw, host.layout, host.socket, SystemClock())[0]["processes"]) == 2)
    entry = observe_services(raw, host.layout, host.socket, SystemClock())[0]
    assert (entry["state"], entry["release"], entry["environment"], entry["problem"]) == ("RUNNING", OLD, "env1", "")
    assert {process["cwd"] for process in entry["processes"]} == {os.path.realpath(host.layout.release("site", OLD))}
    assert entry["since"].endswith("Z")
    host.switch(NEW)
    entry = observe_services(raw, host.layout, host.socket, SystemClock())[0]
    assert entry["problem"] == f"web runs {OLD[:10]}, current is {NEW[:10]}."


def test_the_survey_and_a_restart_see_what_is_not_well(make: Make, tmp_path: Path) -> None:
    port, stuck = free_port(), tmp_path / "stuck"
    stuck.write_text("7")
    host = make(web=f"--port {port} --sick-while {tmp_path}/sick --version-lies", updater="")
    url = f"http://127.0.0.1:{port}"
    web = {"name": "web", "project": "site", "health_url": f"{url}/health"}
    updater = {"name": "updater", "project": "site", "progress_file": str(stuck)}
    host.wait_until(lambda: proc.listening(port))

    def problems() -> list[str]:
        seen = observe_services([web, updater], host.layout, host.socket, SystemClock())
        assert {entry["release"] for entry in seen} == {OLD}
        return [entry["problem"] for entry in seen]

    web_problem, updater_problem = problems()
    assert web_problem == ""
    assert updater_problem.startswith(f"updater makes no progress: {stuck} was changed last at ")
    stuck.write_text("8")
    assert problems() == ["", ""]
    assert host.run(web)["restarted"] == []
    (tmp_path / "sick").touch()
    assert problems() == [f"web is not healthy: {url}/health answers 500.", ""]
    web["version_url"] = f"{url}/version"
    (tmp_path / "sick").unlink()
    assert problems()[0].startswith(f"web: {url}/version does not name {OLD[:10]} but says ")
    del web["version_url"]
    (tmp_path / "sick").touch()
    pid = host.pid("web")
    result = host.run(web, health_timeout=1)
    assert (result["failed"], result["phase"], host.pid("web") != pid) == (True, "health", True)


def test_services_are_waited_for_together(make: Make) -> None:
    host = make(one="", two="", three="")
    began = time.monotonic()
    result = host.run({"name": "one"}, {"name": "two"}, {"name": "three"}, restart=True, stable_seconds=3)
    assert result["restarted"] == ["one", "two", "three"]
    assert time.monotonic() - began < 3 * 3
