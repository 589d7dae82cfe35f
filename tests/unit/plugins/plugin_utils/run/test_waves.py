# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which turns run together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.waves import SHARE, Mover, in_waves


def movers(text: str) -> list[Mover]:
    """Hosts from words: the part's letter and a number, then ``s`` serves, ``i`` leaves and serves nobody, ``l`` only
    switches a link, ``a`` alone."""
    made = []
    for word in text.split():
        name, how = word.split(":") if ":" in word else (word, "l")
        part = {"w": "web", "s": "static", "h": "home"}[name[0]]
        made.append(Mover(name, part, "i" in how or "s" in how, "s" in how, "a" in how))
    return made


def shown(text: str, spare: int = 1, way_back: bool = False, singly: bool = False) -> str:
    """The waves as text."""
    return " | ".join(" ".join(wave) for wave in in_waves(movers(text), spare, way_back, singly))


@pytest.mark.parametrize(
    ("turns", "waves"),
    [
        ("", ""),
        ("s1 w1:s w2:s h1", "s1 w1 | w2 h1"),
        # What other hosts' proofs may need, and what reloads a balancer, is alone.
        ("s1 w1:s w2:s h1:a", "s1 w1 | w2 | h1"),
        ("s1:a w1:s w2:s h1", "s1 | w1 | w2 h1"),
        ("s1:a s2 w1:s h1", "s1 | s2 w1 h1"),
        ("s1 w1:a w2:s", "s1 | w1 | w2"),
        ("w1:s w2:a h1", "w1 | w2 | h1"),
        # Where only links are switched nothing stops.
        ("s1 w1 w2 h1", "s1 w1 w2 h1"),
        ("s1:a w1 w2 h1", "s1 | w1 w2 h1"),
        ("w1:i w2:i", "w1 | w2"),
        ("h1:a", "h1"),
        ("s1 h1", "s1 h1"),
    ],
)
def test_on_the_way_forward_one_node_follows_another(turns: str, waves: str) -> None:
    assert shown(turns) == waves


@pytest.mark.parametrize(
    ("turns", "spare", "waves"),
    [
        ("s1 w1:s w2:s h1", 1, "s1 w1 | w2 h1"),
        # Those that serve nobody go together, and first.
        ("s1 w1:i w2:i h1", 0, "s1 w1 w2 h1"),
        ("s1 w1:s w2:i w3:i", 1, "s1 w2 w3 | w1"),
        # Of eight that serve a quarter, if the floor bears it.
        ("w1:s w2:s w3:s w4:s w5:s w6:s w7:s w8:s", 7, "w1 w2 | w3 w4 | w5 w6 | w7 w8"),
        ("w1:s w2:s w3:s w4:s w5:s w6:s w7:s w8:s", 1, "w1 | w2 | w3 | w4 | w5 | w6 | w7 | w8"),
        ("w1:s w2:s w3:s w4:i", 2, "w4 | w1 | w2 | w3"),
        # The floor cannot be held: one goes all the same, and the balancer's step refuses or not.
        ("w1:s", 0, "w1"),
    ],
)
def test_on_the_way_back_users_leave_the_release_fast(turns: str, spare: int, waves: str) -> None:
    assert shown(turns, spare, way_back=True) == waves


def test_a_run_that_pauses_after_blue_moves_blue_with_no_other_node() -> None:
    assert shown("s1 w1 w2 h1", singly=True) == "s1 w1 | w2 h1"


PARTS = ("static", "web", "home")
FACTS = st.lists(st.tuples(st.sampled_from(PARTS), st.booleans(), st.booleans(), st.booleans()), max_size=12)


def hosts(facts: list[tuple[str, bool, bool, bool]]) -> list[Mover]:
    """A host for each, in the order of the parts."""
    ordered = sorted(facts, key=lambda one: PARTS.index(one[0]))
    return [
        Mover(f"n{number}", part, leaves and part == "web", serves, alone)
        for number, (part, leaves, serves, alone) in enumerate(ordered)
    ]


@given(FACTS.map(hosts), st.integers(0, 12), st.booleans())
def test_whatever_moves(turns: list[Mover], spare: int, way_back: bool) -> None:
    by_host = {one.host: one for one in turns}
    waves = [[by_host[host] for host in wave] for wave in in_waves(turns, spare, way_back)]
    assert sorted(one.host for wave in waves for one in wave) == sorted(by_host), "each takes one turn"
    for wave in waves:
        assert len(wave) == 1 or not any(one.alone for one in wave)
        serving = [one for one in wave if one.leaves and one.serves]
        leaving = sum(one.leaves and one.serves for one in turns)
        assert len(serving) <= (max(1, min(leaving // SHARE, spare)) if way_back else 1)
        assert way_back or sum(one.leaves for one in wave) <= 1
