# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes a repository of the shape of the real openlibrary's: many files, a long history, a submodule.

    python3 tests/big_repo.py DIRECTORY [--commits 23000] [--files 2500] [--megabytes 150] [--name big]

writes the bare repositories DIRECTORY/<name>.git and DIRECTORY/<name>-library.git (its submodule
``vendor/library``). The same arguments give the same hashes. A few tens of seconds; ready to be pushed to a git server.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

AUTHOR = "A Developer <dev@example.org>"
START = 1_200_000_000
FILES_A_DIRECTORY = 50
FIXED = {
    "Makefile": "css:\n\tmkdir -p static/build\n\techo css > static/build/a.css\njs:\n\techo js > static/build/a.js\n",
    "requirements.txt": "",
    "static/.keep": "",
}


def path_of(number: int) -> str:
    """Path of the numbered file."""
    return f"part{number // FILES_A_DIRECTORY:03}/file{number:05}.py"


def blob(path: str, data: bytes) -> bytes:
    """One changed file, in the language of git fast-import."""
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)


def header(number: int, message: str) -> bytes:
    """The beginning of a commit, in the language of git fast-import."""
    who = f"{AUTHOR} {START + number * 3600} +0000"
    return (
        f"commit refs/heads/master\nmark :{number + 1}\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}\n"
    ).encode()


def history(files: int, commits: int, megabytes: float, library: str, name: str) -> Iterator[bytes]:
    """The whole history: every file in the first commit, then one file changed in each; contents do not compress."""
    source = random.Random(1)
    size = int(megabytes * 1_000_000 / (files + commits))
    yield header(0, "Begin")
    for number in range(files):
        yield blob(path_of(number), source.randbytes(size))
    for path, text in FIXED.items():
        yield blob(path, text.encode())
    settings = f'[submodule "vendor/library"]\n\tpath = vendor/library\n\turl = ../{name}-library.git\n'
    yield blob(".gitmodules", settings.encode())
    yield f"M 160000 {library} vendor/library\n".encode()
    for number in range(1, commits):
        yield header(number, f"Change {number}")
        yield blob(path_of(source.randrange(files)), source.randbytes(size))


def make(directory: Path, name: str, stream: Iterator[bytes]) -> str:
    """Write a bare repository from a fast-import stream; returns the hash of its master."""
    path = directory / f"{name}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "master", str(path)], check=True, timeout=60)
    git = ["git", f"--git-dir={path}"]
    argv = [*git, "-c", "core.compression=1", "fast-import", "--quiet", "--depth=10"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise RuntimeError("no pipe to git fast-import")
        for part in stream:
            process.stdin.write(part)
    if process.returncode != 0:
        raise RuntimeError(f"git fast-import ended with code {process.returncode}")
    done = subprocess.run([*git, "rev-parse", "master"], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def make_pair(directory: Path, name: str, files: int, commits: int, megabytes: float) -> str:
    """Both repositories; returns the hash of the big one's master."""
    directory.mkdir(parents=True, exist_ok=True)
    library = make(directory, f"{name}-library", iter([header(0, "Library"), blob("library.py", b"LIBRARY = 1\n")]))
    return make(directory, name, history(files, commits, megabytes, library, name))


def main() -> None:
    """Read the command line and make both."""
    parser = argparse.ArgumentParser(description="Make a big repository with a submodule.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--name", default="big")
    parser.add_argument("--files", type=int, default=2500)
    parser.add_argument("--commits", type=int, default=23000)
    parser.add_argument("--megabytes", type=float, default=150)
    options = parser.parse_args()
    print(make_pair(options.directory, options.name, options.files, options.commits, options.megabytes))


if __name__ == "__main__":
    main()
