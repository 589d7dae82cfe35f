# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Nagios is asked: what cannot be is refused before Nagios is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import OPTIONS, check_nagios


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("interval", 0.0, "interval is 0.0; it must be more than 0."),
        ("timeout", -1.0, "timeout is -1.0; it must be 0 or more."),
        ("timeout", float("nan"), "timeout is nan; it must be a number."),
        ("downtime", 0, "downtime is 0; it must be 60 or more."),
        ("connect_timeout", 0.0, "connect_timeout is 0.0; it must be more than 0."),
        ("max_age", 0.0, "max_age is 0.0; it must be more than 0."),
        ("min_services", -1, "min_services is -1; it must be 0 or more."),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        check_nagios({name: value})
    assert (refused.value.msg, refused.value.phase) == (sentence, "gate")


def test_what_is_not_given_is_nobodys_fault() -> None:
    assert check_nagios({}) is None
    assert (
        check_nagios({"max_age": None, "min_services": None, "interval": 0.1, "timeout": 0.0, "downtime": 60}) is None
    )


def test_no_option_hides_one_that_every_gate_is_asked() -> None:
    assert {option.name for option in OPTIONS}.isdisjoint(option.name for option in ASKED)


def test_the_password_is_a_secret_and_nothing_else() -> None:
    assert [option.name for option in OPTIONS if option.secret] == ["url_password"]
