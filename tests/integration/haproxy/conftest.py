# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""A haproxy of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.haproxy.balancer import Haproxy


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[Haproxy]:
    """haproxy in front of two healthy backends."""
    running = Haproxy(tmp_path)
    yield running
    running.close()
