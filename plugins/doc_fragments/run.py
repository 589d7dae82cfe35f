# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """``run`` documents RUN_SPEC, ``run.attributes`` what a step can do, ``run.reading`` one that changes nothing."""

    DOCUMENTATION = r"""
options:
  root:
    description: The deploy root on the host, an absolute path.
    type: path
    required: true
  project:
    description: Name of the project.
    type: str
    required: true
  run:
    description:
      - Identifier of the run that this step belongs to; it must hold the lock of the host.
      - When empty, the module is used by itself and nobody may hold the lock.
    type: str
    default: ""
  token:
    description: The fencing token of the run. A host that has given its lock to another token refuses the step.
    type: int
    default: 0
  who:
    description: The person behind the run, for the journal. When empty, the user who runs the module on the host.
    type: str
    default: ""
  flock_wait:
    description:
      - Seconds to wait for another step that still runs on the host, for one thing a step whose connection to the
        controller broke. After that this step fails and nothing is changed.
    type: float
    default: 5.0
"""

    ATTRIBUTES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
"""

    READING = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Nothing is changed on any host, so there is no diff.
    support: none
"""
