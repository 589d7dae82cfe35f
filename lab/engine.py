"""Makes sure that a Docker engine answers, on a bare Debian machine too."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from lab.book import PLACES
from lab.errors import LabError
from lab.process import attempt, locked, run

PACKAGES = ("docker.io", "iptables", "mmdebstrap")
DAEMON_LOG = Path("/var/log/openlibrary-deploy-lab-dockerd.log")


def answers() -> bool:
    """Whether the client exists and a daemon talks to it."""
    try:
        return attempt(("docker", "version", "--format", "{{.Server.Version}}"), timeout=20).returncode == 0
    except LabError:
        return False


def ensure() -> None:
    """Installs and starts Docker where none answers and we may. Raises LabError where a person has to."""
    if answers():
        return
    with locked(PLACES.shared / "engine.lock"):
        _ensure()


def _ensure() -> None:
    """The same, once no other lab does it; it may have been done meanwhile."""
    if answers():
        return
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        raise LabError(
            "No Docker engine answers: start it (and let this user talk to it), or run this as root on Debian, "
            "where it is installed and started by itself."
        )
    if not Path("/usr/sbin/dockerd").exists():
        _apt(*PACKAGES)
    # Debian's package starts the service itself where systemd runs; a second dockerd would break the first.
    if not answers():
        _start()
        _wait(30)


def install_mmdebstrap() -> None:
    """mmdebstrap makes the base image where no registry answers; an engine of somebody else comes without it."""
    if attempt(("which", "mmdebstrap")).returncode == 0:
        return
    if os.geteuid() != 0:
        raise LabError("No image registry answers and mmdebstrap is missing: apt-get install mmdebstrap, then again.")
    _apt("mmdebstrap")


def _apt(*packages: str) -> None:
    print(f"Installing {', '.join(packages)}.", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(("apt-get", "update", "-qq"), timeout=300, env=quiet)
    run(("apt-get", "install", "-qq", "-y", *packages), timeout=900, env=quiet)


def _start() -> None:
    """By systemd where it runs, else in a session of its own, so that dockerd outlives this command."""
    print("Starting dockerd.", flush=True)
    if Path("/run/systemd/system").is_dir():
        run(("systemctl", "start", "docker.service"), timeout=120)
        return
    with DAEMON_LOG.open("ab") as log:
        # Nobody's child: it stays when whoever wanted it is ended with all that he started.
        words = ("setsid", "--fork", "dockerd")
        subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, timeout=20)


def _wait(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > deadline:
            raise LabError(f"dockerd was started but does not answer within {seconds:g} s; see {DAEMON_LOG}.")
        time.sleep(0.2)


def describe() -> str:
    """One line for a person: which engine answers."""
    version = run(("docker", "version", "--format", "{{.Server.Version}}"), timeout=20)
    return f"Docker engine {version} answers; the lab's log is {PLACES.log}."
