# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hot fix: what it does not wait for, what is kept of that, and its one short share of traffic."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import Limits
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.findings import Finding
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.gates import Gate
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.override import overridden, override_notes
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import Request
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.urgent import (
    announcement,
    first_share,
    hot_fix_notes,
    waived,
)

GATES = (Gate("queue"), Gate("nagios"))
BAD = Finding("blue", "release bbb is marked bad (died)", skip="bad")
QUEUE = Finding("queue", "12 wait", skip="queue")
STAGED = Finding("dev0", "release bbb was never current on dev0", skip="staged")
DISK = Finding("green", "too little disk")
NOTE = Finding("queue", "2 wait already", blocking=False, skip="queue")
BAKE = "the bake, but for one short look at the first web node"


def request(**more: Any) -> Request:
    return Request(**{"action": "deploy", "project": "site", "urgent": "it is down", "gates": GATES, **more})


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({}, ("the gates queue, nagios", BAKE)),
        ({"urgent": ""}, ()),
        ({"skip": frozenset({"queue"})}, ("the gate nagios", BAKE)),
        ({"skip": frozenset({"bake"}), "gates": ()}, ()),
        ({"bake": "inform", "gates": ()}, ()),
        (
            {"require_staged": True, "pauses": True, "gates": ()},
            ("deploy_require_staged", "the pause after blue", BAKE),
        ),
        ({"require_staged": True, "skip": frozenset({"staged", "bake"}), "gates": ()}, ()),
    ],
)
def test_what_it_does_not_wait_for(more: dict[str, Any], left: tuple[str, ...]) -> None:
    assert waived(request(**more)) == left


@pytest.mark.parametrize(
    ("finding", "blocking", "sentence"),
    [
        (QUEUE, False, "not waited for: 12 wait"),
        (STAGED, False, "not waited for: release bbb was never current on dev0"),
        (NOTE, False, "2 wait already"),
        # What speaks against the very release, or against a host, stops a hot fix as well.
        (BAD, True, BAD.sentence),
        (DISK, True, DISK.sentence),
    ],
)
def test_what_a_verdict_would_have_stopped_is_only_told(finding: Finding, blocking: bool, sentence: str) -> None:
    (told,) = overridden([finding], request())
    assert (told.blocking, told.sentence) == (blocking, sentence)
    assert overridden([finding], request(urgent="")) == [finding]


def test_the_journals_keep_why_and_what_would_have_stopped_it() -> None:
    assert hot_fix_notes([QUEUE, STAGED, NOTE, BAD], request()) == [
        "urgent: it is down",
        f"not waited for: the gates queue, nagios; {BAKE}",
        "would have stopped it: queue: 12 wait",
        "would have stopped it: dev0: release bbb was never current on dev0",
    ]
    bare = request(gates=(), bake="skip")
    assert hot_fix_notes([], bare)[1] == "not waited for: nothing that would have been"
    assert hot_fix_notes([QUEUE], request(urgent="")) == []


def test_what_is_skipped_besides_is_noted_once() -> None:
    both = request(skip=frozenset({"queue"}), reason="it is known")
    assert not any("12 wait" in note for note in hot_fix_notes([QUEUE], both))
    assert override_notes([QUEUE], both) == ["skip=queue (it is known): queue: 12 wait"]


def test_it_is_announced_in_one_line() -> None:
    assert announcement("it is down", ("the gate queue", BAKE)) == [
        f"URGENT (it is down): not waited for: the gate queue; {BAKE}"
    ]
    assert announcement("it is down", ())[0].endswith("nothing that would have been")
    assert announcement("", ("x",)) == []


def share(mode: str = "judge", ramp: tuple[int, ...] = (10, 50, 100), hold: float = 5.0, **bake: Any) -> dict[str, Any]:
    limits = {**{name: getattr(Limits(), name) for name in ("warmup", "seconds", "timeout", "requests")}, **bake}
    return first_share({"ramp": list(ramp), "ramp_hold": hold, "bake": {**limits, "reference": ["green"]}}, mode)


def test_the_share_is_the_first_step_of_the_ramp_against_fixed_limits() -> None:
    made = share(inconclusive="stop")
    assert made["ramp"] == [10, 100] and share(ramp=(100,))["ramp"] == [100]
    limits = Limits.of(made["bake"])
    assert (limits.mode, limits.reference, limits.first_only, limits.inconclusive) == ("judge", (), True, "continue")
    assert (limits.warmup, limits.seconds, limits.timeout, limits.requests) == (2.0, 8.0, 8.0, 100)


@pytest.mark.parametrize(("seconds", "warmup"), [(3.0, 1.0), (600.0, 60.0)])
def test_it_is_short_and_never_longer_than_the_site_s_own(seconds: float, warmup: float) -> None:
    bake = share(seconds=seconds, warmup=warmup, timeout=900.0)["bake"]
    assert (bake["seconds"], bake["timeout"], bake["warmup"]) == (min(8, seconds), min(8, seconds), min(2, warmup))


def test_a_bake_that_only_reports_does_so_here() -> None:
    made = share("inform", hold=60.0)
    assert (made["bake"]["mode"], made["ramp_hold"]) == ("inform", 8.0)
