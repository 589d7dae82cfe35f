# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every setting of a site, once. docs/variables.md is made from it."""

from __future__ import annotations

from .setting import Setting
from .specification_gates import BAKE, NAGIOS, bake_key
from .specification_hosts import HOSTS, WORK
from .specification_run import RUN, TIMES, TRAFFIC

SECTIONS = ("Hosts", "Work", "Run", "Traffic", "Times", "Bake", "Nagios")
SETTINGS: tuple[Setting, ...] = (*HOSTS, *WORK, *RUN, *TRAFFIC, *TIMES, *BAKE, *NAGIOS)
BY_NAME = {setting.name: setting for setting in SETTINGS}

BAKE_MODE = "deploy_bake"
BAKE_KEYS = {setting.name: bake_key(setting.name) for setting in BAKE}
"""The module's suboption behind each setting of the bake."""

NAGIOS_KEYS = {
    "deploy_nagios_url": "url",
    "deploy_nagios_source": "source",
    "deploy_nagios_hostgroup": "hostgroup",
    "deploy_nagios_user": "url_username",
    "deploy_nagios_validate_certs": "validate_certs",
    "deploy_nagios_ca_path": "ca_path",
    "deploy_nagios_date_format": "date_format",
    "deploy_nagios_command_file": "command_file",
    "deploy_nagios_max_age": "max_age",
    "deploy_nagios_timeout": "timeout",
    "deploy_nagios_interval": "interval",
    "deploy_nagios_downtime": "downtime",
    "deploy_nagios_unknown": "unknown",
}
"""The module's suboption behind each setting of Nagios; the password goes another way."""

RENAMED = {
    "deploy_balancer": "host",
    "deploy_balancer_socket": "socket",
    "deploy_balancer_backend": "backend",
    "deploy_balancer_server": "server",
}
"""Settings of old, and what they are in an entry of deploy_balancers."""

SKIPPED_BY = {
    "deploy_bake": "bake",
    "deploy_bake_inconclusive": "bake",
    "deploy_nagios_unknown": "nagios",
    "deploy_require_staged": "staged",
}
"""A site's policies, which no run overrides by -e: what it skips instead."""
