# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import hashlib
import random

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.manifest import (
    MODES,
    Delta,
    ManifestEntry,
    compare_files,
    digest,
    parse_manifest,
    render_manifest,
)

SHA = "ab" * 32
ALPHABET = "abz/ .-_\t\r\f\v\u00e9\u2028\U0001f4da\udcff\\\"'"


def entry(path: str, mode: str = "100644", size: int = 1, sha: str = SHA) -> ManifestEntry:
    return ManifestEntry(path, mode, size, sha)


def random_entries(seed: int) -> list[ManifestEntry]:
    """Entries with every kind of file name that git can hold and a manifest accepts."""
    dice = random.Random(seed)
    paths = {"/".join(filter(None, "".join(dice.choices(ALPHABET, k=12)).split("/"))) for _ in range(40)}
    plain = [path for path in paths if path and not {".", ".."} & set(path.split("/"))]
    return [
        entry(
            path, dice.choice(MODES), dice.randrange(2**40), hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()
        )
        for path in plain
    ]


@pytest.mark.parametrize("seed", range(25))
def test_a_manifest_comes_back_as_it_was_written(seed: int) -> None:
    entries = random_entries(seed)
    assert len(entries) > 20
    text = render_manifest(entries)
    assert parse_manifest(text) == sorted(entries, key=lambda each: each.path)
    assert render_manifest(reversed(parse_manifest(text))) == text
    assert text.count("\n") == len(entries)


@pytest.mark.parametrize("seed", range(10))
def test_a_changed_byte_of_a_manifest_shows(seed: int) -> None:
    text = render_manifest(random_entries(seed))
    where = random.Random(seed).randrange(len(text))
    changed = text[:where] + ("x" if text[where] != "x" else "y") + text[where + 1 :]
    assert digest(changed) != digest(text)


def test_the_digest_is_that_of_the_file() -> None:
    text = render_manifest([entry("caf\u00e9\udcff")])
    assert digest(text) == hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    assert b"\xff\n" in text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\nb", "a\0b"])
def test_a_path_stays_inside_and_on_its_line(path: str) -> None:
    with pytest.raises(InputError):
        render_manifest([entry(path)])


@pytest.mark.parametrize(
    "bad",
    [
        [entry("a", mode="160000")],
        [entry("a", size=-1)],
        [entry("a", sha="AB" * 32)],
        [entry("a", sha="ab")],
        [entry("a"), entry("a", size=2)],
    ],
)
def test_what_could_not_be_read_back_is_not_written(bad: list[ManifestEntry]) -> None:
    with pytest.raises(InputError):
        render_manifest(bad)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (f"100644 1 {SHA} a", "cut off"),
        (f"100644 1 {SHA} b\n100644 1 {SHA} a\n", "line 2 .* out of order"),
        (f"100644 1 {SHA} a\n\n", "line 2 .* damaged"),
        (f"100644 01 {SHA} a\n", "line 1 .* damaged"),
        (f"100644 1 {SHA} ../a\n", "cannot be a path"),
        (f"100644 1 {SHA[:-1]} a\n", "damaged"),
    ],
)
def test_a_damaged_manifest_is_refused_with_its_line(text: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        parse_manifest(text)


def test_an_empty_release_has_an_empty_manifest() -> None:
    assert render_manifest([]) == ""
    assert parse_manifest("") == []


def test_a_comparison_names_every_path_that_differs() -> None:
    before = [entry("gone"), entry("same"), entry("size"), entry("mode"), entry("text")]
    after = [entry("text", sha="cd" * 32), entry("new"), entry("same"), entry("size", size=2), entry("mode", "100755")]
    assert compare_files(before, after) == Delta(("new",), ("mode", "size", "text"), ("gone",))
    assert not compare_files(before, list(reversed(before)))
    assert compare_files([], [entry("new")])
