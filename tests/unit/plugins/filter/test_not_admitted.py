# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which keys prepare adds, and which it leaves alone."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.openlibrary.deploy.plugins.filter.not_admitted import not_admitted

ONE = "ssh-ed25519 AAAAC3one+/= one@desk"
TWO = "ssh-ed25519 AAAAC3two two@desk"


def encoded(*lines: str) -> str:
    return base64.b64encode("\n".join(lines).encode()).decode()


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ((), [ONE, TWO]),
        ((ONE,), [TWO]),
        ((ONE, TWO), []),
        (('from="10.0.0.1",command="echo #1" ssh-ed25519 AAAAC3one+/= somebody',), [TWO]),
        ((f"# {ONE}", f"  #{TWO}"), [ONE, TWO]),
        (("ssh-ed25519 AAAAC3one+/=more one@desk",), [ONE, TWO]),
        (('environment="X=AAAAx" ssh-ed25519 AAAAC3two',), [ONE]),
    ],
)
def test_only_keys_that_no_line_admits_are_missing(lines: tuple[str, ...], missing: list[str]) -> None:
    assert not_admitted([ONE, TWO], encoded(*lines)) == missing


def test_a_file_that_is_not_there_admits_nobody() -> None:
    assert not_admitted([ONE], "") == [ONE]


def test_what_is_not_text_does_not_matter() -> None:
    assert not_admitted([ONE], base64.b64encode(b"\xff\n" + ONE.encode()).decode()) == []
