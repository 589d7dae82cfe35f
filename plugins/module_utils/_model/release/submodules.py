# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Submodules: what .gitmodules says, and where a relative address leads (git-submodule(1), "add")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from ..errors import InputError
from .refs import check_repository


@dataclass(frozen=True)
class Submodule:
    """``path`` in the tree, ``url`` as written in .gitmodules, ``commit`` that the parent's tree names."""

    path: str
    url: str
    commit: str


def parse_gitlinks(listing: bytes) -> dict[str, str]:
    """Path to commit, from the output of ``git ls-tree -r -z`` (records: ``mode type object TAB path NUL``)."""
    links = {}
    for record in listing.split(b"\0"):
        head, _tab, path = record.partition(b"\t")
        if head.startswith(b"160000 "):
            links[path.decode("utf-8", "surrogateescape")] = head.split(b" ")[2].decode("ascii")
    return links


def parse_config(listing: bytes) -> dict[str, dict[str, str]]:
    """Settings by submodule name, from the output of ``git config -z --list --blob ...:.gitmodules``."""
    modules: dict[str, dict[str, str]] = {}
    for record in listing.decode("utf-8", "surrogateescape").split("\0"):
        key, _newline, value = record.partition("\n")
        match = re.fullmatch(r"submodule\.(.+)\.([^.]+)", key, re.DOTALL)
        if match:
            modules.setdefault(match.group(1), {})[match.group(2)] = value
    return modules


def join(gitlinks: Mapping[str, str], config: Mapping[str, Mapping[str, str]]) -> tuple[Submodule, ...]:
    """The submodules of a tree. A setting without a link is left over and passed over, as git does.

    Raises InputError for a link that .gitmodules does not explain.
    """
    urls = {settings.get("path"): settings.get("url") for settings in config.values()}
    found: list[Submodule] = []
    for path, commit in sorted(gitlinks.items()):
        url = urls.get(path)
        if not url:
            raise InputError(f"The tree has a submodule at {path}, but .gitmodules gives no address for it.")
        found.append(Submodule(path, url, commit))
    return tuple(found)


def resolve_url(parent: str, url: str) -> str:
    """The address of a submodule; ``./`` and ``../`` are relative to the parent's address. Raises InputError."""
    if not url.startswith(("./", "../")):
        return check_repository(url)
    base, rest = parent.rstrip("/"), url
    while rest.startswith(("./", "../")):
        if rest.startswith("../"):
            rest, base = rest[3:], _parent(base, url)
        else:
            rest = rest[2:]
    separator = "" if base.endswith(":") else "/"
    return check_repository(f"{base}{separator}{rest}".rstrip("/"))


def _parent(address: str, url: str) -> str:
    scheme = re.match(r"[a-z]+://[^/]*", address)
    floor = len(scheme.group()) if scheme else 0
    slash = address.rfind("/")
    if slash > floor or (slash == floor and scheme):
        return address[:slash]
    if slash == 0 and address != "/":
        return ""
    colon = address.find(":")
    if not scheme and 0 <= colon < len(address) - 1:
        return address[: colon + 1]
    raise InputError(f"The submodule's address {url!r} leads above {address}.")


def mirror_name(project: str, url: str) -> str:
    """The name of the mirror of a submodule: the dot keeps it apart from every project's own mirror."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1]
    name = re.sub(r"\.git$", "", last)
    return f"{project}.{re.sub(r'[^A-Za-z0-9_-]', '-', name) or 'submodule'}"
