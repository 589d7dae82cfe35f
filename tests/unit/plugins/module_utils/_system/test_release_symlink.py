# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import ProofError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import files
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_symlink import (
    apply_switch,
    observe_switch,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.support import FakeClock, Host, hash_of

A, B = hash_of("a"), hash_of("b")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path / "root")
    host.release("a")
    host.release("b", environment="env-b")
    host.point(f"deploys/openlibrary/{A}")
    return host


def test_a_switch_that_had_no_effect_fails_and_is_journaled_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "replace_link", lambda *_: None)
    params = {"root": host.layout.root, "project": "openlibrary"}
    with (
        pytest.raises(ProofError, match="does not lead to") as caught,
        hold(params, False, FakeClock()) as held,
        held.step("switch", A, B),
    ):
        apply_switch(host.store, "openlibrary", B, f"deploys/openlibrary/{B}")
    assert caught.value.state_now == f"openlibrary is at {A}"
    assert host.steps() == [("switch", "begin"), ("switch", "failed")]


def test_a_switch_works_through_a_root_that_is_itself_a_link(host: Host, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(host.layout.root)
    alias = Store(Layout(str(tmp_path / "alias")))
    apply_switch(alias, "openlibrary", B, f"deploys/openlibrary/{B}")
    assert host.current() == B


def test_what_is_found_tells_complete_from_incomplete(host: Host) -> None:
    found = observe_switch(host.store, "openlibrary", B)
    assert found.record is not None
    assert found.environment_complete
    Path(host.layout.environment_record("env-b")).unlink()
    assert not observe_switch(host.store, "openlibrary", B).environment_complete
    Path(host.layout.release("openlibrary", B)).rmdir()
    assert observe_switch(host.store, "openlibrary", B).record is None
