"""The lab's own keys, its known_hosts and its ssh-agent. Made per checkout under .lab/, never committed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.book import HOSTS, PLACES, Host
from lab.errors import LabError
from lab.process import attempt, run


def ensure_keys() -> None:
    """Makes the operator's and the read-only key where one of their halves is missing."""
    PLACES.state.mkdir(parents=True, exist_ok=True)
    for key, comment in ((PLACES.operator_key, "lab-operator"), (PLACES.readonly_key, "lab-readonly")):
        if not (key.exists() and public_half(key).exists()):
            key.unlink(missing_ok=True)
            run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key)))


def public_half(key: Path) -> Path:
    return key.with_suffix(".pub")


def known_hosts(host_keys: Mapping[str, str], hosts: Iterable[Host] = HOSTS) -> str:
    """The text of a known_hosts file for `host_keys` (name of the host -> its public key), by address and by name."""
    lines = []
    for host in hosts:
        kind, key = host_keys[host.name].split()[:2]
        names = [host.name, host.address, *(f"[127.0.0.1]:{port}" for port in host.ssh_ports)]
        lines.append(f"{','.join(names)} {kind} {key}\n")
    return "".join(lines)


def known_host_by_name(host: Host, host_key: str) -> str:
    """The line for a known_hosts file inside the lab, where names and not forwarded ports are used."""
    kind, key = host_key.split()[:2]
    return f"{host.name},{host.address} {kind} {key}\n"


def ensure_agent() -> None:
    """An agent that holds the operator's key, and nothing else, answers on the fixed socket."""
    _ensure_runtime()
    socket = str(PLACES.agent_socket)
    listed = attempt(("ssh-add", "-L"), env={"SSH_AUTH_SOCK": socket})
    if listed.returncode == 2:
        PLACES.agent_socket.unlink(missing_ok=True)
        run(("ssh-agent", "-a", socket))
    key = public_half(PLACES.operator_key).read_text().split()[1]
    if key not in listed.stdout.decode().split():
        attempt(("ssh-add", "-q", "-D"), env={"SSH_AUTH_SOCK": socket})
        run(("ssh-add", "-q", str(PLACES.operator_key)), env={"SSH_AUTH_SOCK": socket})


def stop_agent() -> None:
    """Ends the lab's own agent: the process that was started with our socket, found by its command line."""
    for pid in _processes_with(("ssh-agent", "-a", str(PLACES.agent_socket))):
        os.kill(pid, signal.SIGTERM)
    PLACES.agent_socket.unlink(missing_ok=True)


def _ensure_runtime() -> None:
    """The directory for sockets. In /tmp anybody may have made it first: then it is not ours to use."""
    runtime = PLACES.runtime
    (runtime / "cp").mkdir(mode=0o700, parents=True, exist_ok=True)
    found = runtime.lstat()
    if runtime.is_symlink() or found.st_uid != os.geteuid():
        raise LabError(f"{runtime} belongs to somebody else; remove it.")
    runtime.chmod(0o700)
    link = PLACES.state / "agent.sock"
    if not link.is_symlink() or link.readlink() != PLACES.agent_socket:
        link.unlink(missing_ok=True)
        link.symlink_to(PLACES.agent_socket)


def _processes_with(argv: Iterable[str]) -> list[int]:
    wanted = "\0".join(argv).encode() + b"\0"
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if (folder / "cmdline").read_bytes() == wanted:
                    found.append(int(folder.name))
            except OSError:
                continue  # it ended while we looked
    return found
