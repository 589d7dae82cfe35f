# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs playbooks as an operator does, and keeps what they said."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.book import HOSTS, PLACES
from tests import executions

# Far more than any takes: two labs share the machine.
TIMEOUT = 450.0
# For deploys and restarts whose waits and gates are not what a test is about.
NO_BAKE = {"skip": "bake", "reason": "a test of something else"}
WITHOUT_GATES: dict[str, Any] = {"deploy_gates": [], **NO_BAKE}
QUICK: dict[str, Any] = {"deploy_ramp": [100], "deploy_ramp_hold": 0, "deploy_stable_seconds": 2, **WITHOUT_GATES}
# In a rollback a bake only reports, so that there is none to skip.
QUICK_BACK: dict[str, Any] = {name: value for name, value in QUICK.items() if name not in NO_BAKE}
LOGS = PLACES.cache / "runs"
COLLECTIONS = "FLEET_COLLECTIONS"
"""The variable in which a test names the path of the collections, where it is not that of the checkout alone."""
TOOLS = Path(sys.executable).parent
"""The folder of this environment's ansible-playbook, which runs playbooks unless a test names another one."""


@dataclass(frozen=True)
class Run:
    """A playbook's end. `output` is all that it wrote, `seconds` its wall time."""

    rc: int
    output: str
    seconds: float

    @property
    def executions(self) -> dict[str, int]:
        """Remote executions by host; the playbook must have run with -vvv."""
        return dict(executions.count(self.output, {port: host.name for host in HOSTS for port in host.ssh_ports}))


@dataclass
class Running:
    """A playbook under way."""

    process: subprocess.Popen[str]
    log: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], bool], timeout: float = 200.0) -> None:
        """Returns when `condition` holds. Fails if the playbook ends before it does."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"ended before what was waited for:\n{self.output}"
            assert time.monotonic() < deadline, f"did not come to what was waited for in {timeout:g} s:\n{self.output}"
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the controller and all that it forked, as a crash of its machine: nothing is tidied up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, timeout: float = TIMEOUT) -> Run:
        """Waits until it ends; one that does not within `timeout` seconds hangs, and fails the test."""
        try:
            rc = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"hangs after {timeout:g} s:\n{self.output[-4000:]}") from None
        return Run(rc, self.output, time.monotonic() - self.began)


def start(playbook: str, *words: str, inventory: Path | None = None, tools: Path = TOOLS, **variables: Any) -> Running:
    """Starts playbooks/<playbook>.yml with extra `variables`, on the lab unless an `inventory` is given.

    `tools` is the folder of the ansible-playbook that runs it.
    """
    command, log = _command(playbook, words, inventory, variables, tools)
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=PLACES.root,
            env=_environment(tools),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    return Running(process, log)


def at_terminal(playbook: str, *words: str, **variables: Any) -> tuple[Running, Callable[[str], None]]:
    """Starts a playbook at a terminal of its own, as an operator does; the second value types a line there."""
    ours, theirs = pty.openpty()
    # Nothing is wrapped, and what is typed is not shown twice.
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))

    def take_the_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    command, log = _command(playbook, words, None, variables, TOOLS)
    process = subprocess.Popen(
        command,
        cwd=PLACES.root,
        env={**_environment(TOOLS), "ANSIBLE_NOCOLOR": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        text=True,
        start_new_session=True,
        preexec_fn=take_the_terminal,  # noqa: PLW1509  # one ioctl, which no lock of another thread can hold up
    )
    os.close(theirs)
    log.touch()
    threading.Thread(target=_copy, args=(ours, log), daemon=True).start()
    return Running(process, log), lambda line: _typed(ours, line)


def _typed(terminal: int, line: str) -> None:
    os.write(terminal, f"{line}\r".encode())


def _copy(terminal: int, log: Path) -> None:
    """Everything that appears at the terminal, until its process has ended."""
    with log.open("wb", buffering=0) as output, suppress(OSError):
        while data := os.read(terminal, 65536):
            output.write(data.replace(b"\r\n", b"\n"))


def site(*names: str, **settings: Any) -> tuple[str, ...]:
    """The words that run a playbook on the lab as though its inventory had these `settings` for the hosts `names`.

    Without a name they hold for every host.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    beside = LOGS / f"site-{time.time():.6f}.json"
    names = names or tuple(host.name for host in HOSTS)
    beside.write_text(json.dumps({"all": {"hosts": dict.fromkeys(names, settings)}}))
    return ("--inventory", str(PLACES.root / "inventories" / "lab"), "--inventory", str(beside))


