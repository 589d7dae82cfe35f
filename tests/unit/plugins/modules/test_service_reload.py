# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""service_reload as it runs on a target, as far as it goes without systemd; the rest is in molecule/olsystem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry
from tests.support import Host, hash_of, run_module, with_ticket

A, B = hash_of("a"), hash_of("b")
NGINX = {"name": "nginx", "project": "olsystem", "test": ["true", "{release}"], "unit": "no-such-unit-here"}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    host.release("a", project="olsystem")
    host.point(f"deploys/olsystem/{A}", project="olsystem")
    return host


def call(host: Host, state: str = "reloaded", check: bool = False, **changes: Any) -> dict[str, Any]:
    args = {"root": host.layout.root, "project": "olsystem", "state": state, "release": A, "services": [NGINX]}
    return run_module("service_reload", with_ticket({**args, **changes}), check=check, diff=True)


def reloaded(host: Host, to: str = A) -> None:
    """A journal whose last step is a reload that went well."""
    host.store.append(Entry("2026-11-23T18:00:00.000Z", "", 0, "mek", "olsystem", "", to, "reload", "done", "nginx"))


@pytest.mark.parametrize("state", ["tested", "reloaded"])
def test_services_of_other_projects_are_nothing_to_do(host: Host, state: str) -> None:
    result = call(host, state, services=[{**NGINX, "project": "openlibrary"}])
    assert (result["changed"], result["outcome"]) == (False, "unchanged")
    assert result["msg"] == "Nothing on this host reads from olsystem."


def test_what_was_loaded_already_is_left_alone(host: Host) -> None:
    reloaded(host)
    result = call(host)
    assert (result["changed"], result["msg"]) == (False, "nginx loaded aaaaaaaaaa before.")
    assert result["reloaded"] == []
    assert result["diff"]["before"] == result["diff"]["after"] == f"nginx: {A}\n"


def test_check_mode_says_what_it_would_do_and_touches_nothing(host: Host) -> None:
    before = host.files()
    result = call(host, check=True)
    assert (result["changed"], result["outcome"], result["reloaded"]) == (True, "would", ["nginx"])
    assert result["msg"] == "nginx would be reloaded with aaaaaaaaaa."
    assert result["diff"] == {"before": "nginx: unknown\n", "after": f"nginx: {A}\n"}
    assert host.files() == before


def test_check_mode_foresees_a_release_that_an_earlier_step_would_have_brought(host: Host) -> None:
    foreseen = {"release": B, "run": "run-7", "token": 7}
    assert call(host, "tested", check=True, **foreseen)["outcome"] == "unchanged"
    assert call(host, "reloaded", check=True, **foreseen)["outcome"] == "would"


@pytest.mark.parametrize(
    ("state", "changes", "sentence"),
    [
        ("tested", {"release": B}, f"Release {B} of olsystem is not on this host."),
        ("reloaded", {"release": B}, f"olsystem is at {A}, not at {B}: something else would be loaded."),
        ("reloaded", {"release": "master"}, "'master' is not a release: "),
        ("tested", {"services": [{**NGINX, "test": ["true"]}]}, "The test of nginx lacks {release}"),
    ],
)
def test_refusals(host: Host, state: str, changes: dict[str, Any], sentence: str) -> None:
    result = call(host, state, **changes)
    assert result["failed"] and result["outcome"] == "failed"
    assert result["msg"].startswith(sentence)
    assert host.steps() == []


def test_a_host_that_somebody_holds_is_left_alone(host: Host) -> None:
    host.lock()
    result = call(host)
    assert result["failed"] and host.steps() == []


def test_a_test_that_fails_while_reloading_is_journaled_and_known_to_nobody(host: Host) -> None:
    reloaded(host, to=B)
    result = call(host, services=[{**NGINX, "test": ["sh", "-c", "echo no such port; exit 1", "{release}"]}])
    assert (result["failed"], result["phase"], result["blame"]) == (True, "test", "release")
    assert result["msg"] == "nginx refuses the files of release aaaaaaaaaa: no such port"
    assert result["log_tail"] == ["no such port"]
    assert host.steps() == [("reload", "done"), ("reload", "begin"), ("reload", "failed")]
