"""Hosts that nobody prepared, for a site that begins: Debian with ssh, supervisor, and haproxy on one of them.

They are made for one test and removed after it; whatever removes the lab removes them too.
"""

from __future__ import annotations

from lab import fleet, keys
from lab.book import GIT_SERVER, LAB, PLACES, Host
from lab.fleet import KeyFile
from lab.image import build_all, in_use
from lab.process import docker, run, together

SITE_PORT = LAB.port(18090)
HOSTS = (
    LAB.host("bare-build1", "base", 32, 12232),
    LAB.host("bare-web1", "base", 33, 12233),
    LAB.host("bare-web2", "base", 34, 12234),
    LAB.host("bare-web3", "base", 35, 12235),
    LAB.host("bare-edge1", "www", 36, 12236, ports=((18090, 8080),)),
)
KNOWN_HOSTS = PLACES.state / "known_hosts.bare"
# Who may become root with a password: another beginning than root.
ADMIN, PASSWORD = "admin", "lab-admin-password"
# What the lab's images bring along for deploys, and a new host has not.
UNDO = f"""\
userdel --remove deploy 2>/dev/null
userdel openlibrary
rm -f /etc/sudoers.d/deploy /etc/supervisor/conf.d/openlibrary.conf
useradd --create-home --groups sudo --shell /bin/bash {ADMIN}
echo {ADMIN}:{PASSWORD} | chpasswd
install -d -o {ADMIN} -g {ADMIN} -m 0700 /home/{ADMIN}/.ssh
install -o {ADMIN} -g {ADMIN} -m 0600 /root/.ssh/authorized_keys /home/{ADMIN}/.ssh/
echo '{GIT_SERVER.address} git.example.org' >> /etc/hosts
systemctl reload ssh
"""


def up() -> None:
    """Makes the hosts anew. The lab has to be up: they use its network, its keys and its git server."""
    down()
    with in_use():
        images = build_all(("www",))
        together(lambda host: docker(*fleet.create_command(host, images[host.role])), HOSTS)
    together(_start, HOSTS)
    known = dict(zip((host.name for host in HOSTS), together(_open, HOSTS), strict=True))
    KNOWN_HOSTS.write_text(keys.known_hosts(known, HOSTS))


def down() -> None:
    """Removes them."""
    if names := [name for name in fleet.made("container") if name.startswith("bare-")]:
        docker("container", "rm", "--force", "--volumes", *names, timeout=120)
    KNOWN_HOSTS.unlink(missing_ok=True)


def _start(host: Host) -> None:
    docker("container", "start", host.container)
    fleet.ensure_ssh(host)


def _open(host: Host) -> str:
    """Admits the operator as root and as a person who knows a password; returns the host's public key."""
    operator = keys.public_half(PLACES.operator_key).read_text()
    git_key = next(line for line in PLACES.known_hosts.read_text().splitlines() if line.startswith(GIT_SERVER.name))
    files = (
        KeyFile("/root/.ssh/authorized_keys", operator, "root"),
        # The first word on a setting counts, and this file comes before the image's.
        KeyFile("/etc/ssh/sshd_config.d/bare.conf", "PermitRootLogin prohibit-password\n", "root", 0o644),
        KeyFile("/etc/ssh/ssh_known_hosts", f"git.example.org {git_key.partition(' ')[2]}\n", "root", 0o644),
        *((KeyFile("/etc/lab/units", "supervisor\n", "root", 0o644),) if host.role == "base" else ()),
    )
    answer = fleet.provision(host, files)
    run(("docker", "exec", "-i", host.container, "sh"), stdin=UNDO.encode())
    return answer
