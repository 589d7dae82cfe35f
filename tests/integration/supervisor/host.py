# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host in a temporary directory: releases, an environment, the launcher, and a real supervisord over them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout, ReleaseRecord
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import files
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.services import observe, real_layout
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.store import Store
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.supervisor import Supervisor
from tests import launcher
from tests.support import run_module, with_ticket

OLD, NEW = "a" * 40, "b" * 40
SERVICE = Path(__file__).with_name("service.py")
PROGRAM = """
[program:{name}]
command={root}/bin/launch site python service.py {arguments}
autorestart=true
startsecs=0
stopwaitsecs=5
stdout_logfile={base}/{name}.log
stderr_logfile={base}/{name}.err
"""
SUPERVISOR = """
[supervisord]
nodaemon=true
logfile={base}/supervisord.log
pidfile={base}/supervisord.pid
[unix_http_server]
file={base}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Host:
    """Directories under ``base`` and the supervisord that runs the given programs (name -> arguments of service.py)."""

    def __init__(self, base: Path, programs: dict[str, str]) -> None:
        self.base = base
        self.root = base / "root"
        self.layout = Layout(str(self.root))
        self.store = Store(self.layout)
        self.socket = str(base / "s.sock")
        self._make_tree()
        text = SUPERVISOR.format(base=base)
        for name, arguments in programs.items():
            text += PROGRAM.format(name=name, root=self.root, base=base, arguments=arguments)
        (base / "supervisord.conf").write_text(text)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(base / "supervisord.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        # RUNNING is too early: the launcher may not have read the link yet.
        self.wait_until(lambda: all(self.entry(name)["processes"][0]["release"] == OLD for name in programs))

    @property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.socket)

    def entry(self, name: str) -> dict[str, Any]:
        """What the survey says of a service now."""
        service = Service(name, "site")
        return observe(service, real_layout(self.layout), self.supervisor)

    def wait_until(self, condition: Any, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except Exception:
                if time.monotonic() > deadline:
                    raise
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _make_tree(self) -> None:
        launcher.install(self.root)
        environment = Path(self.layout.environment("env1"))
        (environment / "bin").mkdir(parents=True)
        (environment / "bin/python").symlink_to(sys.executable)
        Path(self.layout.environment_record("env1")).write_text("{}")
        for release in (OLD, NEW):
            directory = Path(self.layout.release("site", release))
            directory.mkdir(parents=True)
            shutil.copy(SERVICE, directory / "service.py")
            self.store.save_record(ReleaseRecord("site", release, "2026-11-23T18:00:00.000Z", "0" * 64, 1, 1, "env1"))
        self.switch(OLD)

    def switch(self, release: str) -> None:
        files.replace_link(self.layout.current("site"), self.layout.link_target("site", release))

    def run(self, *services: dict[str, Any], check: bool = False, **parameters: Any) -> dict[str, Any]:
        """Runs the module supervisor_service with short time-outs."""
        arguments = {
            "root": str(self.root),
            "project": "site",
            "services": [{"project": "site", **service} for service in services],
            "supervisor_socket": self.socket,
            "drain_timeout": 5,
            "stop_timeout": 8,
            "start_timeout": 10,
            "health_timeout": 5,
            "stable_seconds": 0.5,
            **parameters,
        }
        return run_module("supervisor_service", with_ticket(arguments), check=check, diff=True)

    def pid(self, name: str) -> int:
        return self.supervisor.service(name).pid

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
