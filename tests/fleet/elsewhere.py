# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A site that has none of Open Library's names, paths and ports, on the lab's hosts, installed by hand years ago.

Its project `shelf` serves from ol-dev0 behind a haproxy of its own on ol-www1; ol-home builds.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from lab import repositories
from lab.book import PLACES, repository_url
from lab.process import docker, run
from lab.repositories import git_environment
from tests.fleet.snapshot import on
from tests.fleet.sources import IDENTITY

ROOT = "/srv/shelf"
PROJECT = "shelf"
NODE, BALANCER, HOME = "ol-dev0", "ol-www1", "ol-home"
ADDRESS = "10.217.71.16"
PORT, BALANCER_PORT = 9191, 9190
PACKAGES = f"{ROOT}/venv/lib/python3.11/site-packages"
SOCKET = "/run/shelf-balancer.sock"

SERVER = f"""\
import json, os
from wsgiref.simple_server import make_server
import packaging

def application(environ, start_response):
    body = json.dumps(dict(release=os.path.basename(os.getcwd()), greeting="one")).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

if __name__ == "__main__":
    make_server("0.0.0.0", {PORT}, application).serve_forever()
"""

FILES = {"shelf/__init__.py": "", "shelf/server.py": SERVER, "requirements.txt": "packaging==24.2\n"}

BY_HAND = f"""\
[program:shelf-web]
command={ROOT}/venv/bin/python -m shelf.server
directory={ROOT}/shelf
user=reader
redirect_stderr=true
stdout_logfile=/var/log/supervisor/shelf-web.log
"""
BY_LAUNCHER = BY_HAND.replace(f"{ROOT}/venv/bin/python", f"{ROOT}/bin/launch shelf python").replace(
    f"directory={ROOT}/shelf\n", ""
)

HAPROXY = f"""\
global
    stats socket {SOCKET} mode 600 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
frontend readers
    bind 127.0.0.1:{BALANCER_PORT}
    default_backend shelves
backend shelves
    option httpchk GET /
    default-server inter 300ms fall 2 rise 2 weight 100
    server shelf-one {ADDRESS}:{PORT} check
"""


def inventory(directory: Path) -> Path:
    """The site's inventory. How the hosts are reached is the lab's affair, everything else is its own."""
    lab: dict[str, Any] = json.loads((PLACES.root / ".cache" / "molecule" / "inventory.json").read_text())["all"]
    reached = {
        name: {key: value for key, value in lab["hosts"][name].items() if key.startswith("ansible_")}
        | {"ansible_user": "shipper"}
        for name in (HOME, NODE, BALANCER)
    }
    groups = {
        "home": {"hosts": {HOME: {}}, "vars": {"deploy_services": []}},
        "web": {"hosts": {NODE: {}}, "vars": {"deploy_services": [SERVICE]}},
        "www": {"hosts": {BALANCER: {}}, "vars": {"deploy_services": []}},
    }
    file = directory / "elsewhere.yml"
    file.write_text(json.dumps({"all": {"hosts": reached, "vars": VARIABLES, "children": groups}}))
    return file


SERVICE = {
    "name": "shelf-web",
    "project": PROJECT,
    "port": PORT,
    "health_url": f"http://127.0.0.1:{PORT}/",
    "version_url": f"http://127.0.0.1:{PORT}/",
}
VARIABLES = {
    "deploy_root": ROOT,
    "deploy_user": "shipper",
    "deploy_service_user": "reader",
    "deploy_python": "/usr/bin/python3",
    "deploy_supervisor_socket": "/run/supervisor.sock",
    "deploy_project": PROJECT,
    "deploy_projects": {
        PROJECT: {
            "repository": "ssh://git@ol-infra/srv/git/shelf.git",
            "branch": "trunk",
            "requirements": "requirements.txt",
            "smoke_imports": ["shelf.server"],
        }
    },
    "deploy_balancer": BALANCER,
    "deploy_balancer_socket": SOCKET,
    "deploy_balancer_backend": "shelves",
    "deploy_balancer_server": "shelf-one",
    "deploy_min_in_rotation": 0,
    "deploy_check_interval": 0.3,
    "deploy_drain_timeout": 20,
    "deploy_ramp": [100],
    "deploy_ramp_hold": 0,
    # Nobody reads here but a test, and no other node serves: the bake cannot tell, and goes on.
    "deploy_bake_warmup": 0,
    "deploy_bake_seconds": 1,
    "deploy_bake_timeout": 2,
    "deploy_stable_seconds": 2,
    "deploy_min_free_mib": 100,
}


def make_repository() -> tuple[str, str]:
    """The hashes of the two commits on the branch `trunk` of the git server's repository `shelf`."""
    repositories.create(PROJECT)
    environment = {**git_environment(), **IDENTITY, "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    environment["GIT_AUTHOR_DATE"] = environment["GIT_COMMITTER_DATE"]
    with tempfile.TemporaryDirectory() as directory:
        git = ("git", "-C", directory)
        run((*git, "init", "--quiet", "--initial-branch=trunk"), env=environment)
        hashes = []
        for greeting in ("one", "two"):
            for path, text in FILES.items():
                file = Path(directory, path)
                file.parent.mkdir(exist_ok=True)
                file.write_text(text.replace('"one"', f'"{greeting}"'))
            run((*git, "add", "--all"), env=environment)
            run((*git, "commit", "--quiet", f"--message=Say {greeting}"), env=environment)
            hashes.append(run((*git, "rev-parse", "HEAD"), env=environment))
        run((*git, "push", "--quiet", "--force", repository_url(PROJECT), "trunk"), env=environment)
    return hashes[0], hashes[1]


def remove() -> None:
    """Takes the site away, so that it can be installed by hand again."""
    for host in (NODE, BALANCER, HOME):
        on(host).run("rm -f /etc/supervisor/conf.d/shelf.conf")
        if host == NODE:
            on(host).run("supervisorctl update")
        on(host).check_output(f"rm -rf {ROOT}")
    on(BALANCER).run("pkill -F /run/shelf-balancer.pid")


def install_by_hand(release: str) -> None:
    """What there is to adopt: a hash directory without a record, a real venv, no journal, and a service that runs."""
    remove()
    on(NODE).check_output("id reader || useradd --system reader")
    files = {f"{ROOT}/deploys/shelf/{release}/{path}": text for path, text in FILES.items()}
    put(NODE, {**files, "/etc/supervisor/conf.d/shelf.conf": BY_HAND}, owner="shipper")
    for command in (
        f"ln -s deploys/shelf/{release} {ROOT}/shelf",
        f"python3 -m venv --system-site-packages {ROOT}/venv",
        f"cp -r {PACKAGES}/pip/_vendor/packaging {PACKAGES}/",
        "supervisorctl update",
    ):
        on(NODE).check_output(command)
    put(BALANCER, {"/etc/haproxy/shelf.cfg": HAPROXY})
    on(BALANCER).check_output("haproxy -D -f /etc/haproxy/shelf.cfg -p /run/shelf-balancer.pid")


def start_by_launcher() -> None:
    """The one change that an adopted site makes to its service: it is started through the launcher."""
    put(NODE, {"/etc/supervisor/conf.d/shelf.conf": BY_LAUNCHER})
    on(NODE).check_output("supervisorctl update")


def put(host: str, files: dict[str, str], owner: str = "root") -> None:
    """Writes files and their directories on a host."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode, member.uname = len(text), 0o644, owner
            archive.addfile(member, io.BytesIO(text.encode()))
    docker("exec", "-i", host, "tar", "-C", "/", "-x", stdin=packed.getvalue())