def play(
    playbook: str,
    *words: str,
    inventory: Path | None = None,
    tools: Path = TOOLS,
    timeout: float = TIMEOUT,
    **variables: Any,
) -> Run:
    """Runs a playbook to its end, whatever that is."""
    return start(playbook, *words, inventory=inventory, tools=tools, **variables).end(timeout)


def succeed(playbook: str, *words: str, inventory: Path | None = None, tools: Path = TOOLS, **variables: Any) -> Run:
    """Runs a playbook that must end well."""
    run = play(playbook, *words, inventory=inventory, tools=tools, **variables)
    assert run.rc == 0, run.output
    return run


def _command(
    playbook: str, words: tuple[str, ...], inventory: Path | None, variables: Mapping[str, Any], tools: Path
) -> tuple[list[str], Path]:
    """The command of a playbook, and the file for what it says."""
    LOGS.mkdir(parents=True, exist_ok=True)
    # The gates are the site's, which -e does not change.
    gates = {name: value for name, value in variables.items() if name == "deploy_gates"}
    variables = {name: value for name, value in variables.items() if name not in gates}
    words = (*words, *(site(**gates) if gates else ()))
    command = [str(tools / "ansible-playbook"), f"playbooks/{playbook}.yml", *words]
    command += ["--inventory", str(inventory)] if inventory else []
    command += ["--extra-vars", json.dumps(variables)] if variables else []
    return command, LOGS / f"{time.time():.3f}-{Path(playbook).name}.log"


def _environment(tools: Path) -> dict[str, str]:
    # molecule's own ansible.cfg, and all else that it sets, is not what an operator has.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    beside = os.environ.get(COLLECTIONS)
    return {
        **kept,
        **({"ANSIBLE_COLLECTIONS_PATH": beside} if beside else {}),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(PLACES.root / "ansible.cfg"),
    }


@contextmanager
def load(rate: float = 200.0, margin: float = 2.0) -> Iterator[dict[str, Any]]:
    """Load on the site while the block runs, and `margin` seconds around it. Afterwards the dict holds the result."""
    LOGS.mkdir(parents=True, exist_ok=True)
    end, report = LOGS / f"load-{time.time():.3f}.end", LOGS / f"load-{time.time():.3f}.json"
    words = (sys.executable, "-m", "lab", "load", f"--rate={rate:g}", f"--until={end}", f"--json={report}")
    process = subprocess.Popen(words, cwd=PLACES.root, start_new_session=True)
    result: dict[str, Any] = {}
    try:
        time.sleep(margin)
        yield result
        time.sleep(margin)
    finally:
        end.touch()
        process.wait(60)
    result.update(json.loads(report.read_text()))


def assert_nothing_lost(result: Mapping[str, Any], sent: int = 1000) -> None:
    """Every one of many requests got the whole, right answer, and a web node was in rotation at each look."""
    found = {name: result[name] for name in ("lost", "not_2xx", "wrong_bytes")}
    assert found == {"lost": 0, "not_2xx": {}, "wrong_bytes": 0}, result["failures"]
    assert result["ok"] == result["sent"] > sent
    assert result["rotation"]["minimum"] >= 1, result["rotation"]["timeline"]
    # Now and then a look at the statistics comes late on a busy machine; most must not.
    assert result["rotation"]["samples"] > 4 * result["seconds"]
