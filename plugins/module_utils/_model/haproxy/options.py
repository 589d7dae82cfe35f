# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a server is: the option `balancer` of the modules that take one out of rotation, bring it back or watch it."""

from __future__ import annotations

from ..option import Option

SOCKET = Option(
    "socket",
    "list",
    "The runtime sockets of haproxy. With several processes or instances that share the traffic give the socket of"
    " each, because one answers only for itself. What is done is done to all of them, and all of them must agree. Each"
    " is a path, or C(tcp:host:port) where the host is a loopback address. Any other TCP address is refused, because"
    " haproxy asks for no password there. Whatever changes something needs sockets of level admin.",
    required=True,
    elements="str",
)

BALANCER = Option(
    "balancer",
    "dict",
    "Where the server is: in which haproxy, in which backend, under which name.",
    required=True,
    suboptions=(
        Option(
            "host",
            "str",
            "The host that runs haproxy, for whoever reads the task and for its C(delegate_to). The module asks the"
            " host that it runs on, whatever stands here.",
            default="",
        ),
        SOCKET,
        Option("backend", "str", "Name of the backend.", required=True),
        Option("server", "str", "Name of the server in the backend.", required=True),
    ),
)
