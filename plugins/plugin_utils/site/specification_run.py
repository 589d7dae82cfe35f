# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a run: what it may do, how traffic comes back, and how long each step may take."""

from __future__ import annotations

from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import SECONDS, Option

from . import checks
from .readers import ONLY_DEPLOY, RUNS, TAG
from .setting import FLEET, Setting

DAY = 86400
"""The most that anything may take, in seconds: what is longer was meant in milliseconds."""


def seconds(
    name: str, description: str, default: float | None, readers: frozenset[str], section: str, zero: bool = False
) -> Setting:
    """A setting in seconds, of more than 0 unless ``zero`` is allowed."""
    least, above = (0, None) if zero else (None, 0)
    option = Option(name, "float", description, default=default, unit=SECONDS, least=least, above=above, most=DAY)
    return Setting(option, readers, 60 if default is None or not default else default, section)


def _run(option: Option, readers: frozenset[str], example: Any, **more: Any) -> Setting:
    return Setting(option, readers, example, "Run", FLEET, **more)


RUN = (
    _run(
        Option("deploy_who", "str", "Who runs it, for journals and downtimes, where login and host do not say."),
        # Without it login and host say who: no rescue is refused for it.
        ONLY_DEPLOY,
        "jane@example.org",
        check=checks.line,
    ),
    _run(
        Option(
            "deploy_require_staged",
            "bool",
            "Whether to refuse a release that was never current on a host of the group staging.",
            default=False,
        ),
        ONLY_DEPLOY,
        True,
    ),
    _run(
        Option(
            "deploy_then_restart",
            "raw",
            "Project whose services restart in the same turns; true for deploy_project, empty for none.",
            default="",
        ),
        RUNS,
        "openlibrary",
    ),
    _run(
        Option(
            "deploy_pause_after_blue",
            "raw",
            "How long a deploy pauses once the first web node is proven: person waits for one at the terminal, a "
            "number is minutes, empty is no pause.",
            default="",
        ),
        ONLY_DEPLOY,
        "person",
        check=checks.pause,
    ),
    _run(
        Option("deploy_moving_tag", "str", "Tag that moves along with what is deployed; none when empty."),
        frozenset({TAG}),
        "production",
        check=checks.moving_tag,
    ),
)

TRAFFIC = (
    Setting(
        Option(
            "deploy_min_in_rotation",
            "int",
            "Web nodes that must serve while another one is out; fewer than there are, so 0 where there is one.",
            default=1,
            least=0,
            most=1000,
        ),
        RUNS,
        1,
        "Traffic",
        FLEET,
    ),
    Setting(
        Option(
            "deploy_ramp",
            "list",
            "Percent of its weight that a node gets back, step by step.",
            default=(10, 100),
            elements="int",
        ),
        RUNS,
        [10, 50, 100],
        "Traffic",
        check=checks.ramp,
    ),
    seconds("deploy_ramp_hold", "How long a step is held where no bake judges it.", 5, RUNS, "Traffic", zero=True),
    seconds(
        "deploy_drain_timeout", "How long a node that still has requests may take to end them.", 330, RUNS, "Traffic"
    ),
    seconds(
        "deploy_drain_cutoff",
        "The same in a rollback, on the way back and for a hot fix: requests that are left by then are cut.",
        20,
        RUNS,
        "Traffic",
    ),
    Setting(
        Option(
            "deploy_warm",
            "list",
            "Pages that each worker of a restarted web node answers on the node itself before users are sent to it, in "
            "five seconds at most: only said, never a failure. They are asked with deploy_bake_probe_host.",
            elements="str",
        ),
        RUNS,
        ["/", "/works/1"],
        "Traffic",
        check=checks.pages,
    ),
    seconds(
        "deploy_check_interval",
        "Time between two checks of haproxy (its `inter`): every proof there waits longer than that.",
        2,
        RUNS,
        "Traffic",
    ),
    seconds(
        "deploy_check_timeout",
        "Time until haproxy's checks must see that a node left or came back; more than two of their intervals.",
        60,
        RUNS,
        "Traffic",
    ),
)

TIMES = (
    seconds("deploy_stop_timeout", "How long a service may take to stop.", 60, RUNS, "Times"),
    seconds(
        "deploy_start_timeout", "How long a service may take to run, and an updater to progress.", 60, RUNS, "Times"
    ),
    seconds("deploy_health_timeout", "Time until a service's health_url must answer.", 60, RUNS, "Times"),
    seconds(
        "deploy_stable_seconds", "How long a service must run under one pid before it is believed.", 5, RUNS, "Times"
    ),
    seconds(
        "deploy_orphan_timeout",
        "How long a step whose connection was lost is waited for; more than any step takes.",
        900,
        RUNS,
        "Times",
    ),
    seconds(
        "deploy_build_timeout", "How long each command of a build, or its wheels, may take.", 1800, ONLY_DEPLOY, "Times"
    ),
    seconds("deploy_environment_timeout", "How long an environment may take to install.", 600, ONLY_DEPLOY, "Times"),
    seconds("deploy_reload_test_timeout", "How long the test of a configuration may take.", 60, RUNS, "Times"),
    seconds("deploy_reload_timeout", "Time until a service must have loaded its files and be well.", 30, RUNS, "Times"),
)
