# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bundles: what travels to a host, which one a host gets, and what may be inside.

A release bundle is a gzip-compressed tar: first ``manifest`` (of the whole release), then ``tree/<path>`` for the files
that differ from the base. An environment bundle is a tar of ``environment.json``, ``lock.txt`` and wheels.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import AbstractSet, Any, Iterable, Mapping, Sequence

from ..errors import InputError, ProofError
from .release import check_hash, short
from .requirements import check_environment_name

RELEASE = "release"
ENVIRONMENT = "environment"
MANIFEST_MEMBER = "manifest"
TREE_PREFIX = "tree/"
DIGEST = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\.(tar|tar\.gz)")


@dataclass(frozen=True)
class Bundle:
    """``base`` is empty in a bundle that holds everything; ``size`` in bytes; ``digest`` is the file's SHA-256.

    ``local`` is the copy on the controller; ``home`` the inventory name of the host where ``path`` lies already.
    """

    kind: str
    base: str
    path: str
    size: int
    digest: str
    local: str = ""
    home: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return posixpath.basename(self.path)


def parse_bundle(data: Mapping[str, Any]) -> Bundle:
    """A bundle as release_build described it. Raises InputError."""
    kind, base, digest = (str(data.get(key) or "") for key in ("kind", "base", "digest"))
    bundle = Bundle(
        kind=kind,
        base=check_hash(base) if base else "",
        path=str(data.get("path") or ""),
        size=int(data.get("size") or 0),
        digest=digest,
        local=str(data.get("local") or ""),
        home=str(data.get("home") or ""),
    )
    if kind not in (RELEASE, ENVIRONMENT) or not DIGEST.fullmatch(digest) or not NAME.fullmatch(bundle.name):
        raise InputError(f"{dict(data)!r} does not describe a bundle.")
    return bundle


def release_bundle_name(project: str, release: str, base: str) -> str:
    """The file name of a release's bundle against a base (empty: everything)."""
    return f"{project}-{release}.{'from-' + short(base) if base else 'full'}.tar.gz"


def environment_bundle_name(environment: str) -> str:
    """The file name of an environment's bundle."""
    return f"environment-{check_environment_name(environment)}.tar"


def choose_release(bundles: Sequence[Mapping[str, Any]], release: str, have: AbstractSet[str]) -> Bundle | None:
    """The smallest bundle that a host can use, which has the releases ``have`` complete; None if it has the release.

    Raises InputError when no bundle fits.
    """
    if release in have:
        return None
    fitting = [
        bundle for bundle in map(parse_bundle, bundles) if bundle.kind == RELEASE and bundle.base in (have | {""})
    ]
    if not fitting:
        raise InputError(
            f"No bundle of {release} fits this host: it has none of the releases that the bundles build on."
        )
    return min(fitting, key=lambda bundle: bundle.size)


def choose_environment(bundles: Sequence[Mapping[str, Any]], name: str, have: AbstractSet[str]) -> Bundle | None:
    """The bundle of the environment, or None if the host has it. Raises InputError when there is none."""
    if name in have or not name:
        return None
    for bundle in map(parse_bundle, bundles):
        if bundle.kind == ENVIRONMENT and bundle.name == environment_bundle_name(name):
            return bundle
    raise InputError(f"There is no bundle of the environment {name}, and this host does not have it complete.")


def check_member_path(path: str) -> str:
    """The path, if it lies in the release and means the same to everybody. Raises ProofError."""
    parts = path.split("/")
    if (
        not path
        or path.startswith("/")
        or "\n" in path
        or "\0" in path
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise ProofError(f"{path!r} is not a path inside a release.")
    return path


def check_link(path: str, target: str) -> None:
    """Raise ProofError if the link at ``path`` leads out of the release or is absolute."""
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if target.startswith("/") or end == ".." or end.startswith("../") or not target or "\n" in target:
        raise ProofError(f"The link {path} -> {target} leads out of the release.")


def check_members(names: Iterable[str], expected: AbstractSet[str]) -> None:
    """Raise ProofError unless the bundle brings exactly the files that the manifest needs beyond the base."""
    found = set(names)
    for verb, odd in (("lacks", expected - found), ("also brings", found - expected)):
        if odd:
            raise ProofError(
                f"The bundle {verb} {sorted(odd)[0]} ({len(odd)} such file(s)): it does not fit its manifest."
            )


def check_wheel_member(name: str) -> str:
    """The name of a member of an environment bundle. Raises ProofError."""
    if name in ("environment.json", "lock.txt") or re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.!+-]*\.whl", name):
        return name
    raise ProofError(f"{name!r} has no place in an environment's bundle.")
