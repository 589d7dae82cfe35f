# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the haproxy modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """``openlibrary.deploy.haproxy`` documents SOCKET_SPEC and PROOF_SPEC, ``...haproxy.url`` and ``.bake`` theirs."""

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

    BAKE = r"""
options:
  bake_reference:
    description:
      - Servers of the backend to compare with, over the same seconds. One that does not serve all the time is left out.
        With none left, fixed limits count.
    type: list
    elements: str
    default: []
  bake_warmup:
    description: Seconds of traffic that are not judged, for what a new process does once.
    type: float
    default: 5.0
  bake_seconds:
    description: Seconds, from the end of the warm-up, that the server is watched. A fault ends it before.
    type: float
    default: 30.0
  bake_timeout:
    description: Seconds, from the end of the warm-up, after which too little traffic is V(inconclusive).
    type: float
    default: 120.0
  bake_requests:
    description: Requests that the server and its reference must have had. V(0) asks for none.
    type: int
    default: 100
  bake_min_errors:
    description: So many errors there must be before any share of them counts.
    type: int
    default: 5
  bake_absolute:
    description: A share of errors (0.01 is one in a hundred) that is never held against the server.
    type: float
    default: 0.01
  bake_relative:
    description: How many times the share of the reference the server's share must exceed to be held against it.
    type: float
    default: 2.0
  bake_inconclusive:
    description: Whether a verdict of inconclusive fails (V(stop)) or is passed over (V(continue)).
    type: str
    choices: [stop, continue]
    default: stop
  bake_probe_paths:
    description:
      - Pages that are asked of the server and of its reference in turn, from this host, to compare how long they take.
      - They are asked by plain HTTP of the address and port that haproxy has. An empty list asks none.
    type: list
    elements: str
    default: [/]
  bake_probe_host:
    description: Host header of the probes; the server's address when empty.
    type: str
    default: ''
  bake_probe_timeout:
    description: Seconds after which a probe has failed.
    type: float
    default: 5.0
  bake_probe_pairs:
    description: Pairs of probes that must have been answered.
    type: int
    default: 10
  bake_latency_absolute:
    description: Seconds by which the server's median may exceed its reference's whatever the factor.
    type: float
    default: 0.2
  bake_latency_relative:
    description: Factor by which the server's median may exceed its reference's whatever the difference.
    type: float
    default: 1.5
  bake_latency_ceiling:
    description: Seconds that a page may take, as the median, where there is no reference.
    type: float
    default: 2.0
"""
