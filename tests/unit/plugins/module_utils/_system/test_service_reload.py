# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reloads on a host in memory: its systemd, its processes and its haproxy. The real ones are in molecule/olsystem."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError, ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import ProcessReading
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import ServerAdmin
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import HaproxyError, ProcessInfo
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.binds import Bind
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import ProcessFacts
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import Reloaded
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.command import Outcome
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.service_reload import Edges, Reload
from tests.support import FakeClock, hash_of

RELEASE = f"/opt/site/deploys/olsystem/{hash_of('b')}"
NGINX = Reloaded("nginx", "olsystem", ("nginx", "-t", "{release}/etc"), "nginx.service", health_url="http://127.0.0.1/")
STATE = "1\n# be_id srv_id\n"


class World(Edges):
    """A host whose services obey a reload after ``delay`` seconds, unless they are told to misbehave."""

    def __init__(self, state_file: str = "") -> None:
        self.clock = FakeClock(1000.0)
        self.state_file = state_file
        self.ran: list[list[str]] = []
        self.active, self.master, self.master_after, self.delay = "active", 7, 7, 1.0
        self.test_code, self.reload_code, self.health = 0, 0, ""
        self.obeys, self.old_stay, self.keeps, self.takes_commands, self.takes_out = True, False, True, True, False
        self.reloaded_at = float("inf")
        self.file_at_reload: str | None = None
        self.admins = [ServerAdmin("site", "web3", 8, 100, 100), ServerAdmin("site", "web4", 0, 10, 100)]
        self.commands: list[str] = []
        self.forgotten, self.survives, self.starts = False, True, True
        self.taken: dict[str, str] = {}
        self.mute = False
        self.after_reload: Sequence[Callable[[], None]] = ()

    @property
    def fresh(self) -> bool:
        return self.obeys and self.clock.now() >= self.reloaded_at + self.delay

    def run(self, argv: Sequence[str], timeout: float) -> Outcome:
        self.ran.append(list(argv))
        if argv[:2] == ["systemctl", "show"]:
            if self.mute and self.reloaded_at < float("inf"):
                raise DeployError("systemctl show did not end within 5 s and was stopped.")
            pid = self.master_after if self.fresh else self.master
            state = self.active if self.survives or self.reloaded_at == float("inf") else "failed"
            return Outcome(0, f"ActiveState={state}\nMainPID={pid}\n".encode(), b"")
        if argv[:2] == ["systemctl", "start"]:
            self.active = "active" if self.starts else self.active
            return Outcome(0 if self.starts else 1, b"", b"Job for it failed.\n")
        if argv[:2] == ["systemctl", "reload"]:
            self.reloaded_at = self.clock.now()
            file = Path(self.state_file or "/nonexistent")
            self.file_at_reload = file.read_text() if file.exists() else None
            for act in self.after_reload:
                act()
            return Outcome(self.reload_code, b"", b"Job for it failed.\n" if self.reload_code else b"")
        if argv[0] == "journalctl":
            return Outcome(0, b"said in the journal\n", b"")
        return Outcome(self.test_code, b"", b"nginx: [emerg] unknown directive\nnginx: test failed\n")

    def children(self, pid: int) -> list[ProcessFacts]:
        assert pid == self.master
        old = ProcessFacts(8, 7, 7, "/", ("worker",), "", 1.0)
        ending = ProcessFacts(8, 7, 7, "/", ("worker is shutting down",), "", 1.0)
        return (
            [old if self.old_stay else ending, ProcessFacts(9, 7, 7, "/", ("worker",), "", 2.0)]
            if self.fresh
            else [old]
        )

    def health_problem(self, url: str) -> str:
        return self.health

    def bind_problem(self, bind: Bind) -> str:
        return self.taken.get(str(bind), "")

    def haproxy(self, address: str) -> Any:
        return self

    def read(self) -> ProcessReading:
        if self.reloaded_at < float("inf") and self.clock.now() < self.reloaded_at + self.delay / 2:
            raise HaproxyError("There is no haproxy socket.")
        if self.fresh and not self.keeps and not self.forgotten:
            self.forgotten = True
            self.admins = [ServerAdmin("site", "web3", 0, 100, 100), ServerAdmin("site", "web4", 0, 100, 100)]
        if self.fresh and self.takes_out:
            self.admins = [self.admins[0], ServerAdmin("site", "web4", 1, 10, 100)]
        return ProcessReading("s", (), tuple(self.admins), ProcessInfo(9 if self.fresh else 8, 1, "2.6"))

    def ask(self, line: str) -> str:
        assert line == "show servers state"
        return STATE + "\n"

    def command(self, command: str) -> None:
        self.commands.append(command)
        if self.takes_commands and "state drain" in command:
            self.admins[0] = ServerAdmin("site", "web3", 8, 100, 100)
        if self.takes_commands and "weight 10" in command:
            self.admins[1] = ServerAdmin("site", "web4", 0, 10, 100)


