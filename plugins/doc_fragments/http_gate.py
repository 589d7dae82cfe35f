# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the options that http_gate has of its own."""

from __future__ import annotations

import json

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import OPTIONS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import documentation


class ModuleDocFragment:
    """``openlibrary.deploy.http_gate`` documents OPTIONS."""

    # Ansible reads a fragment as YAML, of which JSON is a part. ansible-test lints what is assigned without a
    # type, and knows nothing but texts.
    DOCUMENTATION: str = json.dumps({"options": documentation(OPTIONS)})
