# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must not be shown is found by its name, also in an address."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.secret import (
    names_secret,
    secrets_in,
    without_secrets,
)


@pytest.mark.parametrize("name", ["url_password", "X-Api-Key", "auth", "db-pwd", "Cookie", "bearer_token"])
def test_a_name_says_so(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", ["passive", "author", "url", "keys", "series"])
def test_a_name_that_only_sounds_alike_does_not(name: str) -> None:
    assert not names_secret(name)


def test_in_an_address_they_are_found_and_masked_wherever_it_stands() -> None:
    text = "htp://mek:s3cret@x/?a=1&token=t0ken and https://x/?page=2"
    assert secrets_in(text) == ["s3cret", "t0ken"]
    assert without_secrets(text) == "htp://mek:********@x/?a=1&token=******** and https://x/?page=2"
