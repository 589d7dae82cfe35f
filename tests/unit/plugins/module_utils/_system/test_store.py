# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.lock import UNREADABLE
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import Current
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.support import Host, hash_of

A = hash_of("a")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "root")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"deploys/openlibrary/{A}", Current("link", A, f"deploys/openlibrary/{A}")),
        (f"./deploys/../deploys/openlibrary/{A}/", Current("link", A, f"./deploys/../deploys/openlibrary/{A}/")),
        (f"deploys/openlibrary/{hash_of('b')}", Current("dangling", None, f"deploys/openlibrary/{hash_of('b')}")),
        (f"deploys/openlibrary/{A}/lib", Current("foreign", None, f"deploys/openlibrary/{A}/lib")),
        (f"deploys/olsystem/{A}", Current("foreign", None, f"deploys/olsystem/{A}")),
        ("/", Current("foreign", None, "/")),
        ("/nowhere", Current("dangling", None, "/nowhere")),
    ],
)
def test_a_link_is_what_it_leads_to(host: Host, target: str, expected: Current) -> None:
    (Path(host.layout.release("openlibrary", host.release("a"))) / "lib").mkdir()
    host.release("a", project="olsystem")
    host.point(target)
    assert host.store.current("openlibrary") == expected


def test_an_absolute_link_into_the_root_is_a_link(host: Host) -> None:
    target = host.layout.release("openlibrary", host.release("a"))
    host.point(target)
    assert host.store.current("openlibrary") == Current("link", A, target)


def test_what_is_no_link(host: Host) -> None:
    path = Path(host.layout.current("openlibrary"))
    assert host.store.current("openlibrary") == Current("missing")
    path.write_text("")
    assert host.store.current("openlibrary") == Current("foreign")
    path.unlink()
    path.mkdir()
    assert host.store.current("openlibrary") == Current("directory")


def test_a_release_exists_with_its_complete_record_only(host: Host) -> None:
    host.release("a")
    host.release("b")
    Path(host.layout.record("openlibrary", hash_of("b"))).write_text('{"half": ')
    host.release("c")
    record = host.store.record("openlibrary", hash_of("c"))
    assert record is not None
    host.store.save_record(replace(record, completed=""))
    host.release("d")
    Path(host.layout.release("openlibrary", hash_of("d"))).rmdir()
    Path(host.layout.release("openlibrary", hash_of("e"))).mkdir()
    host.release("f")
    Path(host.layout.record("openlibrary", hash_of("f"))).write_text(
        Path(host.layout.record("openlibrary", A)).read_text()
    )
    assert [record.hash for record in host.store.records("openlibrary")] == [A]
    assert host.store.directories("openlibrary") == [hash_of(letter) for letter in "abcef"]
    assert host.store.record("openlibrary", hash_of("b")) is None
    assert host.store.record("openlibrary", hash_of("f")) is None
    assert host.store.records("olsystem") == []


def test_an_environment_exists_with_its_record_only(host: Host) -> None:
    host.environment("py311-a")
    Path(host.layout.environment("py311-b")).mkdir()
    Path(host.layout.environment_record("py311-c")).write_text("{}")
    assert host.store.environments() == ["py311-a"]
    assert host.store.has_environment("py311-a")
    assert not host.store.has_environment("py311-b")
    assert not host.store.has_environment("py311-c")


def test_a_host_that_was_never_prepared_reads_as_empty(tmp_path: Path) -> None:
    store = Store(Layout(str(tmp_path / "nothing")))
    assert (store.entries(), store.lock(), store.environments(), store.records("openlibrary")) == ([], None, [], [])
    assert store.current("openlibrary") == Current("missing")


def test_the_lock_is_taken_once_and_given_back(host: Host) -> None:
    assert host.store.lock() is None
    lock = host.lock()
    assert host.store.lock() == lock
    assert not host.store.create_lock(replace(lock, run="run-8"))
    host.store.remove_lock()
    assert host.store.lock() is None


def test_a_lock_that_cannot_be_read_is_still_a_lock(host: Host) -> None:
    Path(host.layout.lock).write_text("")
    assert host.store.lock() is UNREADABLE
