"""Brings the six containers up and takes them down. Touches nothing but what carries the label and is this lab's."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import tarfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from lab import keys
from lab.book import (
    GIT_SERVER,
    HOME,
    HOSTS,
    LAB,
    LABEL,
    NAGIOS_URL,
    NETWORK,
    PLACES,
    STATISTICS_URL,
    Host,
    Lab,
)
from lab.errors import LabError
from lab.image import build_all, forget_older, in_use
from lab.plan import SPECIFICATION, Seen, Step, parse_seen, repair
from lab.process import attempt, docker, together

# Seconds that sshd may take, before and after a restart: other labs may boot at the same time.
SSH_SECONDS = 20


@dataclass(frozen=True)
class KeyFile:
    """A file that only a running lab can know. Its owner is named as on the host."""

    path: str
    content: str
    owner: str
    mode: int = 0o600


def up() -> None:
    """Makes the lab run, whatever state it was left in."""
    keys.ensure_keys()
    keys.ensure_agent()
    with in_use():
        images = build_all(tuple(dict.fromkeys(host.role for host in HOSTS)))
        network_id = _ensure_network()
        seen = observe(network_id)
        _refuse_strangers(seen)
        together(lambda host: _repair(host, images[host.role], seen.get(host.container)), HOSTS)
        forget_older(images.values())
    together(ensure_ssh, HOSTS)
    _provision_all()
    _await_pages()


def down() -> None:
    """Removes what `up` made; the images stay, so that the next start is quick."""
    if names := made("container"):
        docker("container", "rm", "--force", "--volumes", *names, timeout=120)
    for kind in ("network", "volume"):
        if names := made(kind):
            docker(kind, "rm", *names)
    keys.stop_agent()


def made(kind: str) -> list[str]:
    """The names of this lab's containers, networks or volumes."""
    every = ("--all",) if kind == "container" else ()
    form = "{{.Names}}" if kind == "container" else "{{.Name}}"
    listed = docker(kind, "ls", *every, "--filter", f"label={LABEL}", "--format", form)
    return [name for name in listed.split() if LAB.owns(name)]


def observe(network_id: str | None = None) -> dict[str, Seen]:
    """What exists under the names of the lab's containers, by name."""
    if network_id is None:
        network_id = _network_id()
    inspected = attempt(("docker", "container", "inspect", *(host.container for host in HOSTS)))
    return {entry["Name"].lstrip("/"): parse_seen(entry, network_id) for entry in json.loads(inspected.stdout or b"[]")}


