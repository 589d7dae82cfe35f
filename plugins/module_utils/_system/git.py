# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""git as a subprocess: no shell, no prompt, no host key accepted unseen, a time limit on every call."""

from __future__ import annotations

import os
import tarfile
import tempfile
from typing import Sequence

from .._model.errors import DeployError, InputError
from .._model.release.refs import HASH_PREFIX, check_repository
from . import command

SSH = (
    "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 "
    "-o ServerAliveInterval=15 -o ServerAliveCountMax=4"
)
SHORT_TIMEOUT = 120.0
FETCHED = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
REFUSALS = (
    (
        "Permission denied (publickey",
        (
            "did not accept the key: connect with agent forwarding (ssh -A, ForwardAgent) and the "
            "key loaded (ssh-add -l), or give this host a deploy key"
        ),
    ),
    (
        "Host key verification failed",
        "shows a host key that this host does not know: add it to known_hosts after checking it",
    ),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "shows another host key than before: find out why before going on"),
    ("does not appear to be a git repository", "has no such repository"),
    ("not found", "has no such repository, or does not show it to this user"),
    ("Could not resolve host", "has a name that this host cannot resolve"),
    ("Connection refused", "refuses the connection"),
    ("timed out", "does not answer"),
)


def environment(login: bool = False) -> dict[str, str]:
    """The environment that git runs in; with ``login`` it reaches the ssh agent of whoever called.

    The agent opens every door that its owner's keys open, so only what talks to a git server gets to it.
    GIT_ALLOW_PROTOCOL may widen the transports (tests allow ``file``); plain http and git prove nothing of a server.
    """
    names = ("HOME", "USER", "SSH_AUTH_SOCK") if login else ("HOME", "USER")
    passed = {name: os.environ[name] for name in names if name in os.environ}
    return command.clean_environment(
        **passed,
        GIT_TERMINAL_PROMPT="0",
        GIT_SSH_COMMAND=SSH,
        GIT_CONFIG_NOSYSTEM="1",
        GIT_ALLOW_PROTOCOL=os.environ.get("GIT_ALLOW_PROTOCOL", "https:ssh"),
        LC_ALL="C",
        LANGUAGE="",
    )


