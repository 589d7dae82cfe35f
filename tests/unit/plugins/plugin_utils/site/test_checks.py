from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.checks import public_keys


@pytest.mark.parametrize(
    "key",
    [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+/a= name@host",
        "ssh-rsa AAAAB3NzaC1yc2E",
        "sk-ssh-ed25519@openssh.com AAAAGnNr name",
        'from="10.0.0.1",no-pty ecdsa-sha2-nistp256 AAAAE2Vj name',
    ],
)
def test_a_public_key_is_taken(key: str) -> None:
    assert public_keys([key]) == [key]


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ", "~/.ssh/id_ed25519.pub"],
)
def test_anything_else_is_no_public_key(text: str) -> None:
    with pytest.raises(InputError, match="not a public key"):
        public_keys([text])


def test_an_entry_may_be_a_whole_file() -> None:
    assert public_keys(["# mek\nssh-rsa AAAAB3NzaC1yc2E\n\n  ssh-rsa AAAAB3NzaC1yc2F b\n"]) == [
        "ssh-rsa AAAAB3NzaC1yc2E",
        "ssh-rsa AAAAB3NzaC1yc2F b",
    ]
