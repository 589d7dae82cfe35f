"""The lab's hosts as the bench uses them: prepared for all contestants alike, handed from one to the next, and read."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchmarks import standin
from lab.book import GIT_SERVER, HOSTS, LAB, PLACES, STATISTICS_URL, repository_url
from lab.process import docker, run, together
from lab.repositories import git_environment
from lab.tally import parse_servers
from tests.fleet import sources

PLACE = PLACES.state / "bench"
BASE = "/opt/bench"
"""Where on a host the contestants other than ours keep what they deploy, each in a folder of its name."""
HOME, WEB, WWW = "ol-home", ("ol-web3", "ol-web4"), "ol-www1"
FLEET = (HOME, *WEB, WWW)
ADDRESSES = {host.name: host for host in HOSTS}
BRANCH = "bench"
REPOSITORY = f"ssh://git@{GIT_SERVER.name}/srv/git/openlibrary.git"
FILES = 2_300
DATE = "2026-11-02T11:00:00Z"
SEED = "20200101000000"
"""The first release of each contestant but ours, named as Capistrano names one."""
READY_SECONDS = 60
SSH = PLACE / "ssh_config"
# As on a host that others deploy to as well: the git server is known, and sshd says which commands it ran.
PREPARE = f"""\
set -eu
rm -rf {BASE}
install -d -o deploy -g deploy {BASE}
install -o deploy -g deploy -m 0600 /dev/null /home/deploy/.ssh/known_hosts
echo "$1" > /home/deploy/.ssh/known_hosts
echo 'LogLevel VERBOSE' > /etc/ssh/sshd_config.d/bench.conf
systemctl reload ssh
"""
SEEDED = f"""\
set -eu
environments=/opt/openlibrary/venvs
[ ! -d $environments ] || ln -sfn "$(ls -d $environments/*/ | tail -n 1)" {BASE}/venv
release={BASE}/$1/releases/{SEED}
mkdir -p {BASE}/$1/releases
cp -r --no-preserve=ownership "$(readlink -f /opt/openlibrary/openlibrary)" $release
echo "$2" > $release/REVISION
ln -s $release {BASE}/$1/current
chown -R deploy:deploy {BASE}/$1
"""
COUNTERS = """\
journalctl --sync
cat /sys/class/net/eth0/statistics/rx_bytes
journalctl -t sshd -o cat | grep -c '^Starting session' || :
"""
# What the current release takes beside all others: a file that it shares with them by a hard link counts as theirs.
DISK = """\
set -eu
release=$(readlink -f "$1")
cd "${release%/*}"
find . -mindepth 1 -maxdepth 1 -type d ! -name "${release##*/}" -print0 |
    xargs -0 sh -c 'du -sk "$@" "$0" | tail -n 1' "$release" | cut -f 1
"""


@dataclass(frozen=True)
class Counters:
    """What a host has counted since it runs: bytes that came over its network, commands that sshd has run."""

    bytes: int
    sessions: int


def sh(host: str, script: str, *words: str) -> str:
    """Runs a script as root on a host, past its sshd; returns what it printed."""
    argv = ("exec", "-i", LAB.container(host), "sh", "-s", "--", *words)
    return docker(*argv, stdin=script.encode(), timeout=180)


def prepare() -> None:
    """Everything on the hosts that no contestant brings along."""
    PLACE.mkdir(parents=True, exist_ok=True)
    SSH.write_text(ssh_config())
    known = next(line for line in PLACES.known_hosts.read_text().splitlines() if line.startswith(GIT_SERVER.name))
    together(lambda host: sh(host, PREPARE, known), FLEET)
    for name in ("activate", "launch"):
        text = (Path(__file__).parent / "host" / name).read_text()
        for host in FLEET:
            _put(host, f"{BASE}/{name}", text)
    # Whatever a bench that was broken off has left.
    together(lambda host: sh(host, f"{BASE}/activate ours"), FLEET)


def ssh_config() -> str:
    """An OpenSSH configuration for those who bring none; with masters that stay, and the lab's agent forwarded."""
    hosts = "".join(
        f"Host {name}\n  HostName 127.0.0.1\n  Port {ADDRESSES[name].ssh_port}\n  HostKeyAlias {name}\n"
        for name in FLEET
    )
    return hosts + (
        f"Host *\n  User deploy\n  ForwardAgent yes\n  UserKnownHostsFile {PLACES.known_hosts}\n"
        f"  StrictHostKeyChecking yes\n  ControlMaster auto\n  ControlPath {PLACES.runtime}/%C\n  ControlPersist 600\n"
    )


