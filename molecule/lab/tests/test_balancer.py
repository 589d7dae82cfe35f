"""ol-www1 runs the real nginx and haproxy, and haproxy's administrative socket is a unix socket only."""

from __future__ import annotations

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://www"]


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_service_runs(host: Host, name: str) -> None:
    assert host.service(name).is_running


def test_nginx_faces_the_users_and_haproxy_only_nginx(host: Host) -> None:
    listening = host.socket.get_listening_sockets()
    assert "tcp://0.0.0.0:80" in listening
    with host.sudo():
        owners = host.check_output("ss --listening --tcp --numeric --no-header --processes").splitlines()
    haproxy = [line.split()[3] for line in owners if '"haproxy"' in line]
    assert haproxy
    assert [address for address in haproxy if not address.startswith("127.0.0.1:")] == []


def test_haproxy_takes_commands_on_its_unix_socket(host: Host) -> None:
    with host.sudo():
        assert host.file("/run/haproxy/admin.sock").is_socket
