# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    Layout,
    Mark,
    ReleaseRecord,
    check_component,
    check_hash,
    check_project,
    check_root,
    parse_record,
    render_record,
)

HASH = "0123456789abcdef0123456789abcdef01234567"
GOOD = Mark("good", "2026-11-23T18:00:00.000Z", "run-1", "mek", "")
BAD = Mark("bad", "2026-11-23T19:00:00.000Z", "run-2", "mek", "blue answered 500")
RECORD = ReleaseRecord(
    "openlibrary", HASH, "2026-11-23T17:00:00.000Z", "ab" * 32, 2100, 31337, "py311-abc", False, (GOOD,)
)


@pytest.mark.parametrize(
    "text", ["", HASH[:-1], HASH + "0", HASH.upper(), "../../etc", "a; rm -rf /", HASH + "\n", "g" * 40, None, 7]
)
def test_a_hash_is_forty_lower_case_hex_digits(text: Any) -> None:
    with pytest.raises(InputError, match="40 lower-case hex digits"):
        check_hash(text)
    assert check_hash(HASH) == HASH


@pytest.mark.parametrize("text", ["", "Open", "1st", "../x", "a/b", "a" * 64, "a\n", "a b", "-a", None])
def test_a_project_is_one_plain_word(text: Any) -> None:
    with pytest.raises(InputError, match="is not a project"):
        check_project(text)


@pytest.mark.parametrize("text", ["a", "openlibrary", "ol_system-2", "a" * 63])
def test_plain_words_are_projects(text: str) -> None:
    assert check_project(text) == text


@pytest.mark.parametrize("text", ["", ".", "..", ".hidden", "a/b", "a" * 129, "a\n", None])
def test_a_name_is_one_path_component(text: Any) -> None:
    with pytest.raises(InputError, match="is not a name"):
        check_component(text)


@pytest.mark.parametrize("text", ["", "/", "opt", "//opt", "/opt/../etc", "/opt/./x", "/a//b", "/a\nb", "/a\0b", None])
def test_a_root_is_absolute_and_normal(text: Any) -> None:
    with pytest.raises(InputError, match="is not a deploy root"):
        check_root(text)


def test_a_trailing_slash_of_a_root_does_not_matter() -> None:
    assert Layout("/opt/openlibrary/") == Layout("/opt/openlibrary")


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, marks=()),
        replace(RECORD, completed="", environment="", adopted=True),
        RECORD.with_mark(BAD).with_mark(GOOD),
    ],
)
def test_a_record_comes_back_as_it_was_written(record: ReleaseRecord) -> None:
    assert parse_record(render_record(record)) == record


def test_the_newest_mark_counts() -> None:
    fresh = replace(RECORD, marks=())
    assert (fresh.good, fresh.bad, fresh.newest_mark) == (False, False, None)
    assert (RECORD.good, RECORD.bad) == (True, False)
    worse = RECORD.with_mark(BAD)
    assert (worse.good, worse.bad, worse.newest_mark) == (False, True, BAD)
    assert worse.marks == (GOOD, BAD)
    assert worse.with_mark(GOOD).good


def test_a_mark_is_good_or_bad() -> None:
    with pytest.raises(InputError, match="good or bad"):
        RECORD.with_mark(replace(GOOD, mark="fine"))


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "master"},
        {"project": "../x"},
        {"environment": "../x"},
        {"files": "many"},
        {"files": True},
        {"adopted": 1},
        {"completed": None},
        {"marks": [{"mark": "good"}]},
        {"marks": [{**vars(GOOD), "mark": "fine"}]},
        {"marks": ["good"]},
        {"marks": 3},
    ],
)
def test_a_damaged_record_is_no_record(change: dict[str, Any]) -> None:
    fields = json.loads(render_record(RECORD))
    with pytest.raises(InputError):
        parse_record(json.dumps({**fields, **change}))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", render_record(RECORD)[:-20]])
def test_half_a_record_is_no_record(text: str) -> None:
    with pytest.raises(InputError, match="record"):
        parse_record(text)


def test_everything_lies_under_the_root() -> None:
    layout = Layout("/srv/x")
    assert layout.release("web", HASH) == f"/srv/x/deploys/web/{HASH}"
    assert layout.record("web", HASH) == f"/srv/x/deploys/web/{HASH}.json"
    assert layout.manifest("web", HASH) == f"/srv/x/deploys/web/{HASH}.manifest"
    assert layout.project("web") == "/srv/x/deploys/web"
    assert layout.current("web") == "/srv/x/web"
    assert layout.link_target("web", HASH) == f"deploys/web/{HASH}"
    assert layout.journal == "/srv/x/deploys/journal.jsonl"
    assert layout.lock == "/srv/x/deploys/lock.json"
    assert layout.flock == "/srv/x/deploys/flock"
    assert layout.environment("e") == "/srv/x/venvs/e"
    assert layout.environment_record("e") == "/srv/x/venvs/e.json"
    assert layout.environment_target("e") == "venvs/e"
    assert layout.venv == "/srv/x/venv"
    assert layout.spool == "/srv/x/spool"
    assert layout.mirror("web") == "/srv/x/git/web.git"
    assert layout.build == "/srv/x/build"
    assert layout.launcher == "/srv/x/bin/launch"


@pytest.mark.parametrize("bad", ["../..", "a/b", "", HASH[:7]])
def test_no_path_is_made_of_an_unchecked_word(bad: str) -> None:
    layout = Layout("/srv/x")
    for make in (layout.project, layout.current, layout.environment, layout.mirror):
        if bad != HASH[:7]:
            with pytest.raises(InputError):
                make(bad)
    for make_two in (layout.release, layout.record, layout.manifest, layout.link_target):
        with pytest.raises(InputError):
            make_two("web", bad)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"/srv/x/deploys/web/{HASH}", ("web", HASH)),
        (f"/srv/x/deploys/web/{HASH}/lib/../bin", ("web", HASH)),
        (f"/srv/x/deploys/web/{HASH}.json", None),
        (f"/srv/x/deploys/web/{HASH}/../../..", None),
        (f"/srv/xy/deploys/web/{HASH}", None),
        ("/srv/x/deploys/web", None),
        ("/srv/x/deploys", None),
        (f"/srv/x/web/{HASH}", None),
    ],
)
def test_a_path_tells_its_release(path: str, found: tuple[str, str] | None) -> None:
    assert Layout("/srv/x").locate(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/srv/x/venvs/e/bin/python", "e"),
        ("/srv/x/venvs/e", "e"),
        ("/srv/x/venvs", None),
        ("/srv/x/venvs/../e", None),
        ("/srv/x/venv/bin", None),
    ],
)
def test_a_path_tells_its_environment(path: str, found: str | None) -> None:
    assert Layout("/srv/x").locate_environment(path) == found
