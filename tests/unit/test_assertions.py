"""Each test asserts something, itself or through a helper that does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.unit import structure

EXPECTS = {"raises", "fail", "warns"}


def called(function: ast.FunctionDef) -> Iterator[str]:
    """The names of what a function calls, without their owners."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", ""))


def asserts(function: ast.FunctionDef) -> bool:
    """Whether a function itself can fail for what it sees."""
    return any(isinstance(node, (ast.Assert, ast.Raise)) for node in ast.walk(function)) or bool(
        EXPECTS & set(called(function))
    )


def idle(sources: Iterable[str]) -> list[str]:
    """The tests among all functions that assert nothing, neither they nor what they call, however far down."""
    trees = map(ast.parse, sources)
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    good = {each.name for each in functions if asserts(each)}
    grown = True
    while grown:
        more = {each.name for each in functions if good & set(called(each))} - good
        good, grown = good | more, bool(more)
    return [each.name for each in functions if each.name.startswith("test_") and each.name not in good]


def test_each_test_asserts_something() -> None:
    files = [path for place in ("tests", "molecule") for path in (structure.ROOT / place).rglob("*.py")]
    assert idle(path.read_text(encoding="utf-8") for path in files) == []


def test_a_test_that_asserts_nothing_is_found() -> None:
    helper = "def check(x):\n    assert x\ndef through(x):\n    check(x)\n"
    assert idle([helper + "def test_good():\n    through(1)\n", "def test_bad():\n    print(1)\n"]) == ["test_bad"]
