# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the haproxy modules share."""

from __future__ import annotations

import json
from dataclasses import replace

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.bake import limits as bake_limits
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy import options as balancer
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import documentation


class ModuleDocFragment:
    """``openlibrary.deploy.haproxy`` documents PROOF_SPEC; the others, part by part, what is asked and how."""

    DOCUMENTATION = r"""
options:
  connect_timeout:
    description: Seconds after which one conversation with haproxy is given up.
    type: float
    default: 5.0
  check_interval:
    description:
      - Seconds between two health checks of the server, C(inter) in haproxy's configuration (2 s unless set there).
      - A state counts as proven when two readings show it that lie further apart than this.
    type: float
    default: 2.0
  allow_no_check:
    description: Whether a server without a health check of its own may count as up and serving.
    type: bool
    default: false
  allow_backup:
    description: Whether a backup server may count as up and serving.
    type: bool
    default: false
"""

    # Ansible reads a fragment as YAML, of which JSON is a part. ansible-test lints what is assigned without a
    # type, and knows nothing but texts.
    SERVER: str = json.dumps({"options": documentation([balancer.BALANCER])})

    BAKE: str = json.dumps({"options": documentation([bake_limits.BAKE])})

    SOCKET: str = json.dumps({"options": documentation([replace(balancer.SOCKET, required=False)])})

    URL = r"""
options:
  url:
    description: Address of haproxy's statistics page, for example C(http://balancer/admin?stats); C(;csv) is added.
    type: str
  url_username:
    description: User of the statistics page.
    type: str
  url_password:
    description: Password of the statistics page.
    type: str
  validate_certs:
    description: Whether the certificate of an https address must be valid.
    type: bool
    default: true
  ca_path:
    description: PEM file with the certificates of the authorities to trust instead of the system's.
    type: path
"""
