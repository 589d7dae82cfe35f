# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's Nagios: what it shows, what somebody reports to it, whom it would have paged, and without it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from lab.book import LAB, NAGIOS_URL
from lab.process import docker
from tests.fleet.snapshot import GREEN

HOST = LAB.container("ol-infra")
"""The container that it runs in."""
STATUS = f"{NAGIOS_URL}statusjson.cgi"
GROUP = "openlibrary"
PASSIVE = "disk"
"""The service of ol-web4 on which only tests report."""
COMMANDS = "/var/lib/nagios4/rw/nagios.cmd"
PAGES = "/var/lib/nagios4/notifications.log"


def ask(query: str, **more: str) -> dict[str, Any]:
    """What Nagios answers to a query; nothing while it does not answer."""
    words = urlencode({"query": query, "details": "true", "formatoptions": "enumerate", **more})
    try:
        with urlopen(f"{STATUS}?{words}", timeout=5) as answer:
            data: dict[str, Any] = json.load(answer)["data"].get(query) or {}
            return data
    except (URLError, ValueError, KeyError):
        return {}


def services() -> dict[str, dict[str, Any]]:
    """The services of the group by ``host/service``."""
    listed = ask("servicelist", hostgroup=GROUP)
    return {f"{host}/{name}": found for host, named in listed.items() for name, found in named.items()}


def downtimes() -> list[dict[str, Any]]:
    """All downtimes, whoever set them."""
    return list(ask("downtimelist").values())


def pages() -> list[str]:
    """Everybody whom Nagios would have paged so far, a line each."""
    return docker("exec", HOST, "sh", "-c", f"cat {PAGES} 2>/dev/null || true").splitlines()


def history() -> list[str]:
    """What Nagios itself wrote down, a line each."""
    return docker("exec", HOST, "cat", "/var/log/nagios4/nagios.log").splitlines()


def command(line: str) -> list[str]:
    """The words that give Nagios a command."""
    return ["docker", "exec", HOST, "sh", "-c", f"printf '[%s] %s\\n' $(date +%s) '{line}' > {COMMANDS}"]


def reported(host: str, state: int, service: str = PASSIVE) -> list[str]:
    """The words that report a state (0 OK, 1 WARNING, 2 CRITICAL) of a service."""
    return command(f"PROCESS_SERVICE_CHECK_RESULT;{host};{service};{state};by a test")


def send(words: list[str]) -> None:
    docker(*words[1:])


def wait_for(condition: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Returns when Nagios shows it."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"Nagios does not show {what} after {timeout:g} s"
        time.sleep(0.3)


def shows(service: str, status: str) -> Callable[[], bool]:
    """Whether a service is in a state for good."""

    def seen() -> bool:
        found = services().get(service, {})
        return bool(found.get("has_been_checked")) and (found["status"], found["state_type"]) == (status, "hard")

    return seen


@contextmanager
def problem(host: str = GREEN, service: str = PASSIVE) -> Iterator[str]:
    """A hard problem of a service that only tests report on; yields ``host/service``."""
    name = f"{host}/{service}"
    send(reported(host, 2, service))
    wait_for(shows(name, "critical"), f"{name} critical")
    try:
        yield name
    finally:
        well(host, service)


@contextmanager
def silenced(host: str, service: str) -> Iterator[Callable[[], None]]:
    """Nagios does not check the service itself, and believes what is reported; yields what makes it a hard problem."""
    name = f"{host}/{service}"

    def breaks() -> None:
        for _attempt in range(services()[name]["max_attempts"]):
            send(reported(host, 2, service))
        wait_for(shows(name, "critical"), f"{name} critical")

    send(command(f"DISABLE_SVC_CHECK;{host};{service}"))
    wait_for(lambda: not services()[name]["checks_enabled"], f"{name} not checked")
    try:
        yield breaks
    finally:
        send(command(f"ENABLE_SVC_CHECK;{host};{service}"))
        wait_for(checked, f"{name} ok")


def well(host: str = GREEN, service: str = PASSIVE) -> None:
    """The problem is over."""
    send(reported(host, 0, service))
    wait_for(shows(f"{host}/{service}", "ok"), f"{host}/{service} ok")


@contextmanager
def stopped() -> Iterator[None]:
    """Nagios is stopped; afterwards it runs, and has checked everything that it checks itself."""
    docker("exec", HOST, "systemctl", "stop", "nagios4")
    try:
        yield
    finally:
        docker("exec", HOST, "systemctl", "start", "nagios4")
        wait_for(checked, "that all is well")


def checked() -> bool:
    """Whether Nagios has looked at everything that it checks itself, and found it well."""
    active = [one for one in services().values() if one["checks_enabled"]]
    return bool(active) and all(one["has_been_checked"] and one["status"] == "ok" for one in active)
