# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run does about servers that a dead run had taken out, and that somebody, or something, brought back since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, taken_out
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from tests.integration.haproxy.balancer import Clients, Haproxy
from tests.integration.haproxy.calls import FORCED_DRAIN, READY, server
from tests.support import Host, hash_of, run_module, with_ticket

LEFT = {"web/web1": "ready"}


def die(root: str, *steps: tuple[str, str]) -> None:
    """What the journal has of a run that got so far with web1, and no further."""
    for step, outcome in steps:
        detail = "web/web1 before=ready"
        Store(Layout(root)).append(
            Entry("2026-11-23T17:00:00.000Z", "run-6", 6, "ann", "openlibrary", "", "", step, outcome, detail)
        )


OUT = (("out", "begin"), ("out", "done"))


def remembered(root: str) -> dict[str, str]:
    return taken_out(Store(Layout(root)).entries())


def test_a_server_that_a_dead_step_left_at_a_tenth_gets_its_weight_at_once(
    haproxy: Haproxy, run: dict[str, Any]
) -> None:
    die(run["root"], *OUT, ("in", "begin"))
    haproxy.command("set server web/web1 weight 10%")
    with Clients(haproxy.front) as clients:
        back = server(haproxy, "ready", ramp=[100], **run)
    assert not back["failed"], back
    assert (back["lost"], back["admin_before"], back["reloads"]) == (False, "ready", 0)
    assert [step["step"] for step in back["steps"]] == ["watch", "weight", "hold"], "it was never taken away"
    assert (back["weight"], back["configured_weight"], haproxy.weights("web1")) == (100, 100, (100, 100))
    assert clients.errors == []
    assert remembered(run["root"]) == {}
    steps = [(one.run, one.step, one.outcome) for one in Store(Layout(run["root"])).entries()]
    assert steps[3:] == [("run-7", "in", "begin"), ("run-7", "in", "done")]


@pytest.mark.parametrize(("weight", "left"), [(100, {}), (10, LEFT)])
def test_one_that_must_stay_is_remembered_only_while_its_weight_is_not_back(
    haproxy: Haproxy, run: dict[str, Any], weight: int, left: dict[str, str]
) -> None:
    die(run["root"], *OUT)
    haproxy.command(f"set server web/web1 weight {weight}%")
    assert server(haproxy, "maint", check=True, min_in_rotation=5, **run)["failed"]
    assert remembered(run["root"]) == LEFT
    assert server(haproxy, "maint", min_in_rotation=5, **run)["failed"]
    assert remembered(run["root"]) == left


def test_what_this_run_took_out_and_haproxy_lost_is_not_forgotten(haproxy: Haproxy, run: dict[str, Any]) -> None:
    assert not server(haproxy, "maint", **run)["failed"]
    haproxy.restart()
    refused = server(haproxy, "maint", min_in_rotation=5, **run)
    assert (refused["failed"], refused["blame"], refused["lost"]) == (True, "nobody", False)
    assert (refused["reloads"], refused["weight"], refused["configured_weight"]) == (0, 100, 100)
    assert remembered(run["root"]) == LEFT
    assert server(haproxy, "ready", **run)["lost"]


def test_who_is_drained_after_somebody_brought_it_back_stays_drained(haproxy: Haproxy, tmp_path: Path) -> None:
    host = Host(tmp_path / "root")
    run = {"root": host.layout.root, "project": "openlibrary", "run": "run-7", "token": 7, "who": "mek"}
    die(run["root"], *OUT)
    step = {"state": "open", "action": "deploy", "to": hash_of("b"), "ready": ["web/web1", "web/web2"]}
    assert run_module("deploy_run", with_ticket({**run, **step}))["forgotten"] == ["web/web1"]
    haproxy.command("set server web/web1 state drain")
    out = server(haproxy, "maint", **run)
    assert out["admin_before"] == "drain"
    assert not server(haproxy, "ready", restore=out["admin_before"], **run)["failed"]
    assert haproxy.admin_bits("web1") == FORCED_DRAIN


def test_on_the_way_back_it_is_in_as_soon_as_it_is_proven(haproxy: Haproxy, run: dict[str, Any]) -> None:
    server(haproxy, "maint", **run)
    with Clients(haproxy.front) as clients:
        back = server(haproxy, "ready", ramp=[100], ramp_hold=0, **run)
    assert not back["failed"], back
    assert [step["step"] for step in back["steps"]] == ["check", "weight", "enter", "hold"]
    assert back["bake"] == []
    assert (haproxy.admin_bits("web1"), clients.errors) == (READY, [])
