# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import (
    OUTCOMES,
    Entry,
    last_step,
    last_token,
    left_by_others,
    parse_journal,
    render_entry,
    rotation_detail,
    steps_of,
    switched_to,
    taken_out,
    wanted,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import Lock

PROJECT = "openlibrary"
NAMES = {name: name * 40 for name in "abcdef"}


def switch(to: str, outcome: str = "done", project: str = PROJECT, step: str = "switch", token: int = 1) -> Entry:
    return Entry("2026-11-23T18:00:00.000Z", "run-1", token, "mek", project, "", NAMES[to], step, outcome)


def random_entry(dice: random.Random) -> Entry:
    text = "".join(dice.choices('ab \n\r\t"{}\\\u00e9\u2028\udcff\0', k=20))
    return Entry(text, text, dice.randrange(10**12), text, text, text, text, text, dice.choice(OUTCOMES), text)


@pytest.mark.parametrize("seed", range(25))
def test_the_journal_comes_back_as_it_was_written(seed: int) -> None:
    dice = random.Random(seed)
    entries = [random_entry(dice) for _ in range(20)]
    text = "".join(map(render_entry, entries))
    assert parse_journal(text) == entries
    assert text.count("\n") == len(entries)


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_torn_last_line_is_passed_over(cut: int) -> None:
    whole = [switch("a"), switch("b")]
    text = "".join(map(render_entry, whole))
    torn = render_entry(switch("c"))[:-1][:cut]
    assert parse_journal(text + torn)[:2] == whole
    assert parse_journal(text + torn + "\n" + render_entry(switch("d")))[-1] == switch("d")
    if cut < len(render_entry(switch("c"))) - 1:
        assert parse_journal(text + torn) == whole


@pytest.mark.parametrize(
    "line", ["[]", "7", "null", "{}", '{"token": "x"}', json.dumps({**switch("a").as_dict(), "to": 1})]
)
def test_what_is_no_entry_is_passed_over(line: str) -> None:
    assert parse_journal(f"{line}\n{render_entry(switch('a'))}") == [switch("a")]


def test_the_file_says_from() -> None:
    fields = json.loads(render_entry(switch("a")))
    assert set(fields) == {"time", "run", "token", "who", "project", "from", "to", "step", "outcome", "detail"}
    assert fields["from"] == ""


def test_an_outcome_is_one_of_the_known() -> None:
    with pytest.raises(InputError, match="outcome"):
        render_entry(switch("a", outcome="perhaps"))


def test_only_what_became_current_counts_as_switched_to() -> None:
    entries = [
        switch("a", step="adopt"),
        switch("b", outcome="begin"),
        switch("b", outcome="failed"),
        switch("c"),
        switch("d", project="olsystem"),
        switch("e", step="install"),
        switch("c"),
    ]
    assert switched_to(entries, PROJECT) == [NAMES["a"], NAMES["c"], NAMES["c"]]


def test_what_a_switch_found_was_current_too() -> None:
    entries = [replace(switch("b"), from_=NAMES["a"]), replace(switch("d"), from_=NAMES["c"]), switch("e")]
    assert switched_to(entries, PROJECT) == [NAMES[name] for name in "abcde"]
    adopted = [switch("a", step="adopt"), replace(switch("b"), from_=NAMES["a"])]
    assert switched_to(adopted, PROJECT) == [NAMES["a"], NAMES["b"]]


def test_a_run_has_its_steps() -> None:
    entries = [switch("a"), switch("b", outcome="failed")]
    assert steps_of(entries, "run-1") == entries
    assert steps_of(entries, "run-2") == []
    assert last_step(entries, "run-1") == "switch failed at 2026-11-23T18:00:00.000Z"
    assert last_step(entries, "run-2") == ""
    assert last_step(entries, "") == ""


@pytest.mark.parametrize(
    ("journaled", "locked", "highest"), [([], None, 0), ([3, 9, 4], None, 9), ([3], 5, 5), ([7], 5, 7)]
)
def test_the_highest_token_counts_wherever_it_was_seen(journaled: list[int], locked: int | None, highest: int) -> None:
    lock = Lock("r", locked, "mek", PROJECT, "deploy", NAMES["a"], "", "") if locked else None
    assert last_token([switch("a", token=token) for token in journaled], lock) == highest


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([], None),
        ([("adopt", "a", "")], "a"),
        ([("adopt", "a", ""), ("close", "b", "good")], "b"),
        ([("close", "a", "good"), ("close", "b", "failed: died")], "a"),
        ([("close", "a", "good"), ("switch", "b", "")], "a"),
    ],
)
def test_wanted_is_what_the_last_good_run_left(ends: list[tuple[str, str, str]], expected: str | None) -> None:
    entries = [replace(switch(to, step=step), detail=detail) for step, to, detail in ends]
    assert wanted(entries, PROJECT) == (NAMES[expected] if expected else None)


def rotation(step: str, outcome: str, detail: str, run: str = "one") -> Entry:
    return replace(switch("a", outcome=outcome, step=step), to="", detail=detail, run=run)


OUT_READY, OUT_DRAIN = "web/web1 before=ready", "web/web1 before=drain"


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ([], {}),
        ([rotation("out", "begin", "web/web2 before=maint"), rotation("restart", "begin", "")], {"web/web2": "maint"}),
        # What the first one found counts, also for a run that comes after a dead one.
        (
            [
                rotation("out", "begin", OUT_DRAIN),
                rotation("out", "done", OUT_DRAIN),
                rotation("out", "begin", "web/web1 before=maint", run="two"),
            ],
            {"web/web1": "drain"},
        ),
        (
            [
                rotation("out", "begin", OUT_DRAIN),
                rotation("in", "begin", OUT_DRAIN),
                rotation("in", "failed", "went down"),
            ],
            {"web/web1": "drain"},
        ),
        # Brought back: whoever takes it out after that is an operator again.
        ([rotation("out", "begin", OUT_READY), rotation("in", "done", OUT_READY, run="two")], {}),
        # A step that failed may have left it anywhere; it counts as put back once haproxy was seen to show it so.
        ([rotation("out", "begin", OUT_READY), rotation("out", "failed", "haproxy is gone")], {"web/web1": "ready"}),
        (
            [
                rotation("out", "begin", OUT_READY),
                rotation("out", "note", OUT_READY),
                rotation("out", "failed", "sessions did not end"),
            ],
            {},
        ),
        # Found ready, an earlier entry is stale: somebody had brought it back.
        (
            [rotation("out", "begin", OUT_DRAIN), rotation("out", "begin", OUT_READY, run="two")],
            {"web/web1": "ready"},
        ),
        ([rotation("out", "begin", "web/web1 before=; drop")], {}),
    ],
)
def test_a_server_is_left_out_until_it_is_brought_back(entries: list[Entry], left: dict[str, str]) -> None:
    assert taken_out(entries) == left


def test_what_other_runs_left_out() -> None:
    entries = [
        rotation("out", "begin", rotation_detail("web/web1", "ready")),
        rotation("out", "begin", rotation_detail("web/web2", "drain")),
        rotation("out", "begin", rotation_detail("web/web3", "ready")),
        rotation("in", "done", rotation_detail("web/web3", "ready")),
        rotation("in", "begin", rotation_detail("web/web2", "drain"), run="two"),
        rotation("bake", "note", "web/web1 10 %: pass", run="two"),
    ]
    assert left_by_others(entries, "two") == {"web/web1": "ready"}
    assert left_by_others(entries, "one") == {}
    assert left_by_others(entries, "three") == taken_out(entries) == {"web/web1": "ready", "web/web2": "drain"}
