# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module of a gate answered, whatever that is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.answer import (
    LONGEST,
    MOST_BASELINE,
    MOST_FIGURES,
    Heard,
    heard,
    named,
    secrets_of,
    unknown,
)

WELL = {"verdict": "pass", "msg": "all is well"}


def test_an_answer_needs_a_verdict_and_a_sentence() -> None:
    assert heard("queue", "judge", WELL) == Heard("pass", "all is well")
    whole = {**WELL, "blame": "release", "figures": {"a": 1}, "baseline": {"b": [2]}, "announces": True}
    assert heard("queue", "judge", {**whole, "announced": False, "changed": True}) == Heard(
        "pass", "all is well", "release", {"a": 1}, {"b": [2]}, announces=True, announced=False, changed=True
    )
    assert heard("queue", "judge", {"verdict": "fail"}).msg == "the gate queue said fail without a message"


@pytest.mark.parametrize("verdict", [None, "", "PASS", "ok", 1, True, ["pass"], {"a": 1}, "x" * 1000])
def test_a_verdict_that_is_none_is_unknown_and_quoted(verdict: Any) -> None:
    found = heard("queue", "judge", {**WELL, "verdict": verdict, "blame": "release", "figures": {"a": 1}})
    assert (found.verdict, found.blame, found.figures, found.asked) == ("unknown", "nobody", {}, True)
    assert found.msg.endswith(" instead of a verdict (pass, fail or unknown)")
    assert len(found.msg) < 110


def test_what_is_not_of_its_type_is_left_out() -> None:
    wrong = {"blame": "you", "figures": [1], "announces": "yes", "announced": "no", "changed": "x", "msg": 3}
    assert heard("queue", "judge", {"verdict": "fail", **wrong}) == Heard(
        "fail", "the gate queue said fail without a message"
    )


def test_a_sentence_is_one_printable_line_that_fits() -> None:
    found = heard("queue", "judge", {**WELL, "msg": "12\n wait \x1b[31mnow\x1b[0m" + "x" * 2000})
    assert found.msg.startswith("12 wait now") and len(found.msg) == LONGEST and found.msg.isprintable()


@pytest.mark.parametrize("figures", [{"x": "y" * MOST_FIGURES}, {"x": float("nan")}, {"x": {1, 2}}, "text"])
def test_figures_that_cannot_be_kept_are_left_out(figures: Any) -> None:
    found = heard("queue", "judge", {**WELL, "figures": figures})
    assert (found.verdict, found.figures) == ("pass", {})


@pytest.mark.parametrize("baseline", [{"x": "y" * MOST_BASELINE}, ["a"], {"x": float("inf")}])
def test_a_baseline_that_cannot_be_kept_is_unknown(baseline: Any) -> None:
    found = heard("queue", "read", {**WELL, "baseline": baseline})
    assert found.verdict == "unknown" and "not a dictionary of at most 256 KiB" in found.msg


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"failed": True, "msg": "no route"}, "no route"),
        ({"failed": True, "msg": "see stderr", "module_stderr": "Traceback\nOSError: full\n"}, "OSError: full"),
        ({"failed": True}, "it failed without a message"),
        ({"failed": True, **WELL}, "all is well"),
    ],
)
def test_a_module_that_failed_gave_no_answer(raw: dict[str, Any], why: str) -> None:
    assert heard("queue", "judge", raw) == unknown(f"the gate queue gave no answer: {why}", "judge")


def test_what_was_to_be_announced_may_stand_where_nobody_knows() -> None:
    asks = ("read", "announce", "judge", "lift")
    for raw in ({"failed": True}, WELL, {**WELL, "announced": "yes"}):
        assert [heard("q", ask, raw).announced for ask in asks] == [None, True, None, None]
    assert heard("q", "announce", {**WELL, "announced": False}).announced is False


def test_a_module_without_check_mode_was_not_asked() -> None:
    skipped = {"skipped": True, "msg": "remote module does not support check mode"}
    found = heard("queue", "judge", skipped, check_mode=True)
    assert (found.asked, found.verdict) == (False, "pass")


def test_a_module_that_skips_itself_in_a_real_run_gave_no_answer() -> None:
    found = heard("queue", "judge", {**WELL, "skipped": True, "msg": "no queue here"})
    assert (found.asked, found.verdict) == (True, "unknown")
    assert found.msg == "the gate queue gave no answer: no queue here"


def test_a_sentence_names_its_gate() -> None:
    assert named("queue", Heard("pass", "12 wait")).msg == "queue: 12 wait"
    assert named("nagios", Heard("pass", "Nagios is well")).msg == "Nagios is well"


def test_secrets_are_found_by_the_names_of_their_options_however_deep() -> None:
    options = {
        "url_password": "correct-horse",
        "headers": {"Authorization": "Bearer abcd", "Accept": "text/plain"},
        "tokens": ["first-token", {"id": "second-token"}],
        "url": "https://ann:hidden-one@example.org/x",
        "pin_secret": 123456,
        "secret": True,
        "api_key": "abc",
        "more": {"X-Api-Key": "key-of-api", "auth": "some-auth", "db-pwd": "some-pwd", "Cookie": "sid=1234"},
        "hook": "https://example.org/x?room=open-to-all&token=in-a-query",
        "author": "not a secret",
        "passive": "not a secret",
    }
    assert secrets_of(options) == {
        "correct-horse",
        "Bearer abcd",
        "first-token",
        "second-token",
        "hidden-one",
        "123456",
        "key-of-api",
        "some-auth",
        "some-pwd",
        "sid=1234",
        "in-a-query",
    }


def test_no_secret_is_handed_on() -> None:
    raw = {
        "verdict": "fail",
        "msg": "no login with long-secret-more or long-secret",
        "figures": {"long-secret": ["long-secret", {"x": "is long-secret"}], "n": 1},
        "baseline": {"a": "long-secret"},
    }
    found = heard("queue", "judge", raw, {"long-secret", "long-secret-more"})
    assert "secret" not in json.dumps([found.msg, found.figures, found.baseline])
    assert found.msg == "no login with ******** or ********"
    assert heard("queue", "judge", {"failed": True, "msg": "x long-secret"}, {"long-secret"}).msg.endswith("x ********")


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
KEYS = ("verdict", "msg", "blame", "figures", "baseline", "announces", "announced", "failed", "skipped", "changed")


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.dictionaries(st.sampled_from((*KEYS, "module_stderr")), PLAIN), st.sampled_from(("read", "announce", "judge"))
)
def test_whatever_a_module_returns_is_an_answer(raw: dict[str, Any], ask: str) -> None:
    found = heard("queue", ask, raw)
    assert found.verdict in ("pass", "fail", "unknown") and found.blame in ("release", "host", "nobody")
    assert found.msg and found.msg.isprintable() and len(found.msg) <= LONGEST
    assert found.announced in (None, True, False) and isinstance(found.changed, bool)
    assert len(json.dumps([found.figures, found.baseline], allow_nan=False)) < MOST_FIGURES + MOST_BASELINE
