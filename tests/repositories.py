# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Git repositories with real history for the tests, and what a directory holds, to see whether anything changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "A Developer",
    "GIT_AUTHOR_EMAIL": "dev@example.org",
    "GIT_COMMITTER_NAME": "A Developer",
    "GIT_COMMITTER_EMAIL": "dev@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file",
}


class Repository:
    """A repository with a work tree."""

    def __init__(self, path: Path, branch: str = "master") -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", branch)

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        """Output of a git command, which must succeed."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **IDENTITY},
        )
        return done.stdout.strip()

    def write(self, files: dict[str, str | None], executable: bool = False) -> None:
        """Write (or with None remove) files."""
        for name, text in files.items():
            target = self.path / name
            if text is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            if executable:
                target.chmod(0o755)

    def commit(self, message: str, files: dict[str, str | None] | None = None) -> str:
        """The hash of a new commit with the files."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def add_submodule(self, other: Repository, url: str, path: str) -> None:
        """A submodule as ``git submodule add`` makes it, with the address as written."""
        self.git("clone", "-q", str(other.path), path)
        self.git("config", "-f", ".gitmodules", f"submodule.{path}.path", path)
        self.git("config", "-f", ".gitmodules", f"submodule.{path}.url", url)
        self.git("submodule", "--quiet", "absorbgitdirs")


def tree_digest(*roots: Path) -> str:
    """One digest over names, modes, link targets and contents of everything below the roots."""
    digest = hashlib.sha256()
    for root in roots:
        for path in sorted(root.rglob("*")):
            status = path.lstat()
            digest.update(f"{path} {status.st_mode:o} ".encode())
            if path.is_symlink():
                digest.update(os.fsencode(os.readlink(path)))
            elif path.is_file():
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def write_wheel(
    directory: Path, name: str, version: str, source: str = "VALUE = 1\n", files: dict[str, str] | None = None
) -> Path:
    """A wheel with one module (and ``files``), as a build backend would make it."""
    directory.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        **(files or {}),
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    wheel = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel
