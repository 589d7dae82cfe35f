# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which bundle a host gets, and what may be inside."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError, ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import bundle as model

NEW, OLD, OLDER = "a" * 40, "b" * 40, "c" * 40
ENVIRONMENT = "0123456789abcdef"


def made(base: str, size: int, kind: str = "release") -> dict[str, Any]:
    name = (
        model.release_bundle_name("shop", NEW, base)
        if kind == "release"
        else model.environment_bundle_name(ENVIRONMENT)
    )
    return {"kind": kind, "base": base, "path": f"/x/spool/{name}", "size": size, "digest": "0" * 64}


@pytest.mark.parametrize(
    ("have", "base"),
    [({OLD}, OLD), ({OLDER}, OLDER), ({OLD, OLDER}, OLDER), (set(), ""), ({"d" * 40}, "")],
)
def test_the_smallest_that_fits(have: set[str], base: str) -> None:
    bundles = [made("", 1000), made(OLD, 20), made(OLDER, 10), made("", 1, "environment")]
    chosen = model.choose_release(bundles, NEW, have)
    assert chosen is not None
    assert chosen.base == base


def test_none_for_a_host_that_has_it() -> None:
    assert model.choose_release([], NEW, {NEW}) is None
    assert model.choose_environment([], ENVIRONMENT, {ENVIRONMENT}) is None
    assert model.choose_environment([], "", set()) is None


def test_none_that_fits_is_an_error() -> None:
    with pytest.raises(InputError, match="No bundle"):
        model.choose_release([made(OLD, 1)], NEW, {OLDER})
    with pytest.raises(InputError, match="no bundle of the environment"):
        model.choose_environment([made(OLD, 1)], ENVIRONMENT, set())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"base": "../x"},
        {"path": "/x/evil"},
        {"path": "/x/a b.tar"},
        {"digest": "1"},
        {"path": "/x/.tar"},
    ],
)
def test_what_describes_no_bundle(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        model.parse_bundle({**made(OLD, 1), **change})


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\nb", "a\0b", ".."])
def test_paths_outside(path: str) -> None:
    with pytest.raises(ProofError):
        model.check_member_path(path)


@pytest.mark.parametrize("path", ["a", "a/b.c", ".hidden", "a/..b", "ü", "-x"])
def test_paths_inside(path: str) -> None:
    assert model.check_member_path(path) == path


@pytest.mark.parametrize(
    ("path", "target", "allowed"),
    [
        ("a", "b", True),
        ("a/b", "../c", True),
        ("a/b", "..", True),
        ("a/b", "../../c", False),
        ("a", "..", False),
        ("a", "/etc", False),
        ("a", "b/../../c", False),
        ("a", "", False),
    ],
)
def test_links(path: str, target: str, allowed: bool) -> None:
    if allowed:
        model.check_link(path, target)
        return
    with pytest.raises(ProofError, match="leads out"):
        model.check_link(path, target)


@pytest.mark.parametrize("name", ["environment.json", "lock.txt", "a_b-1.0+x-py3-none-any.whl"])
def test_members_of_an_environment(name: str) -> None:
    assert model.check_wheel_member(name) == name


@pytest.mark.parametrize("name", ["../a.whl", "a/b.whl", "x.py", ".whl", "lock.txt\n"])
def test_what_an_environment_must_not_hold(name: str) -> None:
    with pytest.raises(ProofError):
        model.check_wheel_member(name)
