# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is behind a run, on any controller: a terminal, AWX, a container whose user has no name."""

from __future__ import annotations

import getpass
import socket

import pytest
from ansible.errors import AnsibleUndefinedVariable

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.who import as_line, at_terminal, who


@pytest.fixture(autouse=True)
def _controller(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "mek")
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")


AWX = {"awx_user_name": "ann", "awx_user_first_name": "Ann", "awx_user_email": "ann@example.org"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "mek@laptop"),
        (AWX, "ann"),
        ({"tower_user_name": "tom"}, "tom"),
        ({"tower_user_name": "tom", **AWX}, "ann"),
        ({"deploy_who": "the night job", **AWX}, "the night job"),
        ({"deploy_who": "", **AWX}, "ann"),
        ({"deploy_who": None, "awx_user_name": ""}, "mek@laptop"),
        ({"deploy_who": 1007}, "1007"),
        ({"deploy_who": ["a", "b"]}, "mek@laptop"),
        ({"deploy_who": " two\nlines\x1b[0m "}, "two lines[0m"),
        ({"deploy_who": "x" * 101}, "x" * 100),
    ],
)
def test_who_it_is(variables, expected):
    assert who(variables.get) == expected


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no username"), ImportError("pwd")])
def test_a_user_without_a_name_is_unknown(monkeypatch, error):
    def nobody():
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert (at_terminal(), who({}.get)) == ("unknown", "unknown")


def test_a_controller_without_a_name_leaves_the_login(monkeypatch):
    def no_name():
        raise OSError

    monkeypatch.setattr(socket, "gethostname", no_name)
    assert at_terminal() == "mek"


def test_a_blank_login_is_no_login(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "\n")
    monkeypatch.setattr(socket, "gethostname", lambda: "")
    assert at_terminal() == "unknown"


def test_a_variable_that_cannot_be_read_says_nothing():
    def value_of(name):
        if name == "deploy_who":
            raise AnsibleUndefinedVariable("'user' is undefined")
        return AWX.get(name)

    assert who(value_of) == "ann"


def test_a_switch_is_no_name():
    assert as_line(True) == ""
