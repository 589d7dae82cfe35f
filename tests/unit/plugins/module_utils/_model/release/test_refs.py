# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names from outside, and the choice of one commit."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import refs

A, B, C = "a" * 40, "b" * 40, "abcdef1" + "0" * 33


@pytest.mark.parametrize("name", ["master", "v1.0", "topic/two", "a-b_c", "feature/#12", "0" * 40, "ä"])
def test_names_that_git_accepts(name: str) -> None:
    assert refs.check_version(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "@", "-x", "--upload-pack=x", "a..b", "../../etc", "a b", "a;b c", "a~1", "a^", "a:b", "a?", "a*", "a[b",
     "a\\b", "/a", "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "a@{1}", "a\nb", "a\x7fb", "a" * 256],
)  # fmt: skip
def test_names_that_git_refuses(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        refs.check_version(name)


@pytest.mark.parametrize(
    "address",
    ["https://example.org/x.git", "ssh://git@ol-infra/srv/git/x.git", "git@github.com:internetarchive/openlibrary.git",
     "ol-infra:x.git", "file:///srv/git/x.git", "/srv/git/x.git"],
)  # fmt: skip
def test_addresses(address: str) -> None:
    assert refs.check_repository(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "-oProxyCommand=x", "ext::sh -c id", "host::x", "https://a b", "x\ny:z", "relative/path", "--x:y", "/a b"],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="not an address"):
        refs.check_repository(address)


@pytest.mark.parametrize(
    ("version", "heads", "tags", "commits", "kind", "commit"),
    [
        ("master", {"master": A}, {}, [], "branch", A),
        ("v1", {"master": A}, {"v1": B}, [], "tag", B),
        ("same", {"same": A}, {"same": A}, [], "branch", A),
        ("abcdef1", {}, {}, [C], "hash", C),
        ("abcdef1", {"abcdef1": C}, {}, [C], "branch", C),
    ],
)
def test_one_commit(
    version: str, heads: dict[str, str], tags: dict[str, str], commits: list[str], kind: str, commit: str
) -> None:
    assert refs.choose(version, heads, tags, commits, "server") == refs.Resolved(kind, version, commit)


@pytest.mark.parametrize(
    ("version", "heads", "tags", "commits", "sentence"),
    [
        ("x", {"x": A}, {"x": B}, [], "names a branch (aaaaaaaaaa) and a tag (bbbbbbbbbb)"),
        ("abcdef1", {"abcdef1": A}, {}, [C], "names a branch (aaaaaaaaaa) and a hash"),
        ("abcdef1", {}, {}, [A, B], "2 commits begin with it"),
        ("mastre", {"master": A}, {}, [], "no branch or tag 'mastre'; near it: master."),
        ("zzz", {"master": A}, {}, [], "no branch or tag 'zzz'."),
        ("abcd", {}, {}, [], "at least 7 digits"),
        ("abcdef1", {}, {}, [], "No commit in server begins with abcdef1"),
    ],
)
def test_none_or_several_get_one_sentence(
    version: str, heads: dict[str, str], tags: dict[str, str], commits: list[str], sentence: str
) -> None:
    with pytest.raises(InputError) as caught:
        refs.choose(version, heads, tags, commits, "server")
    assert sentence in caught.value.msg
