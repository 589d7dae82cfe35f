# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to take an installation over, as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.adopt import (
    Adoption,
    Installation,
    decide_adoption,
    secured_mode,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import Current
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Layout

HASH = "a" * 40
LAYOUT = Layout("/srv/site")
FRESH = Installation(Current("missing"), (), (), False, "missing", "missing", "", False)
OLD = Installation(Current("link", HASH, "x"), (HASH,), (), False, "directory", "missing", "", False)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (FRESH, Adoption()),
        (replace(FRESH, venv="link"), Adoption()),
        (OLD, Adoption(True, True, "adopted", (HASH,), True, HASH)),
        (replace(OLD, adopted="link"), Adoption(True, True, "adopted", (HASH,), True, HASH)),
        (
            replace(OLD, venv="link", adopted="directory", linked_environment="adopted"),
            Adoption(False, True, "adopted", (HASH,), True, HASH),
        ),
        (
            replace(OLD, venv="link", adopted="directory", linked_environment="adopted", environment_recorded=True),
            Adoption(False, False, "adopted", (HASH,), True, HASH),
        ),
        (replace(OLD, venv="missing"), Adoption(False, False, "", (HASH,), True, HASH)),
        (replace(OLD, current=Current("missing")), Adoption(True, True, "adopted", (HASH,), False, None)),
    ],
    ids=[
        "fresh",
        "fresh with a link",
        "everything",
        "crashed before the exchange",
        "crashed after the exchange",
        "second project",
        "no environment",
        "no current release",
    ],
)
def test_what_is_needed(found: Installation, expected: Adoption) -> None:
    assert decide_adoption(LAYOUT, "web", found, True) == expected


def test_nothing_is_needed_a_second_time() -> None:
    done = replace(
        OLD,
        releases=(),
        in_history=True,
        venv="link",
        adopted="directory",
        linked_environment="adopted",
        environment_recorded=True,
    )
    assert not decide_adoption(LAYOUT, "web", done, False)


@pytest.mark.parametrize(
    ("changes", "adopt", "sentence"),
    [
        (
            {},
            False,
            "releases without a record: aaaaaaaaaa; /srv/site/venv is a real directory; the journal does not",
        ),
        ({"releases": tuple(digit * 40 for digit in "1234567")}, False, "and 2 more"),
        ({"current": Current("directory")}, True, "/srv/site/web is a real directory, not a link: move it to"),
        ({"current": Current("directory")}, False, "/srv/site/web is a real directory, not a link: move it to"),
        (
            {"current": Current("foreign", None, "/home/me")},
            True,
            "/srv/site/web leads to /home/me, which is not a release",
        ),
        ({"current": Current("foreign")}, True, "/srv/site/web is a file, which is not a release"),
        ({"adopted": "directory"}, True, "/srv/site/venv and /srv/site/venvs/adopted both exist"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], adopt: bool, sentence: str) -> None:
    with pytest.raises(DeployError) as caught:
        decide_adoption(LAYOUT, "web", replace(OLD, **changes), adopt)
    assert sentence in caught.value.msg
    assert caught.value.state_now == "nothing was changed"


def test_without_being_asked_it_says_what_to_type() -> None:
    with pytest.raises(DeployError) as caught:
        decide_adoption(LAYOUT, "web", OLD, False)
    assert caught.value.next_command == "ansible-playbook playbooks/prepare.yml -e adopt=true"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0o644, (0o644, False)),
        (0o666, (0o644, False)),
        (0o777, (0o755, False)),
        (0o600, (0o640, True)),
        (0o700, (0o750, True)),
        (0o770, (0o750, True)),
        (0o750, (0o750, True)),
        (0o744, (0o754, True)),
    ],
)
def test_modes_keep_readers_and_lose_writers(mode: int, expected: tuple[int, bool]) -> None:
    assert secured_mode(mode) == expected
