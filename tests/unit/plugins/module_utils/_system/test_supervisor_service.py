# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restart on a host that does not let itself be looked at; on a real one it is in tests/integration/supervisor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import (
    ProcessFacts,
    ServiceFacts,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.service import Service, Timeouts
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import proc
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.supervisor_service import Restart
from tests.support import FakeClock, Host

WEB = Service("web", "openlibrary")


class Runs:
    """A supervisor whose one program runs."""

    def service(self, name: str) -> ServiceFacts:
        return ServiceFacts(name, "RUNNING", 12, 100.0, 0.0, 101.0)


@pytest.fixture(name="job")
def _job(tmp_path: Path) -> Restart:
    host = Host(tmp_path)
    release = host.release("b", environment="env1")
    host.point(host.layout.link_target("openlibrary", release))
    supervisor: Any = Runs()
    return Restart(host.layout, supervisor, {"openlibrary": release}, Timeouts(1, 1, 1, 1, 1), FakeClock())


@pytest.mark.parametrize(
    ("cwd", "blame", "sentence"),
    [("", "host", "does not let its working directory be read"), ("/", "release", "works in /, not in ")],
)
def test_a_host_that_lets_nobody_look_is_to_blame_for_it(
    job: Restart, monkeypatch: pytest.MonkeyPatch, cwd: str, blame: str, sentence: str
) -> None:
    monkeypatch.setattr(proc, "tree", lambda pid: [ProcessFacts(pid, 1, 12, cwd, ("python",), "", 1.0)])
    proof = job.look(WEB)
    assert (proof.phase, proof.blame) == ("proof", blame)
    assert sentence in proof.sentence


def test_the_state_is_for_people_and_replaces_no_error(job: Restart, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int) -> list[ProcessFacts]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(proc, "tree", refuse)
    assert job.state([WEB]) == "what web runs is not known ([Errno 24] Too many open files)"