def job(world: World) -> Reload:
    return Reload(10.0, 5.0, world.clock, world)


def haproxy(state_file: str = "") -> Reloaded:
    return Reloaded("haproxy", "olsystem", ("haproxy", "{release}"), "haproxy", "", "/run/admin.sock", state_file)


def test_a_test_runs_on_the_release_and_its_words_are_kept() -> None:
    world = World()
    job(world).test(NGINX, RELEASE)
    assert world.ran == [["nginx", "-t", f"{RELEASE}/etc"]]
    world.test_code = 1
    with pytest.raises(ProofError) as failure:
        job(world).test(NGINX, RELEASE)
    assert failure.value.msg == "nginx refuses the files of release bbbbbbbbbb: nginx: [emerg] unknown directive"
    assert failure.value.phase == "test" and failure.value.blame == "release"
    assert failure.value.details["log_tail"] == ["nginx: [emerg] unknown directive", "nginx: test failed"]


def test_a_reload_is_proven_by_new_workers() -> None:
    world = World()
    assert job(world).reload(NGINX, RELEASE) == {"name": "nginx", "unit": "nginx.service", "pid": 7, "put_back": []}
    assert ["systemctl", "reload", "nginx.service"] in world.ran
    assert sum(world.clock.slept) >= 1.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"old_stay": True}, "nginx still serves with old workers: 8, 10 s after its reload."),
        ({"master_after": 17, "delay": 0.0}, "nginx.service was restarted by its reload: its connections were cut."),
        ({"survives": False, "obeys": False}, "nginx.service did not survive its reload, it is failed."),
        # Where it dies early, systemd's job fails as well.
        ({"survives": False, "reload_code": 1}, "nginx.service did not survive its reload, it is failed."),
        ({"health": "http://127.0.0.1/ answered 503"}, "nginx is not well: http://127.0.0.1/ answered 503, 10 s after"),
    ],
)
def test_what_is_no_reload_and_may_be_met_by_users(change: dict[str, Any], sentence: str) -> None:
    world = World()
    vars(world).update(change)
    with pytest.raises(ProofError) as failure:
        job(world).reload(NGINX, RELEASE)
    assert failure.value.msg.startswith(sentence)
    assert (failure.value.phase, failure.value.blame) == ("reload", "release")
    assert failure.value.details["log_tail"] == ["said in the journal"]
    assert failure.value.details["served"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"obeys": False}, "nginx has started no new worker, 10 s after its reload."),
        ({"reload_code": 1}, "systemctl reload nginx.service failed: Job for it failed."),
    ],
)
def test_what_is_no_reload_and_is_met_by_nobody(change: dict[str, Any], sentence: str) -> None:
    world = World()
    vars(world).update(change)
    with pytest.raises(ProofError) as failure:
        job(world).reload(NGINX, RELEASE)
    assert (failure.value.msg, failure.value.details["served"]) == (sentence, False)


@pytest.mark.parametrize("service", [NGINX, haproxy()])
def test_a_systemd_that_does_not_answer_changes_nothing_about_a_reload_that_failed(service: Reloaded) -> None:
    world = World()
    world.reload_code, world.mute = 1, True
    with pytest.raises(ProofError, match=f"systemctl reload {service.unit} failed") as failure:
        job(world).reload(service, RELEASE)
    assert failure.value.blame == "release"


def test_states_that_cannot_be_forgotten_change_nothing_about_a_reload_that_failed(tmp_path: Path) -> None:
    world = World(str(tmp_path / "state"))
    world.obeys = False
    world.after_reload = (tmp_path / "state").unlink, (tmp_path / "state").mkdir
    with pytest.raises(ProofError, match="haproxy has started no new worker") as failure:
        job(world).reload(haproxy(str(tmp_path / "state")), RELEASE)
    assert failure.value.blame == "release"


