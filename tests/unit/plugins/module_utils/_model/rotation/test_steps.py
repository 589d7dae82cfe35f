# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What leaving and coming back have in common."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import Rules, ServerView
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.admit import admit, is_in
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.leave import is_out, leave
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import (
    FAIL,
    Memory,
    check_ramp,
    floor_refusal,
    undo_admission,
    undo_leaving,
    usable_ramp,
    weight_at,
)
from tests.haproxy_world import IN, OUT, World


def other(*whys: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"web{number}", why) for number, why in enumerate(whys, 2))


@pytest.mark.parametrize(
    ("world", "others", "least", "refused"),
    [
        (World(), other(""), 1, False),
        (World(), other("its status is DOWN"), 1, True),
        (World(), other("", "its status is DOWN"), 2, True),
        (World(), other(), 1, True),
        (World(), other(), 0, False),
        (World(state="drain"), other(), 1, False),
        (World(health=0), other(), 1, False),
        (World(weight=0), other(), 1, False),
        (World(health=2), other(), 1, True),  # UP 1/3 still takes traffic
    ],
)
def test_floor(world: World, others: tuple[tuple[str, str], ...], least: int, refused: bool) -> None:
    wish, seen = replace(OUT, min_in_rotation=least), replace(world.seen(), others=others)
    assert bool(floor_refusal(wish, seen)) == refused
    if refused:
        assert leave(wish, seen, Memory(), 0.0).kind == FAIL
        assert admit(replace(wish, state="ready", goal="drain"), seen, Memory(), 0.0).kind == FAIL


def test_processes_must_agree() -> None:
    ready, maint = World().seen(), World(state="maint").seen()
    both = replace(ready, views=(*maint.views, *ready.views))
    assert both.admin == "ready"
    assert not is_out(OUT, both)
    assert leave(OUT, both, Memory(), 0.0).commands == ("set server web/web1 state drain",)
    assert not is_in(IN, both)
    assert both.why_not_serving(Rules()).startswith("its status is MAINT")
    half: tuple[ServerView, ...] = (*World(state="drain").seen().views, *World(state="drain", health=3).seen().views)
    move = admit(IN, replace(ready, views=half), Memory(), 0.0)
    assert "DRAIN 2/3" in move.sentence


@pytest.mark.parametrize(("ramp", "ok"), [
    ([100], True), ([10, 100], True), ([1, 2, 100], True),
    ([], False), ([10], False), ([0, 100], False), ([50, 10, 100], False), ([10, 10, 100], False), ([10, 200], False),
])  # fmt: skip
def test_ramps(ramp: list[int], ok: bool) -> None:
    if ok:
        assert check_ramp(ramp) == tuple(ramp)
        return
    with pytest.raises(InputError, match="must rise"):
        check_ramp(ramp)


def test_weights_round_down_as_haproxys_do() -> None:
    assert [weight_at(15, percent) for percent in (1, 10, 50, 100)] == [0, 1, 7, 15]
    assert usable_ramp((10, 50, 100), 1) == (100,)
    assert usable_ramp((10, 50, 100), 10) == (10, 50, 100)


def test_undoing_what_broke_off() -> None:
    untouched, touched = Memory(found="ready"), Memory(found="drain", touched=True)
    assert undo_leaving(OUT, untouched) == undo_admission(IN, untouched) == ()
    assert undo_leaving(OUT, touched) == ("set server web/web1 state drain",)
    assert undo_admission(IN, touched) == ("set server web/web1 state maint", "set server web/web1 weight 100%")
