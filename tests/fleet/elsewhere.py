# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site of inventories/example, on hosts of its own (lab.bare): what its owner brings along, and what readers get.

It has none of Open Library's names, paths and ports: its project `shop` has two services on three web nodes.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testinfra.host import Host

from lab import bare, keys, repositories
from lab.book import PLACES, repository_url
from lab.process import docker, run
from lab.repositories import git_environment
from tests.fleet import snapshot, sources
from tests.fleet.snapshot import Snapshot

ROOT = "/srv/shop"
PROJECT = "shop"
BUILD, EDGE = "build1", "edge1"
WEB = ("web1", "web2", "web3")
ADDRESSES = {host.name.removeprefix("bare-"): host for host in bare.HOSTS}
HOSTS = tuple(ADDRESSES)
WEB_PORT, WORKER_PORT = 8000, 8001
PAGE = f"http://127.0.0.1:{bare.SITE_PORT}/"
PACKAGES = f"{ROOT}/venv/lib/python3.11/site-packages"

SERVER = """\
import json, os, sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import packaging

GREETING = "one"
HEALTH = "200 OK"
RELEASE = os.path.basename(os.getcwd())

def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = json.dumps(dict(release=RELEASE, **({} if path == "/version" else dict(greeting=GREETING)))).encode()
    start_response(HEALTH if path == "/health" else "200 OK", [("Content-Length", str(len(body)))])
    return [body]

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 100

if __name__ == "__main__":
    make_server("0.0.0.0", int(sys.argv[1]), application, server_class=Server).serve_forever()
"""
FILES = {"shop/__init__.py": "", "shop/server.py": SERVER, "requirements.txt": "packaging==24.2\n"}

PROGRAM = """\
[program:{name}]
command={command} -m shop.server {port}
user=shop
stopwaitsecs=10
redirect_stderr=true
stdout_logfile=/var/log/supervisor/{name}.log
"""
PROGRAMS = {"shop-web": WEB_PORT, "shop-worker": WORKER_PORT}

SERVERS = "".join(f"    server {name} {ADDRESSES[name].address}:{WEB_PORT} check\n" for name in WEB)
HAPROXY = f"""\
global
    user haproxy
    group haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    timeout check 3s
frontend readers
    bind :8080
    default_backend shop
backend shop
    option httpchk GET /health
    default-server inter 1s fall 2 rise 2 weight 100
{SERVERS}"""


def on(name: str) -> Host:
    """A host of the site, past its sshd."""
    return snapshot.on(ADDRESSES[name].name)


def look(names: tuple[str, ...] = HOSTS) -> dict[str, Snapshot]:
    """What is true on the site's hosts."""
    taken = snapshot.take([ADDRESSES[name].name for name in names], root=ROOT, user="shop")
    return {name: taken[ADDRESSES[name].name] for name in names}


@contextmanager
def hosts() -> Iterator[None]:
    """The site's hosts, made for the block and removed after it."""
    try:
        bare.up()
        yield
    finally:
        bare.down()


def inventory(folder: Path, **variables: Any) -> Path:
    """The example inventory in `folder`, with the addresses of these hosts and `variables` for all of them."""
    shutil.copytree(PLACES.root / "inventories" / "example", folder)
    edit(folder, **variables)
    return folder


def edit(folder: Path, **variables: Any) -> None:
    """What whoever copied the inventory to `folder` puts in: how the hosts are reached, who may deploy, `variables`."""
    (folder / "host_vars").mkdir()
    for name, host in ADDRESSES.items():
        reached = {
            "ansible_host": "127.0.0.1",
            "ansible_port": host.ssh_port,
            "ansible_ssh_extra_args": f"-F none -o IdentityAgent={PLACES.agent_socket} -o StrictHostKeyChecking=yes "
            f"-o UserKnownHostsFile={bare.KNOWN_HOSTS} -o GlobalKnownHostsFile=/dev/null",
            "deploy_authorized_keys": [keys.public_half(PLACES.operator_key).read_text()],
        }
        (folder / "host_vars" / f"{name}.yml").write_text(json.dumps({**reached, **variables}))


