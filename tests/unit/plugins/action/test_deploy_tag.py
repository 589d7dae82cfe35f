# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision of tag.yml, for people and for the step that pushes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.action import deploy_tag
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import DeployError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.moment import parse_time
from tests.controller import NEW, OLD, WHO, balancer, decide, site, survey


def tag(blue: dict[str, Any], task_vars: dict[str, Any] | None = None, **more: Any) -> tuple[dict[str, Any], list[str]]:
    registered = {"blue": {"tag_survey": {"survey": blue}}, "home": {"tag_survey": {"survey": survey()}}}
    args = {
        "site": site("tag"),
        "hosts": ["home", "blue"],
        "balancer": {"servers": balancer(blue=True, green=True)},
        **more,
    }
    return decide(deploy_tag.ActionModule, args, registered, **(task_vars or {}))


def test_the_step_that_pushes_gets_commit_who_and_when() -> None:
    result, lines = tag(survey())
    assert result["commit"] == OLD
    assert result["who"] == WHO
    assert result["home"] == "home"
    assert parse_time(result["when"]) > 0
    assert lines == []


def test_a_single_reason_is_the_error() -> None:
    with pytest.raises(DeployError) as raised:
        tag(survey(running=NEW))
    assert raised.value.msg.startswith("Nothing was tagged: ")
    assert raised.value.msg.endswith("blue: app runs bbbbbbbbbb, current is aaaaaaaaaa")
    assert raised.value.next_command


def test_several_reasons_are_each_named() -> None:
    with pytest.raises(DeployError) as raised:
        tag(survey(running=NEW), balancer={"servers": balancer(blue=False)})
    assert "2 reasons" in raised.value.msg
    assert len(raised.value.details["reasons"]) == 2


def test_without_a_home_nobody_could_push() -> None:
    with pytest.raises(DeployError, match="home has no host that could push the tag"):
        tag(survey(), site={**site("tag"), "home": []})
