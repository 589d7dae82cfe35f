# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""Documentation that the haproxy modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """``openlibrary.deploy.haproxy`` documents SOCKET_SPEC and PROOF_SPEC, ``...haproxy.url`` URL_SPEC."""

    DOCUMENTATION = r"""
options:
  socket:
    description:
      - The runtime sockets of haproxy. With several processes or instances that share the traffic give the socket of
        each, because one answers only for itself. What is done is done to all of them, and all of them must agree.
      - Each is a path, or C(tcp:host:port) where the host is a loopback address. Any other TCP address is refused,
        because haproxy asks for no password there.
      - haproxy_server needs sockets of level admin.
    type: list
    elements: str
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
