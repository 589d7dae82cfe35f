# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commit an operator means: checks of names that come from outside, and the choice among what the server has.

The rules for names are those of ``git check-ref-format`` (git's own documentation of that command).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Mapping, Sequence

from ..errors import InputError
from .release import short

FULL_HASH = re.compile(r"[0-9a-f]{40}")
HASH_PREFIX = re.compile(r"[0-9a-f]{7,40}")
FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
SSH_SHORT_FORM = re.compile(
    r"([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9._-]*:[^:\x00-\x20\x7f][^\x00-\x20\x7f]*"
)
URL = re.compile(r"(https|ssh|http|git|file)://[^\x00-\x20\x7f]+")
NEAR_MATCHES = 3


@dataclass(frozen=True)
class Resolved:
    """One commit and how it was named: ``kind`` is ``branch``, ``tag`` or ``hash``."""

    kind: str
    name: str
    commit: str


def valid_ref_name(text: str) -> bool:
    """Whether git would accept the text as the name of a branch or a tag."""
    if not text or text == "@" or len(text) > 255 or text.startswith(("-", "/")) or text.endswith(("/", ".")):
        return False
    if FORBIDDEN_IN_REF.search(text):
        return False
    return not any(part.startswith(".") or part.endswith(".lock") for part in text.split("/"))


def check_version(text: str) -> str:
    """The text, if it can name a branch, a tag or a commit. Raises InputError."""
    if not valid_ref_name(text):
        raise InputError(
            f"{text!r} cannot be the name of a branch, a tag or a commit; the git server was not contacted."
        )
    return text


def check_repository(text: str) -> str:
    """The text, if it is an address that git fetches from without help of a program of the address' choosing.

    Raises InputError for option-like texts, white space and git's ``transport::address`` form.
    """
    ssh_short_form = SSH_SHORT_FORM.fullmatch(text) and "::" not in text
    if URL.fullmatch(text) or ssh_short_form or (text.startswith("/") and text.isprintable() and " " not in text):
        return text
    raise InputError(f"{text!r} is not an address of a git repository: use https://..., ssh://... or user@host:path.")


def choose(
    version: str, heads: Mapping[str, str], tags: Mapping[str, str], commits: Sequence[str], repository: str
) -> Resolved:
    """The one commit that ``version`` names.

    ``heads`` and ``tags`` map names to commits (tags peeled); ``commits`` are the full hashes that begin with
    ``version`` where that looks like a hash. Raises InputError with one sentence when there is none or more than one.
    """
    found = [Resolved("branch", version, heads[version])] if version in heads else []
    found += [Resolved("tag", version, tags[version])] if version in tags else []
    found += [Resolved("hash", version, commit) for commit in commits]
    distinct = {choice.commit for choice in found}
    if len(distinct) == 1:
        return found[0]
    if distinct:
        raise InputError(_ambiguous(version, found))
    raise InputError(_unknown(version, heads, tags, repository))


def _ambiguous(version: str, found: Sequence[Resolved]) -> str:
    kinds = {choice.kind for choice in found}
    if kinds == {"hash"}:
        listed = ", ".join(choice.commit[:16] for choice in found[:5])
        return f"{version} is ambiguous: {len(found)} commits begin with it ({listed}); give more digits."
    listed = " and ".join(f"a {choice.kind} ({short(choice.commit)})" for choice in found)
    return f"{version} is ambiguous: it names {listed}; give the full hash of the one that is meant."


def _unknown(version: str, heads: Mapping[str, str], tags: Mapping[str, str], repository: str) -> str:
    near: list[str] = difflib.get_close_matches(version, [*heads, *tags], n=NEAR_MATCHES, cutoff=0.6)
    hint = f"; near it: {', '.join(near)}" if near else ""
    if HASH_PREFIX.fullmatch(version):
        return f"No commit in {repository} begins with {version} (push it first, or correct it){hint}."
    if re.fullmatch(r"[0-9a-f]{4,6}", version):
        return f"{version} is neither a branch nor a tag of {repository}, and a hash needs at least 7 digits{hint}."
    return f"{repository} has no branch or tag {version!r}{hint}."
