"""What `up` does to a container, from the state it finds."""

from __future__ import annotations

import pytest

from lab.book import LABEL, NETWORK
from lab.plan import SPECIFICATION, Seen, Step, parse_seen, repair


def seen(status: str, *, specification: str = "wanted", connected: bool = True) -> Seen:
    return Seen(ours=True, specification=specification, status=status, connected=connected)


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        pytest.param(None, (Step.CREATE,), id="deleted"),
        pytest.param(seen("running"), (), id="well"),
        pytest.param(seen("exited"), (Step.START,), id="stopped or after a reboot"),
        pytest.param(seen("created"), (Step.START,), id="half-finished start"),
        pytest.param(seen("paused"), (Step.UNPAUSE,), id="paused"),
        pytest.param(seen("dead"), (Step.REMOVE, Step.CREATE), id="dead"),
        pytest.param(seen("running", specification="older"), (Step.REMOVE, Step.CREATE), id="other image or ports"),
        pytest.param(seen("running", connected=False), (Step.CONNECT,), id="off the network"),
        pytest.param(seen("exited", connected=False), (Step.CONNECT, Step.START), id="stopped, network re-made"),
        pytest.param(seen("paused", connected=False), (Step.UNPAUSE, Step.CONNECT), id="paused, off the network"),
    ],
)
def test_repair(found: Seen | None, steps: tuple[Step, ...]) -> None:
    assert repair("wanted", found) == steps


def inspected(labels: dict[str, str] | None, network_id: str) -> dict[str, object]:
    return {
        "Config": {"Labels": labels},
        "State": {"Status": "running"},
        "NetworkSettings": {"Networks": {NETWORK: {"NetworkID": network_id}}},
    }


def test_a_container_without_our_label_is_a_stranger() -> None:
    assert not parse_seen(inspected(None, "net1"), "net1").ours


@pytest.mark.parametrize(("network_id", "connected"), [("net1", True), ("net2", False), ("", False)])
def test_only_the_network_of_today_counts(network_id: str, connected: bool) -> None:
    labels = {LABEL: "web", SPECIFICATION: "abc"}
    assert parse_seen(inspected(labels, "net1"), network_id) == Seen(True, "abc", "running", connected)
