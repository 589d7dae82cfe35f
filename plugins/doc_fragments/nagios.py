# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of how Nagios is asked."""

from __future__ import annotations

import json

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import documentation


class ModuleDocFragment:
    """``openlibrary.deploy.nagios`` documents the option NAGIOS."""

    # Ansible reads a fragment as YAML, of which JSON is a part. ansible-test lints what is assigned without a
    # type, and knows nothing but texts.
    DOCUMENTATION: str = json.dumps({"options": documentation([NAGIOS])})
