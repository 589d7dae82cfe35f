# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the modules share."""

from __future__ import annotations

import json

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.ticket import TICKET
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import documentation


class ModuleDocFragment:
    """``run`` documents a step's ticket, ``run.attributes`` what it can do, ``run.reading`` a reader."""

    # Ansible reads a fragment as YAML, of which JSON is a part. ansible-test lints what is assigned without a
    # type, and knows nothing but texts.
    DOCUMENTATION: str = json.dumps({"options": documentation([TICKET])})

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
