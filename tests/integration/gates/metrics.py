# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real Prometheus on a free port that scrapes a haproxy five times a second."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.integration.haproxy.balancer import free_port

CONFIG = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: haproxy
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
"""


class Prometheus:
    """A running Prometheus; it begins to scrape some five seconds after its start."""

    def __init__(self, place: Path, target: int) -> None:
        assert shutil.which("prometheus"), (
            "prometheus is not installed: apt-get install -y --no-install-recommends prometheus (make test does it)"
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = place / "data"
        config = place / "prometheus.yml"
        config.write_text(CONFIG.format(target=target))
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={self.data}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=error",
            ],
            stderr=subprocess.DEVNULL,
        )
        self.wait_for("vector(1)")

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What a query has, asked independently of the code under test."""
        with urllib.request.urlopen(f"{self.url}/api/v1/query?query={quote(query)}", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    def wait_for(self, query: str) -> None:
        """Until a query has a result, fifteen seconds at most."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                if self.ask(query):
                    return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{query} has no result")

    def hang(self) -> None:
        """From now on nobody is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of hang()."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait(10)
