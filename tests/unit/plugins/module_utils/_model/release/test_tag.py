# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import (
    Message,
    RemoteTag,
    TagName,
    check_tag_name,
    check_tag_names,
    choose_tag,
    message_lines,
    parse_tags,
    previous_tag,
    tag_object,
)

A, B, C = "a" * 40, "b" * 40, "c" * 40
WHEN = "2026-11-24T23:59:59.999Z"
DAY = "deploy-2026-11-24"


def tags(**commits: str) -> dict[str, RemoteTag]:
    return {name.replace("_", "-"): RemoteTag(C, commit) for name, commit in commits.items()}


TODAY = {DAY: RemoteTag(C, A)}
TWICE = {**TODAY, f"{DAY}-2": RemoteTag(C, B)}


@pytest.mark.parametrize("name", ["v1", "deploy-2026-11-24", "release/2026.11", "a+b_c", "dead", "abcdefg"])
def test_names_of_tags(name: str) -> None:
    assert check_tag_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "-d", "a b", "a..b", "a~1", "a^", "a:b", "a.lock", "a/.b", "a//b", "a/", "a.", ".a", "@", "a@{1}"),
        *("a\n", "a\nb", "$(id)", "refs/heads/x", "HEAD", "head", "ORIG_HEAD", "abcdef1", A, "x" * 101, "\u00e4", "a?"),
    ],
)
def test_what_cannot_name_a_tag_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="Nothing was tagged"):
        check_tag_name(name)


@pytest.mark.parametrize(("name", "moving"), [("", ""), ("v1", ""), ("", "production"), ("v1", "production")])
def test_names_that_go_together(name: str, moving: str) -> None:
    assert check_tag_names(name, moving) is None


@pytest.mark.parametrize(
    ("name", "moving"), [("x", "x"), ("", DAY), ("", f"{DAY}-2"), ("a b", ""), ("", "a b"), ("", "-f")]
)
def test_names_that_do_not(name: str, moving: str) -> None:
    with pytest.raises(InputError):
        check_tag_names(name, moving)


@pytest.mark.parametrize(
    ("there", "commit", "choice"),
    [
        ({}, A, TagName(DAY, False)),
        (TODAY, A, TagName(DAY, True)),
        (TODAY, B, TagName(f"{DAY}-2", False)),
        (TWICE, B, TagName(f"{DAY}-2", True)),
        (TWICE, A, TagName(DAY, True)),
        (TWICE, C, TagName(f"{DAY}-3", False)),
        ({f"{DAY}-9": RemoteTag(C, A), f"{DAY}-10": RemoteTag(C, A)}, B, TagName(f"{DAY}-11", False)),
        ({"deploy-2026-11-23": RemoteTag(C, A), "deploy-2026-11-25-7": RemoteTag(C, A)}, A, TagName(DAY, False)),
        (
            {f"{DAY}-1": RemoteTag(C, A), f"{DAY}-02": RemoteTag(C, A), f"{DAY}x": RemoteTag(C, A)},
            A,
            TagName(DAY, False),
        ),
    ],
)
def test_the_next_tag_of_the_day(there: dict[str, RemoteTag], commit: str, choice: TagName) -> None:
    assert choose_tag("", WHEN, commit, there) == choice


def test_a_given_name_is_new_or_there_or_taken() -> None:
    assert choose_tag("v1", WHEN, A, {}) == TagName("v1", False)
    assert choose_tag("v1", WHEN, A, tags(v1=A)) == TagName("v1", True)
    with pytest.raises(InputError, match=f"v1 exists on another commit, {B}; nothing was tagged"):
        choose_tag("v1", WHEN, A, tags(v1=B))


def test_a_day_must_be_one() -> None:
    with pytest.raises(InputError):
        choose_tag("", "yesterday", A, {})


@pytest.mark.parametrize(
    ("name", "previous"),
    [
        (DAY, "deploy-2026-11-23-10"),
        (f"{DAY}-2", DAY),
        ("deploy-2026-11-24-3", f"{DAY}-2"),
        ("v1", f"{DAY}-2"),
        ("deploy-2026-01-01", ""),
    ],
)
def test_the_deploy_tag_before(name: str, previous: str) -> None:
    there = {**TWICE, **tags(deploy_2026_11_23_9=A, deploy_2026_11_23_10=A, v1=A, production=B)}
    assert previous_tag(name, there) == previous


def test_the_servers_list_has_objects_and_what_they_peel_to() -> None:
    listing = f"{A}\trefs/tags/v1\n{B}\trefs/tags/v1^{{}}\n{C}\trefs/tags/light\nnoise\n{A}\trefs/heads/x\n"
    assert parse_tags(listing) == {"v1": RemoteTag(A, B), "light": RemoteTag(C, C)}


def test_a_message_says_what_when_who_and_since() -> None:
    commits = {"count": 3, "list": ["1234567 One\x1b[31m", "2345678 Two"], "behind": 1}
    lines = message_lines(Message("web", A, "mek@laptop", WHEN, DAY, commits))
    assert lines == [
        f"web {A} is live on the whole fleet",
        "",
        f"Tagged by mek@laptop at {WHEN}.",
        f"3 commit(s) since {DAY}:",
        "  1234567 One [31m",
        "  2345678 Two",
        "  and 1 more",
        f"It lacks 1 commit(s) that {DAY} had.",
    ]


def test_the_first_tag_and_the_same_commit_say_so() -> None:
    nothing = {"count": 0, "list": [], "behind": 0}
    assert message_lines(Message("web", A, "mek", WHEN, "", nothing))[-1] == "There is no earlier deploy tag."
    assert message_lines(Message("web", A, "mek", WHEN, DAY, nothing))[-1] == f"0 commit(s) since {DAY}."


@pytest.mark.parametrize(
    ("who", "tagger"),
    [
        ("mek@laptop", "mek <mek@laptop>"),
        ("mek", "mek <mek>"),
        ("M\nobject x <root@x>", "M object x root <M-object-x-root@x>"),
        ("@", "@ <@>"),
        ("<>\n", "unknown <unknown>"),
    ],
)
def test_whoever_tags_cannot_write_another_header(who: str, tagger: str) -> None:
    head, _, body = tag_object("v1", A, who, "2026-11-24T00:00:01.900Z", ["What", "", "Who"]).decode().partition("\n\n")
    assert head.split("\n") == [f"object {A}", "type commit", "tag v1", f"tagger {tagger} 1795478401 +0000"]
    assert body == "What\n\nWho\n"
