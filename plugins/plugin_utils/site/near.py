# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Slips of the keyboard: a name that is one keystroke away from another one."""

from __future__ import annotations

from collections.abc import Iterable


def is_near(given: str, known: str) -> bool:
    """Whether one insertion, deletion or substitution of a character, one swap of neighbours, or only the case of
    letters, leads from one to the other."""
    if given == known:
        return False
    if given.lower() == known.lower():
        return True
    if abs(len(given) - len(known)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(given, known, strict=False)) if a != b), min(len(given), len(known)))
    left, right = given[start:], known[start:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    return left[1:] == right[1:] or (left[1::-1] == right[:2] and left[2:] == right[2:])


def near(given: str, known: Iterable[str]) -> list[str]:
    """The names that ``given`` is one keystroke away from, sorted; none where it is one of them itself."""
    names = set(known)
    return [] if given in names else sorted(name for name in names if is_near(given, name))


def listed(words: Iterable[str], last: str = "and") -> str:
    """The words as a sentence has them: ``a, b and c``."""
    *others, end = list(words) or [""]
    return f"{', '.join(others)} {last} {end}" if others else end