def test_what_a_failed_reload_has_left_is_started_with_the_states_that_its_servers_had(tmp_path: Path) -> None:
    path = tmp_path / "server-state"
    world = World(str(path))
    world.survives = world.obeys = False
    with pytest.raises(ProofError, match="haproxy did not survive its reload"):
        job(world).reload(haproxy(str(path)), RELEASE)
    assert sum(world.clock.slept) < 1
    assert path.read_text() == STATE
    world.active, world.survives = "failed", True
    done = {"name": "haproxy", "unit": "haproxy", "pid": 7, "put_back": []}
    assert job(world).reload(haproxy(str(path)), RELEASE) == done
    assert [words[1] for words in world.ran if words[0] == "systemctl"][-4:-1] == ["reset-failed", "start", "show"]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_started_is_a_failure_and_leaves_its_servers_states_to_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "server-state"
    path.write_text(STATE)
    world = World()
    world.active, world.starts = "inactive", False
    with pytest.raises(ProofError, match=r"systemctl start haproxy failed: Job for it failed\."):
        job(world).reload(haproxy(str(path)), RELEASE)
    assert path.read_text() == STATE


def test_a_haproxy_that_could_not_listen_is_not_reloaded(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text("frontend www\n    bind :80\n")
    world = World()
    world.taken = {"*:80": "Address already in use"}
    service = replace(haproxy(), test=("haproxy", "-c", "-f", "{release}/haproxy.cfg"))
    with pytest.raises(ProofError, match=r"haproxy could not listen on \*:80 \(haproxy\.cfg:2\): Address"):
        job(world).reload(service, str(tmp_path))
    assert ["systemctl", "reload", "haproxy"] not in world.ran
    world.taken = {}
    assert job(world).reload(service, str(tmp_path))["pid"] == 9


def test_an_address_is_taken_by_others_and_not_by_whoever_shares_it() -> None:
    with socket.socket() as listener, socket.socket() as sharing:
        for each in (listener, sharing):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, each is sharing)
            each.bind(("127.0.0.1", 0))
            each.listen()
        binds = [Bind("127.0.0.1", each.getsockname()[1], 1) for each in (listener, sharing)]
        assert [Edges().bind_problem(bind) for bind in binds] == ["Address already in use", ""]


def test_haproxy_gets_its_servers_states_and_they_are_not_left_for_a_later_start(tmp_path: Path) -> None:
    path = tmp_path / "server-state"
    world = World(str(path))
    assert job(world).reload(haproxy(str(path)), RELEASE) == {
        "name": "haproxy",
        "unit": "haproxy",
        "pid": 9,
        "put_back": [],
    }
    assert world.file_at_reload == STATE
    assert (list(tmp_path.iterdir()), world.commands) == ([], [])


def test_a_failed_reload_leaves_no_states_either(tmp_path: Path) -> None:
    path = tmp_path / "server-state"
    world = World(str(path))
    world.obeys = False
    with pytest.raises(ProofError, match="haproxy has started no new worker, 10 s after its reload"):
        job(world).reload(haproxy(str(path)), RELEASE)
    assert list(tmp_path.iterdir()) == []


def test_states_that_haproxy_lost_are_put_back() -> None:
    world = World()
    world.keeps = False
    assert job(world).reload(haproxy(), RELEASE)["put_back"] == ["site/web3", "site/web4"]
    assert world.commands == ["set server site/web3 state drain", "set server site/web4 weight 10"]


def test_states_that_cannot_be_put_back_are_a_failure() -> None:
    world = World()
    world.keeps = world.takes_commands = False
    with pytest.raises(
        ProofError, match=r"lost the states of its servers in the reload: site/web3 \(drain\), site/web4"
    ) as failure:
        job(world).reload(haproxy(), RELEASE)
    assert failure.value.details["served"]


def test_a_server_that_the_reload_took_out_is_a_failure() -> None:
    world = World()
    world.takes_out = True
    with pytest.raises(ProofError, match="took out servers in the reload: site/web4") as failure:
        job(world).reload(haproxy(), RELEASE)
    assert failure.value.details["served"]


def test_the_second_service_says_what_the_first_one_runs() -> None:
    world = World()
    work = job(world)
    work.reload(NGINX, RELEASE)
    world.reload_code = 1
    with pytest.raises(ProofError) as failure:
        work.reload(haproxy(), RELEASE)
    assert failure.value.details["reloaded"] == ["nginx"]
    assert failure.value.state_now == "nginx reloaded; haproxy was not proven to have loaded other files than before"


def test_the_reason_is_the_line_that_is_marked() -> None:
    said = b"[NOTICE] (9) : a\n[ALERT] (9) : config : parsing [x:3] : unknown keyword\n[ALERT] fatal errors found\n"
    assert Outcome(1, b"", said).error_line == "[ALERT] (9) : config : parsing [x:3] : unknown keyword"
    assert Outcome(1, b"", b"first\nlast\n").error_line == "last"
