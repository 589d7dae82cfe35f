# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle is delivered before the module runs, and what is wrong with the arguments is left to the module."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import release_environment, release_install

RELEASE, BASE = "a" * 40, "b" * 40
SIZED = {"size": 5, "digest": "c" * 64, "home": "home", "local": "/cache/x"}
FULL = {"kind": "release", "base": "", "path": f"/spool/shop-{RELEASE}.full.tar.gz", **SIZED}
DELTA = {"kind": "release", "base": BASE, "path": f"/spool/shop-{RELEASE}.from-{BASE}.tar.gz", **SIZED}


def moved(action, check_mode=False, delegate_to=None, host="blue", **args):
    """What went to the host."""
    sent = []
    task = SimpleNamespace(check_mode=check_mode, delegate_to=delegate_to)
    connection = SimpleNamespace(put_file=lambda source, target: sent.append((source, target)))
    step = action.ActionModule(task, connection, None, None, None)
    given = {"ticket": {"root": "/opt/shop/"}, "release": RELEASE, "bundles": [FULL], **args}
    assert step.before(given, {"inventory_hostname": host}) == given
    return [target for _source, target in sent]


def test_the_bundle_goes_into_the_spool():
    assert moved(release_install) == [f"/opt/shop/spool/shop-{RELEASE}.full.tar.gz"]


@pytest.mark.parametrize(
    "change",
    [
        {"check_mode": True},
        {"bundles": []},
        {"bundles": None},
        {"host": "home"},
        {"delegate_to": "home"},
        {"have": [RELEASE]},
        {"ticket": {"root": "../etc"}},
        {"ticket": {"root": "/opt/../etc"}},
        {"ticket": {}},
        {"ticket": "/opt/shop"},
        {"ticket": None},
        {"bundles": [{**FULL, "path": "/spool/../x"}]},
    ],
)
def test_nothing_goes_where_nothing_is_needed_or_something_is_wrong(change):
    assert moved(release_install, **change) == []


def test_an_environment_that_is_there_is_not_sent():
    assert moved(release_environment, environment="e1", have_environments=["e1"]) == []