def ssh_answers(host: Host) -> bool:
    """Whether sshd greets on the host's published port; docker's proxy alone accepts and says nothing."""
    try:
        with socket.create_connection(("127.0.0.1", host.ssh_port), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def create_command(host: Host, image: str, lab: Lab = LAB) -> tuple[str, ...]:
    """The docker command that makes the container of `host`. Its digest is the container's specification."""
    words = ["container", "create", "--name", host.container, "--hostname", host.name]
    words += ["--label", f"{LABEL}={host.role}"]
    # Docker itself answers for a name only while that host runs.
    for name, address in _others(host, lab):
        words += ["--add-host", f"{name}:{address}"]
    words += [
        "--network",
        lab.network,
        "--ip",
        host.address,
        "--cgroupns=private",
        "--tmpfs",
        "/run",
        "--tmpfs",
        "/run/lock",
    ]
    for capability in ("SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN"):
        words += ["--cap-add", capability]
    for outside, inside in host.published:
        words += ["--publish", f"127.0.0.1:{outside}:{inside}"]
    for volume, place in host.volumes:
        words += ["--volume", f"{volume}:{place}"]
    specification = hashlib.sha256("\0".join([*words, image]).encode()).hexdigest()
    return (*words, "--label", f"{SPECIFICATION}={specification}", image)


def _others(host: Host, lab: Lab) -> list[tuple[str, str]]:
    """Names and addresses of the lab's hosts besides `host`."""
    return [(other.name, other.address) for other in lab.hosts if other.name != host.name]


def specification_of(command: tuple[str, ...]) -> str:
    return command[-2].partition("=")[2]


def _network_id() -> str:
    shown = attempt(("docker", "network", "inspect", "--format", '{{.Id}} {{index .Labels "' + LABEL + '"}}', NETWORK))
    if shown.returncode != 0:
        return ""
    network_id, _space, label = shown.stdout.decode().strip().partition(" ")
    if not label:
        raise LabError(f"A docker network named {NETWORK} exists that the lab did not make; remove it.")
    return network_id


def _ensure_network() -> str:
    if LAB.volume not in docker("volume", "ls", "--quiet").split():
        docker("volume", "create", "--label", f"{LABEL}=git", LAB.volume)
    subnet = ("--subnet", LAB.subnet)
    return _network_id() or docker("network", "create", "--label", f"{LABEL}=network", *subnet, NETWORK)


def _refuse_strangers(seen: Mapping[str, Seen]) -> None:
    strangers = sorted(name for name, container in seen.items() if not container.ours)
    if strangers:
        raise LabError(f"Containers exist that the lab did not make: {', '.join(strangers)}; rename or remove them.")


def _repair(host: Host, image: str, seen: Seen | None) -> None:
    command = create_command(host, image)
    for step in repair(specification_of(command), seen):
        if step is Step.REMOVE:
            docker("container", "rm", "--force", "--volumes", host.container)
        elif step is Step.CREATE:
            print(f"Starting {host.name}.", flush=True)
            docker(*command)
            docker("container", "start", host.container)
        elif step is Step.CONNECT:
            attempt(("docker", "network", "disconnect", "--force", NETWORK, host.container))
            docker("network", "connect", "--ip", host.address, NETWORK, host.container)
            # Which made docker forget the names of the others, until the next start.
            names = "".join(f"{address}\t{name}\n" for name, address in _others(host, LAB))
            attempt(("docker", "exec", "-i", host.container, "tee", "--append", "/etc/hosts"), stdin=names.encode())
        else:
            docker("container", step.value, host.container)


def ensure_ssh(host: Host) -> None:
    """Waits for sshd. A host that runs and stays silent (a test's blackhole route, say) is restarted once."""
    for last in (False, True):
        deadline = time.monotonic() + SSH_SECONDS
        while time.monotonic() < deadline:
            if ssh_answers(host):
                return
            time.sleep(0.1)
        if last:
            break
        print(f"{host.name} runs but its sshd does not answer: restarting it.", flush=True)
        docker("container", "restart", "--time", "5", host.container)
    raise LabError(
        f"sshd of {host.name} does not answer on 127.0.0.1:{host.ssh_port}; see: docker logs {host.container}"
    )


def _provision_all() -> None:
    """Puts the keys in place and writes known_hosts from the hosts' own answers, never from the network."""
    git_key = provision(GIT_SERVER, _git_server_files())
    others = [host for host in HOSTS if host is not GIT_SERVER]
    answers = together(lambda host: provision(host, _files_of(host, git_key)), others)
    host_keys = {GIT_SERVER.name: git_key} | dict(zip((host.name for host in others), answers, strict=True))
    PLACES.known_hosts.write_text(keys.known_hosts(host_keys))


def provision(host: Host, files: tuple[KeyFile, ...]) -> str:
    """Unpacks `files` on the host, has its units started; returns its public host key."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for file in files:
            member = tarfile.TarInfo(file.path.lstrip("/"))
            content = file.content.encode()
            member.size, member.mode, member.uname, member.gname = len(content), file.mode, file.owner, file.owner
            member.mtime = int(time.time())
            archive.addfile(member, io.BytesIO(content))
    return docker("exec", "-i", host.container, "/usr/local/sbin/lab-provision", stdin=packed.getvalue(), timeout=90)


def _files_of(host: Host, git_key: str) -> tuple[KeyFile, ...]:
    operator = keys.public_half(PLACES.operator_key).read_text()
    files = (KeyFile("/home/deploy/.ssh/authorized_keys", operator, "deploy"),)
    if host is not HOME:
        return files
    return (
        *files,
        KeyFile("/etc/ssh/ssh_known_hosts", keys.known_host_by_name(GIT_SERVER, git_key), "root", 0o644),
        # Not a name that ssh tries by itself: the forwarded agent stays the only way unless a run asks for this key.
        KeyFile("/home/deploy/.ssh/id_readonly", PLACES.readonly_key.read_text(), "deploy"),
    )


def _git_server_files() -> tuple[KeyFile, ...]:
    operator = keys.public_half(PLACES.operator_key).read_text()
    readonly = keys.public_half(PLACES.readonly_key).read_text()
    admitted = f'{operator}command="read-only",restrict {readonly}'
    return (
        KeyFile("/home/deploy/.ssh/authorized_keys", operator, "deploy"),
        KeyFile("/home/git/.ssh/authorized_keys", admitted, "git"),
    )


def _await_pages() -> None:
    """The two web interfaces answer; the site itself cannot before something has been deployed."""
    for url in (f"{STATISTICS_URL};csv", f"{NAGIOS_URL}statusjson.cgi?query=programstatus"):
        deadline = time.monotonic() + 30
        while not _answers(url):
            if time.monotonic() > deadline:
                raise LabError(f"{url} does not answer.")
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as reply:
            return bool(reply.status == 200 and reply.read(1))
    except OSError:
        return False
