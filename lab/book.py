"""The address book: who the lab's hosts are and where everything answers. Fixed, so that any script can rely on it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

LABEL = "openlibrary.deploy.lab"
NETWORK = "openlibrary-deploy-lab"
SUBNET = "10.217.71.0/24"
REPOSITORY_VOLUME = "openlibrary-deploy-lab-git"

SITE_URL = "http://127.0.0.1:18080/"
STATISTICS_URL = "http://127.0.0.1:18080/admin?stats"
NAGIOS_URL = "http://127.0.0.1:18083/cgi-bin/nagios4/"
GIT_PORT = 12222


@dataclass(frozen=True)
class Host:
    """One host of the lab. `ports` maps ports on 127.0.0.1 to ports in the container."""

    name: str
    role: str
    address: str
    ssh_port: int
    ports: tuple[tuple[int, int], ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()

    @property
    def published(self) -> tuple[tuple[int, int], ...]:
        return ((self.ssh_port, 22), *self.ports)

    @property
    def ssh_ports(self) -> tuple[int, ...]:
        return tuple(outside for outside, inside in self.published if inside == 22)


HOSTS = (
    Host("ol-home", "home", "10.217.71.12", 12201),
    Host("ol-web3", "web", "10.217.71.13", 12203),
    Host("ol-web4", "web", "10.217.71.14", 12204),
    Host("ol-www1", "www", "10.217.71.15", 12205, ports=((18080, 80),)),
    Host("ol-dev0", "web", "10.217.71.16", 12206),
    Host(
        "ol-infra",
        "infra",
        "10.217.71.17",
        12207,
        ports=((GIT_PORT, 22), (18083, 8083)),
        volumes=((REPOSITORY_VOLUME, "/srv/git"),),
    ),
)
HOME = HOSTS[0]
GIT_SERVER = HOSTS[-1]


@dataclass(frozen=True)
class Places:
    """Where the lab of one checkout keeps its files."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / ".lab"

    @property
    def operator_key(self) -> Path:
        return self.state / "id_operator"

    @property
    def readonly_key(self) -> Path:
        return self.state / "id_readonly"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"

    @property
    def log(self) -> Path:
        return self.state / "lab.log"

    @property
    def runtime(self) -> Path:
        """For sockets: the path of a unix socket has room for 107 bytes, whatever the checkout is called.

        inventories/lab/group_vars/all.yml computes the same name.
        """
        digest = hashlib.sha1(os.path.realpath(self.root).encode(), usedforsecurity=False).hexdigest()
        return Path("/tmp") / f"openlibrary-deploy-lab-{digest[:12]}"

    @property
    def agent_socket(self) -> Path:
        return self.runtime / "agent.sock"


PLACES = Places(Path(__file__).resolve().parent.parent)


def repository_url(name: str) -> str:
    """Where a repository of the lab is reached from the machine that runs the lab."""
    return f"ssh://git@127.0.0.1:{GIT_PORT}/srv/git/{name}.git"
