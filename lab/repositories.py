"""The repositories on the lab's git server: the stand-ins with their history, and whatever anybody adds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tomllib
from pathlib import Path

from lab import history
from lab.book import GIT_SERVER, PLACES, repository_url
from lab.errors import LabError
from lab.process import attempt, docker, run

SOURCES = Path(__file__).resolve().parent
# In this order: a stand-in names commits only of those before it.
STANDINS = ("infogami", "olclient", "openlibrary", "olsystem")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# Kept in the repository itself: which history was pushed to it last.
MARK = "lab.standin"


def ensure(*, again: bool = False) -> None:
    """Puts the stand-ins on the git server where they are missing; with `again` also back to their own history."""
    hashes: dict[str, str] = {}
    for name in STANDINS:
        digest, made = _make(name, hashes)
        if again or _mark(name) != digest:
            create(name)
            _push(name, made)
            _on_server("--git-dir", f"/srv/git/{name}.git", "config", MARK, digest)


def create(name: str) -> str:
    """Makes an empty repository, if it is not there; returns the address to push to."""
    if not NAME.fullmatch(name):
        raise LabError(f"{name!r} is not a name for a repository (lower case letters, digits, dot, dash, underscore).")
    _on_server("init", "--quiet", "--bare", "--initial-branch=master", f"/srv/git/{name}.git")
    return repository_url(name)


def git_environment() -> dict[str, str]:
    """What git needs to reach the lab's server with the operator's key, and to be itself on any machine."""
    ssh = f"ssh -F none -o IdentityAgent={PLACES.agent_socket} -o UserKnownHostsFile='{PLACES.known_hosts}'"
    return {
        "GIT_SSH_COMMAND": f"{ssh} -o StrictHostKeyChecking=yes -o ConnectTimeout=10",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def _on_server(*words: str) -> None:
    docker("exec", "--user", "git", GIT_SERVER.container, "git", *words)


def _mark(name: str) -> str:
    words = ("exec", "--user", "git", GIT_SERVER.container, "git", "--git-dir", f"/srv/git/{name}.git", "config", MARK)
    return attempt(("docker", *words)).stdout.decode().strip()


def _make(name: str, hashes: dict[str, str]) -> tuple[str, Path]:
    """The stand-in as a bare repository under .lab/, and the digest of its history; adds its tags to `hashes`."""
    made = PLACES.state / "standins" / f"{name}.git"
    stream = history.stream(_commits(name), lambda reference: hashes[reference])
    digest = hashlib.sha256(stream).hexdigest()
    mark = made / "lab-digest"
    if not mark.exists() or mark.read_text() != digest:
        shutil.rmtree(made, ignore_errors=True)
        run(("git", "init", "--quiet", "--bare", "--initial-branch=master", str(made)), env=git_environment())
        run(("git", "--git-dir", str(made), "fast-import", "--quiet"), stdin=stream, env=git_environment())
        mark.write_text(digest)
    listed = run(
        ("git", "--git-dir", str(made), "for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags")
    )
    for line in listed.splitlines():
        tag, commit = line.split()
        hashes[f"{name}:{tag}"] = commit
    return digest, made


def _commits(name: str) -> list[history.Commit]:
    folder = SOURCES / "standins" / name
    description = tomllib.loads((folder / "history.toml").read_text())
    tree = {
        path.relative_to(folder / "tree").as_posix(): _file(path)
        for path in sorted((folder / "tree").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    copies = {path: _file(SOURCES / source) for path, source in description.get("copies", {}).items()}
    return history.commits_of(description, {**tree, **copies})


def _file(path: Path) -> history.File:
    return history.File("100755" if os.access(path, os.X_OK) else "100644", path.read_bytes())


def _push(name: str, made: Path) -> None:
    refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    run(("git", "--git-dir", str(made), "push", "--quiet", repository_url(name), *refs), env=git_environment())
