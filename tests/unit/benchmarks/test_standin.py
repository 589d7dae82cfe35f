"""What the bench adds to the stand-in."""

from __future__ import annotations

import itertools
import socket
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from benchmarks.standin import filler, with_hang
from lab.errors import LabError
from tests.unit import structure

SERVER = (structure.ROOT / "lab/standins/openlibrary/tree/openlibrary/server.py").read_text()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The stand-in's server with the page, without what it imports of its release."""
    for name in ("isbnlib", "olclient", "infogami", "infogami.page", "openlibrary", "openlibrary.release"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["infogami.page"], "render", None, raising=False)
    monkeypatch.setattr(sys.modules["openlibrary.release"], "RELEASE", "a" * 40, raising=False)
    names: dict[str, Any] = {}
    exec(compile(with_hang(SERVER), "server.py", "exec"), names)
    names["time"] = SimpleNamespace(sleep=lambda _seconds: None)
    return names


def test_a_page_names_its_host_and_never_ends(server: dict[str, Any]) -> None:
    answered: list[str] = []
    body = server["application"]({"PATH_INFO": "/hang"}, lambda status, _headers: answered.append(status))
    assert list(itertools.islice(body, 50)) == [f"{socket.gethostname()}\n".encode(), *[b"."] * 49]
    assert answered == ["200 OK"]


def test_the_other_pages_are_as_they_were(server: dict[str, Any]) -> None:
    body = server["application"]({"PATH_INFO": "/version"}, lambda _status, _headers: None)
    assert body == [b'{"release": "%s"}' % (b"a" * 40)]


def test_a_server_that_has_changed_is_an_error() -> None:
    with pytest.raises(LabError, match="has changed"):
        with_hang("def application():\n    return []\n")


def test_files_differ_and_are_the_same_each_time() -> None:
    assert filler(1) == filler(1) != filler(2)
    compile(filler(1), "file.py", "exec")
