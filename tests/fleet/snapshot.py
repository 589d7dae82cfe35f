# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is true on the lab's hosts at one moment, and what became different from one moment to another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import testinfra
from testinfra.host import Host

from lab.book import LAB, STATISTICS_URL
from lab.process import docker
from lab.tally import Server, parse_servers

FLEET = ("ol-home", "ol-web3", "ol-web4", "ol-www1")
WEB = ("ol-web3", "ol-web4")
BLUE, GREEN = WEB
ROOT = "/opt/openlibrary"

# Runs on the host. Services write below shared/, and nothing else there does.
LOOK = r"""
import hashlib, json, os, pwd, stat, sys
root, user, passed = sys.argv[1], sys.argv[2], set(sys.argv[3:])
tree, processes = {}, {}
for place, directories, files in os.walk(root):
    directories[:] = [name for name in directories if os.path.relpath(os.path.join(place, name), root) not in passed]
    for name in directories + files:
        path = os.path.join(place, name)
        relative, status = os.path.relpath(path, root), os.lstat(path)
        if relative in passed:
            continue
        entry = [oct(status.st_mode), status.st_uid, status.st_mtime_ns]
        if stat.S_ISLNK(status.st_mode):
            entry.append(os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as stream:
                entry.append(hashlib.sha256(stream.read()).hexdigest())
        tree[relative] = entry
uid = pwd.getpwnam(user).pw_uid
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat("/proc/" + pid).st_uid != uid:
            continue
        with open("/proc/%s/stat" % pid) as stream:
            born = stream.read().rpartition(")")[2].split()[19]
        with open("/proc/%s/cmdline" % pid) as stream:
            command = stream.read().replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        continue
    processes[pid] = [born, os.readlink("/proc/%s/cwd" % pid), command]
journal = os.path.join(root, "deploys/journal.jsonl")
lines = open(journal).read().splitlines() if os.path.exists(journal) else []
print(json.dumps({"tree": tree, "processes": processes, "journal": lines}))
"""


@dataclass(frozen=True)
class Snapshot:
    """One host: files by path (mode, owner, mtime, digest or target), the service user's processes, the journal."""

    tree: Mapping[str, list[Any]]
    processes: Mapping[str, list[str]]
    journal: tuple[str, ...]

    def current(self, project: str = "openlibrary") -> str:
        """The hash of the current release, empty without one."""
        return str(self.tree[project][3]).rpartition("/")[2] if project in self.tree else ""

    def record(self, release: str, project: str = "openlibrary") -> bool:
        return f"deploys/{project}/{release}.json" in self.tree

    @property
    def locked(self) -> bool:
        return "deploys/lock.json" in self.tree

    @property
    def releases_running(self) -> set[str]:
        """The last parts of the processes' working directories."""
        return {cwd.rpartition("/")[2] for _born, cwd, _command in self.processes.values()}


def on(name: str) -> Host:
    """The host, reached past its network and sshd, so that it can be looked at while these are cut."""
    return testinfra.get_host(f"docker://{LAB.container(name)}")


def take(
    names: Iterable[str] = FLEET, root: str = ROOT, user: str = "openlibrary", passed: Iterable[str] = ()
) -> dict[str, Snapshot]:
    """Snapshots by host. `passed` are paths below the root, besides those that services write, that are passed over."""
    left_out = " ".join(("shared", "deploys/flock", *passed))

    def look(name: str) -> Snapshot:
        found = json.loads(on(name).check_output(f"python3 -c %s %s %s {left_out}", LOOK, root, user))
        return Snapshot(found["tree"], found["processes"], tuple(found["journal"]))

    names = tuple(names)
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(look, names), strict=True))


def differences(before: Mapping[str, Snapshot], after: Mapping[str, Snapshot]) -> list[str]:
    """One line for each file and process that is not as before; none when nothing changed."""
    lines = []
    for host in before:
        for kind in ("tree", "processes"):
            old, new = getattr(before[host], kind), getattr(after[host], kind)
            paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
            lines += [f"{host}: {path}: {old.get(path)} -> {new.get(path)}" for path in paths]
    return lines


HAPROXY = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(5)
connection.connect("/run/haproxy/admin.sock")
connection.sendall(sys.argv[1].encode() + b"\\n")
print(connection.makefile().read().strip())
"""


def haproxy(command: str) -> None:
    """A command for the balancer, as an operator types it by hand; it must have nothing to complain of."""
    answer = on("ol-www1").check_output("python3 -c %s %s", HAPROXY, command)
    assert not answer, answer


def supervisorctl(name: str, *words: str) -> None:
    """supervisorctl on a host, by hand."""
    on(name).check_output(f"supervisorctl -s unix:///run/supervisor.sock {' '.join(words)}")


def rotation() -> dict[str, Server]:
    """The balancer's servers, by name."""
    with urlopen(f"{STATISTICS_URL};csv", timeout=5) as reply:
        return parse_servers(reply.read().decode(), "openlibrary")


def in_rotation() -> list[str]:
    """The names of the servers that get traffic at full weight."""
    return sorted(name for name, server in rotation().items() if server.status == "UP" and server.weight == 100)


def assert_fleet_runs(release: str, names: Iterable[str] = FLEET) -> None:
    """Link, processes and rotation agree, everywhere, and no lock is left."""
    for name, seen in take(names).items():
        assert seen.current() == release, name
        assert not seen.locked, name
        assert seen.releases_running <= {release}, f"{name}: {seen.processes}"
        assert seen.processes or name == "ol-www1", f"nothing runs on {name}"
    assert in_rotation() == list(WEB)


def assert_marked_bad(release: str) -> None:
    """Wherever the release is, its record says that it is bad and why."""
    for name in FLEET:
        record = json.loads(on(name).file(f"{ROOT}/deploys/openlibrary/{release}.json").content_string)
        assert record["marks"][-1]["mark"] == "bad", name
        assert record["marks"][-1]["why"], name


def stop(name: str) -> None:
    """The host is shut down."""
    docker("stop", "--time", "5", LAB.container(name))


def boot(name: str) -> None:
    """The host boots, and answers."""
    docker("start", LAB.container(name))
    deadline = time.monotonic() + 60
    while on(name).run("systemctl is-system-running --wait").stdout.strip() not in ("running", "degraded"):
        assert time.monotonic() < deadline, f"{name} does not boot"
        time.sleep(0.2)
