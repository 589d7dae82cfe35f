# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every setting of a site, once. docs/variables.md is made from it."""

from __future__ import annotations

from .setting import Setting
from .specification_gates import BAKE, GATES, GATES_OF_SITE, bake_key
from .specification_hosts import HOSTS, WORK
from .specification_run import RUN, TIMES, TRAFFIC

SECTIONS = ("Hosts", "Work", "Run", "Traffic", "Times", "Bake", "Gates")
SETTINGS: tuple[Setting, ...] = (*HOSTS, *WORK, *RUN, *TRAFFIC, *TIMES, *BAKE, *GATES_OF_SITE)
BY_NAME = {setting.name: setting for setting in SETTINGS}

BAKE_MODE = "deploy_bake"
BAKE_KEYS = {setting.name: bake_key(setting.name) for setting in BAKE}
"""The module's suboption behind each setting of the bake."""

_NAGIOS = {
    "url": "options.url",
    "source": "options.source",
    "hostgroup": "options.hostgroup",
    "user": "options.url_username",
    "password": "options.url_password",
    "validate_certs": "options.validate_certs",
    "ca_path": "options.ca_path",
    "date_format": "options.date_format",
    "max_age": "options.max_age",
    "command_file": "options.command_file",
    "interval": "options.interval",
    "downtime": "options.downtime",
    "via": "via",
    "name": "host",
    "unknown": "unknown",
    "timeout": "timeout",
}

RENAMED: dict[str, tuple[str, str]] = {
    "deploy_balancer": ("deploy_balancers", "host"),
    "deploy_balancer_socket": ("deploy_balancers", "socket"),
    "deploy_balancer_backend": ("deploy_balancers", "backend"),
    "deploy_balancer_server": ("deploy_balancers", "server"),
    **{f"deploy_nagios_{name}": (GATES, key) for name, key in _NAGIOS.items()},
}
"""Settings of old: the one that each is in an entry of now, and its key there."""

SKIPPED_BY = {
    "deploy_bake": "bake",
    "deploy_bake_inconclusive": "bake",
    GATES: "<name>",
    "deploy_require_staged": "staged",
}
"""A site's policies, which no run overrides by -e: what it skips instead."""
