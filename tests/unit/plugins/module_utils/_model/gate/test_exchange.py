# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses, and what a cache says of the age of its answer."""

from __future__ import annotations

import math

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.exchange import Address, age_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://a", Address(False, "a", 80, "a", "/", "http://a")),
        ("https://a/b?c=d", Address(True, "a", 443, "a", "/b?c=d", "https://a/b")),
        ("http://[::1]:8080/x", Address(False, "::1", 8080, "[::1]:8080", "/x", "http://[::1]:8080/x")),
        ("http://a?b", Address(False, "a", 80, "a", "/?b", "http://a")),
        ("http://a/b#c", Address(False, "a", 80, "a", "/b", "http://a/b")),
    ],
)
def test_address(url: str, address: Address) -> None:
    assert Address.of(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a/hunter2",
        "ftp://a/hunter2",
        "file:///hunter2",
        "http://",
        "http:///hunter2",
        "http://ops:hunter2@a/",
        "http://hunter2@a/",
        "http://a:0x1/hunter2",
        "http://a:99999/hunter2",
        "http://a/ hunter2",
        "http://a/\r\nX: hunter2",
        "http://ä/hunter2",
        "http://[::1/hunter2",
    ],
)
def test_no_address(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Address.of(url)
    assert "hunter2" not in caught.value.msg


@pytest.mark.parametrize(
    ("header", "age"), [(None, 0.0), ("0", 0.0), (" 12 ", 12.0), ("-1", math.inf), ("1.5", math.inf), ("", math.inf)]
)
def test_age(header: str | None, age: float) -> None:
    assert age_of(header) == age