def environment() -> dict[str, str]:
    """What a contestant's command finds in its environment."""
    return {"SSH_AUTH_SOCK": str(PLACES.agent_socket), "BENCH_SSH": str(SSH), "BENCH_REPOSITORY": REPOSITORY}


def prepared() -> bool:
    """Whether the hosts are deploy targets of this collection already."""
    return "yes" in sh(WEB[0], "[ ! -x /opt/openlibrary/bin/launch ] || echo yes")


def seed(name: str, release: str) -> None:
    """Gives a contestant the release that ours has deployed, as though he had done it himself."""
    together(lambda host: sh(host, SEEDED, name, release), FLEET)


def activate(name: str) -> None:
    """Has the fleet serve what contestant `name` has deployed, both web nodes in rotation and well.

    Raises TimeoutError if they do not become so.
    """
    for node in WEB:
        server = f"set server openlibrary/{node}"
        sh(WWW, f"echo '{server} state ready; {server} weight 100%' | socat - /run/haproxy/admin.sock")
    together(lambda host: sh(host, f"{BASE}/activate {name}"), FLEET)
    deadline = time.monotonic() + READY_SECONDS
    while not _all_serve():
        if time.monotonic() > deadline:
            raise TimeoutError(f"with what {name} has deployed the web nodes do not serve: {STATISTICS_URL}")
        time.sleep(0.2)


def counters() -> dict[str, Counters]:
    """Each host's own."""
    found = together(lambda host: sh(host, COUNTERS).split(), FLEET)
    return {host: Counters(int(seen[0]), int(seen[1])) for host, seen in zip(FLEET, found, strict=True)}


def disk_kib(current: str) -> int:
    """What the release behind the link takes on a web node, beyond what it shares with those beside it."""
    return int(sh(WEB[0], DISK, current))


def make_repository() -> str:
    """Pushes the branch that is benched; returns its commit, the same each time.

    It is the stand-in with its submodule's files as its own, since not every contestant fetches submodules, with as
    many files as the real one, and with a page that never ends (`/hang`).
    """
    environment = {**git_environment(), **sources.IDENTITY, "GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        tree = Path(folder, "openlibrary")
        for name, place in (("openlibrary", tree), ("infogami", tree / "vendor/infogami")):
            run(("git", "clone", "--quiet", "--depth=1", repository_url(name), str(place)), env=environment)
        shutil.rmtree(tree / "vendor/infogami/.git")
        git = ("git", "-C", str(tree))
        run((*git, "rm", "--quiet", "--cached", "vendor/infogami"), env=environment)
        run((*git, "rm", "--quiet", ".gitmodules"), env=environment)
        server = tree / "openlibrary/server.py"
        server.write_text(standin.with_hang(server.read_text()))
        for number in range(FILES - len(run((*git, "ls-files"), env=environment).splitlines())):
            file = tree / f"filler/part{number // 50:02}/file{number:04}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(standin.filler(number))
        run((*git, "add", "--all"), env=environment)
        run((*git, "commit", "--quiet", "--message=As many files as Open Library has"), env=environment)
        run((*git, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}"), env=environment, timeout=180)
        return run((*git, "rev-parse", "HEAD"), env=environment)


def commit() -> str:
    """A small commit on top of the branch that is benched, which no host has seen."""
    return sources.commit(base=BRANCH, branch=BRANCH)


def _put(host: str, path: str, text: str) -> None:
    sh(host, f"cat > {path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE\nchmod 755 {path}\n")


def served() -> set[str]:
    """What the web nodes themselves say that they run; an empty text stands for one that does not answer."""
    return set(map(_version, WEB))


def _all_serve() -> bool:
    with urllib.request.urlopen(f"{STATISTICS_URL};csv", timeout=5) as reply:
        servers = parse_servers(reply.read().decode(), "openlibrary")
    return all(node in servers and servers[node].in_rotation for node in WEB) and "" not in served()


def _version(node: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{ADDRESSES[node].address}:7071/version", timeout=5) as reply:
            return str(json.load(reply)["release"])
    except OSError:
        return ""
