# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of what gates are asked."""

from __future__ import annotations

import json

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate import http_options as http
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate import prometheus_options as prometheus
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios import options as nagios
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import documentation


class ModuleDocFragment:
    """``openlibrary.deploy.gate`` documents the options that every gate has, the others those of one."""

    # Ansible reads a fragment as YAML, of which JSON is a part. ansible-test lints what is assigned without a
    # type, and knows nothing but texts.
    DOCUMENTATION: str = json.dumps({"options": documentation(ASKED)})
    NAGIOS: str = json.dumps({"options": documentation(nagios.OPTIONS)})
    HTTP: str = json.dumps({"options": documentation(http.OPTIONS)})
    PROMETHEUS: str = json.dumps({"options": documentation(prometheus.OPTIONS)})
