# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running other programs: argv only, in a session of their own, never longer than allowed."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

from .._model.errors import DeployError, InputError
from .._model.printable import printable

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = (
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""How this host gets to the network is not known to a clean environment."""


ERROR_MARKS = ("[emerg]", "[ALERT]", "[error]")
"""How nginx and haproxy mark the line that matters."""


@dataclass(frozen=True)
class Outcome:
    """What a program left: exit code, output, errors."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """All that it said, printable."""
        return printable((self.out + self.err).decode("utf-8", "replace"))

    @property
    def last_line(self) -> str:
        """The last line that it said, often the reason."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1][-500:] if lines else f"no output, exit code {self.code}"

    @property
    def error_line(self) -> str:
        """The line that says what is wrong: the first one that is marked as an error, or else the last."""
        marked = [line.strip() for line in self.text.splitlines() if any(mark in line for mark in ERROR_MARKS)]
        return marked[0][:500] if marked else self.last_line

    def tail(self, lines: int = 30) -> str:
        """The end of what it said."""
        return "\n".join(line[-500:] for line in self.text.splitlines()[-lines:])


def run(
    argv: Sequence[str],
    timeout: float,
    environment: Mapping[str, str],
    directory: str | None = None,
    stdin: bytes | None = None,
    become: Callable[[], None] | None = None,
) -> Outcome:
    """Run a program to its end; ``timeout`` in seconds, ``become`` runs in the child before the program.

    Raises DeployError when it does not end in time (it and all that it started in its session are killed) or cannot be
    started.
    """
    try:
        # run_command, which Ansible would have here, knows no time-out.
        # pylint: disable-next=ansible-bad-function
        process = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            list(argv),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=become,  # noqa: PLW1509 - no module that becomes another user has threads
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DeployError(f"{argv[0]} could not be started: {error}") from error
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except BaseException as error:
        _kill(process)
        if isinstance(error, subprocess.TimeoutExpired):
            raise DeployError(f"{' '.join(argv)[:200]} did not end within {timeout:g} s and was stopped.") from error
        raise
    return Outcome(process.returncode, out, err)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean_environment(**values: str) -> dict[str, str]:
    """An environment that does not depend on who logged in; ``values`` are added."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"PATH": PATH, "LC_ALL": "C.UTF-8", **passed, **values}


def as_user(name: str) -> Callable[[], None]:
    """What a child does to become the user, groups included. Raises InputError for a user who does not exist."""
    try:
        user = pwd.getpwnam(name)
    except KeyError as error:
        raise InputError(f"There is no user {name!r} on this host.") from error
    groups = os.getgrouplist(user.pw_name, user.pw_gid)

    def become() -> None:
        if os.geteuid() == 0:
            os.setgroups(groups)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become
