# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin remote_step; there is nothing that runs on a host."""

from __future__ import annotations

DOCUMENTATION = """
---
module: remote_step
short_description: How modules of this collection are run on a host
description:
  - Not to be used as a task. C(meta/runtime.yml) names it as the action plugin of the modules that need nothing else of
    the controller, among them M(openlibrary.deploy.release_symlink) and M(openlibrary.deploy.supervisor_service).
  - A lost connection is an ordinary failure with C(host_down), so that C(rescue) runs and the run can settle.
  - While the module waits, a line is printed every few seconds that says when it gives up.
author: Open Library developers (@openlibrary)
attributes:
  check_mode:
    description: Whether the module can predict without changing anything.
    support: N/A
  diff_mode:
    description: Whether the module shows what changes.
    support: N/A
"""

EXAMPLES = """
- name: A step that remote_step runs
  openlibrary.deploy.release_symlink:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    release: 9fceb02d0ae598e95dc970b74767f19372d61af8
"""

RETURN = """
host_down:
  description: Whether the connection to the host was lost.
  returned: when it was
  type: bool
ticket:
  description: Whose result it is, C(run), C(host) and C(direction).
  returned: always
  type: dict
"""
