# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of the gates: the bake and Nagios."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake.limits import BAKE_OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import SECONDS, Option

from . import checks
from .readers import FORWARD
from .setting import FLEET, HOST, Check, Setting
from .specification_run import DAY, seconds

_OF_THE_RUN = frozenset({"reference"})
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


def _nagios(option: Option, example: Any, **more: Any) -> Setting:
    return Setting(option, FORWARD, example, "Nagios", **more)


NAGIOS = (
    _nagios(
        Option(
            "deploy_nagios_url", "str", "Directory of Nagios' CGIs, as seen from deploy_nagios_via; empty without one."
        ),
        "http://monitor.example.org/cgi-bin/nagios4/",
        scope=FLEET,
        check=checks.url,
    ),
    _nagios(
        Option(
            "deploy_nagios_source",
            "str",
            "statusjson for Nagios 4; status for the pages of status.cgi, which Nagios 3 has too.",
            default="statusjson",
            choices=("statusjson", "status"),
        ),
        "status",
        scope=FLEET,
    ),
    _nagios(
        Option("deploy_nagios_hostgroup", "str", "Hostgroup that is watched; needed with deploy_nagios_url."),
        "openlibrary",
        scope=FLEET,
        check=checks.nagios_name,
    ),
    _nagios(Option("deploy_nagios_user", "str", "User of the CGIs."), "deploy", check=checks.line),
    _nagios(Option("deploy_nagios_password", "str", "Password of the CGIs; best from a vault.", secret=True), None),
    _nagios(
        Option(
            "deploy_nagios_validate_certs", "bool", "Whether an https address needs a valid certificate.", default=True
        ),
        False,
    ),
    _nagios(Option("deploy_nagios_ca_path", "path", "PEM file with the authorities to trust."), "/etc/ssl/monitor.pem"),
    _nagios(
        Option(
            "deploy_nagios_date_format",
            "str",
            "Nagios' date_format, for status.cgi.",
            default="us",
            choices=("us", "euro", "iso8601", "strict-iso8601"),
        ),
        "iso8601",
    ),
    seconds(
        "deploy_nagios_max_age",
        "Age at which Nagios' own data are stale; 120 for statusjson and 900 for status when it is not set.",
        None,
        FORWARD,
        "Nagios",
    ),
    _nagios(
        Option("deploy_nagios_via", "str", "Host of the inventory that asks Nagios.", default="localhost"),
        "monitor",
        scope=FLEET,
    ),
    _nagios(
        Option("deploy_nagios_command_file", "path", "Nagios' external command file there; empty to send it nothing."),
        "/var/lib/nagios4/rw/nagios.cmd",
    ),
    _nagios(
        Option("deploy_nagios_name", "str", "What Nagios calls the host; its name in the inventory when empty."),
        "{{ inventory_hostname_short }}",
        check=checks.nagios_name,
    ),
    _nagios(
        Option(
            "deploy_nagios_unknown",
            "str",
            "What to do when Nagios cannot tell: stop, or continue, which is journaled.",
            default="stop",
            choices=("stop", "continue"),
        ),
        "continue",
        scope=FLEET,
    ),
    seconds(
        "deploy_nagios_timeout",
        "Time until Nagios must have results newer than the node's return.",
        600,
        FORWARD,
        "Nagios",
    ),
    seconds("deploy_nagios_interval", "Time between two readings.", 2, FORWARD, "Nagios"),
    _nagios(
        Option(
            "deploy_nagios_downtime",
            "int",
            "Length of a node's downtime, should nobody lift it.",
            default=1800,
            unit=SECONDS,
            least=60,
            most=DAY,
        ),
        1800,
    ),
)
