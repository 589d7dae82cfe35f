# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds of the balancer's counters at any two moments."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.errors import (
    Errors,
    sentence,
    since,
)

COUNT = st.none() | st.integers(0, 50)
READ = st.builds(
    Errors,
    st.lists(st.integers(1, 3), max_size=2, unique=True).map(tuple),
    COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT,
)  # fmt: skip


@given(READ, READ)
def test_there_are_never_more_failures_than_requests_and_never_less_than_none(before: Errors, after: Errors) -> None:
    met = since(before.as_dict(), after.as_dict())
    assert 0 <= met.without_server <= met.failed <= met.requests
    assert met.elsewhere >= 0
    assert sentence(met).startswith("unknown: ") == bool(met.unknown)
    if not met.unknown:
        assert met.partial == (not after.follows(before))
        assert sentence(met).startswith((f"{met.failed:,} of {met.requests:,} requests", "no request came"))


@given(READ, st.lists(st.integers(0, 50), min_size=7, max_size=7))
def test_what_was_added_is_what_is_told(before: Errors, added: list[int]) -> None:
    names = ("uptime", "requests", "backend_5xx", "servers_5xx", "without_server", "frontend_5xx", "broken")
    counted = replace(before, **{name: getattr(before, name) or 0 for name in names})
    more = dict(zip(names, added, strict=True))
    after = replace(counted, **{name: getattr(counted, name) + more[name] for name in names})
    met = since(counted.as_dict(), after.as_dict())
    assert (met.partial, met.requests) == (False, more["requests"])
    assert met.failed == min(more["requests"], more["backend_5xx"] + more["broken"])