class Mirror:
    """A bare repository that holds what the git server has, and what it once had."""

    def __init__(self, path: str, timeout: float) -> None:
        self.path = path
        self.timeout = timeout

    def exists(self) -> bool:
        """Whether the repository was made."""
        return os.path.isfile(os.path.join(self.path, "HEAD"))

    def create(self, alternate: str | None = None) -> None:
        """Make the repository; with ``alternate`` it reads that one's objects too and never writes there.

        Objects are kept when the server's history is rewritten, since a release on the hosts may come from them; and a
        tree is exported whole, whatever .gitattributes leaves out of archives. Raises DeployError, OSError.
        """
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        self._check(command.run(["git", "init", "--quiet", "--bare", self.path], SHORT_TIMEOUT, environment()), "init")
        self.git("config", "gc.pruneExpire", "never")
        os.makedirs(os.path.join(self.path, "info"), exist_ok=True)
        _write(os.path.join(self.path, "info", "attributes"), "* -export-ignore -export-subst\n")
        if alternate and os.path.isdir(alternate):
            _write(os.path.join(self.path, "objects", "info", "alternates"), os.path.join(alternate, "objects") + "\n")

    def git(self, *arguments: str, timeout: float = SHORT_TIMEOUT) -> bytes:
        """The output of a git command. Raises DeployError."""
        argv = ["git", f"--git-dir={self.path}", *arguments]
        return self._check(command.run(argv, timeout, environment()), arguments[0])

    @staticmethod
    def _check(outcome: command.Outcome, what: str) -> bytes:
        if outcome.code != 0:
            raise DeployError(f"git {what} failed: {outcome.last_line}", log_tail=outcome.tail())
        return outcome.out

    def fetch(self, repository: str, refspecs: Sequence[str] = FETCHED) -> None:
        """Bring everything that the server has, rewritten branches too. Raises DeployError with the server's reason."""
        argv = [
            "git",
            f"--git-dir={self.path}",
            "-c",
            "gc.autoDetach=false",
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--end-of-options",
            check_repository(repository),
        ]
        outcome = command.run([*argv, *refspecs], self.timeout, environment(login=True))
        if outcome.code != 0:
            raise DeployError(fetch_failure(repository, outcome.text, outcome.last_line), log_tail=outcome.tail())

    def refs(self, prefix: str) -> dict[str, str]:
        """Commit by name of all under ``prefix`` (``refs/heads/``), tags peeled; what is no commit is not listed."""
        form = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
        found = {}
        for line in self.git("for-each-ref", form, prefix).decode("utf-8", "surrogateescape").rstrip("\n").split("\n"):
            if not line:
                continue
            kind, name, peeled_kind, peeled, ref = line.split(" ", 4)
            if "commit" in (kind, peeled_kind):
                found[ref[len(prefix) :]] = name if kind == "commit" else peeled
        return found

    def state(self) -> bytes:
        """Every branch and tag with what it names; empty without a repository."""
        if not self.exists():
            return b""
        return self.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/", "refs/tags/")

    def keep(self, commit: str) -> None:
        """Keep a commit for good, even when no branch reaches it any more. Raises DeployError."""
        self.git("update-ref", f"refs/deploy/{commit}", commit)

    def commits_with(self, prefix: str) -> list[str]:
        """The commits whose hash begins with ``prefix`` (7 to 40 hex digits; else none)."""
        if not HASH_PREFIX.fullmatch(prefix):
            return []
        candidates = self.git("rev-parse", f"--disambiguate={prefix}").decode("ascii").split()
        return [candidate for candidate in candidates if self.has_commit(candidate)]

    def has_commit(self, commit: str) -> bool:
        """Whether the object is here and is a commit."""
        argv = ["git", f"--git-dir={self.path}", "cat-file", "-t", commit]
        return command.run(argv, SHORT_TIMEOUT, environment()).out.strip() == b"commit"

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` has ``older`` in its history."""
        argv = ["git", f"--git-dir={self.path}", "merge-base", "--is-ancestor", older, newer]
        return command.run(argv, SHORT_TIMEOUT, environment()).code == 0

    def read(self, commit: str, path: str) -> str | None:
        """The text of a file in a commit, or None."""
        argv = ["git", f"--git-dir={self.path}", "cat-file", "blob", f"{commit}:{path}"]
        outcome = command.run(argv, SHORT_TIMEOUT, environment())
        return outcome.out.decode("utf-8", "replace") if outcome.code == 0 else None

    def export(self, commit: str, target: str) -> None:
        """Write the tree of a commit into an empty directory. Raises DeployError, InputError, OSError."""
        handle, archive_path = tempfile.mkstemp(prefix=".tree.", dir=os.path.dirname(target))
        os.close(handle)
        try:
            self.git("archive", "--format=tar", f"--output={archive_path}", commit, timeout=self.timeout)
            with tarfile.open(archive_path, mode="r:") as archive:
                for member in archive:
                    _extract(archive, member, target)
        except tarfile.TarError as error:
            raise DeployError(f"git archive of {commit} is damaged: {error}") from error
        finally:
            os.unlink(archive_path)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: str) -> None:
    """One member, by our own rules: tarfile's filters are missing from the Pythons of older hosts."""
    path = member.name.rstrip("/")
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise InputError(f"The tree holds {member.name!r}, which is not a path inside of it.")
    full = os.path.join(target, path)
    if member.isdir():
        os.makedirs(full, mode=0o755, exist_ok=True)
    elif member.issym():
        os.symlink(member.linkname, full)
    else:
        source = archive.extractfile(member)
        if source is None:
            raise InputError(f"The tree holds {member.name!r}, which is neither a file nor a link.")
        os.makedirs(os.path.dirname(full), mode=0o755, exist_ok=True)
        handle = os.open(
            full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if member.mode & 0o100 else 0o644
        )
        with open(handle, "wb") as stream:
            stream.write(source.read())


def fetch_failure(repository: str, text: str, last_line: str, what: str = "Fetching") -> str:
    """Why a fetch (or ``what`` else) failed, as a sentence."""
    for sign, reason in REFUSALS:
        if sign in text:
            return f"The git server of {repository} {reason}."
    return f"{what} {repository} failed: {last_line}"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
