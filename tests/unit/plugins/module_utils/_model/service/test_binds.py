# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which addresses a configuration of haproxy names."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.binds import configurations, parse_binds


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ("bind :80", ["*:80"]),
        ("    bind *:80,127.0.0.1:81 ssl crt site.pem", ["*:80", "127.0.0.1:81"]),
        ("bind ipv4@10.0.0.1:5 # the private one", ["10.0.0.1:5"]),
        ("bind :::80 v6only", ["[::]:80"]),
        ("bind [::1]:80", ["[::1]:80"]),
        # Nobody can tell from these words alone.
        ("bind /run/site.sock", []),
        ("bind abns@site", []),
        ("bind fd@3", []),
        ('bind "${ADDRESS}:80"', []),
        ("bind site.example:80", []),
        ("bind :8000-8010", []),
        ("bind :80 interface eth0", []),
        ("# bind :80", []),
        ("server web3 10.0.0.1:80", []),
    ],
)
def test_addresses(line: str, addresses: list[str]) -> None:
    assert [str(bind) for bind in parse_binds(line)] == addresses


def test_a_line_is_found_again() -> None:
    (bind,) = parse_binds("frontend www\n\n  bind :::80 v6only\n")
    assert (bind.line, bind.v6, bind.v6only) == (3, True, True)


def test_addresses_that_the_running_haproxy_does_not_share_are_no_matter() -> None:
    assert parse_binds("global\n  noreuseport\nfrontend www\n  bind :80\n") == []


def test_the_files_are_those_of_the_test() -> None:
    assert configurations(["haproxy", "-c", "-f", "/a.cfg", "-f", "/b.cfg"]) == ["/a.cfg", "/b.cfg"]