def make_repository() -> str:
    """Begins the branch `main` of the git server's repository `shop` anew; returns its first commit."""
    repositories.create(PROJECT)
    environment = {**git_environment(), **sources.IDENTITY}
    with tempfile.TemporaryDirectory() as directory:
        git = ("git", "-C", directory)
        run((*git, "init", "--quiet", "--initial-branch=main"), env=environment)
        for path, text in FILES.items():
            file = Path(directory, path)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        run((*git, "add", "--all"), env=environment)
        run((*git, "commit", "--quiet", "--message=Say one"), env=environment)
        run((*git, "push", "--quiet", "--force", repository_url(PROJECT), "main"), env=environment)
        return run((*git, "rev-parse", "HEAD"), env=environment)


def publish(old: str, new: str) -> str:
    """Pushes a commit to `main` in which the server has `new` instead of `old`; returns its hash."""
    edits = {"shop/server.py": lambda text: text.replace(old, new)}
    return sources.commit("main", edits, branch="main", repository=PROJECT)


def configure(python: str = f"{ROOT}/bin/launch shop python") -> None:
    """The site's own business: haproxy, and supervisor's programs, which the launcher starts unless told otherwise."""
    programs = "".join(PROGRAM.format(name=name, command=python, port=port) for name, port in PROGRAMS.items())
    for name in WEB:
        put(name, {"/etc/supervisor/conf.d/shop.conf": programs})
        on(name).check_output("supervisorctl update")
    put(EDGE, {"/etc/haproxy/haproxy.cfg": HAPROXY})
    on(EDGE).check_output("systemctl reload haproxy")


def install_by_hand(release: str) -> None:
    """What there is to adopt: on each web node a hash directory without a record, a real venv, no journal, a service.

    The user of the deploys is there too, on all hosts, as are the keys and the sudo rule.
    """
    for name in HOSTS:
        for command in (
            "useradd --system shop",
            "useradd --create-home deploy",
            "install -d -o deploy -m 0700 /home/deploy/.ssh",
            "install -o deploy -m 0600 /root/.ssh/authorized_keys /home/deploy/.ssh/",
            "echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/by-hand",
        ):
            on(name).check_output(command)
    for name in WEB:
        put(name, {f"{ROOT}/deploys/shop/{release}/{path}": text for path, text in FILES.items()}, owner="deploy")
        for command in (
            f"ln -s deploys/shop/{release} {ROOT}/shop",
            f"python3 -m venv --system-site-packages {ROOT}/venv",
            f"cp -r {PACKAGES}/pip/_vendor/packaging {PACKAGES}/",
        ):
            on(name).check_output(command)
    configure(f"/usr/bin/env --chdir={ROOT}/shop {ROOT}/venv/bin/python")


def put(name: str, files: dict[str, str], owner: str = "root") -> None:
    """Writes files and their directories on a host."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode, member.uname = len(text), 0o644, owner
            archive.addfile(member, io.BytesIO(text.encode()))
    docker("exec", "-i", ADDRESSES[name].container, "tar", "-C", "/", "-x", stdin=packed.getvalue())


def answer() -> dict[str, Any]:
    """What readers get; nothing while nobody serves."""
    try:
        with urllib.request.urlopen(PAGE, timeout=5) as reply:
            return dict(json.load(reply))
    except OSError:
        return {}


def await_answer(**expected: str) -> None:
    """Readers get this, soon."""
    deadline = time.monotonic() + 20
    while any(answer().get(name) != value for name, value in expected.items()):
        assert time.monotonic() < deadline, answer()
        time.sleep(0.2)


@contextmanager
def readers(rate: float = 60.0) -> Iterator[list[str]]:
    """Readers while the block runs, `rate` requests a second; the list has the release of each answer, or nothing."""
    got: list[str] = []
    end = threading.Event()

    def read() -> None:
        while not end.wait(1 / rate):
            got.append(answer().get("release", ""))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield got
    finally:
        end.set()
        thread.join()
