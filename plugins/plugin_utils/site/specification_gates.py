# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of the bake, and of the gates."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE_OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import SECONDS, Option

from . import checks
from .gate_modules import NAGIOS_GATE
from .readers import FORWARD
from .setting import FLEET, HOST, Check, Setting
from .specification_run import DAY

_OF_THE_RUN = frozenset({"reference", "first_only"})
"""Suboptions of the bake that no site sets: each turn says them itself."""

_CHECKS: dict[str, Check] = {"probe_paths": checks.pages, "probe_host": checks.host_header}


def bake_key(name: str) -> str:
    """The bake's option behind a setting: `deploy_bake` is its mode."""
    return name.removeprefix("deploy_bake").removeprefix("_") or "mode"


def _bake(option: Option) -> Setting:
    name = "deploy_bake" if option.name == "mode" else f"deploy_bake_{option.name}"
    most = DAY if option.unit == SECONDS and option.most is None else option.most
    scope = FLEET if option.name == "mode" else HOST
    own = replace(option, name=name, most=most)
    return Setting(own, FORWARD, option.default, "Bake", scope, _CHECKS.get(option.name))


BAKE = tuple(_bake(option) for option in BAKE_OPTIONS if option.name not in _OF_THE_RUN)


GATES = "deploy_gates"

GATE_OPTIONS = (
    Option("name", "str", "Its name in messages and journals, and for skip.", required=True),
    Option(
        "module",
        "str",
        "Full name of the module that looks: one of this collection's, below, or any other that answers as "
        "CONTRIBUTING.md says.",
        required=True,
    ),
    Option(
        "when",
        "list",
        "When it is asked, one or several: before the run, in each host's turn, after the run.",
        default=("turn",),
        elements="str",
        choices=checks.WHEN,
    ),
    Option(
        "unknown",
        "str",
        "What to do when it cannot tell: stop, or continue, which is journaled.",
        default="stop",
        choices=("stop", "continue"),
    ),
    Option("timeout", "float", "Time until it must be able to tell.", 600, unit=SECONDS, above=0, most=DAY),
    Option("via", "str", "Host of the inventory that asks, or localhost.", default="localhost"),
    Option("become", "bool", "Whether to become root there.", default=False),
    Option("host", "str", "What the source calls the host; its name in the inventory when empty."),
    Option("options", "dict", "Options of the module itself; keep passwords in a vault.", secret=True),
)

# What is wrong with the list as a whole is not shown either: there may be passwords in it.
GATES_OF_SITE = (
    Setting(
        Option(
            GATES,
            "list",
            "Gates, asked in this order: what one finds stops a deploy and a restart. Each has the same name, module, "
            "when, unknown and timeout on all hosts of the fleet; the rest may differ where it is asked in turns "
            "alone, and then has no baseline.",
            elements="dict",
            suboptions=GATE_OPTIONS,
            secret=True,
        ),
        FORWARD,
        [
            {
                "name": "nagios",
                "module": NAGIOS_GATE,
                "via": "monitor",
                "options": {"url": "http://127.0.0.1/cgi-bin/nagios4/", "hostgroup": "openlibrary"},
            }
        ],
        "Gates",
    ),
)
