from __future__ import annotations

import string

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.near import is_near, listed, near

WORD = "health_url"


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ("health_ur", "health_url", True),  # deletion, at the end
        ("ealth_url", "health_url", True),  # at the beginning
        ("healthurl", "health_url", True),  # in the middle
        ("health_urll", "health_url", True),  # insertion
        ("xhealth_url", "health_url", True),
        ("heaxlth_url", "health_url", True),
        ("health-url", "health_url", True),  # substitution
        ("Health_url", "health_url", True),
        ("health_urk", "health_url", True),
        ("haelth_url", "health_url", True),  # swap of neighbours
        ("ehalth_url", "health_url", True),
        ("health_ulr", "health_url", True),
        ("verison", "version", True),
        ("hsah", "hash", True),
        ("health_url", "health_url", False),
        ("health_u", "health_url", False),
        ("helath_ulr", "health_url", False),
        ("haelthurl", "health_url", False),
        ("lealth_urh", "health_url", False),  # a swap of others than neighbours
        ("", "", False),
        ("", "a", True),
        ("ab", "ba", True),
        ("abc", "cba", False),
        ("deploy_project", "deploy_projects", True),
    ],
)
def test_one_keystroke(given: str, known: str, expected: bool) -> None:
    assert is_near(given, known) is expected
    assert is_near(known, given) is expected


def edits(word: str) -> set[str]:
    """Everything that one keystroke makes of a word, the plain way."""
    letters = string.ascii_lowercase + "_-"
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    made = {left + right[1:] for left, right in splits if right}
    made |= {left + letter + right for left, right in splits for letter in letters}
    made |= {left + letter + right[1:] for left, right in splits if right for letter in letters}
    made |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    return made - {word}


@pytest.mark.parametrize("word", [WORD, "hash", "run", "aab", "a"])
def test_finds_exactly_what_one_keystroke_makes(word: str) -> None:
    one = edits(word)
    assert all(is_near(each, word) for each in one)
    two = {further for each in sorted(one)[::7] for further in edits(each)} - one - {word}
    assert not [each for each in two if is_near(each, word)]


def test_a_name_that_is_known_is_near_to_none() -> None:
    assert near("deploy_project", ["deploy_projects", "deploy_project"]) == []
    assert near("deploy_projec", ["deploy_projects", "deploy_project"]) == ["deploy_project"]
    assert near("ran", ["run", "rant", "far"]) == ["rant", "run"]


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")]
)
def test_words_in_a_sentence(words: list[str], text: str) -> None:
    assert listed(words) == text
