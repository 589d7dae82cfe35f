# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Submodules: what .gitmodules says and where addresses lead."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import submodules
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.submodules import Submodule

COMMIT = "c" * 40


@pytest.mark.parametrize(
    ("parent", "url", "resolved"),
    [
        ("ssh://git@h/srv/git/a.git", "../b.git", "ssh://git@h/srv/git/b.git"),
        ("ssh://git@h/srv/git/a.git/", "../../b.git", "ssh://git@h/srv/b.git"),
        ("https://h/o/a", "./b", "https://h/o/a/b"),
        ("https://h/a.git", "../b.git", "https://h/b.git"),
        ("git@h:o/a.git", "../b.git", "git@h:o/b.git"),
        ("git@h:a.git", "../b.git", "git@h:b.git"),
        ("/srv/git/a.git", "../b.git", "/srv/git/b.git"),
        ("https://h/a", "https://other/b.git", "https://other/b.git"),
    ],
)
def test_addresses(parent: str, url: str, resolved: str) -> None:
    assert submodules.resolve_url(parent, url) == resolved


@pytest.mark.parametrize(
    ("parent", "url"), [("https://h/a", "../../../b"), ("https://h/a", "ext::sh"), ("https://h/a", "-x")]
)
def test_addresses_that_are_refused(parent: str, url: str) -> None:
    with pytest.raises(InputError):
        submodules.resolve_url(parent, url)


def test_tree_and_settings_are_joined() -> None:
    listing = b"100644 blob %s\ta.py\x00160000 commit %s\tvendor/x y\x00" % (b"a" * 40, COMMIT.encode())
    config = (
        b"core.x\n1\x00submodule.x.y.path\nvendor/x y\x00submodule.x.y.url\n../x.git\x00submodule.old.path\ngone\x00"
    )
    found = submodules.join(submodules.parse_gitlinks(listing), submodules.parse_config(config))
    assert found == (Submodule("vendor/x y", "../x.git", COMMIT),)


def test_a_link_without_address_is_named() -> None:
    with pytest.raises(InputError, match="submodule at vendor/x, but"):
        submodules.join({"vendor/x": COMMIT}, {"x": {"path": "vendor/x"}})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h/o/infogami.git", "p.infogami"),
        ("git@h:infogami", "p.infogami"),
        ("https://h/..", "p.--"),
        ("/", "p.submodule"),
    ],
)
def test_mirror_names_are_one_path_component(url: str, name: str) -> None:
    assert submodules.mirror_name("p", url) == name
