# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a requirements file asks for, without its comments and its order; and the name of the environment that results.

Syntax: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import Callable, Optional

from ..errors import InputError

COMMENT = re.compile(r"(^|\s)#.*$")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(\S+)")
EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
WHEEL = re.compile(r"([A-Za-z0-9_.]+)-([A-Za-z0-9_.!+]+)(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
ENVIRONMENT_NAME = re.compile(r"[0-9a-f]{16}")
Reader = Callable[[str], Optional[str]]


@dataclass(frozen=True)
class Requirements:
    """``lines``: what is asked for, sorted; ``files``: the text of every file that was read, by path."""

    lines: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """The difference of two sets of requirements; ``changed`` holds ``old -> new``."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    diff: str


def collect(path: str, read: Reader) -> Requirements:
    """Everything that ``path`` and the files that it includes ask for.

    ``read`` gives the text of a file by its path in the release, or None. Raises InputError for a file that is missing,
    lies outside of the release, or asks for what cannot become a wheel (a local directory, an editable install).
    """
    files: dict[str, str] = {}
    lines: list[str] = []
    waiting = [(_inside(path, path), "")]
    while waiting:
        current, prefix = waiting.pop()
        text = files.get(current) if current in files else read(current)
        if text is None:
            raise InputError(f"The requirements file {current} is not in the release.")
        seen = current in files
        files[current] = text
        for line in logical_lines(text):
            include = INCLUDE.fullmatch(line)
            if include is None:
                lines.append(prefix + normalise(line, current))
            elif not seen:
                kind = "-c " if include.group(1) in ("-c", "--constraint") else ""
                waiting.append((_inside(posixpath.join(posixpath.dirname(current), include.group(2)), current), kind))
    return Requirements(tuple(sorted(set(lines))), tuple(sorted(files.items())))


def _inside(path: str, named_in: str) -> str:
    normal = posixpath.normpath(path)
    if normal.startswith(("/", "../")) or normal in ("..", ".") or "://" in path or not path.isprintable():
        raise InputError(f"{named_in} names the requirements file {path!r}, which does not lie in the release.")
    return normal


def logical_lines(text: str) -> list[str]:
    """The lines that say something: continued ones joined, comments and white space at the ends removed."""
    joined = text.replace("\r\n", "\n").replace("\\\n", " ")
    stripped = (COMMENT.sub("", line).strip() for line in joined.split("\n"))
    return [" ".join(line.split()) for line in stripped if line]


def normalise(line: str, path: str) -> str:
    """One requirement in the spelling that is compared: the project's name as PyPI compares it (PEP 503), one kind of
    space. Raises InputError for what cannot be built into a wheel and shipped."""
    if re.match(r"(-e|--editable)\b", line) or re.match(r"(\.{0,2}/|file:|\.$)", line) or "@ file:" in line:
        raise InputError(f"{path} asks for {line!r}: a requirement that is a local directory cannot be shipped.")
    name = NAME.match(line)
    if name is None or "://" in line.split(" ", maxsplit=1)[0]:
        return line
    return canonical(name.group()) + re.sub(r"\s*(===|==|~=|!=|<=|>=|<|>|;|,)\s*", r"\1", line[name.end() :])


def canonical(name: str) -> str:
    """A project's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def environment_name(lines: tuple[str, ...], python: str, platform: str) -> str:
    """The name of the environment: 16 hex digits over what is asked for, the Python version and the platform."""
    text = "\n".join([python, platform, *lines])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_environment_name(text: str) -> str:
    """The text, if it can be an environment's name. Raises InputError."""
    if not ENVIRONMENT_NAME.fullmatch(text):
        raise InputError(f"{text!r} is not the name of an environment (16 hex digits).")
    return text


def compare_requirements(before: tuple[str, ...], after: tuple[str, ...]) -> Change:
    """What has to be installed or removed; lines are paired by the project that they name."""
    old, new = ({_key(line): line for line in lines} for lines in (before, after))
    return Change(
        added=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        removed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=tuple(f"{old[key]} -> {new[key]}" for key in sorted(old.keys() & new.keys()) if old[key] != new[key]),
        diff="\n".join(
            difflib.unified_diff(before, after, "requirements before", "requirements after", lineterm="", n=0)
        ),
    )


def _key(line: str) -> str:
    """What a line is about. A constraint and a requirement for one project are two things."""
    prefix, rest = ("-c ", line[3:]) if line.startswith("-c ") else ("", line)
    egg = EGG.search(rest)
    if egg:
        return prefix + canonical(egg.group(1))
    if "://" in rest.split(" ")[0]:
        return prefix + re.sub(r"(\.git)?(@[^/@]*)?$", "", rest)
    name = NAME.match(rest)
    return prefix + (canonical(name.group()) if name else rest)


def lock_line(wheel: str, digest: str) -> str:
    """The line of a lock file (``pip install --require-hashes``) for a wheel; file names as in PEP 427.

    Raises InputError for a name that is not a wheel's.
    """
    match = WHEEL.fullmatch(wheel)
    if match is None:
        raise InputError(f"{wheel!r} is not the name of a wheel.")
    name, version = match.groups()
    return f"{canonical(name)}=={version.replace('_', '-')} --hash=sha256:{digest}"


def locked_names(lock: str) -> list[str]:
    """``name==version`` of every line of a lock file."""
    return [line.split(" ", 1)[0] for line in lock.splitlines() if line]
