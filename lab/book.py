"""The address book: who the lab's hosts are and where everything answers. Fixed, so that any script can rely on it.

A machine bears several labs. Which one is meant says the environment variable LAB: without it the one whose names and
ports are written here, with a letter another one beside it.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

LABEL = "openlibrary.deploy.lab"
# The default lab has no name; the others have a letter.
NAMES = ("", *"bcdefghi")


@dataclass(frozen=True)
class Host:
    """One host of a lab. `ports` maps ports on 127.0.0.1 to ports in the container.

    Hosts and inventory call it by its `name`, which is the same in every lab; docker calls it `container`.
    """

    name: str
    container: str
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


@dataclass(frozen=True)
class Lab:
    """One of the labs of a machine: what tells it from the others. Raises LabError for a name that none can have."""

    name: str = ""

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise LabError(f"LAB={self.name!r} names no lab; it is a letter from b to i, or not set.")

    @property
    def suffix(self) -> str:
        """What the names of its containers, its network and its volume end with."""
        return self.name and f"-{self.name}"

    @property
    def network(self) -> str:
        return f"openlibrary-deploy-lab{self.suffix}"

    @property
    def volume(self) -> str:
        return f"openlibrary-deploy-lab-git{self.suffix}"

    @property
    def subnet(self) -> str:
        return f"{self.address(0)}/24"

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Its six hosts."""
        git = (self.volume, "/srv/git")
        return (
            self.host("ol-home", "home", 12, 12201),
            self.host("ol-web3", "web", 13, 12203),
            self.host("ol-web4", "web", 14, 12204),
            self.host("ol-www1", "www", 15, 12205, ports=((18080, 80),)),
            self.host("ol-dev0", "web", 16, 12206),
            self.host("ol-infra", "infra", 17, 12207, ports=((12222, 22), (18083, 8083)), volumes=(git,)),
        )

    def address(self, last: int) -> str:
        """The address on its network that ends with `last`."""
        return f"10.217.{71 + NAMES.index(self.name)}.{last}"

    def port(self, port: int) -> int:
        """The port on 127.0.0.1 that is `port` in the default lab."""
        return port + 100 * NAMES.index(self.name)

    def container(self, host: str) -> str:
        """What docker calls one of its hosts."""
        return f"{host}{self.suffix}"

    def owns(self, name: str) -> bool:
        """Whether a container, network or volume that a lab made belongs to this one."""
        letter = re.search(r"-([b-i])$", name)
        return self.name == (letter[1] if letter else "")

    def host(
        self,
        name: str,
        role: str,
        last: int,
        ssh_port: int,
        ports: tuple[tuple[int, int], ...] = (),
        volumes: tuple[tuple[str, str], ...] = (),
    ) -> Host:
        """A host of this lab, described by what it has in the default one."""
        published = tuple((self.port(outside), inside) for outside, inside in ports)
        return Host(
            name, self.container(name), role, self.address(last), self.port(ssh_port), ports=published, volumes=volumes
        )


LAB = Lab(os.environ.get("LAB", ""))
NETWORK = LAB.network
HOSTS = LAB.hosts
HOME = HOSTS[0]
GIT_SERVER = HOSTS[-1]
GIT_PORT = LAB.port(12222)
SITE_URL = f"http://127.0.0.1:{LAB.port(18080)}/"
STATISTICS_URL = f"{SITE_URL}admin?stats"
NAGIOS_URL = f"http://127.0.0.1:{LAB.port(18083)}/cgi-bin/nagios4/"


@dataclass(frozen=True)
class Places:
    """Where a lab of one checkout keeps its files."""

    root: Path
    lab: Lab = LAB

    @property
    def shared(self) -> Path:
        """What all labs of the checkout share."""
        return self.root / ".lab"

    @property
    def state(self) -> Path:
        return self.shared / self.lab.name

    @property
    def cache(self) -> Path:
        """What the scenarios leave behind. .config/molecule/config.yml has the same path."""
        return self.root / ".cache" / "molecule" / self.lab.name

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
        """For sockets: the path of a unix socket has room for 107 bytes, whatever the checkout is called."""
        digest = hashlib.sha1(os.path.realpath(self.root).encode(), usedforsecurity=False).hexdigest()
        return Path("/tmp") / f"openlibrary-deploy-lab-{digest[:12]}{self.lab.suffix}"

    @property
    def agent_socket(self) -> Path:
        return self.runtime / "agent.sock"


PLACES = Places(Path(__file__).resolve().parent.parent)


def repository_url(name: str) -> str:
    """Where a repository of the lab is reached from the machine that runs the lab."""
    return f"ssh://git@127.0.0.1:{GIT_PORT}/srv/git/{name}.git"
