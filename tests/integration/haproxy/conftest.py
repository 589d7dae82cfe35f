# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A haproxy of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.haproxy.balancer import Haproxy
from tests.support import Host


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[Haproxy]:
    """haproxy in front of two healthy backends."""
    running = Haproxy(tmp_path)
    yield running
    running.close()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Haproxy]:
    """haproxy in front of three healthy backends."""
    running = Haproxy(tmp_path, three=True)
    yield running
    running.close()


@pytest.fixture
def run(tmp_path: Path) -> dict[str, Any]:
    """What a step is given by a run that holds the balancer's host."""
    host = Host(tmp_path / "root")
    lock = host.lock()
    return {"root": host.layout.root, "project": lock.project, "run": lock.run, "token": lock.token, "who": lock.who}
