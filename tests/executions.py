# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts what a playbook ran on its hosts, from Ansible's own words (-vvv)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

# A module, raw or script is one ssh; a file put or fetched is one sftp, scp or ssh. All of them are told in this line,
# with the port of the connection, so what was delegated counts where it ran.
EXECUTION = re.compile(r"^<[^>]*> SSH: EXEC (?:sshpass \S+ )?(?:ssh|sftp|scp) .*?-o Port=(\d+) ", re.MULTILINE)


def count(output: str, hosts: Mapping[int, str]) -> Counter[str]:
    """Remote executions by host; `hosts` names the host behind each ssh port. Raises KeyError for another port."""
    return Counter(hosts[int(port)] for port in EXECUTION.findall(output))
