"""Decides what brings the lab's containers to the wanted state. Pure: from what docker saw to a list of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lab.book import LABEL, NETWORK

SPECIFICATION = f"{LABEL}.specification"


class Step(Enum):
    """What is done to one container, in the order in which a plan lists it."""

    REMOVE = "remove"
    CREATE = "create"
    UNPAUSE = "unpause"
    START = "start"
    CONNECT = "connect"


@dataclass(frozen=True)
class Seen:
    """One existing container. `specification` is the digest that it was created with, empty without our label."""

    ours: bool
    specification: str
    status: str
    connected: bool


def parse_seen(inspected: Mapping[str, Any], network_id: str) -> Seen:
    """From one element of what `docker inspect` prints. A network of the same name that was re-made does not count."""
    labels = inspected["Config"]["Labels"] or {}
    network = inspected["NetworkSettings"]["Networks"].get(NETWORK, {})
    return Seen(
        ours=LABEL in labels,
        specification=labels.get(SPECIFICATION, ""),
        status=inspected["State"]["Status"],
        connected=bool(network_id) and network.get("NetworkID") == network_id,
    )


def repair(specification: str, seen: Seen | None) -> tuple[Step, ...]:
    """The steps for one container that is to run with `specification`; none if it already does."""
    if seen is None:
        return (Step.CREATE,)
    if seen.specification != specification or seen.status in ("dead", "removing"):
        return (Step.REMOVE, Step.CREATE)
    if seen.status == "paused":
        return (Step.UNPAUSE,) if seen.connected else (Step.UNPAUSE, Step.CONNECT)
    if seen.status != "running":
        return (Step.START,) if seen.connected else (Step.CONNECT, Step.START)
    return () if seen.connected else (Step.CONNECT,)
