"""Nodes that are deployed to have no way out: what they need is shipped to them."""

from __future__ import annotations

from testinfra.host import Host

testinfra_hosts = ["ansible://web", "ansible://www", "ansible://staging"]


def test_there_is_no_default_route(host: Host) -> None:
    assert host.check_output("ip route show default") == ""


def test_no_package_index_answers(host: Host) -> None:
    done = host.run("timeout 5 python3 -c 'import socket; socket.create_connection((\"1.1.1.1\", 443), 3)'")
    assert done.rc != 0
