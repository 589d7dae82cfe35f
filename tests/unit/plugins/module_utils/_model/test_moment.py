# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.moment import (
    parse_time,
    render_age,
    render_time,
)


@pytest.mark.parametrize(
    ("epoch", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_456_800.25, "2026-11-23T18:00:00.250Z"),
        (0.9996, "1970-01-01T00:00:01.000Z"),
        (4_102_444_800.001, "2100-01-01T00:00:00.001Z"),
    ],
)
def test_a_time_is_utc_with_milliseconds(epoch: float, text: str) -> None:
    assert render_time(epoch) == text
    assert render_time(parse_time(text)) == text
    assert parse_time(text) == pytest.approx(epoch, abs=0.0005)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23T18:00:00Z", "2026-11-23 18:00:00.000Z", None])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a time"):
        parse_time(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 4 * 3600 + 59, "3 d 4 h"),
    ],
)
def test_an_age_has_two_units(seconds: float, text: str) -> None:
    assert render_age(seconds) == text
