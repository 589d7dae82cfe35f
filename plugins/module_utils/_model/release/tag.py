# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of what was deployed: their names, which one comes next, and what they say.

Deploy tags are ``deploy-<day>`` and ``deploy-<day>-<number>``, the day in UTC, numbered from the second of a day on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ..errors import InputError
from ..moment import parse_time
from .refs import HASH_PREFIX, valid_ref_name

DEPLOY_TAG = re.compile(r"deploy-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-([1-9][0-9]{0,5}))?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}")
_LISTED = re.compile(r"([0-9a-f]{40})\trefs/tags/(.+)")
_PEELED = "^{}"


@dataclass(frozen=True)
class RemoteTag:
    """A tag on the git server: ``object`` is what the ref names, ``commit`` the same with tag objects peeled."""

    object: str
    commit: str


@dataclass(frozen=True)
class TagName:
    """The tag that is wanted; ``there`` when the server has it on the commit already."""

    name: str
    there: bool


@dataclass(frozen=True)
class Message:
    """What a tag says. ``previous`` is the deploy tag before, or empty; ``commits`` as history.commits returns it."""

    project: str
    commit: str
    who: str
    when: str
    previous: str
    commits: Mapping[str, Any]


def check_tag_name(text: str) -> str:
    """The text, if it can name a tag that nobody takes for anything else. Raises InputError."""
    taken = HASH_PREFIX.fullmatch(text) or text.startswith("refs/") or text.upper().endswith("HEAD")
    if _NAME.fullmatch(text) and valid_ref_name(text) and not taken:
        return text
    raise InputError(
        f"{text!r} cannot be the name of a tag: up to 100 letters, digits, dots, _, +, / and -, by git's rules for "
        "names, and nothing that reads as a hash or a ref. Nothing was tagged."
    )


def check_tag_names(name: str, moving: str) -> None:
    """Both names, where given, and that they do not get in each other's way. Raises InputError."""
    for text in (name, moving):
        if text:
            check_tag_name(text)
    if moving and (moving == name or DEPLOY_TAG.fullmatch(moving)):
        raise InputError(
            f"{moving!r} cannot be the moving tag: that one moves from commit to commit, and a deploy's tag stays. "
            "Nothing was tagged; correct deploy_moving_tag or tag_name."
        )


def parse_tags(listing: str) -> dict[str, RemoteTag]:
    """The tags of a ``git ls-remote`` by name."""
    objects, peeled = {}, {}
    for line in listing.split("\n"):
        match = _LISTED.fullmatch(line)
        if match and match.group(2).endswith(_PEELED):
            peeled[match.group(2)[: -len(_PEELED)]] = match.group(1)
        elif match:
            objects[match.group(2)] = match.group(1)
    return {name: RemoteTag(object_, peeled.get(name, object_)) for name, object_ in objects.items()}


def choose_tag(name: str, when: str, commit: str, tags: Mapping[str, RemoteTag]) -> TagName:
    """The tag for a commit: ``name``, or without one the next of the day that has none on this commit.

    ``when`` is ISO text. Raises InputError when ``name`` is on another commit: a tag that people know is never moved.
    """
    if name:
        if name in tags and tags[name].commit != commit:
            raise InputError(
                f"The tag {name} exists on another commit, {tags[name].commit}; nothing was tagged. "
                "Choose another name with -e tag_name=<name>, or leave it out."
            )
        return TagName(name, name in tags)
    day = day_of(when)
    of_day = sorted(key for key in map(_key, tags) if key and key[0] == day)
    for key in reversed(of_day):
        if tags[_name(key)].commit == commit:
            return TagName(_name(key), True)
    return TagName(_name((day, of_day[-1][1] + 1 if of_day else 1)), False)


def previous_tag(name: str, tags: Mapping[str, RemoteTag]) -> str:
    """The newest deploy tag, or the newest before ``name`` where that is one; empty without any."""
    own = _key(name)
    older = sorted(key for key in map(_key, tags) if key and _name(key) != name and (own is None or key < own))
    return _name(older[-1]) if older else ""


def day_of(when: str) -> str:
    """The day, in UTC, of a time in ISO text. Raises InputError."""
    parse_time(when)
    return when[:10]


def _key(name: str) -> tuple[str, int] | None:
    match = DEPLOY_TAG.fullmatch(name)
    # Only the form that is given: -1 is nobody's, and would be another name for the first.
    return (match.group(1), int(match.group(2) or 1)) if match and match.group(2) != "1" else None


def _name(key: tuple[str, int]) -> str:
    return f"deploy-{key[0]}" + (f"-{key[1]}" if key[1] > 1 else "")


def message_lines(message: Message) -> list[str]:
    """What an annotated tag says of a deploy: what, when, who, and what came since the one before."""
    lines = [
        f"{message.project} {message.commit} is live on the whole fleet",
        "",
        f"Tagged by {printable_line(message.who)} at {message.when}.",
    ]
    if not message.previous:
        return [*lines, "There is no earlier deploy tag."]
    commits = message.commits
    lines.append(f"{commits['count']} commit(s) since {message.previous}" + (":" if commits["list"] else "."))
    lines += [f"  {printable_line(each)}" for each in commits["list"]]
    if commits["count"] > len(commits["list"]):
        lines.append(f"  and {commits['count'] - len(commits['list'])} more")
    if commits["behind"]:
        lines.append(f"It lacks {commits['behind']} commit(s) that {message.previous} had.")
    return lines


def tag_object(name: str, commit: str, who: str, when: str, lines: Sequence[str]) -> bytes:
    """An annotated tag as git stores it (``git mktag``). ``who`` is both name and address of the tagger."""
    tagger = re.sub(r"[<>]", "", printable_line(who)).strip(" .,:;\"'") or "unknown"
    head = f"object {commit}\ntype commit\ntag {name}\n"
    stamp = f"tagger {tagger.partition('@')[0] or tagger} <{tagger.replace(' ', '-')}> {int(parse_time(when))} +0000\n"
    return (head + stamp + "\n" + "\n".join(lines) + "\n").encode("utf-8", "replace")


def printable_line(text: str) -> str:
    """The text without line breaks and control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
